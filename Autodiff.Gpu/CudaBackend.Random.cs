using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>Random numbers.</summary>
internal sealed partial class CudaBackend : IPhiloxBackend
{
    private const long MostDrawn = 1L << 30;

    public void Draw(in PhiloxDraw draw, in TensorView y)
    {
        DType type = y.DType;
        int per = draw.PerBlock(type), size = type.SizeOf();
        using MemoryUse use = MemoryUse.Begin();
        ulong address = Address(use, y), offset = draw.Offset;
        bool whole = address % (ulong)Math.Min(16, per * size) == 0;
        ulong variant = (ulong)draw.Kind | ((ulong)type << 4) | (whole ? 1UL << 8 : 0);
        Kernel kernel = Kernels.Get("philox", variant,
            static (k, bits) =>
                PhiloxKernel.Write(k, (PhiloxKind)(bits & 15), (DType)((bits >> 4) & 15), bits >> 8 != 0));
        for (long left = y.Count; left > 0; left -= MostDrawn)
        {
            uint count = (uint)Math.Min(left, MostDrawn), blocks = (uint)draw.Blocks(type, count);
            KernelArguments arguments = new();
            arguments.Add(address);
            arguments.Add(draw.Key);
            arguments.Add(offset);
            arguments.Add(draw.Threshold);
            foreach (double bound in (ReadOnlySpan<double>)[draw.A, draw.B])
            {
                if (type == DType.Float64)
                {
                    arguments.Add(bound);
                }
                else
                {
                    arguments.Add((float)bound);
                }
            }

            arguments.Add(count);
            Context.Launch(kernel.Function, ((blocks + PhiloxKernel.Threads - 1) / PhiloxKernel.Threads, 1, 1),
                PhiloxKernel.Threads, ref arguments);
            address += (ulong)(MostDrawn * size);
            offset += blocks;
        }
    }
}
