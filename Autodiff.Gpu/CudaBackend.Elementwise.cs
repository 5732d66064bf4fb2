using Autodiff.Algebra;
using Autodiff.Backends;

namespace Autodiff.Gpu;

/// <summary>Elementwise operations, copies and fills.</summary>
internal sealed partial class CudaBackend
{
    public void Map<TOp>(TOp op, in TensorView x, in TensorView y, DType compute) where TOp : unmanaged, IUnaryFormula =>
        throw new NotSupportedException("Map is not there on CUDA yet.");

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView y, DType compute) where TOp : unmanaged, IBinaryFormula =>
        throw new NotSupportedException("Map is not there on CUDA yet.");

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView c, in TensorView y, DType compute)
        where TOp : unmanaged, ITernaryFormula =>
        throw new NotSupportedException("Map is not there on CUDA yet.");

    public void Map<TOp>(TOp op, in TensorView a, in TensorView b, in TensorView c, in TensorView d, in TensorView y, DType compute)
        where TOp : unmanaged, IQuaternaryFormula =>
        throw new NotSupportedException("Map is not there on CUDA yet.");

    public void Fill(in TensorView y, double value) => throw new NotSupportedException("Fill is not there on CUDA yet.");

    public void Copy(in TensorView x, in TensorView y) => throw new NotSupportedException("Copy is not there on CUDA yet.");
}
