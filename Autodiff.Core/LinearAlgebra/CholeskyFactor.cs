namespace Autodiff.LinearAlgebra;

/// <summary>
/// A = L Lᵀ for a symmetric positive-definite matrix, row by row (Golub and Van Loan, Matrix Computations, 4.2).
/// </summary>
internal static class CholeskyFactor
{
    /// <summary>
    /// Turns the n by n matrix, of which the lower triangle is read, into L; gives the order of the first leading minor
    /// that is not positive, or 0.
    /// </summary>
    public static int Factor(Span<double> a, int n)
    {
        for (int i = 0; i < n; i++)
        {
            Span<double> row = a.Slice(i * n, n);
            for (int j = 0; j < i; j++)
            {
                row[j] = (row[j] - RowOperations.Dot(row[..j], a.Slice(j * n, j))) / a[j * n + j];
            }

            double rest = row[i] - RowOperations.Dot(row[..i], row[..i]);
            if (!(rest > 0))
            {
                return i + 1;
            }

            row[i] = Math.Sqrt(rest);
            row[(i + 1)..].Clear();
        }

        return 0;
    }
}
