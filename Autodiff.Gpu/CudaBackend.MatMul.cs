using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu;

/// <summary>Matrix products.</summary>
internal sealed partial class CudaBackend
{
    private GemmRunner? _products;

    /// <summary>Does the products.</summary>
    internal GemmRunner Products =>
        _products ?? Interlocked.CompareExchange(ref _products, new(Context), null) ?? _products;

    public override void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y) =>
        MatMul(a, b, bias, y, relu: false);

    /// <summary>y[b] = max(0, a[b] @ b[b] + bias), or without the maximum.</summary>
    internal void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y, bool relu)
    {
        if (y.Count == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        int[] shape = y.Layout.Dims;
        GemmProblem problem = new(
            PtxTypes.Of(y.DType), shape[0], shape[1], shape[2], a.Layout.Dims[2], Matrix(use, a), Matrix(use, b),
            Matrix(use, y),
            bias is { } row ? Address(use, row) : 0, relu);
        Products.Run(problem, Autodiff.Cuda.MatMulPrecision);
    }

    private GemmMatrix Matrix(in MemoryUse use, in TensorView view)
    {
        long[] strides = view.Layout.Strides;
        return new(view.Count == 0 ? 0 : Address(use, view, nameof(MatMul)), strides[0], strides[1], strides[2]);
    }
}
