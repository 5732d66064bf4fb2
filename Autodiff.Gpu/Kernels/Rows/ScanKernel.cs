using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Gpu.Kernels.Reductions;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>What a scan is given.</summary>
internal struct ScanArguments<TOp, TIn, TOut, TTotals, TKept>
    where TOp : unmanaged, IReduction
    where TIn : struct
    where TOut : struct
    where TTotals : struct
    where TKept : struct, IStrides
{
    /// <summary>The combination, with its constants.</summary>
    public TOp Op;

    public TIn X;

    public TOut Y;

    /// <summary>What the segments up to each but the last come to.</summary>
    public TTotals Totals;

    public RowShape Shape;

    /// <summary>Elements from one of a row to the next.</summary>
    public long StepX, StepY;

    /// <summary>The kept dimensions, which count rows.</summary>
    public TKept Kept;
}

/// <summary>
/// Running combinations along rows: each thread runs over four neighbours, lanes combine their totals by doubling
/// distances, warps through shared memory, and what came before goes from iteration to iteration. A segment of a long
/// row begins with what the segments before it came to, which earlier launches found.
/// </summary>
/// <remarks>
/// The doubling: W. D. Hillis, G. L. Steele, "Data parallel algorithms", Communications of the ACM 29(12), 1986.
/// </remarks>
internal static class ScanKernel
{
    public const string Name = "scan";

    /// <summary>Elements that a thread takes at a time.</summary>
    public const int Items = 4;

    /// <summary>Rows whose elements are neighbours: four come in one access or two.</summary>
    public static void RunNeighbours<TThreads, TLanes, TOp, S, V, TIn, TOut, TTotals, TKept>(
        ScanArguments<TOp, TIn, TOut, TTotals, TKept> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where TOp : unmanaged, IReduction
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TIn : struct, IInput<V, S>
        where TOut : struct, IOutput<V, S>
        where TTotals : struct, IInput<S>
        where TKept : struct, IStrides
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        uint row = Math.Min(part.Row, a.Shape.Rows - 1);
        long from = a.Kept.X(0, row), to = a.Kept.Y(0, row);
        S before = Before<TOp, S, TTotals>(a.Op, a.Totals, part, a.Shape);
        uint end = TLanes.Log == TThreads.LogBlock ? part.End : a.Shape.Length;
        for (uint start = part.Begin; start < end; start += part.Lanes * Items)
        {
            uint first = start + part.Lane * Items;
            bool isWhole = first + Items <= part.End;
            V x = isWhole
                ? V.Map(new MapOf<TOp, S>(a.Op), a.X.LoadPack(from, first / Items, 0))
                : V.Gather(
                    a.X, new MapOf<TOp, S>(a.Op), from * Items, 1, first, Math.Max(part.End, 1), a.Op.Identity<S>());
            V running = V.Running(a.Op, x, before, true);
            Iteration<S> iteration = Iteration<S>.Of<TThreads, TLanes, TOp>(a.Op, V.Last(running), before, part);
            V y = V.Map(new After<TOp, S>(a.Op, iteration.Prefix), running);
            if (isWhole)
            {
                a.Y.StorePack(to, first / Items, y);
            }
            else
            {
                V.Scatter(y, a.Y, to * Items, 1, first, part.End);
            }

            before = a.Op.Combine(before, iteration.Sum);
        }
    }

    /// <summary>Rows that lie otherwise.</summary>
    public static void RunStrided<TThreads, TLanes, TOp, S, V, TIn, TOut, TTotals, TKept>(
        ScanArguments<TOp, TIn, TOut, TTotals, TKept> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where TOp : unmanaged, IReduction
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TIn : struct, IInput<S>
        where TOut : struct, IOutput<S>
        where TTotals : struct, IInput<S>
        where TKept : struct, IStrides
    {
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        uint row = Math.Min(part.Row, a.Shape.Rows - 1);
        long from = a.Kept.X(0, row), to = a.Kept.Y(0, row);
        S before = Before<TOp, S, TTotals>(a.Op, a.Totals, part, a.Shape);
        uint end = TLanes.Log == TThreads.LogBlock ? part.End : a.Shape.Length;
        for (uint start = part.Begin; start < end; start += part.Lanes * Items)
        {
            // Every lane makes every iteration, those without a row too: they shuffle with the others.
            uint first = start + part.Lane * Items;
            V x = V.Gather(
                a.X, new MapOf<TOp, S>(a.Op), from, a.StepX, first, Math.Max(part.End, 1), a.Op.Identity<S>());
            V running = V.Running(a.Op, x, before, true);
            Iteration<S> iteration = Iteration<S>.Of<TThreads, TLanes, TOp>(a.Op, V.Last(running), before, part);
            V.Scatter(V.Map(new After<TOp, S>(a.Op, iteration.Prefix), running), a.Y, to, a.StepY, first, part.End);
            before = a.Op.Combine(before, iteration.Sum);
        }
    }

    /// <summary>The kernel of a combination.</summary>
    public static MethodInfo Method<TOp>(RowVariant v) where TOp : unmanaged, IReduction
    {
        Type number = MapTypes.Number(v.Compute);
        return typeof(ScanKernel).GetMethod(v.Vector > 1 ? nameof(RunNeighbours) : nameof(RunStrided))!
            .MakeGenericMethod(
                typeof(CudaThreads), ThreadCounts.Of(v.LogLanes), typeof(TOp), number,
                OperandTypes.Pack(number, Items),
                OperandTypes.Operand(number, v.From, v.Vector),
                OperandTypes.Operand(number, v.To, v.Vector), OperandTypes.Operand(number, v.Compute, 1),
                StrideTypes.Of(v.KeptRank, v.Wide));
    }

    /// <summary>What the segments before a thread's came to.</summary>
    private static S Before<TOp, S, TTotals>(TOp op, TTotals totals, RowPart part, RowShape shape)
        where TOp : unmanaged, IReduction
        where S : unmanaged, IReal<S>, IGroup<S>
        where TTotals : struct, IInput<S>
    {
        S before = op.Identity<S>();
        if (part.Segment > 0)
        {
            before = totals.LoadOne((long)part.Row * (shape.Segments - 1) + part.Segment - 1);
        }

        return before;
    }
}

/// <summary>A number combined with what comes before it.</summary>
internal readonly struct After<TOp, S>(TOp op, S before) : IFunction<S>
    where TOp : unmanaged, IReduction where S : IReal<S>
{
    private readonly TOp _op = op;
    private readonly S _before = before;

    public S F(S x) => _op.Combine(_before, x);
}

/// <summary>What comes before a thread's elements in an iteration of all lanes, and what all of it come to.</summary>
internal readonly struct Iteration<S>(S prefix, S sum) where S : unmanaged, IReal<S>
{
    public readonly S Prefix = prefix, Sum = sum;

    /// <summary>Combines the totals of lanes, and those of a block's warps.</summary>
    public static Iteration<S> Of<TThreads, TLanes, TOp>(TOp op, S total, S before, RowPart part)
        where TThreads : struct, IThreads where TLanes : struct, IThreadCount where TOp : unmanaged, IReduction
    {
        int log = Fold.LogShuffled<TThreads, TLanes>();
        uint lanes = 1u << log, lane = part.Lane & (lanes - 1);
        for (int level = 0; level < log; level++)
        {
            S lower = TThreads.Up(total, 1 << level), both = op.Combine(lower, total);
            total = lane >= 1u << level ? both : total;
        }

        S prefix = before, sum = total;
        if (TLanes.Log > 0)
        {
            S below = TThreads.Up(total, 1);
            if (Fold.AreWarps<TThreads, TLanes>())
            {
                Iteration<S> warps = OfWarps<TThreads, TOp>(op, total);
                prefix = op.Combine(prefix, warps.Prefix);
                sum = warps.Sum;
            }
            else
            {
                sum = TThreads.From(
                    total, (int)((uint)(Group.IdxX & ((1 << TThreads.LogWarp) - 1)) | (lanes - 1)));
            }

            prefix = op.Combine(prefix, lane == 0 ? op.Identity<S>() : below);
        }

        return new(prefix, sum);
    }

    /// <summary>What the warps before this one come to, and what all do.</summary>
    private static Iteration<S> OfWarps<TThreads, TOp>(TOp op, S total)
        where TThreads : struct, IThreads where TOp : unmanaged, IReduction
    {
        ArrayView<S> warps = SharedMemory.Allocate<S>(TThreads.Block >> TThreads.LogWarp);
        int warp = Group.IdxX >> TThreads.LogWarp;
        if ((Group.IdxX & ((1 << TThreads.LogWarp) - 1)) == (1 << TThreads.LogWarp) - 1)
        {
            warps[warp] = total;
        }

        Group.Barrier();
        S all = op.Identity<S>(), lower = all;
        for (int w = 0; w < TThreads.Block >> TThreads.LogWarp; w++)
        {
            lower = w == warp ? all : lower;
            all = op.Combine(all, warps[w]);
        }

        Group.Barrier(); // before the next iteration writes there
        return new(lower, all);
    }
}
