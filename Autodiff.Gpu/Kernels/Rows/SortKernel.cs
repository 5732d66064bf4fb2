using System.Reflection;
using Autodiff.Gpu.Kernels.Reductions;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>What sorting is given.</summary>
internal struct SortArguments<M, TResult, TKept>
    where M : unmanaged
    where TResult : struct
    where TKept : struct, IStrides
{
    public ArrayView<M> X;

    public TResult Result;

    /// <summary>How many rows, how long each is, in how many pieces, and how many elements are wanted.</summary>
    public uint Rows, Length, Pieces, Wanted;

    /// <summary>How many pairs a block sorts, and the binary logarithm of a piece's length.</summary>
    public uint Pairs, Power;

    public KeyOrder Order;

    /// <summary>Elements from one of a row to the next.</summary>
    public long StepX, StepY;

    /// <summary>The dimensions that count rows, in x and in the sorted values.</summary>
    public TKept Kept;
}

/// <summary>An element's place in the order.</summary>
internal struct SortedPlace
{
    /// <summary>The row.</summary>
    public uint Row;

    /// <summary>Where it begins in x and in the sorted values.</summary>
    public long X, Y;

    /// <summary>Where an element that is sorted further goes: among those of all rows, as they were.</summary>
    public long Among;

    /// <summary>Where an element that has its place goes in its row, and among the wanted ones of all rows.</summary>
    public uint Rank;

    public uint Wanted;

    /// <summary>Elements from one of a row to the next.</summary>
    public long StepX, StepY;
}

/// <summary>Where sorted elements go.</summary>
internal interface ISorted<K, M> where K : unmanaged, IKey<K> where M : unmanaged
{
    void Store(SortedPlace place, K key, uint where, ArrayView<M> x);
}

/// <summary>To a later stage: keys, and the places where they stood.</summary>
internal readonly struct SortedKeys<K, M>(ArrayView<K> keys, ArrayView<uint> places) : ISorted<K, M>
    where K : unmanaged, IKey<K> where M : unmanaged
{
    private readonly ArrayView<K> _keys = keys;
    private readonly ArrayView<uint> _places = places;

    public void Store(SortedPlace place, K key, uint where, ArrayView<M> x)
    {
        _keys[place.Among] = key;
        _places[place.Among] = where;
    }
}

/// <summary>To the results: elements as they are in x, and their places there.</summary>
internal readonly struct SortedElements<K, M>(ArrayView<M> values, ArrayView<long> places) : ISorted<K, M>
    where K : unmanaged, IKey<K> where M : unmanaged
{
    private readonly ArrayView<M> _values = values;
    private readonly ArrayView<long> _places = places;

    public void Store(SortedPlace place, K key, uint where, ArrayView<M> x)
    {
        _values[place.Y + place.Rank * place.StepY] = x[place.X + where * place.StepX];
        _places[(long)place.Row * place.Wanted + place.Rank] = where;
    }
}

/// <summary>
/// Sorts rows in shared memory, several short ones in a block, by Batcher's bitonic network over (key, place) pairs: as
/// no two pairs are equal, the order is the stable one. Rows too long for a block are sorted in pieces, which
/// <see cref="MergeKernel"/> joins.
/// </summary>
/// <remarks>
/// K. E. Batcher, "Sorting networks and their applications", AFIPS Spring Joint Computer Conference, 1968.
/// </remarks>
internal static class SortKernel
{
    public const string Name = "sort";

    private const int PairsPerThread = 4;

    /// <summary>Threads of a block that sorts so many pairs.</summary>
    public static int Threads(int pairs) => pairs / PairsPerThread;

    public static void Run<TThreads, K, TKeys, M, TResult, TKept>(SortArguments<M, TResult, TKept> a)
        where TThreads : struct, IThreads
        where K : unmanaged, IKey<K>
        where TKeys : struct, IKeyed<K, M>
        where M : unmanaged
        where TResult : struct, ISorted<K, M>
        where TKept : struct, IStrides
    {
        ArrayView<K> keys = SharedMemory.Allocate<K>(TThreads.MostPairs);
        ArrayView<uint> order = SharedMemory.Allocate<uint>(TThreads.MostPairs);
        uint thread = (uint)Group.IdxX, threads = a.Pairs / PairsPerThread, piece = 1u << (int)a.Power;
        uint firstPiece = (uint)Grid.IdxX * (a.Pairs >> (int)a.Power);
        for (uint slot = thread; slot < a.Pairs; slot += threads)
        {
            uint number = firstPiece + (slot >> (int)a.Power), row = number / a.Pieces;
            uint place = ((number - row * a.Pieces) << (int)a.Power) + (slot & (piece - 1));
            K key = K.Last;
            uint where = uint.MaxValue; // what is not there comes after all that is
            if (row < a.Rows && place < a.Length)
            {
                key = TKeys.Of(a.X[a.Kept.X(0, row) + place * a.StepX], a.Order);
                where = place;
            }

            keys[(int)slot] = key;
            order[(int)slot] = where;
        }

        Group.Barrier();
        for (uint sorted = 2; sorted <= piece; sorted <<= 1)
        {
            for (uint apart = sorted >> 1; apart > 0; apart >>= 1)
            {
                Exchange(keys, order, thread, apart, sorted, piece);
                Exchange(keys, order, thread + threads, apart, sorted, piece);
                Group.Barrier();
            }
        }

        for (uint slot = thread; slot < a.Pairs; slot += threads)
        {
            uint number = firstPiece + (slot >> (int)a.Power), row = number / a.Pieces, rank = slot & (piece - 1);
            uint place = ((number - row * a.Pieces) << (int)a.Power) + rank;
            if (row < a.Rows && place < a.Length && rank < a.Wanted)
            {
                SortedPlace target = default;
                target.Row = row;
                target.X = a.Kept.X(0, row);
                target.Y = a.Kept.Y(0, row);
                target.Among = (long)row * a.Length + place;
                target.Rank = rank;
                target.Wanted = a.Wanted;
                target.StepX = a.StepX;
                target.StepY = a.StepY;
                a.Result.Store(target, keys[(int)slot], order[(int)slot], a.X);
            }
        }
    }

    /// <summary>
    /// Puts two slots so far apart in order: rising or falling, as the run needs in which they stand.
    /// </summary>
    private static void Exchange<K>(
        ArrayView<K> keys, ArrayView<uint> order, uint pair, uint apart, uint sorted, uint piece)
        where K : unmanaged, IKey<K>
    {
        // The pair's lower slot has a 0 in the bit of the distance.
        uint below = pair & (apart - 1), low = ((pair - below) << 1) + below, high = low + apart;
        ref K lowKey = ref keys[(int)low], highKey = ref keys[(int)high];
        ref uint lowPlace = ref order[(int)low], highPlace = ref order[(int)high];
        K x = lowKey, y = highKey;
        uint i = lowPlace, j = highPlace;
        bool isLess = K.IsLess(y, x) | (K.AreEqual(y, x) & (j < i)), rises = (low & sorted & (piece - 1)) == 0;
        if (isLess == rises)
        {
            lowKey = y;
            highKey = x;
            lowPlace = j;
            highPlace = i;
        }
    }

    /// <summary>The kernel of a variant.</summary>
    public static MethodInfo Method(RowVariant v)
    {
        (Type key, Type keys, Type memory) = KeyTypes.Of(v.From);
        return typeof(SortKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), key, keys, memory, Result(v), StrideTypes.Of(v.KeptRank, v.Wide));
    }

    /// <summary>Where sorted elements go.</summary>
    public static Type Result(RowVariant v)
    {
        (Type key, _, Type memory) = KeyTypes.Of(v.From);
        return (v.Continued ? typeof(SortedKeys<,>) : typeof(SortedElements<,>)).MakeGenericType(key, memory);
    }
}
