using Autodiff.Algebra;
using Autodiff.Backends;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Reductions;

namespace Autodiff.Gpu;

/// <summary>Reductions and scans.</summary>
internal sealed partial class CudaBackend
{
    public void Reduce<TOp>(TOp op, in TensorView x, in TensorView y, int reduced, DType compute) where TOp : unmanaged, IReduction
    {
        int kept = x.Layout.Rank - reduced;
        List<Axis> outer = Axes.Of(x, ..kept), inner = Axes.Of(x, kept..);
        new Reducer<TOp>(this, op, compute).Run(x.DType, Address(x), outer, inner, y.DType, Address(y));
    }

    public void ArgReduce(bool largest, in TensorView x, in TensorView indices) => throw new NotSupportedException("ArgReduce is not there on CUDA yet.");

    public void Scan<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IReduction =>
        throw new NotSupportedException("Scan is not there on CUDA yet.");
}
