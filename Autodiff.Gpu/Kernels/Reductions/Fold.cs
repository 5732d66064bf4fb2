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
    /// <param name="value">What each thread brings. All threads of the block take part.</param>
    /// <param name="lanes">How many threads are a group: a power of two up to a warp, or a block.</param>
    public static S Across<TThreads, TOp, S>(TOp op, S value, uint lanes)
        where TThreads : struct, IThreads where TOp : unmanaged, IReduction where S : unmanaged, IReal<S>
    {
        for (uint distance = Math.Min(lanes, 1u << TThreads.LogWarp) >> 1; distance > 0; distance >>= 1)
        {
            value = op.Combine(value, TThreads.Xor(value, (int)distance));
        }

        return HasWarps<TThreads>() && lanes > 1u << TThreads.LogWarp ? OfWarps<TThreads, TOp, S>(op, value) : value;
    }

    /// <summary>Whether a block has several warps: eight then.</summary>
    public static bool HasWarps<TThreads>() where TThreads : struct, IThreads =>
        TThreads.Block > 1 << TThreads.LogWarp;

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
