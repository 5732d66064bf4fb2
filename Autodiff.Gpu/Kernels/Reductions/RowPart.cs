using Autodiff.Gpu.Compilation;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// How rows are shared: by a few lanes, or by a block, or a block has a segment of one. What a kernel is given; it
/// knows how many lanes there are (<see cref="IThreadCount"/>): a power of two up to a warp, or a block.
/// </summary>
/// <param name="rows">How many rows.</param>
/// <param name="length">The length of a row.</param>
/// <param name="segment">The length of a segment; only blocks have segments.</param>
/// <param name="segments">Segments in a row.</param>
internal readonly struct RowShape(uint rows, uint length, uint segment, uint segments)
{
    public readonly uint Rows = rows, Length = length, Segment = segment, Segments = segments;

    public static RowShape Of(int rows, int length, int segment, int segments) =>
        new((uint)rows, (uint)length, (uint)segment, (uint)segments);

    /// <summary>Blocks that so many rows and segments take.</summary>
    public static uint Blocks(BlockSizes sizes, int lanes, long rows, int segments) => checked((uint)(
        lanes == sizes.Block ? rows * segments : (rows * lanes + sizes.Block - 1) / sizes.Block));

    public void Pass(ref ArgumentWriter arguments)
    {
        arguments.Add(Rows);
        arguments.Add(Length);
        arguments.Add(Segment);
        arguments.Add(Segments);
    }
}

/// <summary>Which part of which row a thread works on.</summary>
internal struct RowPart
{
    /// <summary>The number of the row, and of the segment in it.</summary>
    public uint Row, Segment;

    /// <summary>The number of the row or, where rows are cut, of the segment among those of all rows.</summary>
    public uint Result;

    /// <summary>The thread's place among those that share the work, and how many they are.</summary>
    public uint Lane, Lanes;

    /// <summary>The first element, and the one behind the last; none for threads without a row.</summary>
    public uint Begin, End;

    /// <summary>Whether there is such a row.</summary>
    public bool HasRow;

    /// <summary>Whether this thread writes the result.</summary>
    public readonly bool Writes => Lane == 0 && HasRow;

    /// <summary>The part of the thread that asks.</summary>
    public static RowPart Of<TThreads, TLanes>(RowShape shape)
        where TThreads : struct, IThreads where TLanes : struct, IThreadCount
    {
        uint block = (uint)Grid.IdxX, thread = (uint)Group.IdxX;
        RowPart part = default;
        part.Lanes = 1u << TLanes.Log;
        if (TLanes.Log == TThreads.LogBlock)
        {
            part.Result = block;
            part.Row = block / shape.Segments;
            part.Segment = block - part.Row * shape.Segments;
            part.Lane = thread;
            part.Begin = part.Segment * shape.Segment;
            part.End = Math.Min(shape.Length, part.Begin + shape.Segment);
            part.HasRow = true;
        }
        else
        {
            part.Row = block * ((uint)TThreads.Block >> TLanes.Log) + (thread >> TLanes.Log);
            part.Result = part.Row;
            part.Lane = thread & (part.Lanes - 1);
            part.HasRow = part.Row < shape.Rows;
            part.End = part.HasRow ? shape.Length : 0;
        }

        return part;
    }
}
