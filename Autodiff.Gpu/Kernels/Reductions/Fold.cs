using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>Combinations of what the threads of a group have, in a fixed order.</summary>
internal static class Fold
{
    /// <summary>
    /// The values of neighbouring threads: groups of up to a warp, or the whole block. Every thread gets the same
    /// bits, as the combination is commutative.
    /// </summary>
    /// <param name="op">The combination.</param>
    /// <param name="value">What each thread contributes. All threads of the block take part.</param>
    public static S Across<TThreads, TLanes, TOp, S>(TOp op, S value)
        where TThreads : struct, IThreads where TLanes : struct, IThreadCount
        where TOp : unmanaged, IReduction where S : unmanaged, IReal<S>
    {
        int log = LogShuffled<TThreads, TLanes>();
        for (int level = 0; level < log; level++)
        {
            value = op.Combine(value, TThreads.Xor(value, 1 << (log - 1 - level)));
        }

        return AreWarps<TThreads, TLanes>() ? OfWarps<TThreads, TOp, S>(op, value) : value;
    }

    /// <summary>The binary logarithm of the lanes of a row that hand each other numbers at once.</summary>
    public static int LogShuffled<TThreads, TLanes>()
        where TThreads : struct, IThreads where TLanes : struct, IThreadCount =>
        Math.Min(TLanes.Log, TThreads.LogWarp);

    /// <summary>Whether lanes are the eight warps of a block.</summary>
    public static bool AreWarps<TThreads, TLanes>()
        where TThreads : struct, IThreads where TLanes : struct, IThreadCount => TLanes.Log > TThreads.LogWarp;

    /// <summary>The values of a block's warps, as a tree.</summary>
    private static S OfWarps<TThreads, TOp, S>(TOp op, S value)
        where TThreads : struct, IThreads where TOp : unmanaged, IReduction where S : unmanaged, IReal<S>
    {
        ArrayView<S> warps = SharedMemory.Allocate<S>(TThreads.Block >> TThreads.LogWarp);
        if ((Group.IdxX & ((1 << TThreads.LogWarp) - 1)) == 0)
        {
            warps[Group.IdxX >> TThreads.LogWarp] = value;
        }

        Group.Barrier();
        S first = op.Combine(op.Combine(warps[0], warps[1]), op.Combine(warps[2], warps[3]));
        S second = op.Combine(op.Combine(warps[4], warps[5]), op.Combine(warps[6], warps[7]));
        return op.Combine(first, second);
    }
}
