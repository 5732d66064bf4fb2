using Autodiff.LinearAlgebra;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The inverse of a square matrix, or of each of a batch [..., n, n]. Computed in double precision.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    /// <exception cref="LinearAlgebraException">A matrix is singular.</exception>
    public Tensor Inverse() => Inverse(nameof(Inverse));

    /// <summary>
    /// The solution X of A X = B for a square matrix A (this), or a batch of them, without its inverse. Computed in
    /// double precision.
    /// </summary>
    /// <param name="b">Right-hand sides: matrices [..., n, k] with broadcasting batch, or vectors: [n], or one for each
    /// matrix of the batch, [..., n].</param>
    /// <returns>X, in the form of <paramref name="b"/> and the type that A and B promote to.</returns>
    /// <exception cref="ArgumentException">The matrices are not square, or the right-hand sides do not fit.</exception>
    /// <exception cref="LinearAlgebraException">A matrix is singular.</exception>
    public Tensor Solve(Tensor b)
    {
        ArgumentNullException.ThrowIfNull(b);
        RequireSquare(nameof(Solve));
        bool vector = b.Rank == 1
            || (b.Rank == Rank - 1 && b._layout.Dims.AsSpan().SequenceEqual(_layout.Dims.AsSpan(0, Rank - 1)));
        Tensor columns = vector ? b.Unsqueeze(-1) : b;
        if (columns.Rank < 2 || columns.Size(-2) != Size(-1))
        {
            throw new ArgumentException(
                $"Solve: A {Describe()} takes right-hand sides of {Size(-1)} rows; b {b.Describe()} has "
                    + $"{(columns.Rank < 2 ? "none" : columns.Size(-2))}.", nameof(b));
        }

        RequireSameDevice(nameof(Solve), this, b);
        DType type = TypePromotion.Result(this, b);
        columns = columns.To(type);
        Layout batch = Broadcasting.Result("Solve (batch)", Lead(_layout), Lead(columns._layout));
        Tensor x = Solution(
            To(type).ExpandTo(Layout.Contiguous([.. batch.Dims, .. _layout.Dims.AsSpan(Rank - 2)])),
            columns.ExpandTo(Layout.Contiguous([.. batch.Dims, .. columns._layout.Dims.AsSpan(columns.Rank - 2)])));
        return vector ? x.Squeeze(-1) : x;
    }

    /// <summary>
    /// The determinant of a square matrix, or of each of a batch; 1 for an empty one. Computed in double precision; its
    /// gradient is right at singular matrices, too.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    public Tensor Det()
    {
        RequireSquare(nameof(Det));
        MatrixBatch batch = new(this);
        bool nearlySingular = false;
        Tensor y = batch.Map([], i =>
        {
            LuFactors factors = new(batch[i], batch.Rows);
            nearlySingular |= factors.IsNearlySingular(DType);
            return [factors.Determinant];
        });
        if (!Recording.Needed(this))
        {
            return y;
        }

        if (nearlySingular)
        {
            return DivisionFreeDeterminant();
        }

        SavedTensor a = this.Save("matrix"), det = y.Save("output");
        return y.Record("Det", "x̄ = g * y * x⁻ᵀ", this,
            g => Matrix(g * det.Value) * a.Value.Inverse("Backward of Det").Transpose(-2, -1), a, det);
    }

    /// <summary>
    /// The sign of the determinant and the logarithm of its magnitude, which neither overflows nor vanishes: (0, -∞)
    /// for a singular matrix.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    public (Tensor Sign, Tensor LogAbsDet) SlogDet()
    {
        RequireSquare(nameof(SlogDet));
        MatrixBatch batch = new(this);
        List<double> signs = [];
        Tensor log = batch.Map([], i =>
        {
            (double sign, double magnitude) = new LuFactors(batch[i], batch.Rows).LogDeterminant;
            signs.Add(sign);
            return [magnitude];
        });
        Tensor signed = batch.Map([], i => [signs[i]]);
        SavedTensor a = this.Save("matrix");
        return (signed, log.Record("SlogDet", "x̄ = g * x⁻ᵀ", this,
            g => Matrix(g) * a.Value.Inverse("Backward of SlogDet").Transpose(-2, -1), a));
    }

    /// <summary>The logarithm of the determinant; NaN where that is negative.</summary>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    public Tensor LogDet()
    {
        (Tensor sign, Tensor log) = SlogDet();
        return Where(sign.Lt(0), double.NaN, log);
    }

    /// <summary>
    /// The lower triangular L with L Lᵀ = A for a symmetric positive-definite matrix, or each of a batch. Computed in
    /// double precision.
    /// </summary>
    /// <param name="upper">Give Lᵀ instead.</param>
    /// <remarks>Only the lower triangle is read; the gradient is that of a symmetric matrix (Murray 2016).</remarks>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    /// <exception cref="LinearAlgebraException">A matrix is not positive-definite.</exception>
    public Tensor Cholesky(bool upper = false)
    {
        RequireSquare(nameof(Cholesky));
        MatrixBatch batch = new(this);
        int n = batch.Rows;
        Tensor y = batch.Map([n, n], i =>
        {
            double[] a = batch[i];
            return CholeskyFactor.Factor(a, n) is > 0 and int order
                ? throw new LinearAlgebraException(
                    $"Cholesky: {batch.Which(i)} {Describe()} is not positive-definite: its leading minor of order "
                        + $"{order} is not positive.")
                : a;
        });
        SavedTensor factor = y.Save("output");
        y.Record("Cholesky",
            "x̄ = the symmetric part of y⁻ᵀ @ Φ(yᵀ @ g) @ y⁻¹, where Φ takes the lower triangle and half the "
                + "diagonal", this, g =>
        {
            Tensor l = factor.Value, inverse = l.Inverse("Backward of Cholesky"),
                lower = l.Transpose(-2, -1).MatMul(g).Tril();
            Tensor half = lower - lower.Diagonal(0, -2, -1).DiagEmbed() / 2;
            Tensor gradient = inverse.Transpose(-2, -1).MatMul(half).MatMul(inverse);
            return (gradient + gradient.Transpose(-2, -1)) / 2;
        }, factor);
        return upper ? y.Transpose(-2, -1) : y;
    }

    /// <summary>
    /// The n-th power of a square matrix, or of each of a batch, by squaring; a negative power inverts first.
    /// </summary>
    /// <exception cref="ArgumentException">The matrices are not square.</exception>
    /// <exception cref="LinearAlgebraException">The power is negative and a matrix is singular.</exception>
    public Tensor MatrixPower(int n)
    {
        RequireSquare(nameof(MatrixPower));
        Tensor square = n < 0 ? Inverse(nameof(MatrixPower)) : this;
        Tensor? power = null;
        for (uint bits = (uint)Math.Abs((long)n); bits != 0; bits >>= 1)
        {
            if ((bits & 1) != 0)
            {
                power = power is null ? square : power.MatMul(square);
            }

            square = bits > 1 ? square.MatMul(square) : square;
        }

        return power is null ? Eye(Size(-1), null, DType, Device).ExpandTo(_layout).Clone()
            : ReferenceEquals(power, this) ? Clone()
            : power;
    }

    private Tensor Inverse(string operation)
    {
        RequireSquare(operation);
        MatrixBatch batch = new(this);
        int n = batch.Rows;
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            identity[i * n + i] = 1;
        }

        Tensor y = batch.Map([n, n], i =>
        {
            double[] x = new double[n * n];
            Factors(operation, batch, i).Solve(identity, x, n);
            return x;
        });
        SavedTensor inverse = y.Save("output");
        return y.Record("Inverse", "x̄ = -yᵀ @ g @ yᵀ", this, g =>
        {
            Tensor t = inverse.Value.Transpose(-2, -1);
            return -t.MatMul(g).MatMul(t);
        }, inverse);
    }

    private static Tensor Solution(Tensor a, Tensor b)
    {
        MatrixBatch matrices = new(a), sides = new(b);
        Tensor x = sides.Map([sides.Rows, sides.Columns], i =>
        {
            double[] y = new double[sides.Rows * sides.Columns];
            Factors(nameof(Solve), matrices, i).Solve(sides[i], y, sides.Columns);
            return y;
        });
        SavedTensor matrix = a.Save("matrix"), solution = x.Save("output");
        Func<Tensor, Tensor> toB = g => Solution(matrix.Value.Transpose(-2, -1), g);
        return x.Record("Solve", "ā = -(a⁻ᵀ @ g) @ yᵀ, b̄ = a⁻ᵀ @ g", a, b,
            g => -toB(g).MatMul(solution.Value.Transpose(-2, -1)), toB, matrix, solution);
    }

    /// <summary>
    /// The determinant by sums and products alone (Bird 2011): n matrix products, but differentiable wherever the
    /// matrix is.
    /// </summary>
    private Tensor DivisionFreeDeterminant()
    {
        Tensor f = this;
        int n = Size(-1);
        for (int k = 1; k < n; k++)
        {
            Tensor diagonal = f.Diagonal(0, -2, -1),
                after = diagonal.CumSum(diagonal.Rank - 1, DType, reverse: true).Shift(diagonal.Rank - 1, -1, fill: 0);
            f = (f.Triu(1) - after.DiagEmbed()).MatMul(this);
        }

        Tensor corner = f.Select(-1, 0).Select(-1, 0);
        return n % 2 == 0 ? -corner : corner;
    }

    private static LuFactors Factors(string operation, MatrixBatch batch, int i)
    {
        LuFactors factors = new(batch[i], batch.Rows);
        return factors.ZeroPivot is { } pivot
            ? throw new LinearAlgebraException(
                $"{operation}: {batch.Which(i)} [{batch.Rows}, {batch.Columns}] is singular: elimination leaves a zero "
                    + $"at diagonal element {pivot}.")
            : factors;
    }

    /// <summary>The dimensions before the matrices.</summary>
    private static Layout Lead(Layout layout) => Layout.Contiguous(layout.Dims.AsSpan(0, layout.Rank - 2));

    /// <summary>One number for each matrix, shaped to multiply it.</summary>
    private static Tensor Matrix(Tensor x) => x.Unsqueeze(-1).Unsqueeze(-1);

    private void RequireSquare(string operation)
    {
        RequireFloating(operation, DType);
        if (Rank < 2 || Size(-1) != Size(-2))
        {
            throw new ArgumentException($"{operation}: takes square matrices [..., n, n], not {Describe()}.");
        }
    }
}
