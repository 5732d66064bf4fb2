using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Optimizers' rules.</summary>
internal sealed partial class CudaBackend
{
    public void Update<TRule>(ReadOnlySpan<double> coefficients, ReadOnlySpan<UpdateOperands> operands) where TRule : struct, IUpdateRule =>
        throw new NotSupportedException("Update is not there on CUDA yet.");
}
