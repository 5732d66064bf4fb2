using Autodiff.Devices;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Gpu;

/// <summary>Copies that turn a matrix.</summary>
internal sealed partial class CudaBackend
{
    /// <summary>Copies through squares of shared memory if that is what the layouts ask for: then true.</summary>
    private bool TryTranspose(in TensorView x, in TensorView y)
    {
        if (x.DType != y.DType || y.Count == 0)
        {
            return false;
        }

        ElementPlan plan = new([x.Layout, y.Layout], stackalloc int[Layout.MaxRank],
            stackalloc long[2 * Layout.MaxRank]);
        int rank = plan.Rank, last = rank - 1, turned = -1;
        for (int d = 0; d < last; d++)
        {
            turned = plan.Stride(0, d) == 1 ? d : turned;
        }

        if (turned < 0 || plan.PatternOf(1) != AccessPattern.Linear || plan.PatternOf(0) != AccessPattern.Strided
            || !plan.Fits(MostCounted)
            || Math.Min(plan.Dims[last], plan.Dims[turned]) < TransposeKernel.Tile / 4)
        {
            return false;
        }

        Span<(int, long, long)> others = stackalloc (int, long, long)[rank];
        int count = 0;
        uint blocks = 1;
        for (int d = 0; d < last; d++)
        {
            if (d != turned)
            {
                others[count++] = (plan.Dims[d], plan.Stride(0, d), plan.Stride(1, d));
                blocks *= (uint)plan.Dims[d];
            }
        }

        TransposeKernel.Plan launch = new(plan.Dims[last], plan.Dims[turned], plan.Stride(0, last),
            plan.Stride(1, turned));
        ulong variant = (ulong)(x.DType.SizeOf() | (count << 4));
        Kernel kernel = Kernels.Get("transpose", variant,
            static (k, bits) => TransposeKernel.Write(k, (int)bits & 15, (int)bits >> 4));
        using MemoryUse use = MemoryUse.Begin();
        KernelArguments arguments = new();
        launch.Pass(ref arguments, Address(use, x, "Copy"), Address(use, y, "Copy"), others[..count]);
        Context.Launch(kernel.Function, (launch.TilesAcross * launch.TilesDown * blocks, 1, 1), TransposeKernel.Threads,
            ref arguments);
        return true;
    }
}
