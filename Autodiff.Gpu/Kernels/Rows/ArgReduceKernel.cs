using System.Reflection;
using Autodiff.Gpu.Kernels.Reductions;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>An element that may be the extreme: its key, and its place in the row.</summary>
internal readonly struct Candidate<K>(K key, uint place) where K : unmanaged, IKey<K>
{
    public readonly K Key = key;

    public readonly uint Place = place;

    /// <summary>The one with the larger key; of equals, the one that stands first.</summary>
    public static Candidate<K> Better(Candidate<K> a, Candidate<K> b)
    {
        // No branches: both sides are short.
        bool takes = K.IsLess(a.Key, b.Key) | (K.AreEqual(a.Key, b.Key) & (b.Place < a.Place));
        return takes ? b : a;
    }

    /// <summary>The candidate of the thread whose number differs by the bits of <paramref name="mask"/>.</summary>
    public Candidate<K> Xor<TThreads>(int mask) where TThreads : struct, IThreads =>
        new(K.Xor<TThreads>(Key, mask), TThreads.Xor(Place, mask));
}

/// <summary>Where candidates come from.</summary>
internal interface ICandidates<K> where K : unmanaged, IKey<K>
{
    /// <summary>A candidate of a row that begins at an element.</summary>
    Candidate<K> At(long start, uint place, long step, KeyOrder order);
}

/// <summary>Elements.</summary>
internal readonly struct ElementCandidates<K, TKeys, M>(ArrayView<M> elements) : ICandidates<K>
    where K : unmanaged, IKey<K> where TKeys : struct, IKeyed<K, M> where M : unmanaged
{
    private readonly ArrayView<M> _elements = elements;

    public Candidate<K> At(long start, uint place, long step, KeyOrder order) =>
        new(TKeys.Of(_elements[start + place * step], order), place);
}

/// <summary>The winners of segments: keys and places.</summary>
internal readonly struct Winners<K>(ArrayView<K> keys, ArrayView<uint> places) : ICandidates<K>, IWinners<K>
    where K : unmanaged, IKey<K>
{
    private readonly ArrayView<K> _keys = keys;
    private readonly ArrayView<uint> _places = places;

    public Candidate<K> At(long start, uint place, long step, KeyOrder order) =>
        new(_keys[start + place], _places[start + place]);

    public void Store(uint result, Candidate<K> winner)
    {
        _keys[(long)result] = winner.Key;
        _places[(long)result] = winner.Place;
    }
}

/// <summary>Where winners go.</summary>
internal interface IWinners<K> where K : unmanaged, IKey<K>
{
    void Store(uint result, Candidate<K> winner);
}

/// <summary>Their places are the results.</summary>
internal readonly struct WinnersPlaces<K>(ArrayView<long> places) : IWinners<K> where K : unmanaged, IKey<K>
{
    private readonly ArrayView<long> _places = places;

    public void Store(uint result, Candidate<K> winner) => _places[(long)result] = winner.Place;
}

/// <summary>What finding extremes is given.</summary>
internal struct ArgReduceArguments<TFrom, TTo, TKept>
    where TFrom : struct
    where TTo : struct
    where TKept : struct, IStrides
{
    public TFrom X;

    public TTo Y;

    public RowShape Shape;

    public KeyOrder Order;

    /// <summary>Elements from one of a row to the next.</summary>
    public long Step;

    /// <summary>The kept dimensions, which count rows.</summary>
    public TKept Kept;
}

/// <summary>
/// The place of each row's extreme: elements become keys that compare as integers, and of two candidates the one with
/// the larger key stays, of equals the one that stands first. Long rows are cut into segments whose winners meet in a
/// second launch.
/// </summary>
internal static class ArgReduceKernel
{
    public const string Name = "arg_reduce";

    public static void Run<TThreads, TLanes, K, TFrom, TTo, TKept>(ArgReduceArguments<TFrom, TTo, TKept> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where K : unmanaged, IKey<K>
        where TFrom : struct, ICandidates<K>
        where TTo : struct, IWinners<K>
        where TKept : struct, IStrides
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        long start = a.Kept.X(0, part.Row);
        uint lanes = part.Lanes, last = part.End - 1;
        Candidate<K> best = new(K.First, uint.MaxValue);
        for (uint at = part.Begin + part.Lane; at < part.End; at += 4 * lanes)
        {
            // The last one instead of those beyond it: a candidate twice is as good as once.
            Candidate<K> first = a.X.At(start, at, a.Step, a.Order);
            Candidate<K> second = a.X.At(start, Math.Min(at + lanes, last), a.Step, a.Order);
            Candidate<K> third = a.X.At(start, Math.Min(at + 2 * lanes, last), a.Step, a.Order);
            Candidate<K> fourth = a.X.At(start, Math.Min(at + 3 * lanes, last), a.Step, a.Order);
            best = Candidate<K>.Better(best, Candidate<K>.Better(
                Candidate<K>.Better(first, second), Candidate<K>.Better(third, fourth)));
        }

        int log = Fold.LogShuffled<TThreads, TLanes>();
        for (int level = 0; level < log; level++)
        {
            best = Candidate<K>.Better(best, best.Xor<TThreads>(1 << (log - 1 - level)));
        }

        if (Fold.AreWarps<TThreads, TLanes>())
        {
            ArrayView<Candidate<K>> warps = SharedMemory.Allocate<Candidate<K>>(TThreads.Block >> TThreads.LogWarp);
            if ((Group.IdxX & ((1 << TThreads.LogWarp) - 1)) == 0)
            {
                warps[Group.IdxX >> TThreads.LogWarp] = best;
            }

            Group.Barrier();
            for (int w = 0; w < TThreads.Block >> TThreads.LogWarp; w++)
            {
                best = Candidate<K>.Better(best, warps[w]);
            }
        }

        if (part.Writes)
        {
            a.Y.Store(part.Result, best);
        }
    }

    /// <summary>The kernel of a variant.</summary>
    public static MethodInfo Method(RowVariant v)
    {
        (Type key, Type keys, Type memory) = KeyTypes.Of(v.From);
        Type winners = typeof(Winners<>).MakeGenericType(key);
        return typeof(ArgReduceKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), ThreadCounts.Of(v.LogLanes), key,
            v.Continues ? winners : typeof(ElementCandidates<,,>).MakeGenericType(key, keys, memory),
            v.Continued ? winners : typeof(WinnersPlaces<>).MakeGenericType(key),
            StrideTypes.Of(v.KeptRank, v.Wide));
    }
}
