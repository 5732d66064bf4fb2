namespace Autodiff.Nn;

/// <summary>The convolution of volumes, <see cref="Functional.Conv3d"/>, with learned weights.</summary>
/// <inheritdoc cref="Conv2d" path="//param|//exception|//remarks"/>
public class Conv3d(
    int inChannels, int outChannels, Size3D kernelSize, Size3D? stride = null, ConvPadding padding = default,
    Size3D? dilation = null, int groups = 1, bool bias = true, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvNd(
        inChannels, outChannels, kernelSize.Listed(), (stride ?? 1).Listed(), padding, (dilation ?? 1).Listed(),
        isTransposed: false, new int[3], groups, bias, paddingMode, type, device, generator);
