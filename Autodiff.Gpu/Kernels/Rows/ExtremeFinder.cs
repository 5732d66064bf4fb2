using System.Numerics;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>
/// Launches the kernels that find the places of extremes: one, or for few long rows one for their segments and one for
/// the winners.
/// </summary>
internal static class ExtremeFinder
{
    private const int ShortestSegment = 16 * 1024;

    /// <summary>Writes the place of each row's extreme.</summary>
    public static void Run(
        KernelBackend backend, DType type, bool largest, ulong x, ulong places, Rows rows, KernelDim along)
    {
        (x, places) = (x + rows.X, places + (ulong)(8 * rows.First));
        int accesses = (int)((along.Size + 3L) / 4), lanes = accesses > 2 * backend.Sizes.Warp ? backend.Sizes.Block
            : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(accesses, 1, backend.Sizes.Warp));
        long wanted = (4L * backend.Processors + rows.Count - 1) / rows.Count;
        int segments = (int)Math.Max(1, Math.Min(wanted, along.Size / ShortestSegment));
        int segment = (int)(((long)along.Size + segments - 1) / segments), keySize = Math.Max(4, type.SizeOf());
        segments = (along.Size - 1) / segment + 1;
        RowVariant variant = new()
        {
            From = type, KeptRank = rows.Dims.Count, Wide = rows.IsWide, LogLanes = BitOperations.Log2((uint)lanes),
        };
        int size = type.SizeOf();
        KeyOrder order = new(largest ? 0 : 1, NanLast: 1);
        long step = along.X / size;
        if (segments == 1)
        {
            RowShape whole = RowShape.Of(rows.Count, along.Size, segment, 1);
            Launch(backend, variant, whole, order, x, 0, places, 0, step, rows.Dims, size);
            return;
        }

        using Scratch keys = new(backend, (long)rows.Count * segments * keySize),
            winners = new(backend, 4L * rows.Count * segments);
        variant.Continued = true;
        RowShape parts = RowShape.Of(rows.Count, along.Size, segment, segments);
        Launch(backend, variant, parts, order, x, 0, keys.Address, winners.Address, step, rows.Dims, size);
        List<KernelDim> dims = new List<KernelDim> { new(rows.Count, segments) }.Joined();
        variant = new()
        {
            From = type, Continues = true, KeptRank = dims.Count,
            LogLanes = BitOperations.Log2((uint)backend.Sizes.Block),
        };
        RowShape all = RowShape.Of(rows.Count, segments, segments, 1);
        Launch(backend, variant, all, order, keys.Address, winners.Address, places, 0, 1, dims, 1);
    }

    private static void Launch(
        KernelBackend backend, RowVariant variant, RowShape shape, KeyOrder order, ulong x, ulong xPlaces, ulong y,
        ulong yPlaces, long step, List<KernelDim> kept, int size)
    {
        LoadedKernel kernel = backend.Compiled.Get(
            ArgReduceKernel.Name, variant.Bits, static bits => ArgReduceKernel.Method(new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(x);
        if (variant.Continues)
        {
            arguments.AddView(xPlaces);
        }

        arguments.AddView(y);
        if (variant.Continued)
        {
            arguments.AddView(yPlaces);
        }

        shape.Pass(ref arguments);
        arguments.Add(order.Reverse);
        arguments.Add(order.NanLast);
        arguments.Add(step);
        StrideTypes.Add(ref arguments, kept, size, 1, variant.Wide);
        int lanes = 1 << variant.LogLanes;
        backend.Launch(
            kernel, RowShape.Blocks(backend.Sizes, lanes, shape.Rows, (int)shape.Segments), backend.Sizes.Block, block);
    }
}
