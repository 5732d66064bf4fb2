using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Reduces the trailing dimensions of a view, along rows or down columns, whichever its strides make cheap.
/// </summary>
/// <remarks>
/// Work is cut into parts, and their results are combined, as shape and strides alone say: any number of threads gives
/// the same bits.
/// </remarks>
internal static unsafe class ReductionDriver<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    public static void Run(TOp op, in TensorView x, in TensorView y, int reduced)
    {
        if (y.Count == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &y.Memory(use))
        {
            T* to = (T*)target + y.Offset;
            if (x.Count == 0)
            {
                ReductionLoops.Fill<TOp, T, V>(&op, to, (nint)y.Count);
                return;
            }

            byte* from = source;
            if (x.Layout.IsContiguous)
            {
                ReductionRows<TOp, T, V>.Run(op, x, from, y.Count, to);
                return;
            }

            Layout layout = Simplify(x.Layout, ref reduced);
            if (IsColumnwise(x.DType, layout, reduced))
            {
                ReductionColumns<TOp, T, V>.Run(op, (T*)from + x.Offset, layout, reduced, to);
            }
            else
            {
                ReductionRows<TOp, T, V>.Run(op, new(x.Storage, x.Offset, layout, x.DType), from, y.Count, to);
            }
        }
    }

    /// <summary>Whether neighbours in memory belong to different results.</summary>
    private static bool IsColumnwise(DType type, Layout layout, int reduced)
    {
        int kept = layout.Rank - reduced;
        return kept > 0 && type == DTypes.Of<T>() && layout.Strides[kept - 1] == 1
            && (reduced == 0 || layout.Strides[^1] != 1);
    }

    /// <summary>
    /// Fewest dimensions: those of size 1 are dropped, neighbours that lie without a gap joined; reduced ones, whose
    /// order is free, by falling stride.
    /// </summary>
    private static Layout Simplify(Layout layout, ref int reduced) =>
        reduced == 1 && layout.Rank <= 2 && layout.Dims[0] > 1 && layout.Dims[^1] > 1
            ? layout
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
        Array.Sort(order, (a, b) => (Weight(b), a).CompareTo((Weight(a), b)));
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

        long Weight(int d) => layout.Strides[d] == 0 ? long.MaxValue : Math.Abs(layout.Strides[d]);

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
}
