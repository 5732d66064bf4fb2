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

            Layout layout = ReductionLayout.Simplify(x.Layout, ref reduced);
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
}
