using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// The threads of a block, as a device has them: how many, and how they hand each other numbers. Every kernel has them
/// as its first type parameter.
/// </summary>
internal interface IThreads
{
    /// <summary>How many threads a block has.</summary>
    static abstract int Block { get; }

    /// <summary>Its binary logarithm.</summary>
    static abstract int LogBlock { get; }

    /// <summary>The binary logarithm of the threads that hand each other numbers at once: a warp.</summary>
    static abstract int LogWarp { get; }

    /// <summary>The binary logarithm of the side of a square of which each thread takes four elements.</summary>
    static abstract int LogTile { get; }

    /// <summary>The most pairs that a block sorts: four for each thread.</summary>
    static abstract int MostPairs { get; }

    /// <summary>
    /// The value of the thread whose number differs by the bits of <paramref name="mask"/>. All threads of the block
    /// call.
    /// </summary>
    static abstract T Xor<T>(T value, int mask) where T : unmanaged;

    /// <summary>The value of the thread so many before this one; its own where there is none in the warp.</summary>
    static abstract T Up<T>(T value, int distance) where T : unmanaged;

    /// <summary>The value of a thread of this one's warp, by its place there.</summary>
    static abstract T From<T>(T value, int place) where T : unmanaged;
}

/// <summary>CUDA's: warps of 32 with instructions of their own to hand numbers over.</summary>
internal readonly struct CudaThreads : IThreads
{
    public static int Block => 256;

    public static int LogBlock => 8;

    public static int LogWarp => 5;

    public static int LogTile => 5;

    public static int MostPairs => 2048;

    public static T Xor<T>(T value, int mask) where T : unmanaged => Warp.ShuffleXor(value, mask);

    public static T Up<T>(T value, int distance) where T : unmanaged => Warp.ShuffleUp(value, distance);

    public static T From<T>(T value, int place) where T : unmanaged => Warp.Shuffle(value, place);
}

/// <summary>
/// Those of any other device: nothing is known of its warps, so the whole block counts as one, whose threads hand each
/// other numbers through shared memory.
/// </summary>
/// <typeparam name="N">How many threads.</typeparam>
internal readonly struct SharingThreads<N> : IThreads where N : struct, IThreadCount
{
    public static int Block => 1 << N.Log;

    public static int LogBlock => N.Log;

    public static int LogWarp => N.Log;

    public static int LogTile => N.Log / 2 + 1;

    public static int MostPairs => 4 << N.Log;

    public static T Xor<T>(T value, int mask) where T : unmanaged => From(value, Group.IdxX ^ mask);

    public static T Up<T>(T value, int distance) where T : unmanaged =>
        From(value, Group.IdxX < distance ? Group.IdxX : Group.IdxX - distance);

    public static T From<T>(T value, int place) where T : unmanaged
    {
        ArrayView<T> all = SharedMemory.Allocate<T>(1 << N.Log);
        all[Group.IdxX] = value;
        Group.Barrier();
        T other = all[place];
        Group.Barrier(); // before the next value is written there
        return other;
    }
}

/// <summary>
/// A number of threads, a power of two: those of a block, or those that share a row. Distances between threads are
/// constants in a kernel for it, and trees over threads are no loops.
/// </summary>
internal interface IThreadCount
{
    /// <summary>Its binary logarithm: an even one for a block, so that squares of threads have whole sides.</summary>
    static abstract int Log { get; }
}

/// <summary>One thread, which never waits for another: ILGPU's CPU accelerator is fastest so.</summary>
internal readonly struct Count1 : IThreadCount
{
    public static int Log => 0;
}

/// <summary>16 threads.</summary>
internal readonly struct Count16 : IThreadCount
{
    public static int Log => 4;
}

/// <summary>64 threads.</summary>
internal readonly struct Count64 : IThreadCount
{
    public static int Log => 6;
}

/// <summary>256 threads.</summary>
internal readonly struct Count256 : IThreadCount
{
    public static int Log => 8;
}

/// <summary>Twice as many threads.</summary>
internal readonly struct CountTwice<N> : IThreadCount where N : struct, IThreadCount
{
    public static int Log => N.Log + 1;
}

/// <summary>The host's side of <see cref="IThreadCount"/>.</summary>
internal static class ThreadCounts
{
    /// <summary>The type for 2^<paramref name="log"/> threads.</summary>
    public static Type Of(int log)
    {
        Type count = typeof(Count1);
        for (; log > 0; log--)
        {
            count = typeof(CountTwice<>).MakeGenericType(count);
        }

        return count;
    }
}

/// <summary>The host's side of <see cref="IThreads"/>: the numbers by which it cuts work into blocks.</summary>
/// <param name="Threads">The type.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="Warp">Threads of a warp.</param>
/// <param name="Tile">The side of a square of which each thread of a block takes four elements.</param>
/// <param name="MostPairs">The most pairs that a block sorts.</param>
internal sealed record BlockSizes(Type Threads, int Block, int Warp, int Tile, int MostPairs)
{
    /// <summary>CUDA's.</summary>
    public static BlockSizes Cuda { get; } = Of<CudaThreads>();

    /// <summary>Those of a device whose blocks have so many threads at most.</summary>
    public static BlockSizes Within(int most) =>
        most >= 256 ? Of<SharingThreads<Count256>>()
        : most >= 64 ? Of<SharingThreads<Count64>>()
        : most >= 16 ? Of<SharingThreads<Count16>>() : Of<SharingThreads<Count1>>();

    /// <summary>A kernel over blocks of these sizes.</summary>
    /// <param name="cuda">The same with CUDA's threads.</param>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public MethodInfo Kernel(MethodInfo cuda) => cuda.GetGenericMethodDefinition()
        .MakeGenericMethod([Threads, .. cuda.GetGenericArguments()[1..]]);

    /// <summary>Blocks for so many threads.</summary>
    public uint Blocks(uint threads) => (threads + (uint)Block - 1) / (uint)Block;

    private static BlockSizes Of<TThreads>() where TThreads : struct, IThreads => new(
        typeof(TThreads), TThreads.Block, 1 << TThreads.LogWarp, 1 << TThreads.LogTile, TThreads.MostPairs);
}
