using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Reductions and scans.</summary>
internal sealed partial class CudaBackend
{
    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IReduction =>
        throw new NotSupportedException("Reduce is not there on CUDA yet.");

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices) => throw new NotSupportedException("ArgReduce is not there on CUDA yet.");

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction =>
        throw new NotSupportedException("Scan is not there on CUDA yet.");
}
