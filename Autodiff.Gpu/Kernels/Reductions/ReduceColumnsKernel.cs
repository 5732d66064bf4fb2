using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>How columns are shared: threads of a block lie across neighbouring ones and down them.</summary>
/// <param name="Columns">How many columns are neighbours.</param>
/// <param name="Tiles">How many times a block's width those are.</param>
/// <param name="Length">The length of a column.</param>
/// <param name="Segment">The length of a segment.</param>
/// <param name="Segments">Segments in a column.</param>
/// <param name="StepX">Packs from one of a row to the next in x.</param>
/// <param name="StepY">Elements from column to column in y.</param>
/// <param name="StepSegment">Elements between the results of segments.</param>
internal readonly record struct ColumnShape(
    uint Columns, uint Tiles, uint Length, uint Segment, uint Segments, long StepX, long StepY, long StepSegment)
{
    public void Pass(ref ArgumentWriter arguments)
    {
        arguments.Add(Columns);
        arguments.Add(Tiles);
        arguments.Add(Length);
        arguments.Add(Segment);
        arguments.Add(Segments);
        arguments.Add(StepX);
        arguments.Add(StepY);
        arguments.Add(StepSegment);
    }
}

/// <summary>What a reduction down columns is given.</summary>
internal struct ReduceColumnsArguments<TOp, TIn, TOut, TKept, TReduced>
    where TOp : unmanaged, IReduction
    where TIn : struct
    where TOut : struct
    where TKept : struct, IStrides
    where TReduced : struct, IStrides
{
    /// <summary>The reduction, with its constants.</summary>
    public TOp Op;

    public TIn X;

    public TOut Y;

    public ColumnShape Shape;

    /// <summary>The kept dimensions, but that of the columns; steps in x are in packs.</summary>
    public TKept Kept;

    /// <summary>The reduced dimensions.</summary>
    public TReduced Reduced;
}

/// <summary>
/// y[column] = the fold down a column, where columns and not a column's elements are neighbours in memory: a block's
/// threads are spread across columns (the lanes) and down them, and those of one column fold their results as a tree.
/// A column may be cut into segments whose partial results a second launch folds.
/// </summary>
internal static class ReduceColumnsKernel
{
    public const string Name = "reduce_columns";

    public static void Run<TThreads, TLanes, TOp, S, V, TTurn, TIn, TOut, TKept, TReduced>(
        ReduceColumnsArguments<TOp, TIn, TOut, TKept, TReduced> a)
        where TThreads : struct, IThreads
        where TLanes : struct, IThreadCount
        where TOp : unmanaged, IReduction
        where S : unmanaged, IReal<S>, IGroup<S>
        where V : unmanaged, IPack<V, S>
        where TTurn : struct, ITurn
        where TIn : struct, IInput<V, S>
        where TOut : struct, IOutput<S>
        where TKept : struct, IStrides
        where TReduced : struct, IStrides
    {
        uint block = (uint)Grid.IdxX, thread = (uint)Group.IdxX, lanes = 1u << TLanes.Log;
        uint outer = block / a.Shape.Tiles, place = outer / a.Shape.Segments, part = outer - place * a.Shape.Segments;
        uint pack = (block - outer * a.Shape.Tiles) * lanes + (thread & (lanes - 1)), column = pack * V.Width;
        uint height = thread >> TLanes.Log, heights = (uint)TThreads.Block >> TLanes.Log;
        uint begin = part * a.Shape.Segment;
        bool hasColumn = column < a.Shape.Columns;
        uint end = hasColumn ? Math.Min(a.Shape.Length, begin + a.Shape.Segment) : begin;
        long from = a.Kept.X(pack * a.Shape.StepX, place);
        ColumnReader<TOp, S, V, TIn, TReduced> rows = new(a.Op, a.X, from, a.Reduced);

        V sums = V.All(a.Op.Identity<S>());
        uint at = begin + height;
        if (TTurn.IsOfFour)
        {
            for (; at + 3 * heights < end; at += 4 * heights)
            {
                V first = V.Combine(a.Op, rows.At(at), rows.At(at + heights));
                V second = V.Combine(a.Op, rows.At(at + 2 * heights), rows.At(at + 3 * heights));
                sums = V.Combine(a.Op, sums, V.Combine(a.Op, first, second));
            }

            if (at < end)
            {
                V first = V.Combine(a.Op, rows.Before(at, end), rows.Before(at + heights, end));
                V second = V.Combine(a.Op, rows.Before(at + 2 * heights, end), rows.Before(at + 3 * heights, end));
                sums = V.Combine(a.Op, sums, V.Combine(a.Op, first, second));
            }
        }
        else
        {
            for (; at < end; at += heights)
            {
                sums = V.Combine(a.Op, sums, rows.At(at));
            }
        }

        // The threads of a column, as a tree: those above leave what they have to those below them.
        ArrayView<V> places = SharedMemory.Allocate<V>(TThreads.Block);
        for (int level = 1; level <= TThreads.LogBlock - TLanes.Log; level++)
        {
            uint half = heights >> level;
            if (height >= half && height < 2 * half)
            {
                places[(int)thread] = sums;
            }

            Group.Barrier();
            if (height < half)
            {
                sums = V.Combine(a.Op, sums, places[(int)(thread + half * lanes)]);
            }
        }

        if (height == 0 && hasColumn)
        {
            long to = a.Kept.Y(column * a.Shape.StepY + part * a.Shape.StepSegment, place);
            V.Scatter(sums, a.Y, to, a.Shape.StepY, 0, V.Width);
        }
    }

    /// <summary>The kernel of a reduction.</summary>
    public static MethodInfo Method<TOp>(TOp op, ReduceVariant v) where TOp : unmanaged, IReduction =>
        ReductionFormula.Kernel(typeof(ReduceColumnsKernel).GetMethod(nameof(Run))!, op, v);
}

/// <summary>Reads elements of neighbouring columns, row after row.</summary>
internal readonly struct ColumnReader<TOp, S, V, TIn, TReduced>(TOp op, TIn x, long start, TReduced reduced)
    where TOp : unmanaged, IReduction
    where S : unmanaged, IReal<S>, IGroup<S>
    where V : unmanaged, IPack<V, S>
    where TIn : struct, IInput<V, S>
    where TReduced : struct, IStrides
{
    private readonly TOp _op = op;
    private readonly TIn _x = x;
    private readonly long _start = start;
    private readonly TReduced _reduced = reduced;

    /// <summary>The elements of a row, mapped.</summary>
    public V At(uint row) =>
        V.Map(new MapOf<TOp, S>(_op), _x.LoadPack(_reduced.X(_start, row)));

    /// <summary>The same, or neutral elements from <paramref name="end"/> on, without a branch around the
    /// read.</summary>
    public V Before(uint row, uint end)
    {
        V value = At(Math.Min(row, end - 1));
        return row < end ? value : V.All(_op.Identity<S>());
    }
}
