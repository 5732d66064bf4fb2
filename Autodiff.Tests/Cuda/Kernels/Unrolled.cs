using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Driver;
using Autodiff.Gpu.Kernels;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Launches the elementwise kernel of large tensors, with several groups in flight, on a small one.</summary>
internal static class Unrolled
{
    /// <summary>x + 3 for contiguous float32.</summary>
    public static Tensor Run(Tensor x)
    {
        Tensor y = Tensor.Empty(x.Shape, x.DType, x.Device);
        var backend = (CudaBackend)x.Device.Backend;
        ElementVariant variant = new() { Compute = DType.Float32, Rank = 1, Width = 4, Unroll = 4 };
        variant.Operand(0, DType.Float32, AccessPattern.Linear);
        variant.Operand(1, DType.Float32, AccessPattern.Linear);
        Kernel kernel = backend.Kernels.Get("map", new Of1<PlusThree>(default), variant.Bits,
            static (k, formula, bits) => ElementwiseKernel.Write(k, formula, new(bits)));
        ElementPlan plan = new([x.View.Layout, y.View.Layout], stackalloc int[Layout.MaxRank],
            stackalloc long[2 * Layout.MaxRank]);
        using MemoryUse use = MemoryUse.Begin();
        KernelArguments arguments = new();
        ElementIndex.Pass(ref arguments, variant, plan, [backend.Address(use, x.View), backend.Address(use, y.View)]);
        uint count = (uint)plan.Count, groups = count / 4;
        arguments.Add(groups);
        arguments.Add(count);
        kernel.PassFields(ref arguments);
        backend.Context.Launch(kernel.Function, (ElementwiseKernel.Blocks(variant, groups, count % 4), 1, 1),
            ElementwiseKernel.Threads, ref arguments);
        return y;
    }

    private readonly struct PlusThree : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => x + S.Const(3);
    }
}
