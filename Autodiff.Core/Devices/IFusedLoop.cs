using System.Numerics;
using Autodiff.Cpu;

namespace Autodiff.Devices;

/// <summary>
/// Several operations as one loop of the processor's. Where the device is another, the same is said by operations that
/// every backend has; so what the loop computes stands there too, and tests compare the two.
/// </summary>
/// <remarks>Its fields say all that it does besides its operands: equal loops of a compiled step do the same.</remarks>
internal interface IFusedLoop
{
    /// <summary>What a compiled step calls it.</summary>
    static abstract string Name { get; }

    /// <summary>
    /// Runs it on elements T in vectors V, or in vectors W of 64 bytes where lanes are folded into one.
    /// </summary>
    /// <param name="views">Its operands, contiguous, the ones it writes last; T is the type of the first that holds
    /// floating-point numbers.</param>
    void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>;
}

/// <summary>A backend that runs fused loops, if the device is the processor.</summary>
internal interface IFusingBackend
{
    /// <inheritdoc cref="BackendCalls.TryFuse{TLoop}"/>
    bool TryFuse<TLoop>(in TLoop loop, int written, ReadOnlySpan<TensorView> views) where TLoop : struct, IFusedLoop;
}
