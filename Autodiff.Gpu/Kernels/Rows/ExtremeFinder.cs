using System.Numerics;
using Autodiff.Gpu.Driver;
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
    public static void Run(CudaBackend backend, DType type, bool largest, ulong x, ulong places, Rows rows, Axis along)
    {
        (x, places) = (x + rows.X, places + (ulong)(8 * rows.First));
        int accesses = (along.Size + 3) / 4, lanes = accesses > 2 * Fold.Warp ? Fold.Block
            : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(accesses, 1, Fold.Warp));
        long wanted = (4L * backend.Context.MultiprocessorCount + rows.Count - 1) / rows.Count;
        int segments = (int)Math.Max(1, Math.Min(wanted, along.Size / ShortestSegment));
        int segment = (int)(((long)along.Size + segments - 1) / segments), keySize = Math.Max(4, type.SizeOf());
        segments = (along.Size - 1) / segment + 1;
        RowVariant variant = new()
        {
            From = type, Largest = largest, Lanes = lanes, KeptRank = rows.Axes.Count, Wide = rows.IsWide
        };
        if (segments == 1)
        {
            Launch(backend, variant, x, 0, places, 0, rows, along.Size, segment, 1, along.X);
            return;
        }

        using Scratch keys = new(backend, (long)rows.Count * segments * keySize),
            winners = new(backend, 4L * rows.Count * segments);
        variant.Continued = true;
        Launch(backend, variant, x, 0, keys.Address, winners.Address, rows, along.Size, segment, segments, along.X);
        List<Axis> axes = new List<Axis> { new(rows.Count, (long)segments * keySize) }.Joined();
        variant = new() { From = type, Continues = true, Lanes = Fold.Block, KeptRank = axes.Count };
        Launch(backend, variant, keys.Address, winners.Address, places, 0, new(axes, rows.Count, 0, 0, 0), segments,
            segments, 1, keySize);
    }

    private static void Launch(
        CudaBackend backend, RowVariant variant, ulong x, ulong xPlaces, ulong y, ulong yPlaces, Rows rows, int length,
        int segment, int segments, long step)
    {
        Kernel kernel = backend.Kernels.Get(ArgReduceKernel.Name, variant.Bits, ArgReduceKernel.Write);
        KernelArguments arguments = new();
        arguments.Add(x);
        arguments.Add(xPlaces);
        arguments.Add(y);
        arguments.Add(yPlaces);
        arguments.Add((uint)rows.Count);
        arguments.Add((uint)length);
        arguments.Add((uint)segment);
        arguments.Add((uint)segments);
        arguments.Add(step);
        IndexSpace.Add(ref arguments, rows.Axes, 1, variant.Wide);
        uint blocks = RowShape.Blocks(variant.Lanes, rows.Count, segments);
        backend.Context.Launch(kernel.Function, (blocks, 1, 1), Fold.Block, ref arguments);
    }
}
