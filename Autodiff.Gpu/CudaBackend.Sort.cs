using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Sorting.</summary>
internal sealed partial class CudaBackend
{
    public void Sort(in TensorView x, bool descending, in TensorView values, in TensorView indices) => throw new NotSupportedException("Sort is not there on CUDA yet.");
}
