using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Maps;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Launches the elementwise kernel of large tensors, with several groups in flight, on a small one.</summary>
internal static class Unrolled
{
    /// <summary>x + 3 for contiguous float32.</summary>
    public static Tensor Run(Tensor x, int unroll = 4)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType, x.Device);
        var backend = (CudaBackend)x.Device.Backend;
        ElementVariant variant = new() { Compute = DType.Float32, Rank = 1, Width = 4, Unroll = unroll };
        variant.Operand(0, DType.Float32, AccessPattern.Linear);
        variant.Operand(1, DType.Float32, AccessPattern.Linear);
        ElementPlan plan = new([x.View.Layout, y.View.Layout], stackalloc int[Layout.MaxRank],
            stackalloc long[2 * Layout.MaxRank]);
        LoadedKernel kernel = backend.Maps.Get(new Of1<PlusThree>(default), variant);
        using MemoryUse use = MemoryUse.Begin();
        Span<byte> block = stackalloc byte[kernel.Layout.Bytes];
        MapLaunch.Pass(
            new(kernel.Layout, block), kernel.Fields, new Of1<PlusThree>(default), variant, plan,
            [backend.Address(use, x.View), backend.Address(use, y.View)]);
        uint count = (uint)plan.Count;
        uint blocks = MapLaunch.Blocks(backend.Sizes, variant, count / 4, count % 4);
        backend.Launch(kernel, blocks, BlockSizes.Cuda.Block, block);
        return y;
    }

    private readonly struct PlusThree : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(3);
    }
}
