using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>A loop on numbers of any type, as <see cref="Lanes.Loop{TLoop}"/> chooses it.</summary>
internal unsafe interface ILoop
{
    /// <summary>
    /// The loop for elements T in vectors V, or in vectors W of 64 bytes where lanes are folded into one.
    /// </summary>
    static abstract void* For<T, V, W>()
        where T : unmanaged, INumber<T>
        where V : unmanaged, ILanes<V, T>
        where W : unmanaged, ILanes<W, T>;
}

/// <summary>A loop on floating-point numbers alone, as <see cref="Lanes.FloatLoop{TLoop, T}"/> chooses it.</summary>
internal unsafe interface IFloatLoop
{
    /// <inheritdoc cref="ILoop.For{T, V, W}"/>
    static abstract void* For<T, V, W>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>;
}

/// <summary>The one place that chooses vectors for this processor.</summary>
internal static unsafe class Lanes
{
    /// <summary>Bytes of a line of the caches.</summary>
    public const int LineBytes = 64;

    /// <summary>Bytes of a vector of elementwise loops.</summary>
    public static int Bytes
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated ? 64 : Is256 ? 32 : 16;
    }

    private static bool Is256
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256.IsHardwareAccelerated && Fma.IsSupported;
    }

    /// <summary>
    /// Whether a b + c may be rounded twice where the processor has no instruction that rounds it once: the application
    /// context switch <c>Autodiff.SeparateMultiplyAdd</c>.
    /// </summary>
    [FeatureSwitchDefinition("Autodiff.SeparateMultiplyAdd")]
    public static bool MayRoundTwice { get; } = AppContext.TryGetSwitch("Autodiff.SeparateMultiplyAdd", out bool isOn)
        && isOn;

    /// <summary>The loop for elements of a type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* Loop<TLoop>(DType type) where TLoop : ILoop => type switch
    {
        DType.Float32 => FloatLoop<OfFloats<TLoop>, float>(),
        DType.Float64 => FloatLoop<OfFloats<TLoop>, double>(),
        DType.Int64 => TLoop.For<long, IntegerReal<long>, IntegerReal<long>>(),
        _ => TLoop.For<int, IntegerReal<int>, IntegerReal<int>>(),
    };

    /// <summary>The loop for float32 or float64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* FloatLoop<TLoop>(DType type) where TLoop : IFloatLoop =>
        type == DType.Float32 ? FloatLoop<TLoop, float>() : FloatLoop<TLoop, double>();

    /// <summary>The loop for float or double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void* FloatLoop<TLoop, T>()
        where TLoop : IFloatLoop where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Vector512.IsHardwareAccelerated)
        {
            return TLoop.For<T, V512<T>, V512<T>>();
        }

        if (Is256)
        {
            return TLoop.For<T, V256<T>, Pair<V256<T>, T>>();
        }

        return Fma.IsSupported || AdvSimd.IsSupported || !MayRoundTwice
            ? TLoop.For<T, V128<T, Fused>, Pair<Pair<V128<T, Fused>, T>, T>>()
            : TLoop.For<T, V128<T, Separate>, Pair<Pair<V128<T, Separate>, T>, T>>();
    }

    private readonly struct OfFloats<TLoop> : IFloatLoop where TLoop : ILoop
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> => TLoop.For<T, V, W>();
    }
}
