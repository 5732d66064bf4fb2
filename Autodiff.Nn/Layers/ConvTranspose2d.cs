namespace Autodiff.Nn;

/// <summary>
/// The transposed convolution of images, <see cref="Functional.ConvTranspose2d"/>, with learned weights.
/// </summary>
/// <inheritdoc cref="Conv2d"
/// path="//param[@name != 'stride' and @name != 'padding' and @name != 'paddingMode']|//exception|//remarks"/>
/// <param name="stride">The steps in the output from one input's window to the next; 1 if null.</param>
/// <param name="padding">How many entries are cut off on both sides of the output; none if null.</param>
/// <param name="outputPadding">
/// How much larger the output is than the smallest that belongs to an input; none if null.
/// </param>
/// <param name="paddingMode">Only <see cref="PadMode.Constant"/>.</param>
public class ConvTranspose2d(
    int inChannels, int outChannels, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null,
    Size2D? outputPadding = null,
    int groups = 1, bool bias = true, Size2D? dilation = null, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvTransposeNd(
        inChannels, outChannels, kernelSize.Listed(), (stride ?? 1).Listed(), padding ?? 0,
        (outputPadding ?? 0).Listed(), groups, bias, (dilation ?? 1).Listed(),
        paddingMode, type, device, generator);
