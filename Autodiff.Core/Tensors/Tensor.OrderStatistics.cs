using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// The middle element of all, of an even number the lower of the two; NaN if any is NaN, or for no elements. Equals
    /// share the gradient.
    /// </summary>
    public Tensor Median() => MiddleOfAll(nameof(Median), skipNaN: false);

    /// <summary>
    /// The middle elements along a dimension (of an even number the lower) and where they are; NaN if any is NaN.
    /// </summary>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    /// <param name="keepDim">Keep it with size 1.</param>
    /// <exception cref="InvalidOperationException">The dimension is empty.</exception>
    public (Tensor Values, Tensor Indices) Median(int dim, bool keepDim = false) =>
        Middle(nameof(Median), dim, keepDim, skipNaN: false);

    /// <summary>
    /// The middle element of those that are not NaN; NaN where there are none. Equals share the gradient.
    /// </summary>
    public Tensor NanMedian() => MiddleOfAll(nameof(NanMedian), skipNaN: true);

    /// <summary>The middle elements along a dimension of those that are not NaN, and where they are.</summary>
    /// <inheritdoc cref="Median(int, bool)"/>
    public (Tensor Values, Tensor Indices) NanMedian(int dim, bool keepDim = false) =>
        Middle(nameof(NanMedian), dim, keepDim, skipNaN: true);

    /// <summary>
    /// The most frequent elements along a dimension (of equally frequent ones the smallest) and the last place of each.
    /// </summary>
    /// <inheritdoc cref="Median(int, bool)"/>
    public (Tensor Values, Tensor Indices) Mode(int dim = -1, bool keepDim = false)
    {
        Tensor indices;
        using (Unrecorded())
        {
            (Tensor sorted, Tensor order, Reduction plan) = SortedRows(nameof(Mode), dim);
            int last = sorted.Rank - 1;
            Tensor places = OnesLike(order).CumSum(last) - 1;
            Tensor starts = Where(Test(default(NotEqual), sorted, sorted.Shift(last, 1, fill: 0)), places, 0);
            Tensor run = places - starts.ScanRaw(Folds.Max, last, DType.Int64, reverse: false);
            indices = plan.Spread(order.GatherAt("Gather", last, run.ArgMax(last, keepDim: true))
                .Reshape(plan.Kept.Shape));
        }

        return Chosen(WrapDim(nameof(Mode), dim), indices, keepDim);
    }

    /// <summary>
    /// The q-quantile along a dimension, or of all elements: the value at rank q (n - 1) of the sorted ones, between
    /// two ranks by linear interpolation; NaN if any is NaN.
    /// </summary>
    /// <param name="q">0 for the smallest, 0.5 for the middle (or the mean of the two middle ones), 1 for the
    /// largest.</param>
    /// <param name="dim">The dimension; null for the flattened tensor.</param>
    /// <param name="keepDim">Keep the dimension with size 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="q"/> is not in [0, 1].</exception>
    /// <exception cref="InvalidOperationException">There are no elements, or they are integers or bool.</exception>
    public Tensor Quantile(double q, int? dim = null, bool keepDim = false)
    {
        RequireFloating(nameof(Quantile), DType);
        if (!(q is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(q), q, "Quantile: q must be from 0 to 1.");
        }

        if (dim is not { } along)
        {
            Tensor flat = Reshape(-1).Quantile(q, 0);
            return keepDim ? flat.Reshape([.. Enumerable.Repeat(1, Rank)]) : flat;
        }

        double rank;
        Tensor low, high;
        using (Unrecorded())
        {
            (Tensor sorted, Tensor order, Reduction plan) = SortedRows(nameof(Quantile), along);
            rank = q * (plan.Folded - 1);
            int last = sorted.Rank - 1;
            Tensor gap = FirstGap(sorted);
            low = At((int)Math.Floor(rank));
            high = At((int)Math.Ceiling(rank));

            Tensor At(int place) => plan.Spread(
                order.GatherAt("Gather", last, Where(gap.Lt(plan.Folded), gap, place).To(DType.Int64))
                    .Reshape(plan.Kept.Shape));
        }

        int d = WrapDim(nameof(Quantile), along);
        Tensor a = Chosen(d, low, keepDim).Values, b = Chosen(d, high, keepDim).Values;
        return a.Lerp(b, rank - Math.Floor(rank));
    }

    private Tensor MiddleOfAll(string name, bool skipNaN)
    {
        if (ElementCount == 0)
        {
            RequireFloating(name, DType);
            return Full([], double.NaN, DType, Device);
        }

        Tensor y = Detach().Reshape(-1).Middle(name, 0, keepDim: false, skipNaN).Values;
        return RecordEvenShares(y, name, new(name, this, [], false));
    }

    private (Tensor Values, Tensor Indices) Middle(string name, int dim, bool keepDim, bool skipNaN)
    {
        Tensor indices;
        using (Unrecorded())
        {
            (Tensor sorted, Tensor order, Reduction plan) = SortedRows(name, dim);
            Tensor gap = FirstGap(sorted), half = Map(default(Div), gap - 1, 2, DType.Int64).ClampMin(0);
            Tensor place = skipNaN ? half : Where(gap.Lt(plan.Folded), gap, half);
            indices = plan.Spread(order.GatherAt("Gather", sorted.Rank - 1, place).Reshape(plan.Kept.Shape));
        }

        return Chosen(WrapDim(name, dim), indices, keepDim);
    }

    /// <summary>
    /// How many elements of each sorted row are not NaN, and so the place of the first NaN: [..., 1].
    /// </summary>
    private static Tensor FirstGap(Tensor sorted) => sorted.IsNumeric().Sum(sorted.Rank - 1, keepDim: true);

    /// <summary>
    /// The kept dimensions and then the sorted one, NaN last; where each element stood; and the plan that leads back.
    /// </summary>
    private (Tensor Sorted, Tensor Order, Reduction Plan) SortedRows(string name, int dim)
    {
        Reduction plan = new(name, this, [dim], keepDim: true);
        plan.RequireElements(name, this);
        Layout rows = Rank == 0 ? Layout.Contiguous([1]) : plan.Permute(_layout);
        Tensor sorted = Empty(Layout.Contiguous(rows.Dims), DType, Device),
            order = Empty(sorted._layout, DType.Int64, Device);
        if (ElementCount > 0)
        {
            TensorView x = View;
            Backend.Sort(new(x.Storage, x.Offset, rows, x.DType), descending: false, sorted.View, order.View);
        }

        return (sorted, order, plan);
    }
}
