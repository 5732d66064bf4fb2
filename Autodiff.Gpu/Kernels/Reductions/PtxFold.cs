using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>Combinations in a fixed order: of values in registers, of lanes, of a block.</summary>
internal static class PtxFold
{
    /// <summary>Threads of a block that folds together.</summary>
    public const int Block = 256;

    public const int Warp = 32;

    /// <summary>The values as a balanced tree.</summary>
    public static S Tree<S>(ReadOnlySpan<S> values, Func<S, S, S> combine) =>
        values.Length == 1
            ? values[0]
            : combine(Tree(values[..((values.Length + 1) / 2)], combine),
                Tree(values[((values.Length + 1) / 2)..], combine));

    /// <summary>
    /// The values of neighbouring threads: groups of up to 32 lanes, or the whole block. Every thread gets the same
    /// bits, as the combination is commutative.
    /// </summary>
    /// <param name="value">What each thread brings. All threads of the block take part.</param>
    /// <param name="lanes">How many threads are a group: a power of two up to 32, or <see cref="Block"/>.</param>
    /// <param name="combine">The combination.</param>
    public static S Across<S>(S value, int lanes, Func<S, S, S> combine) where S : IPtxCarrier<S>
    {
        KernelWriter k = KernelWriter.Current;
        for (int distance = Math.Min(lanes, Warp) / 2; distance > 0; distance /= 2)
        {
            value = combine(value, S.Of(k.ShuffleXor(value.Value, distance)));
        }

        if (lanes <= Warp)
        {
            return value;
        }

        int size = S.Type.SizeOf();
        Value places = k.Shared(lanes / Warp * size);
        k.If((k.ThreadX & (Warp - 1)).EqualTo(0),
            () => k.Store(Space.Shared, S.Type, k.At(places, k.ThreadX >> 5, size), value.Value));
        k.Barrier();
        S[] warps = new S[lanes / Warp];
        for (int w = 0; w < warps.Length; w++)
        {
            warps[w] = S.Of(k.Load(Space.Shared, S.Type, places, w * size));
        }

        return Tree<S>(warps, combine);
    }
}
