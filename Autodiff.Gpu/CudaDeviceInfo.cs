using System.Globalization;

namespace Autodiff;

/// <summary>What the driver tells of a device.</summary>
/// <param name="Index">Its number, in the driver's order (<c>CUDA_VISIBLE_DEVICES</c> chooses and orders).</param>
/// <param name="Name">Its name, such as <c>NVIDIA H100 80GB HBM3</c>.</param>
/// <param name="TotalMemory">Its memory in bytes.</param>
/// <param name="ComputeCapability">Its compute capability; the engine needs 8.0 (Ampere) or newer.</param>
/// <param name="MultiprocessorCount">How many streaming multiprocessors it has.</param>
/// <param name="MaxSharedMemoryPerBlock">The most shared memory, in bytes, that a block may have when it asks for
/// it.</param>
/// <param name="L2CacheSize">The level-2 cache in bytes.</param>
public sealed record CudaDeviceInfo(
    int Index, string Name, long TotalMemory, Version ComputeCapability, int MultiprocessorCount,
    int MaxSharedMemoryPerBlock, int L2CacheSize)
{
    /// <summary>The oldest compute capability whose devices the engine's kernels run on.</summary>
    public static Version OldestComputeCapability { get; } = new(8, 0);

    /// <summary>Whether the engine's kernels run on it.</summary>
    public bool IsSupported => ComputeCapability >= OldestComputeCapability;

    /// <summary>For people: <c>cuda:0 NVIDIA H100 80GB HBM3, 79.1 GiB, compute capability 9.0</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"cuda:{Index} {Name}, {TotalMemory / (double)(1L << 30):0.0} GiB, compute capability {ComputeCapability}");
}
