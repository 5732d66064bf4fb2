using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Autodiff.LinearAlgebra;

/// <summary>The inner loops of dense linear algebra in double precision.</summary>
/// <remarks>Four sums in turn on every processor, so that all give the same bits.</remarks>
internal static class RowOperations
{
    /// <summary>y = y + a x.</summary>
    public static void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        Span<Vector256<double>> wide = MemoryMarshal.Cast<double, Vector256<double>>(y);
        ReadOnlySpan<Vector256<double>> source = MemoryMarshal.Cast<double, Vector256<double>>(x[..y.Length]);
        Vector256<double> factor = Vector256.Create(a);
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] += factor * source[i];
        }

        for (int i = wide.Length * Vector256<double>.Count; i < y.Length; i++)
        {
            y[i] += a * x[i];
        }
    }

    /// <summary>Σ x y.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector256<double>> a = MemoryMarshal.Cast<double, Vector256<double>>(x),
            b = MemoryMarshal.Cast<double, Vector256<double>>(y[..x.Length]);
        Vector256<double> sums = Vector256<double>.Zero;
        for (int i = 0; i < a.Length; i++)
        {
            sums += a[i] * b[i];
        }

        double sum = Vector256.Sum(sums);
        for (int i = a.Length * Vector256<double>.Count; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }

    /// <summary>Swaps two runs of equal length.</summary>
    public static void Swap(Span<double> x, Span<double> y)
    {
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = (y[i], x[i]);
        }
    }
}
