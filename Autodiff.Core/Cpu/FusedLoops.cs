using System.Numerics;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Runs a fused loop in this processor's vectors.</summary>
internal static unsafe class FusedLoops
{
    /// <summary>Runs it on numbers of the type of its operands.</summary>
    public static void Run<TLoop>(in TLoop loop, ReadOnlySpan<TensorView> views) where TLoop : struct, IFusedLoop
    {
        int i = 0;
        while (!views[i].DType.IsFloatingPoint())
        {
            i++;
        }

        ((delegate*<in TLoop, ReadOnlySpan<TensorView>, void>)Lanes.FloatLoop<Choice<TLoop>>(views[i].DType))(
            loop, views);
    }

    private static void Of<TLoop, T, V, W>(in TLoop loop, ReadOnlySpan<TensorView> views)
        where TLoop : struct, IFusedLoop
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => loop.Run<T, V, W>(views);

    private readonly struct Choice<TLoop> : IFloatLoop where TLoop : struct, IFusedLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<in TLoop, ReadOnlySpan<TensorView>, void>)&Of<TLoop, T, V, W>;
    }
}
