using System.Numerics;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>
/// Chooses the loop that folds one row, where <see cref="ReductionRows{TOp, T, V}"/> would do nothing else.
/// </summary>
internal static unsafe class ReductionKernels
{
    /// <summary>
    /// The loop for a contiguous row of <paramref name="length"/> elements; null where there is more to it.
    /// </summary>
    public static delegate*<void*, void**, void*, nint, void> OneRow<TOp>(DType type, long length)
        where TOp : unmanaged, IReduction =>
        type.IsFloatingPoint() && length > ShortRows.Longest && length <= ReductionRows<TOp, float, V512<float>>.Block
            ? (delegate*<void*, void**, void*, nint, void>)Lanes.FloatLoop<RowLoop<TOp>>(type)
            : null;

    private readonly struct RowLoop<TOp> : IFloatLoop where TOp : unmanaged, IReduction
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> => (delegate*<void*, void**, void*, nint, void>)&OneRow<TOp, T, W>;
    }

    private static void OneRow<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T> =>
        ReductionLoops.Run<TOp, T, V>(op, (T*)x[0], n, (T*)y);
}
