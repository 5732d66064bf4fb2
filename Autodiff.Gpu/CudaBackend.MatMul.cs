using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Matrix products.</summary>
internal sealed partial class CudaBackend
{
    public void MatMul(in TensorView a, in TensorView b, TensorView? bias, in TensorView y) => throw new NotSupportedException("MatMul is not there on CUDA yet.");
}
