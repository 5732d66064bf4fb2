using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Σ x over <paramref name="axes"/>, or over all of them if none is named. bool and integers sum to int64.</summary>
    /// <param name="axes">Dimensions to sum away; negative count from the last.</param>
    /// <param name="keepDims">Keep summed dimensions with size 1.</param>
    /// <param name="type">The type to sum in; by default the tensor's own, int64 for integers.</param>
    public Tensor Sum(ReadOnlySpan<int> axes, bool keepDims = false, DType? type = null)
    {
        DType to = type ?? (DType.IsFloatingPoint() ? DType : DType.Int64);
        Reduction plan = new(nameof(Sum), this, axes, keepDims);
        Tensor y = ReduceRaw(default(SumReduction), plan, to);
        Layout full = _layout;
        return Recording.Needed(this) ? y.Record("Sum", this, g => plan.Spread(g).ExpandTo(full)) : y;
    }

    /// <summary>Σ x over all elements.</summary>
    public Tensor Sum() => Sum([]);

    /// <summary>Σ x over one dimension.</summary>
    public Tensor Sum(int axis, bool keepDims = false) => Sum([axis], keepDims);

    /// <summary>The mean over <paramref name="axes"/>, or over all; floating types only.</summary>
    /// <exception cref="InvalidOperationException">The elements are integers or bool.</exception>
    public Tensor Mean(ReadOnlySpan<int> axes, bool keepDims = false)
    {
        if (!DType.IsFloatingPoint())
        {
            throw new InvalidOperationException($"Mean: {Describe()} is {DType.DisplayName()}, and a mean need not be an integer; convert it with To(DType.Float32).");
        }

        Tensor sum = Sum(axes, keepDims);
        return sum / ((double)ElementCount / sum.ElementCount);
    }

    /// <summary>The mean of all elements.</summary>
    public Tensor Mean() => Mean([]);

    /// <summary>The mean over one dimension.</summary>
    public Tensor Mean(int axis, bool keepDims = false) => Mean([axis], keepDims);

    /// <summary>Sums a gradient back to the shape of an operand that was broadcast.</summary>
    internal Tensor SumTo(Layout target)
    {
        if (_layout.SameShape(target))
        {
            return this;
        }

        int lead = Rank - target.Rank;
        Span<int> axes = stackalloc int[Layout.MaxRank];
        int count = 0;
        for (int d = 0; d < Rank; d++)
        {
            if (d < lead || (target.Dims[d - lead] == 1 && _layout.Dims[d] != 1))
            {
                axes[count++] = d;
            }
        }

        Tensor sum = count == 0 ? this : Sum(axes[..count], keepDims: true);
        return lead == 0 ? sum : sum.Reshape(target.Shape);
    }

    internal Tensor ReduceRaw<TOp>(TOp op, DType type) where TOp : unmanaged, IReduction => ReduceRaw(op, new Reduction("Reduce", this, [], false), type);

    internal Tensor ReduceRaw<TOp>(TOp op, Reduction plan, DType type) where TOp : unmanaged, IReduction
    {
        Tensor y = Empty(plan.Result, type, Device);
        if (plan.Count == 0)
        {
            Backend.Copy(View, y.View); // nothing to fold; each element alone, and no map of ours changes it
            if (typeof(TOp) != typeof(SumOfSquaresReduction))
            {
                return y;
            }
        }

        TensorView x = View;
        Backend.Reduce(op, new(x.Storage, x.Offset, plan.Permute(_layout), x.DType), new(y._storage, 0, plan.Kept, type), plan.Count, Computing(type));
        return y;
    }

    /// <summary>Which dimensions a reduction folds, and the shapes that follow.</summary>
    internal readonly struct Reduction
    {
        private readonly int[] _order; // kept dimensions, then reduced ones
        private readonly Layout _spread;

        public Reduction(string operation, Tensor x, ReadOnlySpan<int> axes, bool keepDims)
        {
            int rank = x.Rank;
            Span<bool> folded = stackalloc bool[Layout.MaxRank];
            folded = folded[..rank];
            folded.Fill(axes.Length == 0);
            foreach (int axis in axes)
            {
                int d = x.Axis(operation, axis);
                if (rank == 0)
                {
                    continue;
                }

                if (folded[d])
                {
                    throw new ArgumentException($"{operation}: dim {axis} appears twice among the axes [{string.Join(", ", axes.ToArray())}].", nameof(axes));
                }

                folded[d] = true;
            }

            _order = new int[rank];
            int[] spread = (int[])x._layout.Dims.Clone();
            int kept = 0;
            for (int d = 0; d < rank; d++)
            {
                if (!folded[d])
                {
                    _order[kept++] = d;
                }
            }

            Count = rank - kept;
            int[] keptDims = new int[kept];
            for (int d = 0, k = kept, i = 0; d < rank; d++)
            {
                if (folded[d])
                {
                    _order[k++] = d;
                    spread[d] = 1;
                }
                else
                {
                    keptDims[i++] = spread[d];
                }
            }

            Kept = Layout.Contiguous(keptDims);
            _spread = Layout.Contiguous(spread);
            Result = keepDims ? _spread : Kept;
        }

        /// <summary>How many dimensions are folded.</summary>
        public int Count { get; }

        /// <summary>The kept dimensions alone.</summary>
        public Layout Kept { get; }

        /// <summary>The result's layout.</summary>
        public Layout Result { get; }

        /// <summary>The operand with the folded dimensions last.</summary>
        public Layout Permute(Layout layout)
        {
            int[] dims = new int[_order.Length];
            long[] strides = new long[_order.Length];
            for (int i = 0; i < dims.Length; i++)
            {
                dims[i] = layout.Dims[_order[i]];
                strides[i] = layout.Strides[_order[i]];
            }

            return new(dims, strides);
        }

        /// <summary>A result (or its gradient) with the folded dimensions put back as size 1, so that it broadcasts against the operand.</summary>
        public Tensor Spread(Tensor y) => y._layout.SameShape(_spread) ? y : y.Reshape(_spread.Shape);
    }
}
