namespace Autodiff.Cpu;

/// <summary>How a reduction sees its operand.</summary>
internal static class ReductionLayout
{
    /// <summary>
    /// Fewest dimensions: those of size 1 are dropped, neighbours that lie without a gap joined; reduced ones, whose
    /// order is free, by falling stride.
    /// </summary>
    public static Layout Simplify(Layout layout, ref int reduced) =>
        (reduced == 1 && layout.Rank <= 2 && layout.Dims[0] > 1 && layout.Dims[^1] > 1)
            || IsSimple(layout, layout.Rank - reduced)
            ? layout // without memory of its own: replays of a compiled step come here again and again
            : Simplified(layout, ref reduced);

    private static Layout Simplified(Layout layout, ref int reduced)
    {
        int kept = layout.Rank - reduced, count = 0;
        int[] order = new int[reduced];
        for (int i = 0; i < reduced; i++)
        {
            order[i] = kept + i;
        }

        // A repeated dimension (stride 0) goes outermost.
        Array.Sort(order, (a, b) => (Weight(layout, b), a).CompareTo((Weight(layout, a), b)));
        int[] dims = new int[layout.Rank];
        long[] strides = new long[layout.Rank];
        for (int d = 0; d < kept; d++)
        {
            Join(d, 0);
        }

        int keptCount = count;
        foreach (int d in order)
        {
            Join(d, keptCount);
        }

        reduced = count - keptCount;
        return new(dims[..count], strides[..count]);

        void Join(int d, int first)
        {
            int size = layout.Dims[d];
            long stride = layout.Strides[d];
            if (size == 1)
            {
                return;
            }

            if (count > first && strides[count - 1] == stride * size && (long)dims[count - 1] * size <= int.MaxValue)
            {
                dims[count - 1] *= size;
                strides[count - 1] = stride;
            }
            else
            {
                dims[count] = size;
                strides[count++] = stride;
            }
        }
    }

    /// <summary>Whether no dimension has size 1, no neighbours could be joined, and the reduced ones are in
    /// order.</summary>
    private static bool IsSimple(Layout layout, int kept)
    {
        for (int d = 0; d < layout.Rank; d++)
        {
            bool follows = d > 0 && d != kept;
            if (layout.Dims[d] == 1 || (follows && layout.Strides[d - 1] == layout.Strides[d] * layout.Dims[d])
                || (follows && d > kept && Weight(layout, d - 1) < Weight(layout, d)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reduced dimensions go from large to small; a repeated one (stride 0) is outermost.</summary>
    private static long Weight(Layout layout, int d) =>
        layout.Strides[d] == 0 ? long.MaxValue : Math.Abs(layout.Strides[d]);

    /// <summary>A view whose layout the loop need not simplify again.</summary>
    public static TensorView Simple(in TensorView x, ref int reduced) => x.Layout.IsContiguous || x.Count == 0
        ? x
        : new(x.Storage, x.Offset, Simplify(x.Layout, ref reduced), x.DType);
}
