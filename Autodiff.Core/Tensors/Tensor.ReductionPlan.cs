namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>Which dimensions a reduction folds, and the shapes that follow.</summary>
    internal readonly struct Reduction
    {
        private readonly int[] _order; // kept dimensions, then reduced ones
        private readonly bool _inOrder; // the operand has that order already
        private readonly Layout _spread;

        public Reduction(string operation, Tensor x, ReadOnlySpan<int> dims, bool keepDim)
        {
            int rank = x.Rank;
            if (dims.Length == 0 && !keepDim)
            {
                // All of them: the usual end of a loss, so it must cost nothing.
                _order = [];
                _inOrder = true;
                _spread = Kept = Result = Layout.Scalar;
                Count = rank;
                Folded = x.ElementCount;
                return;
            }

            Span<bool> folded = stackalloc bool[Layout.MaxRank];
            folded = folded[..rank];
            folded.Fill(dims.Length == 0);
            foreach (int dim in dims)
            {
                int d = x.WrapDim(operation, dim);
                if (rank == 0)
                {
                    continue;
                }

                if (folded[d])
                {
                    throw new ArgumentException(
                        $"{operation}: dim {dim} appears twice among the dims [{string.Join(", ", dims.ToArray())}].",
                        nameof(dims));
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
            Folded = 1;
            int[] keptDims = new int[kept];
            for (int d = 0, k = kept, i = 0; d < rank; d++)
            {
                if (folded[d])
                {
                    _order[k++] = d;
                    Folded *= spread[d];
                    spread[d] = 1;
                }
                else
                {
                    keptDims[i++] = spread[d];
                }
            }

            _inOrder = IsCounting(_order);
            Kept = Layout.Contiguous(keptDims);
            _spread = Layout.Contiguous(spread);
            Result = keepDim ? _spread : Kept;
        }

        /// <summary>The kept dimensions, then the folded ones.</summary>
        public ReadOnlySpan<int> Order =>
            _inOrder ? Enumerable.Range(0, Math.Max(_order.Length, Count)).ToArray() : _order;

        /// <summary>How many dimensions are folded.</summary>
        public int Count { get; }

        /// <summary>How many elements make one result.</summary>
        public long Folded { get; }

        /// <summary>The kept dimensions alone.</summary>
        public Layout Kept { get; }

        /// <summary>The result's layout.</summary>
        public Layout Result { get; }

        /// <summary>The operand with the folded dimensions last.</summary>
        public Layout Permute(Layout layout)
        {
            if (_inOrder)
            {
                return layout;
            }

            int[] dims = new int[_order.Length];
            long[] strides = new long[_order.Length];
            for (int i = 0; i < dims.Length; i++)
            {
                dims[i] = layout.Dims[_order[i]];
                strides[i] = layout.Strides[_order[i]];
            }

            return layout.Permuted(dims, strides);
        }

        /// <summary>Refuses to fold nothing, for a fold that has no neutral element.</summary>
        /// <exception cref="InvalidOperationException">There is a result to give, but no element to make it
        /// of.</exception>
        public void RequireElements(string operation, Tensor x)
        {
            if (Folded == 0 && Kept.Count > 0)
            {
                throw new InvalidOperationException(
                    $"{operation}: {x.Describe()} has no elements to choose from along the reduced dimensions, and "
                        + $"{operation} of nothing is not defined.");
            }
        }

        /// <summary>
        /// A result (or its gradient) with the folded dimensions put back as size 1, so that it broadcasts against the
        /// operand.
        /// </summary>
        public Tensor Spread(Tensor y) => y._layout.SameShape(_spread) ? y : y.Reshape(_spread.Shape);

        private static bool IsCounting(ReadOnlySpan<int> order)
        {
            for (int i = 0; i < order.Length; i++)
            {
                if (order[i] != i)
                {
                    return false;
                }
            }

            return true;
        }
    }
}
