using System.Numerics;
using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Chooses and launches the softmax kernels.</summary>
internal static class Normalizer
{
    /// <summary>Normalizes contiguous rows.</summary>
    public static void Run(CudaBackend backend, NormalizerKind kind, DType type, ulong x, ulong y, long rows,
        int length)
    {
        int size = type.SizeOf(), most = NormalizeKernel.MostHeld;
        int vector = Elements.Widest(type,
            count => length % count == 0 && x % (ulong)(count * size) == 0 && y % (ulong)(count * size) == 0);
        int accesses = (length - 1) / vector + 1;
        int lanes = accesses > most * Fold.Warp ? Fold.Block
            : (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp((accesses + 3) / 4, 1, Fold.Warp));
        int held = (accesses - 1) / lanes + 1;
        RowVariant variant = new()
        {
            From = type, Lanes = lanes, Vector = vector, Held = held <= most ? held : 0, Kind = (int)kind,
            FastMath = Cuda.FastMath && type == DType.Float32,
        };
        Kernel kernel = backend.Kernels.Get(NormalizeKernel.Name, variant.Bits, NormalizeKernel.Write);
        for (long first = 0; first < rows; first += int.MaxValue)
        {
            int count = (int)Math.Min(rows - first, int.MaxValue);
            KernelArguments arguments = new();
            arguments.Add(x + (ulong)(first * length * size));
            arguments.Add(y + (ulong)(first * (kind == NormalizerKind.LogSumExp ? 1 : length) * size));
            arguments.Add((uint)count);
            arguments.Add((uint)length);
            uint blocks = RowShape.Blocks(lanes, count, 1);
            backend.Context.Launch(kernel.Function, (blocks, 1, 1), Fold.Block, ref arguments);
        }
    }
}
