using System.Reflection;
using Autodiff.Gpu.Kernels.Reductions;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>What merging is given.</summary>
internal struct MergeArguments<K, M, TResult, TKept>
    where K : unmanaged, IKey<K>
    where M : unmanaged
    where TResult : struct
    where TKept : struct, IStrides
{
    /// <summary>Sorted runs: keys, and the places where they stood.</summary>
    public ArrayView<K> Keys;

    /// <inheritdoc cref="Keys"/>
    public ArrayView<uint> Places;

    public ArrayView<M> X;

    public TResult Result;

    /// <summary>How long a row is, and how many elements of it are wanted.</summary>
    public uint Length, Wanted;

    /// <summary>The binary logarithm of a run's length, and how many blocks share a row.</summary>
    public uint Power, Tiles;

    /// <summary>Elements from one of a row to the next.</summary>
    public long StepX, StepY;

    /// <summary>The dimensions that count rows, in x and in the sorted values.</summary>
    public TKept Kept;
}

/// <summary>
/// Joins neighbouring sorted runs of a row: an element's place is its place in its own run plus the number of elements
/// of the other that come before it, found by halving. What lies beyond the wanted elements is dropped, so that runs
/// stay short where few are wanted.
/// </summary>
internal static class MergeKernel
{
    public const string Name = "merge";

    public static void Run<TThreads, K, M, TResult, TKept>(MergeArguments<K, M, TResult, TKept> a)
        where TThreads : struct, IThreads
        where K : unmanaged, IKey<K>
        where M : unmanaged
        where TResult : struct, ISorted<K, M>
        where TKept : struct, IStrides
    {
        uint block = (uint)Grid.IdxX, row = block / a.Tiles;
        uint place = (block - row * a.Tiles) * (uint)TThreads.Block + (uint)Group.IdxX;
        uint run = place >> (int)a.Power, begin = run << (int)a.Power, rank = place - begin;
        if (place >= a.Length || rank >= a.Wanted)
        {
            return;
        }

        uint other = run ^ 1, otherBegin = other << (int)a.Power, low = 0;
        bool isLeft = (run & 1) == 0;
        uint high = otherBegin < a.Length
            ? Math.Min(Math.Min(a.Length - otherBegin, 1u << (int)a.Power), a.Wanted) : 0;
        long rowStart = (long)row * a.Length;
        K key = a.Keys[rowStart + place];
        while (low < high)
        {
            // Of equals, those of the left run come first.
            uint middle = (low + high) >> 1;
            K theirs = a.Keys[rowStart + otherBegin + middle];
            bool before = K.IsLess(theirs, key) | (!isLeft & K.AreEqual(theirs, key));
            low = before ? middle + 1 : low;
            high = before ? high : middle;
        }

        uint merged = rank + low;
        if (merged < a.Wanted)
        {
            SortedPlace target = default;
            target.Row = row;
            target.X = a.Kept.X(0, row);
            target.Y = a.Kept.Y(0, row);
            target.Among = rowStart + (isLeft ? begin : otherBegin) + merged;
            target.Rank = merged;
            target.Wanted = a.Wanted;
            target.StepX = a.StepX;
            target.StepY = a.StepY;
            a.Result.Store(target, key, a.Places[rowStart + place], a.X);
        }
    }

    /// <summary>The kernel of a variant.</summary>
    public static MethodInfo Method(RowVariant v)
    {
        (Type key, _, Type memory) = KeyTypes.Of(v.From);
        return typeof(MergeKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), key, memory, SortKernel.Result(v), StrideTypes.Of(v.KeptRank, v.Wide));
    }
}
