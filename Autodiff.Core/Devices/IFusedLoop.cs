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

    /// <summary>Runs it.</summary>
    /// <param name="views">Its operands, contiguous, the ones it writes last.</param>
    void Run(ReadOnlySpan<TensorView> views);
}

/// <summary>A backend that runs fused loops, if the device is the processor.</summary>
internal interface IFusingBackend
{
    /// <inheritdoc cref="BackendCalls.TryFuse{TLoop}"/>
    bool TryFuse<TLoop>(in TLoop loop, int written, ReadOnlySpan<TensorView> views) where TLoop : struct, IFusedLoop;
}
