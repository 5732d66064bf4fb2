using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Π x over <paramref name="axes"/>, or over all of them if none is named; 1 for no elements. bool and integers multiply to int64.</summary>
    /// <param name="axes">Dimensions to multiply away; negative count from the last.</param>
    /// <param name="keepDims">Keep reduced dimensions with size 1.</param>
    /// <param name="type">The type to multiply in; by default the tensor's own, int64 for integers.</param>
    /// <remarks>The gradient is right where elements are zero, to any order.</remarks>
    public Tensor Prod(ReadOnlySpan<int> axes, bool keepDims = false, DType? type = null)
    {
        Reduction plan = new(nameof(Prod), this, axes, keepDims);
        DType to = type ?? Exact(DType);
        if (Recording.Needed(this) && Any(this, default(LogicalNot)))
        {
            // Each factor's cofactor leaves it out, which a quotient can't say where the factor is 0; running products can.
            Tensor rows = To(to).FoldedLast(plan);
            return rows.CumProd(-1).Select(-1, (int)plan.Folded - 1).Reshape(plan.Result.Shape);
        }

        Tensor y = ReduceRaw(default(ProductReduction), plan, to);
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor x = this.Save("input"), product = y.Save("output");
        return y.Record("Prod", this, g => plan.Spread(g * product.Value) / x.Value, x, product);
    }

    /// <inheritdoc cref="Prod(ReadOnlySpan{int}, bool, DType?)"/>
    public Tensor Prod(int axis, bool keepDims = false) => Prod([axis], keepDims);

    /// <summary>Π over all elements.</summary>
    public Tensor Prod() => Prod([]);

    /// <summary>Running sums along a dimension: yᵢ = x₀ + ... + xᵢ. Floating types accumulate in double; bool and integers give int64.</summary>
    /// <param name="axis">The dimension; negative counts from the last.</param>
    /// <param name="type">The result's type; by default the tensor's own, int64 for integers.</param>
    public Tensor CumSum(int axis, DType? type = null) => CumSum(Axis(nameof(CumSum), axis), type ?? Exact(DType), reverse: false);

    /// <summary>Running products along a dimension: yᵢ = x₀ ⋯ xᵢ. Floating types accumulate in double; bool and integers give int64.</summary>
    /// <param name="axis">The dimension; negative counts from the last.</param>
    /// <param name="type">The result's type; by default the tensor's own, int64 for integers.</param>
    /// <remarks>The gradient is right where elements are zero, to any order.</remarks>
    public Tensor CumProd(int axis, DType? type = null)
    {
        int along = Axis(nameof(CumProd), axis);
        DType to = type ?? Exact(DType);
        Tensor y = ScanRaw(default(ProductReduction), along, to, reverse: false);
        if (!Recording.Needed(this))
        {
            return y;
        }

        SavedTensor x = this.Save("input"), products = y.Save("output");
        return Any(this, default(LogicalNot))
            ? y.Record("CumProd", this, g =>
            {
                // dyₖ/dxᵢ = (x₀ ⋯ xᵢ₋₁)(xᵢ₊₁ ⋯ xₖ): the first factor runs forward, the sum over k of the second backward.
                Tensor z = x.Value.To(to), before = z.CumProd(along).Shift(along, 1, fill: 1);
                return before * Recurrence(z.Shift(along, -1, fill: 0), g, along, reverse: true);
            }, x)
            : y.Record("CumProd", this, g => (g * products.Value).CumSum(along, to, reverse: true) / x.Value, x, products);
    }

    private static bool Any<TOp>(Tensor x, TOp test) where TOp : unmanaged, IUnaryFormula =>
        x.Test(test).ReduceRaw(default(MaxReduction), DType.Int32).Item<int>() > 0;

    private Tensor CumSum(int axis, DType type, bool reverse) =>
        ScanRaw(default(SumReduction), axis, type, reverse).Record("CumSum", this, g => g.CumSum(axis, g.DType, !reverse));

    /// <summary>The linear recurrence yᵢ = aᵢ yᵢ₋₁ + bᵢ along a dimension (from the far end where <paramref name="reverse"/>); its gradient is one too.</summary>
    /// <remarks>In log₂ n steps over whole tensors (Hillis and Steele 1986), each composing every map with the one that far before it.</remarks>
    private static Tensor Recurrence(Tensor a, Tensor b, int axis, bool reverse)
    {
        int step = reverse ? -1 : 1;
        Tensor y = b.Detach();
        using (NoGrad())
        {
            Tensor slope = a.Detach();
            for (int d = 1; d < b._layout.Dims.ElementAtOrDefault(axis); d *= 2)
            {
                y = Map(default(MultiplyAdd), slope, y.Shift(axis, step * d, fill: 0), y);
                slope = slope * slope.Shift(axis, step * d, fill: 0);
            }
        }

        if (!Recording.Needed(a, b))
        {
            return y;
        }

        y = ReferenceEquals(y.Storage, b.Storage) ? y.Clone() : y;
        SavedTensor factor = a.Save("factors"), result = y.Save("output");
        Func<Tensor, Tensor> back = g => Recurrence(factor.Value.Shift(axis, -step, fill: 0), g, axis, !reverse);
        return y.Record("Recurrence", a, b, g => back(g) * result.Value.Shift(axis, step, fill: 0), back, factor, result);
    }

    /// <summary>The elements moved <paramref name="by"/> places along a dimension, with <paramref name="fill"/> moving in.</summary>
    private Tensor Shift(int axis, int by, double fill)
    {
        int size = Rank == 0 ? 1 : _layout.Dims[axis], kept = Math.Max(0, size - Math.Abs(by));
        Tensor y = Full(Shape, fill, DType, Device);
        if (kept > 0)
        {
            using (NoGrad())
            {
                y.Slice(axis, Math.Max(0, by), kept).CopyFrom(Slice(axis, Math.Max(0, -by), kept));
            }
        }

        return y.Record("Shift", this, g => g.Shift(axis, -by, fill: 0));
    }

    /// <summary>The kept dimensions, then the folded ones as one.</summary>
    private Tensor FoldedLast(Reduction plan) => Permute(plan.Order).Reshape([.. plan.Kept.Dims, (int)plan.Folded]);

    private Tensor ScanRaw<TOp>(TOp op, int axis, DType type, bool reverse) where TOp : unmanaged, IReduction
    {
        Tensor y = Empty(_layout, type, Device);
        if (ElementCount > 0)
        {
            Backend.Scan(op, Along(View, axis, reverse), Along(y.View, axis, reverse), Computing(type));
        }

        return y;

        // The backend runs along the last dimension, forwards; strides turn any other way into that.
        static TensorView Along(TensorView view, int axis, bool reverse)
        {
            if (view.Layout.Rank == 0)
            {
                return view;
            }

            int[] dims = [.. view.Layout.Dims];
            long[] strides = [.. view.Layout.Strides];
            (dims[axis], dims[^1]) = (dims[^1], dims[axis]);
            (strides[axis], strides[^1]) = (strides[^1], strides[axis]);
            long last = reverse ? (dims[^1] - 1) * strides[^1] : 0;
            strides[^1] = reverse ? -strides[^1] : strides[^1];
            return new(view.Storage, view.Offset + Math.Max(last, 0), new(dims, strides), view.DType);
        }
    }
}
