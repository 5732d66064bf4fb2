using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Rows;

namespace Autodiff.Gpu;

/// <summary>The softmax family.</summary>
internal abstract partial class KernelBackend
{
    public void Normalize(NormalizerKind kind, in TensorView x, in TensorView y)
    {
        int length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1];
        if (x.Count > 0)
        {
            using MemoryUse use = MemoryUse.Begin();
            Normalizer.Run(this, kind, x.DType, Address(use, x), Address(use, y), x.Count / length, length);
        }
    }
}
