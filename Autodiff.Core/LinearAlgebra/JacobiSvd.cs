using System.Numerics.Tensors;

namespace Autodiff.LinearAlgebra;

/// <summary>
/// A = U diag(s) Vᵀ for m ≥ n by one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992), which find even
/// small singular values to high relative accuracy.
/// </summary>
internal sealed class JacobiSvd
{
    private const int MaxSweeps = 60;

    /// <summary>Decomposes the m by n matrix in row-major order.</summary>
    public JacobiSvd(ReadOnlySpan<double> a, int m, int n)
    {
        // Columns of A and V are kept as rows, so that rotations run over contiguous memory.
        Left = new double[n * m];
        Right = new double[n * n];
        Values = new double[n];
        // Measured in the power of two of the largest element, so that squares stay in range; no digit changes.
        int exponent = 0;
        if (a.Length > 0 && TensorPrimitives.MaxMagnitude(a) is var most && most != 0 && double.IsFinite(most))
        {
            exponent = Math.ILogB(most);
        }

        for (int j = 0; j < n; j++)
        {
            Right[j * n + j] = 1;
            for (int i = 0; i < m; i++)
            {
                Left[j * m + i] = Math.ScaleB(a[i * n + j], -exponent);
            }
        }

        for (int sweep = 0, rotations = 1; sweep < MaxSweeps && rotations > 0; sweep++)
        {
            rotations = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    rotations += Orthogonalize(Left.AsSpan(p * m, m), Left.AsSpan(q * m, m), Right.AsSpan(p * n, n),
                        Right.AsSpan(q * n, n));
                }
            }
        }

        for (int j = 0; j < n; j++)
        {
            Span<double> column = Left.AsSpan(j * m, m);
            Values[j] = Math.Sqrt(RowOperations.Dot(column, column));
            foreach (ref double value in column)
            {
                value = Values[j] == 0 ? 0 : value / Values[j];
            }

            Values[j] = Math.ScaleB(Values[j], exponent);
        }
    }

    /// <summary>Row j is the j-th left singular vector; zero where the singular value is.</summary>
    public double[] Left { get; }

    /// <summary>Row j is the j-th right singular vector.</summary>
    public double[] Right { get; }

    /// <summary>The singular values, in no order.</summary>
    public double[] Values { get; }

    /// <summary>Rotates two columns until they are orthogonal; 1 if they were not.</summary>
    private static int Orthogonalize(Span<double> x, Span<double> y, Span<double> v, Span<double> w)
    {
        double a = RowOperations.Dot(x, x), b = RowOperations.Dot(y, y), c = RowOperations.Dot(x, y);
        if (!(Math.Abs(c) > 1e-15 * Math.Sqrt(a) * Math.Sqrt(b)))
        {
            return 0;
        }

        double zeta = (b - a) / (2 * c), t = 1 / (Math.Abs(zeta) + Math.Sqrt(1 + zeta * zeta));
        t = zeta < 0 ? -t : t;
        double cosine = 1 / Math.Sqrt(1 + t * t), sine = cosine * t;
        Rotate(x, y, cosine, sine);
        Rotate(v, w, cosine, sine);
        return 1;
    }

    private static void Rotate(Span<double> x, Span<double> y, double cosine, double sine)
    {
        for (int i = 0; i < x.Length; i++)
        {
            (x[i], y[i]) = (cosine * x[i] - sine * y[i], sine * x[i] + cosine * y[i]);
        }
    }
}
