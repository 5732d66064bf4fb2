using System.Numerics;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// Which part of which row a thread works on: rows are shared by a few lanes, or by a block, or a block has a segment
/// of one.
/// </summary>
internal sealed class PtxRowPart
{
    /// <summary>Writes the arithmetic.</summary>
    /// <param name="k">The kernel.</param>
    /// <param name="lanes">Threads that share a row: a power of two up to 32, or a block.</param>
    /// <param name="rows">How many rows.</param>
    /// <param name="length">The length of a row.</param>
    /// <param name="segment">The length of a segment; only blocks have segments.</param>
    /// <param name="segments">Segments in a row.</param>
    public PtxRowPart(KernelWriter k, int lanes, Value rows, Value length, Value segment, Value segments)
    {
        if (lanes == Fold.Block)
        {
            Result = k.BlockX;
            Row = Result / segments;
            Segment = Result - Row * segments;
            Lane = k.ThreadX;
            Begin = Segment * segment;
            End = length.Min(Begin + segment);
            Writes = Lane.EqualTo(0);
        }
        else
        {
            Row = Result = k.BlockX * (Fold.Block / lanes) + (k.ThreadX >> BitOperations.Log2((uint)lanes));
            Lane = k.ThreadX & (lanes - 1);
            Segment = Begin = Value.Constant(PtxType.U32, 0L);
            End = (Row < rows).Select(length, Begin);
            Writes = Lane.EqualTo(0) & (Row < rows);
        }
    }

    /// <summary>The number of the row.</summary>
    public Value Row { get; }

    /// <summary>The number of the segment in it.</summary>
    public Value Segment { get; }

    /// <summary>The number of the row or, where rows are cut, of the segment among those of all rows.</summary>
    public Value Result { get; }

    /// <summary>The thread's place among those that share the work.</summary>
    public Value Lane { get; }

    /// <summary>The first element.</summary>
    public Value Begin { get; }

    /// <summary>The one behind the last; no elements for threads without a row.</summary>
    public Value End { get; }

    /// <summary>Whether this thread writes the result.</summary>
    public Value Writes { get; }
}
