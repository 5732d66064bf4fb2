using Autodiff.Algebra;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Chooses and launches the kernels of a scan: one, or for few long rows a fold of their segments, a scan of that, a
/// scan of each segment.
/// </summary>
internal readonly ref struct Scanner<TOp>(CudaBackend backend, TOp op, DType compute) where TOp : unmanaged, IReduction
{
    private const int ShortestSegment = 8192;

    /// <summary>Scans rows.</summary>
    /// <param name="from">The elements' type.</param>
    /// <param name="x">Where the view's first element is.</param>
    /// <param name="to">The results' type.</param>
    /// <param name="y">Where the view's first result goes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="along">The dimension that is scanned.</param>
    /// <param name="maps">Whether elements pass the formula's map.</param>
    public void Run(DType from, ulong x, DType to, ulong y, Rows rows, Axis along, bool maps = true)
    {
        if (along.Size == 0)
        {
            return;
        }

        (x, y) = (x + rows.X, y + rows.Y);
        RowVariant variant = new()
        {
            From = from, Compute = compute, To = to, Continues = !maps, KeptRank = rows.Axes.Count, Wide = rows.IsWide
        };
        variant.Lanes = Lanes(rows, along);
        variant.Vector = IsNeighbourly(from, x, to, y, rows, along) ? ScanKernel.Items : 1;
        (int segment, int segments) = variant.Lanes == Fold.Block ? Segments(rows.Count, along.Size) : (along.Size, 1);
        using Scratch totals = new(backend, (long)rows.Count * (segments - 1) * compute.SizeOf());
        if (segments > 1)
        {
            Totals(from, x, rows, along, maps, segment, segments, totals.Address);
        }

        Kernel kernel = backend.Kernels.Get(ScanKernel.Name, op, variant.Bits, ScanKernel.Write);
        KernelArguments arguments = new();
        arguments.Add(x);
        arguments.Add(y);
        arguments.Add(totals.Address);
        arguments.Add((uint)rows.Count);
        arguments.Add((uint)along.Size);
        arguments.Add((uint)segment);
        arguments.Add((uint)segments);
        arguments.Add(along.X);
        arguments.Add(along.Y);
        IndexSpace.Add(ref arguments, rows.Axes, 2, rows.IsWide);
        kernel.PassFields(ref arguments);
        uint blocks = RowShape.Blocks(variant.Lanes, rows.Count, segments);
        backend.Context.Launch(kernel.Function, (blocks, 1, 1), Fold.Block, ref arguments);
    }

    /// <summary>What the segments up to each but the last come to.</summary>
    private void Totals(DType from, ulong x, Rows rows, Axis along, bool maps, int segment, int segments, ulong totals)
    {
        long step = along.X * segment;
        List<Axis> kept = [.. rows.Axes.Select(static axis => axis with { Y = 0 }), new(segments - 1, step)];
        List<Axis> reduced = [along with { Size = segment, Y = 0 }];
        if (maps)
        {
            new Reducer<TOp>(backend, op, compute).Run(from, x, kept, reduced, compute, totals);
        }
        else
        {
            new Reducer<Mapped<TOp>>(backend, new(op), compute).Run(from, x, kept, reduced, compute, totals);
        }

        int size = compute.SizeOf();
        Axis row = new(rows.Count, (segments - 1L) * size, (segments - 1L) * size);
        Run(compute, totals, compute, totals, new(((List<Axis>)[row]).Joined(), rows.Count, 0, 0, 0),
            new(segments - 1, size, size), maps: false);
    }

    /// <summary>Whether what a thread takes at a time can be read and written in whole accesses.</summary>
    private static bool IsNeighbourly(DType from, ulong x, DType to, ulong y, Rows rows, Axis along)
    {
        int sizeX = from.SizeOf(), sizeY = to.SizeOf(), alignX = Math.Min(16, ScanKernel.Items * sizeX),
            alignY = Math.Min(16, ScanKernel.Items * sizeY);
        return along.X == sizeX && along.Y == sizeY && x % (ulong)alignX == 0 && y % (ulong)alignY == 0
            && rows.Axes.IsAligned(alignX) && rows.Axes.TrueForAll(axis => axis.Y % alignY == 0);
    }

    /// <summary>
    /// One thread for each row where rows are closer neighbours than their elements; else so many that each has a few
    /// elements.
    /// </summary>
    private static int Lanes(Rows rows, Axis along)
    {
        const int ManyRows = 4096;
        if (rows.Count >= ManyRows && rows.Axes is [.., { } last] && Math.Abs(last.X) < Math.Abs(along.X))
        {
            return 1;
        }

        int turns = (along.Size - 1) / ScanKernel.Items + 1;
        return turns > 2 * Fold.Warp
            ? Fold.Block
            : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(turns, 1, Fold.Warp));
    }

    private (int Segment, int Segments) Segments(int rows, int length)
    {
        const int Chunk = Fold.Block * ScanKernel.Items;
        long wanted = (2L * backend.Context.MultiprocessorCount + rows - 1) / rows,
            pieces = Math.Min(wanted, length / ShortestSegment);
        if (pieces <= 1)
        {
            return (length, 1);
        }

        long segment = ((length + pieces - 1) / pieces + Chunk - 1) / Chunk * Chunk;
        return ((int)segment, (int)((length + segment - 1) / segment));
    }
}
