namespace Autodiff.LinearAlgebra;

/// <summary>
/// P A = L U by Gaussian elimination with partial pivoting (Golub and Van Loan, Matrix Computations, 3.4).
/// </summary>
internal sealed class LuFactors
{
    private readonly double[] _lu;
    private readonly int[] _rows;
    private readonly int _n;
    private readonly int _swapSign = 1;

    /// <summary>Factors the n by n matrix in row-major order; <paramref name="a"/> becomes the factors.</summary>
    public LuFactors(double[] a, int n)
    {
        _lu = a;
        _n = n;
        _rows = [.. Enumerable.Range(0, n)];
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            for (int i = k + 1; i < n; i++)
            {
                if (Math.Abs(a[i * n + k]) > Math.Abs(a[pivot * n + k]))
                {
                    pivot = i;
                }
            }

            if (pivot != k)
            {
                RowOperations.Swap(Row(k), Row(pivot));
                (_rows[k], _rows[pivot]) = (_rows[pivot], _rows[k]);
                _swapSign = -_swapSign;
            }

            double head = a[k * n + k];
            for (int i = k + 1; head != 0 && i < n; i++)
            {
                double factor = a[i * n + k] /= head;
                RowOperations.AddScaled(Row(i)[(k + 1)..], -factor, Row(k)[(k + 1)..]);
            }
        }
    }

    /// <summary>
    /// The place of a zero on the diagonal of U, if there is one: the matrix is then exactly singular.
    /// </summary>
    public int? ZeroPivot
    {
        get
        {
            for (int i = 0; i < _n; i++)
            {
                if (_lu[i * _n + i] == 0)
                {
                    return i;
                }
            }

            return null;
        }
    }

    /// <summary>
    /// Whether a pivot is no more than rounding errors beside another: inverting would amplify those beyond use.
    /// </summary>
    /// <param name="type">The type to which the matrix was rounded, and its inverse will be.</param>
    public bool IsNearlySingular(DType type)
    {
        (double least, double most) = (double.PositiveInfinity, 0);
        for (int i = 0; i < _n; i++)
        {
            double pivot = Math.Abs(_lu[i * _n + i]);
            (least, most) = (Math.Min(least, pivot), Math.Max(most, pivot));
        }

        return _n > 0 && !(least > most * _n * (type == DType.Float32 ? 5e-7 : 1e-15));
    }

    /// <summary>
    /// The determinant: the product of the pivots, with the permutation's sign. 1 for an empty matrix.
    /// </summary>
    public double Determinant
    {
        get
        {
            double product = _swapSign;
            for (int i = 0; i < _n; i++)
            {
                product *= _lu[i * _n + i];
            }

            return product;
        }
    }

    /// <summary>
    /// The determinant's sign, and the logarithm of its magnitude, which neither overflows nor vanishes.
    /// </summary>
    public (double Sign, double LogMagnitude) LogDeterminant
    {
        get
        {
            double sign = _swapSign, sum = 0;
            for (int i = 0; i < _n; i++)
            {
                double pivot = _lu[i * _n + i];
                sign *= double.IsNaN(pivot) ? pivot : Math.Sign(pivot);
                sum += Math.Log(Math.Abs(pivot));
            }

            return (sign, sum);
        }
    }

    /// <summary>Solves A X = B for n rows of <paramref name="columns"/> right-hand sides.</summary>
    public void Solve(ReadOnlySpan<double> b, Span<double> x, int columns)
    {
        for (int i = 0; i < _n; i++)
        {
            Span<double> row = x.Slice(i * columns, columns);
            b.Slice(_rows[i] * columns, columns).CopyTo(row);
            for (int k = 0; k < i; k++)
            {
                RowOperations.AddScaled(row, -_lu[i * _n + k], x.Slice(k * columns, columns));
            }
        }

        for (int i = _n - 1; i >= 0; i--)
        {
            Span<double> row = x.Slice(i * columns, columns);
            for (int k = i + 1; k < _n; k++)
            {
                RowOperations.AddScaled(row, -_lu[i * _n + k], x.Slice(k * columns, columns));
            }

            foreach (ref double value in row)
            {
                value /= _lu[i * _n + i];
            }
        }
    }

    private Span<double> Row(int i) => _lu.AsSpan(i * _n, _n);
}
