using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;

namespace Autodiff.Gpu.Kernels.Reductions;

/// <summary>
/// Chooses and launches the kernels of one reduction: along rows or down columns, in one stage or two.
/// </summary>
internal readonly ref struct Reducer<TOp>(KernelBackend backend, TOp op, DType compute)
    where TOp : unmanaged, IReduction
{
    /// <summary>Loads that a thread has in flight.</summary>
    private const int Unroll = 4;

    /// <summary>
    /// The most iterations of a block over its tile: what each thread adds up stays short.
    /// </summary>
    private const int LongestSegment = 64 * Unroll;

    /// <summary>The most results, and the most elements of one, that a launch counts; more are cut in halves.</summary>
    public int MostPerLaunch { get; init; } = int.MaxValue;

    /// <summary>Blocks that keep every multiprocessor busy.</summary>
    private int Blocks => backend.Processors * Math.Max(1, backend.ThreadsPerProcessor / backend.Sizes.Block);

    /// <summary>
    /// Folds the reduced dimensions (steps in X, in bytes) of elements at an address; results follow each other in the
    /// order of the kept dimensions.
    /// </summary>
    /// <param name="from">The elements' type.</param>
    /// <param name="x">Where the first one is.</param>
    /// <param name="kept">The kept dimensions.</param>
    /// <param name="reduced">The reduced dimensions.</param>
    /// <param name="to">The results' type.</param>
    /// <param name="y">Where the first result goes.</param>
    public void Run(DType from, ulong x, List<KernelDim> kept, List<KernelDim> reduced, DType to, ulong y)
    {
        long count = kept.ElementCount(), length = reduced.ElementCount();
        if (count == 0)
        {
            return;
        }

        kept = kept.Joined();
        reduced = length == 0 ? [] : reduced.JoinedInAnyOrder();
        if (count > MostPerLaunch)
        {
            (List<KernelDim> first, List<KernelDim> second, int size) = kept.Halves();
            Run(from, x, first, reduced, to, y);
            Run(from, x + (ulong)(size * kept[0].X), second, reduced, to,
                y + (ulong)(first.ElementCount() * to.SizeOf()));
            return;
        }

        if (length > MostPerLaunch)
        {
            (List<KernelDim> first, List<KernelDim> second, int size) = reduced.Halves();
            long bytes = count * compute.SizeOf();
            using Scratch halves = new(backend, 2 * bytes);
            Run(from, x, kept, first, compute, halves.Address);
            Run(from, x + (ulong)(size * reduced[0].X), kept, second, compute, halves.Address + (ulong)bytes);
            RunPartial(halves.Address, kept, 2, bytes, compute.SizeOf(), to, y);
            return;
        }

        ReduceVariant variant = new()
        {
            From = from, Compute = compute, Wide = kept.IsWide() || reduced.IsWide()
        };
        int column = Column(kept, reduced);
        if (column >= 0)
        {
            Columns(variant, to, x, kept, column, reduced, (int)length, y);
        }
        else
        {
            Rows(variant, to, x, kept, reduced, (int)length, y);
        }
    }

    /// <summary>
    /// The kept dimension along which neighbours in memory lie, if they are closer than those of the reduced ones; else
    /// -1.
    /// </summary>
    private static int Column(List<KernelDim> kept, List<KernelDim> reduced)
    {
        long closest = reduced.Count == 0 || reduced[^1].X == 0 ? 0 : Math.Abs(reduced[^1].X);
        int column = -1;
        for (int d = 0; d < kept.Count; d++)
        {
            if (kept[d].X != 0 && Math.Abs(kept[d].X) < closest)
            {
                (column, closest) = (d, Math.Abs(kept[d].X));
            }
        }

        return column;
    }

    private void Rows(
        ReduceVariant variant, DType to, ulong x, List<KernelDim> kept, List<KernelDim> reduced, int length,
        ulong y)
    {
        int size = variant.From.SizeOf(), count = (int)kept.ElementCount();
        BlockSizes sizes = backend.Sizes;
        bool neighbours = reduced.Count == 0 || (reduced.Count == 1 && reduced[0].X == size);
        variant.Vector = Elements.Widest(variant.From,
            vector => x % (ulong)(vector * size) == 0 && kept.IsAligned(vector * size) && (neighbours
            ? length % vector == 0 || Lanes(sizes, length, vector) >= vector // lanes take what fills no access
            : reduced[^1].X == size && reduced[^1].Size % vector == 0
            && reduced.IsAligned(vector * size, except: reduced.Count - 1)));
        int lanes = Lanes(sizes, length, variant.Vector);
        (variant.KeptRank, variant.ReducedRank) = (kept.Count, neighbours ? 0 : reduced.Count);
        variant.LogLanes = BitOperations.Log2((uint)lanes);
        (int segment, int segments) = lanes == sizes.Block
            ? Segments(length, count, sizes.Block * variant.Vector) : (length, 1);
        using Scratch partial = new(backend, segments == 1 ? 0 : (long)count * segments * compute.SizeOf());
        variant.To = segments == 1 ? to : compute;
        LoadedKernel kernel = backend.Compiled.Get(ReduceRowsKernel.Name, op, variant.Bits,
            static (op, bits) => ReduceRowsKernel.Method(op, new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.Add(kernel.Fields, op);
        arguments.AddView(x);
        arguments.AddView(segments == 1 ? y : partial.Address);
        RowShape.Of(count, length, segment, segments).Pass(ref arguments);
        int pack = variant.Vector * size;
        List<KernelDim> packs = neighbours ? [] : [.. reduced];
        if (!neighbours && variant.Vector > 1)
        {
            packs[^1] = new(packs[^1].Size / variant.Vector, pack);
        }

        StrideTypes.Add(ref arguments, kept, pack, 1, variant.Wide);
        StrideTypes.Add(ref arguments, packs, pack, 1, variant.Wide);
        backend.Launch(kernel, RowShape.Blocks(sizes, lanes, count, segments), sizes.Block, block);
        if (segments > 1)
        {
            RunPartial(partial.Address, kept, segments, compute.SizeOf(), (long)segments * compute.SizeOf(), to, y);
        }
    }

    private void Columns(
        ReduceVariant variant, DType to, ulong x, List<KernelDim> kept, int column, List<KernelDim> reduced,
        int length, ulong y)
    {
        int size = variant.From.SizeOf(), count = (int)kept.ElementCount(), columns = kept[column].Size;
        variant.Vector = Elements.Widest(variant.From,
            vector => vector <= 4 && kept[column].X == size && columns % vector == 0
            && x % (ulong)(vector * size) == 0 && kept.IsAligned(vector * size, except: column)
            && reduced.IsAligned(vector * size));

        // As many threads down a column as have four elements each, but at least so many that every thread of the block
        // has a column.
        int heights = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(
            (length + Unroll - 1) / Unroll, 1, Math.Min(8, backend.Sizes.Block)));
        int beside = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Min(backend.Sizes.Block,
            (columns + variant.Vector - 1) / variant.Vector));
        int lanes = Math.Min(backend.Sizes.Block / heights, beside), wide = lanes * variant.Vector;
        heights = backend.Sizes.Block / lanes;
        int tiles = (int)((columns + (long)wide - 1) / wide);
        long blocks = count / columns * (long)tiles;
        (int segment, int segments) = Segments(length, blocks, heights);
        using Scratch partial = new(backend, segments == 1 ? 0 : (long)count * segments * compute.SizeOf());
        variant.To = segments == 1 ? to : compute;
        List<KernelDim> outer = kept.Contiguous(variant.To.SizeOf());
        KernelDim across = outer[column];
        outer.RemoveAt(column);
        outer = outer.Joined();
        variant.Wide |= outer.IsWide();
        (variant.KeptRank, variant.ReducedRank) = (outer.Count, reduced.Count);
        variant.LogLanes = BitOperations.Log2((uint)lanes);
        LoadedKernel kernel = backend.Compiled.Get(ReduceColumnsKernel.Name, op, variant.Bits,
            static (op, bits) => ReduceColumnsKernel.Method(op, new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.Add(kernel.Fields, op);
        arguments.AddView(x);
        arguments.AddView(segments == 1 ? y : partial.Address);
        int sizeY = variant.To.SizeOf();
        new ColumnShape(
            (uint)columns, (uint)tiles, (uint)length, (uint)segment, (uint)segments, across.X / size,
            across.Y / sizeY, count).Pass(ref arguments);
        StrideTypes.Add(ref arguments, outer, size * variant.Vector, sizeY, variant.Wide);
        StrideTypes.Add(ref arguments, reduced, size * variant.Vector, sizeY, variant.Wide);
        backend.Launch(kernel, checked((uint)(blocks * segments)), backend.Sizes.Block, block);
        if (segments > 1)
        {
            RunPartial(partial.Address, kept, segments, (long)count * compute.SizeOf(), compute.SizeOf(), to, y);
        }
    }

    /// <summary>The second stage: folds the partial results of segments.</summary>
    private void RunPartial(
        ulong partial, List<KernelDim> kept, int segments, long segmentStep, long keptStep, DType to,
        ulong y)
    {
        KernelDim all = new((int)kept.ElementCount(), keptStep);
        List<KernelDim> along = [new(segments, segmentStep)];
        if (op is IMapped)
        {
            Run(compute, partial, [all], along, to, y);
        }
        else
        {
            new Reducer<Mapped<TOp>>(backend, new(op), compute) { MostPerLaunch = MostPerLaunch }
                .Run(compute, partial, [all], along, to, y);
        }
    }

    /// <summary>How many threads share a row: so many that each has about four accesses.</summary>
    private static int Lanes(BlockSizes sizes, int length, int vector)
    {
        int accesses = (int)(((long)length + vector - 1) / vector);
        return accesses > 2 * Unroll * sizes.Warp ? sizes.Block
            : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((accesses + Unroll - 1) / Unroll, 1, sizes.Warp));
    }

    /// <summary>
    /// Cuts what blocks fold into segments: as many as keep the device busy, but none too short to be worth a block,
    /// none too long for exact sums.
    /// </summary>
    private (int Segment, int Segments) Segments(int length, long blocks, int tile)
    {
        long wanted = (Blocks + blocks - 1) / blocks, most = length / (2L * Unroll * tile);
        long pieces = Math.Max(Math.Clamp(wanted, 1, Math.Max(most, 1)),
            (length + (long)LongestSegment * tile - 1) / (LongestSegment * (long)tile));
        if (pieces == 1)
        {
            return (length, 1);
        }

        long segment = ((length + pieces - 1) / pieces + tile - 1) / tile * tile;
        return ((int)segment, (int)((length + segment - 1) / segment));
    }
}
