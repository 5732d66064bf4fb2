using System.Numerics;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Chooses and launches the softmax kernels.</summary>
internal static class Normalizer
{
    /// <summary>Normalizes contiguous rows.</summary>
    public static void Run(KernelBackend backend, NormalizerKind kind, DType type, ulong x, ulong y, long rows,
        int length)
    {
        int size = type.SizeOf(), most = NormalizeKernel.MostHeld;
        int vector = Elements.Widest(type,
            count => length % count == 0 && x % (ulong)(count * size) == 0 && y % (ulong)(count * size) == 0);
        int accesses = (length - 1) / vector + 1;
        int lanes = accesses > most * backend.Sizes.Warp ? backend.Sizes.Block
            : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((accesses + 3) / 4, 1, backend.Sizes.Warp));
        int held = (accesses - 1) / lanes + 1;
        RowVariant variant = new()
        {
            From = type, Vector = vector, Kind = (int)kind,
            Held = held <= most ? (int)BitOperations.RoundUpToPowerOf2((uint)held) : 0,
            LogLanes = BitOperations.Log2((uint)lanes), FastMath = backend.FastMath && type == DType.Float32,
        };
        LoadedKernel kernel = backend.Compiled.Get(
            NormalizeKernel.Name, variant.Bits, static bits => NormalizeKernel.Method(new(bits)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        for (long first = 0; first < rows; first += int.MaxValue)
        {
            int count = (int)Math.Min(rows - first, int.MaxValue);
            ArgumentWriter arguments = new(kernel.Layout, block);
            arguments.AddView(x + (ulong)(first * length * size));
            arguments.AddView(y + (ulong)(first * (kind == NormalizerKind.LogSumExp ? 1 : length) * size));
            RowShape.Of(count, length, length, 1).Pass(ref arguments);
            backend.Launch(kernel, RowShape.Blocks(backend.Sizes, lanes, count, 1), backend.Sizes.Block, block);
        }
    }
}
