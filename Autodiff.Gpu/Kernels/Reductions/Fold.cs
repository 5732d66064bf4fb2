using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>Combinations of what the threads of a group have, in a fixed order.</summary>
internal static class Fold
{
    /// <summary>Threads of a block that folds together.</summary>
    public const int Block = 256;

    public const int Warp = 32;

    /// <summary>
    /// The values of neighbouring threads: groups of up to 32 lanes, or the whole block. Every thread gets the same
    /// bits, as the combination is commutative.
    /// </summary>
    /// <param name="op">The combination.</param>
    /// <param name="value">What each thread brings. All threads of the block take part.</param>
    /// <param name="lanes">How many threads are a group: a power of two up to 32, or <see cref="Block"/>.</param>
    public static S Across<TOp, S>(TOp op, S value, uint lanes)
        where TOp : unmanaged, IReduction where S : unmanaged, IReal<S>
    {
        for (uint distance = Math.Min(lanes, Warp) >> 1; distance > 0; distance >>= 1)
        {
            value = op.Combine(value, ILGPU.Warp.ShuffleXor(value, (int)distance));
        }

        return lanes > Warp ? OfWarps(op, value) : value;
    }

    /// <summary>The values of a block's warps, as a tree.</summary>
    private static S OfWarps<TOp, S>(TOp op, S value)
        where TOp : unmanaged, IReduction where S : unmanaged, IReal<S>
    {
        ArrayView<S> warps = SharedMemory.Allocate<S>(Block / Warp);
        if ((Group.IdxX & (Warp - 1)) == 0)
        {
            warps[Group.IdxX >> 5] = value;
        }

        Group.Barrier();
        S first = op.Combine(op.Combine(warps[0], warps[1]), op.Combine(warps[2], warps[3]));
        S second = op.Combine(op.Combine(warps[4], warps[5]), op.Combine(warps[6], warps[7]));
        return op.Combine(first, second);
    }
}
