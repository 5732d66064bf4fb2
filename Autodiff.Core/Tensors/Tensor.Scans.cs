using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Running sums along a dimension: yᵢ = x₀ + ... + xᵢ. Floating types accumulate in double; bool and integers give
    /// int64.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <param name="type">The result's type; by default the tensor's own, int64 for integers.</param>
    public Tensor CumSum(int dim, DType? type = null) =>
        CumSum(WrapDim(nameof(CumSum), dim), type ?? Exact(DType), reverse: false);

    /// <summary>
    /// Running products along a dimension: yᵢ = x₀ ⋯ xᵢ. Floating types accumulate in double; bool and integers give
    /// int64.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <param name="type">The result's type; by default the tensor's own, int64 for integers.</param>
    /// <remarks>
    /// The gradient is right where elements are zero, to any order, and where products leave the range, if those of the
    /// elements before and behind do not.
    /// </remarks>
    public Tensor CumProd(int dim, DType? type = null)
    {
        int along = WrapDim(nameof(CumProd), dim);
        DType to = type ?? Exact(DType);
        Tensor y = ScanRaw(Folds.Product, along, to, reverse: false);
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor x = this.Save("input"), products = y.Save("output");
        if (!to.IsFloatingPoint() || !y.Test(default(IsLost)).AnyTrue())
        {
            return y.Record("CumProd", "x̄[i] = (Σ over k >= i of g[k] * y[k]) / x[i]", this, Quotients, x, products);
        }

        // A quotient can't leave a factor out of a product that is 0 or has left the range.
        Tensor? lost = Test(default(LogicalNot)).AnyTrue() ? null : y.Detach().Test(default(IsLost));
        return y.Record("CumProd", "x̄[i] = Σ over k >= i of g[k] * (x[0] * ... * x[k] without x[i])", this, g =>
        {
            // dyₖ/dxᵢ = (x₀ ⋯ xᵢ₋₁)(xᵢ₊₁ ⋯ xₖ): the first factor runs forward, the sum over k of the second backward.
            Tensor z = x.Value.To(to), before = z.CumProd(along).Shift(along, 1, fill: 1);
            Tensor slopes = before * Recurrence(z.Shift(along, -1, fill: 0), g, along, reverse: true);
            if (lost is null)
            {
                return slopes;
            }

            Tensor quotients = Quotients(g);
            return Where(lost.LogicalOr(quotients.IsFinite().LogicalNot()).LogicalAnd(slopes.IsNaN().LogicalNot()),
                slopes, quotients);
        }, x, products);

        Tensor Quotients(Tensor g) => (g * products.Value).CumSum(along, to, reverse: true) / x.Value;
    }

    /// <summary>
    /// Running maxima along a dimension and where they are: of equals the last; NaN once one was met.
    /// </summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    public (Tensor Values, Tensor Indices) CumMax(int dim) => CumExtreme(Folds.Max, WrapDim(nameof(CumMax), dim));

    /// <summary>
    /// Running minima along a dimension and where they are: of equals the last; NaN once one was met.
    /// </summary>
    /// <inheritdoc cref="CumMax"/>
    public (Tensor Values, Tensor Indices) CumMin(int dim) => CumExtreme(Folds.Min, WrapDim(nameof(CumMin), dim));

    /// <summary>Running log-sum-exps along a dimension: yᵢ = ln(e^x₀ + ... + e^xᵢ), without overflow.</summary>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor LogCumSumExp(int dim)
    {
        RequireFloating(nameof(LogCumSumExp), DType);
        int along = WrapDim(nameof(LogCumSumExp), dim);
        Tensor y = ScanRaw(Folds.LogSumExp, along, DType, reverse: false);
        if (!Recording.Needed(this))
        {
            return y;
        }

        // dyₖ/dxᵢ = e^(xᵢ - yₖ) = e^(xᵢ - yᵢ) e^(yᵢ - yᵢ₊₁) ⋯ e^(yₖ₋₁ - yₖ), every factor at most 1.
        SavedTensor x = this.Save("input"), sums = y.Save("output");
        return y.Record("LogCumSumExp", "x̄[i] = Σ over k >= i of g[k] * exp(x[i] - y[k])", this, g =>
        {
            Tensor sum = sums.Value;
            return Map(default(ExpRatio), x.Value, sum)
                * Recurrence(Map(default(ExpRatio), sum, sum.Shift(along, -1, fill: double.PositiveInfinity)), g, along,
                    reverse: true);
        }, x, sums);
    }

    /// <summary>
    /// ∫ y dx along a dimension by trapezoids of width <paramref name="dx"/>: dx (y₀/2 + y₁ + ... + yₙ₋₂ + yₙ₋₁/2).
    /// </summary>
    /// <param name="dx">The distance of neighbours.</param>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    public Tensor Trapezoid(double dx = 1, int dim = -1) => PairMeans(dim, out _).Sum(dim) * dx;

    /// <summary>∫ y dx along a dimension by trapezoids between the places <paramref name="x"/>.</summary>
    /// <param name="x">Where the values stand: a vector as long as the dimension, or a tensor that broadcasts against
    /// this one.</param>
    /// <param name="dim">The dimension; negative counts from the last.</param>
    /// <exception cref="ArgumentException">The sizes do not fit.</exception>
    public Tensor Trapezoid(Tensor x, int dim = -1)
    {
        ArgumentNullException.ThrowIfNull(x);
        Tensor means = PairMeans(dim, out int along);
        int fromEnd = along - Rank;
        if (x.Rank == 0 || (x.Rank > 1 && -fromEnd > x.Rank)
            || x._layout.Dims[x.Rank == 1 ? 0 : x.Rank + fromEnd] != _layout.Dims[along])
        {
            throw new ArgumentException(
                $"Trapezoid: the {_layout.Dims[along]} values along dim {dim} of {Describe()} need as many places; x "
                    + $"is {x.Describe()}.", nameof(x));
        }

        if (x.Rank == 1)
        {
            x = x.Reshape([-1, .. Enumerable.Repeat(1, -fromEnd - 1)]);
        }

        int pairs = Math.Max(0, x.Size(fromEnd) - 1);
        Tensor widths = x.Slice(x.Rank + fromEnd, x.Size(fromEnd) - pairs, pairs) - x.Slice(x.Rank + fromEnd, 0, pairs);
        return (means * widths).Sum(fromEnd);
    }

    /// <summary><see cref="Trapezoid(double, int)"/> under its older name.</summary>
    /// <inheritdoc cref="Trapezoid(double, int)"/>
    public Tensor Trapz(double dx = 1, int dim = -1) => Trapezoid(dx, dim);

    /// <summary>The means of neighbours, whose sums may leave the range.</summary>
    private Tensor PairMeans(int dim, out int along)
    {
        along = WrapDim(nameof(Trapezoid), dim);
        if (Rank == 0)
        {
            throw new ArgumentException("Trapezoid: a tensor of rank 0 has no dimension to integrate along.");
        }

        int pairs = Math.Max(0, _layout.Dims[along] - 1);
        return Map(default(Midpoint), Slice(along, 0, pairs), Slice(along, _layout.Dims[along] - pairs, pairs),
            TypePromotion.Float(DType));
    }

    private (Tensor Values, Tensor Indices) CumExtreme<TOp>(TOp op, int dim) where TOp : unmanaged, IReduction
    {
        Tensor indices;
        using (Unrecorded())
        {
            // Where an element is what has been reached so far, it is the latest place of it.
            Tensor reached = ScanRaw(op, dim, DType, reverse: false);
            Tensor places = OnesLike(this).To(DType.Int64).CumSum(dim) - 1;
            indices = Where(Test(default(Same), this, reached), places, -1)
                .ScanRaw(Folds.Max, dim, DType.Int64, reverse: false);
        }

        return (GatherAt("Gather", dim, indices), indices);
    }

    private Tensor CumSum(int dim, DType type, bool reverse) =>
        ScanRaw(Folds.Sum, dim, type, reverse)
            .Record("CumSum", $"x̄[i] = Σ over k {(reverse ? "<=" : ">=")} i of g[k]", this,
                g => g.CumSum(dim, g.DType, !reverse));

    /// <summary>
    /// The linear recurrence yᵢ = aᵢ yᵢ₋₁ + bᵢ along a dimension (from the far end where <paramref name="reverse"/>);
    /// its gradient is one too.
    /// </summary>
    /// <remarks>
    /// In log₂ n steps over whole tensors (Hillis and Steele 1986), each composing every map with the one that far
    /// before it.
    /// </remarks>
    private static Tensor Recurrence(Tensor a, Tensor b, int dim, bool reverse)
    {
        int step = reverse ? -1 : 1;
        Tensor y = b.Detach();
        using (Unrecorded())
        {
            Tensor slope = a.Detach();
            for (int d = 1; d < b._layout.Dims.ElementAtOrDefault(dim); d *= 2)
            {
                y = Map(default(MultiplyAdd), slope, y.Shift(dim, step * d, fill: 0), y);
                slope = slope * slope.Shift(dim, step * d, fill: 0);
            }
        }

        if (!Recording.Needed(a, b))
        {
            return y;
        }

        y = ReferenceEquals(y.Storage, b.Storage) ? y.Clone() : y;
        SavedTensor factor = a.Save("factors"), result = y.Save("output");
        Func<Tensor, Tensor> back = g => Recurrence(factor.Value.Shift(dim, -step, fill: 0), g, dim, !reverse);
        return y.Record("Recurrence", "ā[i] = b̄[i] * y[i - 1], b̄[i] = g[i] + a[i + 1] * b̄[i + 1]", a, b,
            g => back(g) * result.Value.Shift(dim, step, fill: 0), back, factor, result);
    }

    /// <summary>
    /// The elements moved <paramref name="by"/> places along a dimension, with <paramref name="fill"/> moving in.
    /// </summary>
    private Tensor Shift(int dim, int by, double fill)
    {
        int size = Rank == 0 ? 1 : _layout.Dims[dim], kept = Math.Max(0, size - Math.Abs(by));
        Tensor y = Full(Shape, fill, DType, Device);
        if (kept > 0)
        {
            using (Unrecorded())
            {
                y.Slice(dim, Math.Max(0, by), kept).CopyFrom(Slice(dim, Math.Max(0, -by), kept));
            }
        }

        return y.Record("Shift", "x̄ = g, shifted back", this, g => g.Shift(dim, -by, fill: 0));
    }

    private Tensor ScanRaw<TOp>(TOp op, int dim, DType type, bool reverse) where TOp : unmanaged, IReduction
    {
        Tensor y = Empty(_layout, type, Device);
        if (ElementCount > 0)
        {
            Backend.Scan(op, Along(View, dim, reverse), Along(y.View, dim, reverse), Computing(type));
        }

        return y;

        // The backend runs along the last dimension, forwards; strides turn any other way into that.
        static TensorView Along(TensorView view, int dim, bool reverse)
        {
            if (view.Layout.Rank == 0)
            {
                return view;
            }

            int[] dims = [.. view.Layout.Dims];
            long[] strides = [.. view.Layout.Strides];
            (dims[dim], dims[^1]) = (dims[^1], dims[dim]);
            (strides[dim], strides[^1]) = (strides[^1], strides[dim]);
            long last = reverse ? (dims[^1] - 1) * strides[^1] : 0;
            strides[^1] = reverse ? -strides[^1] : strides[^1];
            return new(view.Storage, view.Offset + Math.Max(last, 0), new(dims, strides), view.DType);
        }
    }
}
