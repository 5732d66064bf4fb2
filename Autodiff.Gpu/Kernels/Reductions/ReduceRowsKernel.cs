using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>What a reduction along rows is given.</summary>
internal struct ReduceRowsArguments<TOp, TIn, TOut, TKept, TReduced>
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

    public RowShape Shape;

    /// <summary>The kept dimensions, which count rows; steps in x are in packs.</summary>
    public TKept Kept;

    /// <summary>The reduced dimensions, which count packs; none where a row's elements are neighbours.</summary>
    public TReduced Reduced;
}

/// <summary>
/// y[row] = the fold of a row: by a few lanes, a warp or a block each, or by several blocks that take a segment of it
/// each and leave partial results for a second launch. A thread reads several accesses at once, folds them as a tree,
/// and adds that to its own result; threads fold theirs as a tree: errors grow with the logarithm of a row's length.
/// </summary>
/// <remarks>
/// Whatever the order of the blocks, the tree is the same: it depends on shape, strides and the device's size alone.
/// </remarks>
internal static class ReduceRowsKernel
{
    public const string Name = "reduce_rows";

    public static void Run<TThreads, TLanes, TOp, S, V, TTurn, TIn, TOut, TKept, TReduced>(
        ReduceRowsArguments<TOp, TIn, TOut, TKept, TReduced> a)
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
        RowPart part = RowPart.Of<TThreads, TLanes>(a.Shape);
        RowReader<TOp, S, V, TIn, TReduced> row = new(a.Op, a.X, a.Kept.X(0, part.Row), a.Reduced);
        uint last = part.End / V.Width, lanes = part.Lanes, at = part.Begin / V.Width + part.Lane;
        S sum = a.Op.Identity<S>();
        if (TTurn.IsOfFour)
        {
            for (; at + 3 * lanes < last; at += 4 * lanes)
            {
                S first = a.Op.Combine(row.Fold(at, 0), row.Fold(at, lanes));
                S second = a.Op.Combine(row.Fold(at, 2 * lanes), row.Fold(at, 3 * lanes));
                sum = a.Op.Combine(sum, a.Op.Combine(first, second));
            }

            if (at < last)
            {
                S first = a.Op.Combine(row.FoldBefore(at, last), row.FoldBefore(at + lanes, last));
                S second = a.Op.Combine(row.FoldBefore(at + 2 * lanes, last), row.FoldBefore(at + 3 * lanes, last));
                sum = a.Op.Combine(sum, a.Op.Combine(first, second));
            }
        }
        else
        {
            for (; at < last; at += lanes)
            {
                sum = a.Op.Combine(sum, row.Fold(at, 0));
            }
        }

        if (V.Width > 1)
        {
            // What does not fill an access.
            uint rest = last * V.Width + part.Lane;
            if (rest < part.End)
            {
                sum = a.Op.Combine(sum, row.FoldOne(rest));
            }
        }

        S total = Fold.Across<TThreads, TLanes, TOp, S>(a.Op, sum);
        if (part.Writes)
        {
            a.Y.Store(part.Result, total);
        }
    }

    /// <summary>The kernel of a reduction.</summary>
    public static MethodInfo Method<TOp>(TOp op, ReduceVariant v) where TOp : unmanaged, IReduction =>
        ReductionFormula.Kernel(typeof(ReduceRowsKernel).GetMethod(nameof(Run))!, op, v);
}

/// <summary>Reads a row pack after pack and folds each.</summary>
internal readonly struct RowReader<TOp, S, V, TIn, TReduced>(TOp op, TIn x, long start, TReduced reduced)
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

    /// <summary>The elements of a pack so many further than another, mapped and combined as a tree.</summary>
    public S Fold(uint pack, uint further)
    {
        V x = TReduced.AreNeighbours
            ? _x.LoadPack(_start, pack, further)
            : _x.LoadPack(_reduced.X(_start, pack + further));
        return V.Fold(_op, V.Map(new MapOf<TOp, S>(_op), x));
    }

    /// <summary>
    /// The same, or the neutral element from <paramref name="end"/> on: the last pack is read instead, so that several
    /// reads are in flight at once, without branches.
    /// </summary>
    public S FoldBefore(uint pack, uint end)
    {
        S value = Fold(Math.Min(pack, end - 1), 0);
        return pack < end ? value : _op.Identity<S>();
    }

    /// <summary>One element of a row of neighbours, mapped.</summary>
    public S FoldOne(uint element) => _op.Map(_x.LoadOne(_start * V.Width + element));
}
