using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Chooses and launches the kernels of a scan: one, or for few long rows a fold of their segments, a scan of that, a
/// scan of each segment.
/// </summary>
internal readonly ref struct Scanner<TOp>(KernelBackend backend, TOp op, DType compute)
    where TOp : unmanaged, IReduction
{
    private const int ShortestSegment = 8192;

    /// <summary>Scans rows.</summary>
    /// <param name="from">The elements' type.</param>
    /// <param name="x">Where the view's first element is.</param>
    /// <param name="to">The results' type.</param>
    /// <param name="y">Where the view's first result goes.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="along">The dimension that is scanned.</param>
    public void Run(DType from, ulong x, DType to, ulong y, Rows rows, KernelDim along)
    {
        if (along.Size == 0)
        {
            return;
        }

        (x, y) = (x + rows.X, y + rows.Y);
        RowVariant variant = new()
        {
            From = from, Compute = compute, To = to, KeptRank = rows.Dims.Count, Wide = rows.IsWide
        };
        int lanes = Lanes(rows, along), sizeX = from.SizeOf(), sizeY = to.SizeOf();
        variant.LogLanes = System.Numerics.BitOperations.Log2((uint)lanes);
        variant.Vector = IsNeighbourly(from, x, to, y, rows, along) ? ScanKernel.Items : 1;
        (int segment, int segments) = lanes == backend.Sizes.Block ? Segments(rows.Count, along.Size) : (along.Size, 1);
        using Scratch totals = new(backend, (long)rows.Count * (segments - 1) * compute.SizeOf());
        if (segments > 1)
        {
            Totals(from, x, rows, along, segment, segments, totals.Address);
        }

        LoadedKernel kernel = backend.Compiled.Get(
            ScanKernel.Name, op, variant.Bits, static (_, bits) => ScanKernel.Method<TOp>(new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.Add(kernel.Fields, op);
        arguments.AddView(x);
        arguments.AddView(y);
        arguments.AddView(totals.Address);
        RowShape.Of(rows.Count, along.Size, segment, segments).Pass(ref arguments);
        arguments.Add(along.X / sizeX);
        arguments.Add(along.Y / sizeY);
        StrideTypes.Add(ref arguments, rows.Dims, variant.Vector * sizeX, variant.Vector * sizeY, rows.IsWide);
        backend.Launch(kernel, RowShape.Blocks(backend.Sizes, lanes, rows.Count, segments), backend.Sizes.Block, block);
    }

    /// <summary>What the segments up to each but the last come to.</summary>
    private void Totals(DType from, ulong x, Rows rows, KernelDim along, int segment, int segments, ulong totals)
    {
        long step = along.X * segment;
        List<KernelDim> kept = [.. rows.Dims.Select(static dim => dim with { Y = 0 }), new(segments - 1, step)];
        List<KernelDim> reduced = [along with { Size = segment, Y = 0 }];
        new Reducer<TOp>(backend, op, compute).Run(from, x, kept, reduced, compute, totals);
        int size = compute.SizeOf();
        KernelDim row = new(rows.Count, (segments - 1L) * size, (segments - 1L) * size);
        Rows all = new(((List<KernelDim>)[row]).Joined(), rows.Count, 0, 0, 0);
        KernelDim each = new(segments - 1, size, size);
        if (op is IMapped)
        {
            Run(compute, totals, compute, totals, all, each);
        }
        else
        {
            new Scanner<Mapped<TOp>>(backend, new(op), compute).Run(compute, totals, compute, totals, all, each);
        }
    }

    /// <summary>Whether what a thread takes at a time can be read and written in whole accesses.</summary>
    private static bool IsNeighbourly(DType from, ulong x, DType to, ulong y, Rows rows, KernelDim along)
    {
        int sizeX = from.SizeOf(), sizeY = to.SizeOf(), packX = ScanKernel.Items * sizeX,
            packY = ScanKernel.Items * sizeY;
        return along.X == sizeX && along.Y == sizeY && x % (ulong)packX == 0 && y % (ulong)packY == 0
            && rows.Dims.IsAligned(packX) && rows.Dims.TrueForAll(dim => dim.Y % packY == 0);
    }

    /// <summary>
    /// One thread for each row where rows are closer neighbours than their elements; else so many that each has a few
    /// elements.
    /// </summary>
    private int Lanes(Rows rows, KernelDim along)
    {
        const int ManyRows = 4096;
        if (rows.Count >= ManyRows && rows.Dims is [.., { } last] && Math.Abs(last.X) < Math.Abs(along.X))
        {
            return 1;
        }

        int iterations = (along.Size - 1) / ScanKernel.Items + 1;
        return iterations > 2 * backend.Sizes.Warp
            ? backend.Sizes.Block
            : (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(iterations, 1, backend.Sizes.Warp));
    }

    private (int Segment, int Segments) Segments(int rows, int length)
    {
        int chunk = backend.Sizes.Block * ScanKernel.Items;
        long wanted = (2L * backend.Processors + rows - 1) / rows,
            pieces = Math.Min(wanted, length / ShortestSegment);
        if (pieces <= 1)
        {
            return (length, 1);
        }

        long segment = ((length + pieces - 1) / pieces + chunk - 1) / chunk * chunk;
        return ((int)segment, (int)((length + segment - 1) / segment));
    }
}
