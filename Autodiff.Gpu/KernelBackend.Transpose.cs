using System.Diagnostics.CodeAnalysis;
using Autodiff.Devices;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;

namespace Autodiff.Gpu;

/// <summary>Copies that transpose a matrix.</summary>
internal abstract partial class KernelBackend
{
    /// <summary>Copies through tiles in shared memory where the layouts are transposed: then true.</summary>
    [UnconditionalSuppressMessage("AOT", "IL3050", Justification = "Whoever gets a device has been told: Device.Cuda.")]
    private bool TryTranspose(in TensorView x, in TensorView y)
    {
        if (x.DType != y.DType || y.Count == 0)
        {
            return false;
        }

        ElementPlan plan = new([x.Layout, y.Layout], stackalloc int[Layout.MaxRank],
            stackalloc long[2 * Layout.MaxRank]);
        int rank = plan.Rank, last = rank - 1, transposed = -1;
        for (int d = 0; d < last; d++)
        {
            transposed = plan.Stride(0, d) == 1 ? d : transposed;
        }

        if (transposed < 0 || plan.PatternOf(1) != AccessPattern.Linear || plan.PatternOf(0) != AccessPattern.Strided
            || !plan.Fits(MostCounted) || Sizes.Block < Sizes.Tile
            || Math.Min(plan.Dims[last], plan.Dims[transposed]) < Sizes.Tile / 4)
        {
            return false;
        }

        int across = Squares(plan.Dims[last]), down = Squares(plan.Dims[transposed]), others = Math.Max(rank - 2, 0);
        LoadedKernel kernel = Compiled.Get("transpose", (uint)x.DType.SizeOf() | ((uint)others << 4),
            static bits => TransposeKernel.Method((int)bits & 15, (int)(bits >> 4)));
        using MemoryUse use = MemoryUse.Begin();
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.AddView(Address(use, x, "Copy"));
        arguments.AddView(Address(use, y, "Copy"));
        arguments.Add(plan.Dims[last]);
        arguments.Add(plan.Dims[transposed]);
        arguments.Add((int)plan.Stride(0, last));
        arguments.Add((int)plan.Stride(1, transposed));
        StrideTypes.Add(ref arguments, new Divisor((uint)across));
        StrideTypes.Add(ref arguments, new Divisor((uint)down));
        uint blocks = (uint)across * (uint)down;
        for (int d = last - 1, left = others; d >= 0; d--)
        {
            if (d != transposed)
            {
                // From the innermost outwards, as the types are nested.
                if (--left > 0)
                {
                    StrideTypes.Add(ref arguments, new Divisor((uint)plan.Dims[d]));
                }

                MapLaunch.Steps(ref arguments, (int)plan.Stride(0, d), (int)plan.Stride(1, d));
                blocks *= (uint)plan.Dims[d];
            }
        }

        Launch(kernel, blocks, Sizes.Block, block);
        return true;

        int Squares(int length) => (length + Sizes.Tile - 1) / Sizes.Tile;
    }
}
