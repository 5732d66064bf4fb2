using System.Numerics;
using System.Runtime.InteropServices;

namespace Autodiff.LinearAlgebra;

/// <summary>The inner loops of dense linear algebra in double precision.</summary>
internal static class RowOperations
{
    /// <summary>y = y + a x.</summary>
    public static void AddScaled(Span<double> y, double a, ReadOnlySpan<double> x)
    {
        Span<Vector<double>> wide = MemoryMarshal.Cast<double, Vector<double>>(y);
        ReadOnlySpan<Vector<double>> source = MemoryMarshal.Cast<double, Vector<double>>(x[..y.Length]);
        Vector<double> factor = new(a);
        for (int i = 0; i < wide.Length; i++)
        {
            wide[i] += factor * source[i];
        }

        for (int i = wide.Length * Vector<double>.Count; i < y.Length; i++)
        {
            y[i] += a * x[i];
        }
    }

    /// <summary>Σ x y.</summary>
    public static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        ReadOnlySpan<Vector<double>> a = MemoryMarshal.Cast<double, Vector<double>>(x), b = MemoryMarshal.Cast<double, Vector<double>>(y[..x.Length]);
        Vector<double> sums = Vector<double>.Zero;
        for (int i = 0; i < a.Length; i++)
        {
            sums += a[i] * b[i];
        }

        double sum = Vector.Sum(sums);
        for (int i = a.Length * Vector<double>.Count; i < x.Length; i++)
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
