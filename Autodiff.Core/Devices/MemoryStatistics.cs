using Autodiff.Cpu;

namespace Autodiff;

/// <summary>
/// What the CPU engine holds, in bytes. Tensors below 16 KiB are ordinary objects of the collector and counted in
/// <see cref="ManagedBytes"/> only.
/// </summary>
/// <param name="LiveTensors">Large tensors not yet released or collected.</param>
/// <param name="LiveBytes">Their memory.</param>
/// <param name="PeakBytes">The most of it at any one time since the start or <see cref="ResetPeak"/>.</param>
/// <param name="PooledBytes">Memory that waits for reuse.</param>
/// <param name="ManagedBytes">The collector's heap, which includes all of these.</param>
public readonly record struct MemoryStatistics(long LiveTensors, long LiveBytes, long PeakBytes, long PooledBytes,
    long ManagedBytes)
{
    /// <summary>The state now.</summary>
    public static MemoryStatistics Current
    {
        get
        {
            BufferPool.Live.Sweep();
            return new(BufferPool.Live.Count, BufferPool.Live.Bytes, BufferPool.Live.Peak, BufferPool.PooledBytes,
                GC.GetTotalMemory(forceFullCollection: false));
        }
    }

    /// <summary>Starts the peak anew from what is live now.</summary>
    public static void ResetPeak() => BufferPool.Live.ResetPeak();

    /// <summary>Leaves memory that waits for reuse to the collector.</summary>
    public static void Trim() => BufferPool.Trim();
}
