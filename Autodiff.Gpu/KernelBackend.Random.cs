using System.Diagnostics.CodeAnalysis;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>Random numbers.</summary>
internal abstract partial class KernelBackend
{
    private const long MostDrawn = 1L << 30;

    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    public void Draw(in PhiloxDraw draw, in TensorView y)
    {
        DType type = y.DType;
        int per = draw.PerBlock(type), size = type.SizeOf();
        using MemoryUse use = MemoryUse.Begin();
        ulong address = Address(use, y), offset = draw.Offset;
        bool whole = address % (ulong)Math.Min(16, per * size) == 0;
        LoadedKernel kernel = Compiled.Get("philox", (ulong)draw.Kind | ((ulong)type << 4),
            static bits => PhiloxKernel.Method((PhiloxKind)(bits & 15), (DType)(bits >> 4)));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        for (long left = y.Count; left > 0; left -= MostDrawn)
        {
            uint count = (uint)Math.Min(left, MostDrawn), blocks = (uint)draw.Blocks(type, count);
            ArgumentWriter arguments = new(kernel.Layout, block);
            arguments.AddView(address);
            arguments.Add(draw.Key);
            arguments.Add(offset);
            arguments.Add(draw.Threshold);
            arguments.Add(type, draw.A);
            arguments.Add(type, draw.B);
            arguments.Add(count);
            arguments.Add(whole ? count : 0);
            Launch(kernel, Sizes.Blocks(blocks), Sizes.Block, block);
            address += (ulong)(MostDrawn * size);
            offset += blocks;
        }
    }
}
