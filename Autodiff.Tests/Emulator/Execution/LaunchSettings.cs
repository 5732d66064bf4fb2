namespace Autodiff.Tests.Emulator.Execution;

/// <summary>Three extents, of a grid or a block.</summary>
internal readonly record struct Extent(int X, int Y, int Z)
{
    public long Count => (long)X * Y * Z;
}

/// <summary>How kernels run.</summary>
internal sealed class LaunchSettings
{
    /// <summary>Whether asynchronous copies happen at once instead of as late as they may.</summary>
    public bool CopiesAtOnce { get; set; }

    /// <summary>Whether accesses to shared memory without a barrier between them are looked for.</summary>
    public bool FindsRaces { get; set; } = true;

    /// <summary>How many blocks may run at the same time.</summary>
    public int Workers { get; set; } = Environment.ProcessorCount;

    /// <summary>After how many instructions of a block it is taken to hang.</summary>
    public long MaxStepsPerBlock { get; set; } = 2_000_000_000;
}
