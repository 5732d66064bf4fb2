using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Operations;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>What a kernel of the softmax family is given: contiguous rows.</summary>
internal struct NormalizeArguments<TIn, TOut>
    where TIn : struct
    where TOut : struct
{
    public TIn X;

    public TOut Y;

    public RowShape Shape;
}

/// <summary>
/// Softmax of rows, its logarithm, log-sum-exp: a row is read once and stays in the registers of some lanes, a warp or
/// a block; one too long for that is read three times, from the second time on mostly out of the cache.
/// </summary>
internal static class NormalizeKernel
{
    public const string Name = "normalize";

    /// <summary>The most accesses of a row that a thread keeps.</summary>
    public const int MostHeld = 8;

    /// <summary>Rows that stay in registers.</summary>
    public static void RunHeld<TThreads, TLanes, S, V, H, TKind, TIn, TOut>(NormalizeArguments<TIn, TOut> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where H : unmanaged, IHeld<H, V, S>
        where TKind : struct, INormalizer
        where TIn : struct, IInput<V, S>
        where TOut : struct, IOutput<V, S>
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        RowPacks row = new(part, a.Shape, V.Width);
        H x = H.Read(a.X, row, part.Lane);
        S largest = H.Fold(Folds.Max, x);
        S max = TKind.Shift(Fold.Across<TThreads, TLanes, Fold<Identity, Maximum>, S>(Folds.Max, largest));
        H powers = H.Map(new Power<S>(max), x);
        S sum = Fold.Across<TThreads, TLanes, Fold<Identity, Add>, S>(Folds.Sum, H.Fold(Folds.Sum, powers));
        S scale = TKind.Scale(sum);
        if (TKind.IsOneNumber)
        {
            if (part.Writes)
            {
                a.Y.Store(part.Row, TKind.Finish(sum, max, scale));
            }
        }
        else if (part.HasRow)
        {
            H.Write(a.Y, row, part.Lane, H.Map(new Finishing<TKind, S>(max, scale), TKind.TakesPowers ? powers : x));
        }
    }

    /// <summary>Rows that don't.</summary>
    public static void RunLong<TThreads, TLanes, S, V, TKind, TIn, TOut>(NormalizeArguments<TIn, TOut> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TKind : struct, INormalizer
        where TIn : struct, IInput<V, S>
        where TOut : struct, IOutput<V, S>
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        RowPacks row = new(part, a.Shape, V.Width);
        uint lanes = part.Lanes;
        S max = S.Const(double.NegativeInfinity), sum = S.Const(0);
        for (uint at = part.Lane; at < row.Count; at += 4 * lanes)
        {
            V first = V.Combine(Folds.Max, row.Read<V, S, TIn>(a.X, at), row.Read<V, S, TIn>(a.X, at + lanes));
            V second = V.Combine(
                Folds.Max, row.Read<V, S, TIn>(a.X, at + 2 * lanes), row.Read<V, S, TIn>(a.X, at + 3 * lanes));
            max = RealMath.Max(max, V.Fold(Folds.Max, V.Combine(Folds.Max, first, second)));
        }

        max = TKind.Shift(Fold.Across<TThreads, TLanes, Fold<Identity, Maximum>, S>(Folds.Max, max));
        Power<S> power = new(max);
        for (uint at = part.Lane; at < row.Count; at += 4 * lanes)
        {
            S first = V.Fold(Folds.Sum, V.Map(power, row.Read<V, S, TIn>(a.X, at)))
                + V.Fold(Folds.Sum, V.Map(power, row.Read<V, S, TIn>(a.X, at + lanes)));
            S second = V.Fold(Folds.Sum, V.Map(power, row.Read<V, S, TIn>(a.X, at + 2 * lanes)))
                + V.Fold(Folds.Sum, V.Map(power, row.Read<V, S, TIn>(a.X, at + 3 * lanes)));
            sum += first + second;
        }

        sum = Fold.Across<TThreads, TLanes, Fold<Identity, Add>, S>(Folds.Sum, sum);
        S scale = TKind.Scale(sum);
        if (TKind.IsOneNumber)
        {
            if (part.Writes)
            {
                a.Y.Store(part.Row, TKind.Finish(sum, max, scale));
            }

            return;
        }

        for (uint at = part.Lane; at < row.Count; at += lanes)
        {
            V x = row.Read<V, S, TIn>(a.X, at);
            a.Y.StorePack(row.Start + at, V.Map(
                new Finishing<TKind, S>(max, scale), TKind.TakesPowers ? V.Map(power, x) : x));
        }
    }

    /// <summary>The kernel of a variant.</summary>
    public static MethodInfo Method(RowVariant v)
    {
        Type number = MapTypes.Number(v.From, v.FastMath), kind = (NormalizerKind)v.Kind switch
        {
            NormalizerKind.Softmax => typeof(Softmax),
            NormalizerKind.LogSoftmax => typeof(LogSoftmax),
            _ => typeof(LogSumExp),
        };
        Type lanes = ThreadCounts.Of(v.LogLanes);
        Type pack = OperandTypes.Pack(number, v.Vector), operand = OperandTypes.Operand(number, v.From, v.Vector);
        if (v.Held == 0)
        {
            return typeof(NormalizeKernel).GetMethod(nameof(RunLong))!
                .MakeGenericMethod(typeof(CudaThreads), lanes, number, pack, kind, operand, operand);
        }

        Type held = typeof(HeldOnce<,>).MakeGenericType(pack, number);
        for (int count = 1; count < v.Held; count *= 2)
        {
            held = typeof(HeldTwice<,,>).MakeGenericType(held, pack, number);
        }

        return typeof(NormalizeKernel).GetMethod(nameof(RunHeld))!
            .MakeGenericMethod(typeof(CudaThreads), lanes, number, pack, held, kind, operand, operand);
    }
}

/// <summary>A row's packs.</summary>
internal readonly struct RowPacks
{
    /// <summary>How many there are, and how many lie between one that a thread takes and its next.</summary>
    public readonly uint Count, Lanes;

    /// <summary>The row's first pack.</summary>
    public readonly long Start;

    /// <summary>
    /// The row of a thread. Those without a row read the last one with the others, and write nothing.
    /// </summary>
    public RowPacks(RowPart part, RowShape shape, uint width)
    {
        Count = shape.Length / width;
        Lanes = part.Lanes;
        Start = (long)Math.Min(part.Row, shape.Rows - 1) * Count;
    }

    /// <summary>
    /// A pack; beyond the row negative infinities, whose powers are nothing. The last pack is read instead, so that
    /// several reads are in flight at once, without branches.
    /// </summary>
    public V Read<V, S, TIn>(TIn x, uint pack)
        where V : unmanaged, IPack<V, S> where S : unmanaged, IReal<S>, IGroup<S> where TIn : struct, IInput<V, S>
    {
        V value = x.LoadPack(Start + Math.Min(pack, Count - 1));
        return pack < Count ? value : V.All(S.Const(double.NegativeInfinity));
    }
}
