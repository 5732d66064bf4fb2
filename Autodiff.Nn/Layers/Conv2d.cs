namespace Autodiff.Nn;

/// <summary>The convolution of images, <see cref="Functional.Conv2d"/>, with learned weights.</summary>
/// <inheritdoc cref="Conv1d" path="//param[@name != 'stride' and @name != 'dilation']|//exception|//remarks"/>
/// <param name="stride">The steps between windows; 1 if null.</param>
/// <param name="dilation">The steps between a window's elements; 1 if null.</param>
public class Conv2d(
    int inChannels, int outChannels, Size2D kernelSize, Size2D? stride = null, ConvPadding padding = default,
    Size2D? dilation = null, int groups = 1, bool bias = true, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvNd(
        inChannels, outChannels, kernelSize.Listed(), (stride ?? 1).Listed(), padding, (dilation ?? 1).Listed(),
        isTransposed: false, new int[2], groups, bias, paddingMode, type, device, generator);
