using System.Runtime.Intrinsics;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>Chooses the loop that folds one row, where <see cref="ReductionRows{TOp, T, V}"/> would do nothing else.</summary>
internal static unsafe class ReductionKernels
{
    /// <summary>The loop for a contiguous row of <paramref name="length"/> elements; null where there is more to it.</summary>
    public static delegate*<void*, void**, void*, nint, void> OneRow<TOp>(DType type, long length) where TOp : unmanaged, IReduction => type switch
    {
        _ when length <= ShortRows.Longest || length > ReductionRows<TOp, float, V256<float>>.Block => null,
        DType.Float32 => Vector512.IsHardwareAccelerated ? &OneRow<TOp, float, V512<float>> : &OneRow<TOp, float, V256<float>>,
        DType.Float64 => Vector512.IsHardwareAccelerated ? &OneRow<TOp, double, V512<double>> : &OneRow<TOp, double, V256<double>>,
        _ => null,
    };

    private static void OneRow<TOp, T, V>(void* op, void** x, void* y, nint n)
        where TOp : unmanaged, IReduction where T : unmanaged where V : struct, ILanes<V, T> =>
        ReductionLoops.Run<TOp, T, V>(op, (T*)x[0], n, (T*)y);
}
