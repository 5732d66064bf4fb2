using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The largest element; NaN if any is NaN. The gradient is shared evenly among equals.</summary>
    /// <exception cref="InvalidOperationException">The tensor is empty.</exception>
    public Tensor Max() => Extreme(Folds.Max, nameof(Max), [], false);

    /// <summary>The smallest element; NaN if any is NaN. The gradient is shared evenly among equals.</summary>
    /// <exception cref="InvalidOperationException">The tensor is empty.</exception>
    public Tensor Min() => Extreme(Folds.Min, nameof(Min), [], false);

    /// <summary>
    /// The largest elements along a dimension and where they are: the first of equals, NaN before all. The gradient
    /// goes to those positions alone.
    /// </summary>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    /// <param name="keepDim">Keep it with size 1.</param>
    /// <exception cref="InvalidOperationException">The dimension is empty.</exception>
    public (Tensor Values, Tensor Indices) Max(int dim, bool keepDim = false) =>
        ValuesAndIndices(nameof(Max), largest: true, dim, keepDim);

    /// <summary>
    /// The smallest elements along a dimension and where they are: the first of equals, NaN before all. The gradient
    /// goes to those positions alone.
    /// </summary>
    /// <inheritdoc cref="Max(int, bool)"/>
    public (Tensor Values, Tensor Indices) Min(int dim, bool keepDim = false) =>
        ValuesAndIndices(nameof(Min), largest: false, dim, keepDim);

    /// <summary>
    /// The largest elements over <paramref name="dims"/>, or over all; NaN if any is NaN. The gradient is shared evenly
    /// among equals.
    /// </summary>
    /// <param name="dims">Dimensions to reduce; negative count from the last.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <exception cref="InvalidOperationException">There are no elements to choose from.</exception>
    public Tensor Amax(ReadOnlySpan<int> dims, bool keepDim = false) => Extreme(Folds.Max, nameof(Amax), dims, keepDim);

    /// <inheritdoc cref="Amax(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Amax(int dim, bool keepDim = false) => Amax([dim], keepDim);

    /// <summary>
    /// The smallest elements over <paramref name="dims"/>, or over all; NaN if any is NaN. The gradient is shared
    /// evenly among equals.
    /// </summary>
    /// <inheritdoc cref="Amax(ReadOnlySpan{int}, bool)"/>
    public Tensor Amin(ReadOnlySpan<int> dims, bool keepDim = false) => Extreme(Folds.Min, nameof(Amin), dims, keepDim);

    /// <inheritdoc cref="Amin(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce; negative counts from the last.</param>
    public Tensor Amin(int dim, bool keepDim = false) => Amin([dim], keepDim);

    /// <summary>Smallest and largest element along a dimension, or of the whole tensor where none is named.</summary>
    /// <inheritdoc cref="Amax(ReadOnlySpan{int}, bool)"/>
    /// <param name="dim">The dimension to reduce, negative counts from the last; null for all.</param>
    public (Tensor Min, Tensor Max) AMinMax(int? dim = null, bool keepDim = false)
    {
        ReadOnlySpan<int> dims = dim is { } one ? [one] : [];
        return (Amin(dims, keepDim), Amax(dims, keepDim));
    }

    /// <summary>The position of the largest element along a dimension: the first of equals, NaN before all.</summary>
    /// <param name="dim">The dimension; null for the position in the flattened tensor.</param>
    /// <param name="keepDim">Keep reduced dimensions with size 1.</param>
    /// <returns>int64 positions.</returns>
    /// <exception cref="InvalidOperationException">There are no elements to choose from.</exception>
    public Tensor ArgMax(int? dim = null, bool keepDim = false) =>
        Positions(nameof(ArgMax), largest: true, dim, keepDim);

    /// <summary>The position of the smallest element along a dimension: the first of equals, NaN before all.</summary>
    /// <inheritdoc cref="ArgMax"/>
    public Tensor ArgMin(int? dim = null, bool keepDim = false) =>
        Positions(nameof(ArgMin), largest: false, dim, keepDim);

    private Tensor Extreme<TOp>(TOp op, string name, ReadOnlySpan<int> dims, bool keepDim)
        where TOp : unmanaged, IReduction
    {
        Reduction plan = new(name, this, dims, keepDim);
        plan.RequireElements(name, this);
        if (DType == DType.Bool)
        {
            return ReduceRaw(op, plan, DType.Int32).To(DType.Bool);
        }

        return RecordEvenShares(ReduceRaw(op, plan, DType), name, plan);
    }

    /// <summary>
    /// Records y, in which one of the elements stands, or one of each row: its gradient goes to all that equal it.
    /// </summary>
    private Tensor RecordEvenShares(Tensor y, string name, Reduction plan)
    {
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor saved = this.Save("input"), result = y.Save("output");
        return y.Record(name, "x̄ = g where x = y, in equal shares, 0 elsewhere", this,
            g => plan.Spread(g) * EvenShare(saved.Value.Detach(), result.Value.Detach(), plan), saved, result);
    }

    /// <summary>For each element that equals its reduction's result, one over how many do; 0 for the others.</summary>
    private static Tensor EvenShare(Tensor x, Tensor y, Reduction plan)
    {
        using GradMode.EngineScope _ = Unrecorded();
        Tensor winners = Test(default(Same), x, plan.Spread(y)).To(x.DType);
        return winners / plan.Spread(winners.ReduceRaw(Folds.Sum, plan, x.DType));
    }

    private (Tensor Values, Tensor Indices) ValuesAndIndices(string name, bool largest, int dim, bool keepDim)
    {
        Tensor indices = Positions(name, largest, dim, keepDim: true);
        return Chosen(WrapDim(name, dim), indices, keepDim);
    }

    /// <summary>The elements at positions that keep the dimension with size 1, and the positions.</summary>
    private (Tensor Values, Tensor Indices) Chosen(int dim, Tensor indices, bool keepDim)
    {
        Tensor values = GatherAt("Gather", dim, indices);
        return keepDim ? (values, indices) : (values.Squeeze(dim), indices.Squeeze(dim));
    }

    private Tensor Positions(string name, bool largest, int? dim, bool keepDim)
    {
        if (dim is not { } along)
        {
            Tensor flat = Detach().Reshape(-1).Positions(name, largest, 0, keepDim: false);
            return keepDim ? flat.Reshape([.. Enumerable.Repeat(1, Rank)]) : flat;
        }

        Reduction plan = new(name, this, [along], keepDim);
        plan.RequireElements(name, this);
        Tensor y = Empty(plan.Result, DType.Int64, Device);
        if (y.ElementCount > 0)
        {
            TensorView x = View;
            Backend.ArgReduce(largest, new(x.Storage, x.Offset, plan.Permute(_layout), x.DType),
                new(y._storage, 0, plan.Kept, DType.Int64));
        }

        return y;
    }
}
