using System.Diagnostics.CodeAnalysis;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu.Accelerators;

/// <summary>Matrix products.</summary>
internal sealed partial class AcceleratorBackend
{
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Of.")]
    public override void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y)
    {
        if (y.Count == 0)
        {
            return;
        }

        int[] shape = y.Layout.Dims;
        int rows = shape[1], columns = shape[2], inner = a.Layout.Dims[2];
        uint across = Tiles(columns), down = Tiles(rows);
        LoadedKernel kernel = Compiled.Get(
            ProductKernel.Name, (ulong)y.DType, static bits => ProductKernel.Method((DType)bits));
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        using MemoryUse use = MemoryUse.Begin();
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(inner == 0 ? 0 : Address(use, a));
        arguments.AddView(inner == 0 ? 0 : Address(use, b));
        arguments.AddView(bias is { } row ? Address(use, row) : 0);
        arguments.AddView(Address(use, y));
        foreach (Layout layout in (ReadOnlySpan<Layout>)[a.Layout, b.Layout, y.Layout])
        {
            foreach (long stride in layout.Strides)
            {
                arguments.Add(stride);
            }
        }

        arguments.Add(bias is { } given ? given.Layout.Strides[0] : 0L);
        arguments.Add(rows);
        arguments.Add(columns);
        arguments.Add(inner);
        arguments.Add(across);
        arguments.Add(down);
        arguments.Add(bias is null ? 0 : 1);
        Launch(kernel, checked((uint)shape[0] * across * down), Sizes.Block, block);

        uint Tiles(int length) => (uint)((length + Sizes.Tile - 1) / Sizes.Tile);
    }
}
