namespace Autodiff.Nn;

/// <summary>
/// The transposed convolution of volumes, <see cref="Functional.ConvTranspose3d"/>, with learned weights.
/// </summary>
/// <inheritdoc cref="ConvTranspose2d" path="//param|//exception|//remarks"/>
public class ConvTranspose3d(
    int inChannels, int outChannels, Size3D kernelSize, Size3D? stride = null, Size3D? padding = null,
    Size3D? outputPadding = null,
    int groups = 1, bool bias = true, Size3D? dilation = null, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvTransposeNd(
        inChannels, outChannels, kernelSize.Listed(), (stride ?? 1).Listed(), padding ?? 0,
        (outputPadding ?? 0).Listed(), groups, bias, (dilation ?? 1).Listed(),
        paddingMode, type, device, generator);
