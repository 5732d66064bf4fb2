using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Gather and scatter.</summary>
internal sealed partial class CudaBackend
{
    public void Gather(in TensorView x, int axis, in TensorView index, in TensorView y) => throw new NotSupportedException("Gather is not there on CUDA yet.");

    public void Scatter(in TensorView source, int axis, in TensorView index, in TensorView y, bool add) => throw new NotSupportedException("Scatter is not there on CUDA yet.");
}
