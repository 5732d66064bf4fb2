using Autodiff.Devices;
using Autodiff.Gpu.Kernels.Convolution;

namespace Autodiff.Gpu;

/// <summary>Convolutions.</summary>
internal sealed partial class CudaBackend
{
    public override void Convolve(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        if (!ImplicitConvolution.TryRun(this, geometry, wanted, input, weight, output, bias))
        {
            ComposedConvolution.Run(this, geometry, wanted, input, weight, output, bias);
        }
    }
}
