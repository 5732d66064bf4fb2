namespace Autodiff.Nn;

/// <summary>
/// The transposed convolution of sequences, <see cref="Functional.ConvTranspose1d"/>, with learned weights.
/// </summary>
/// <inheritdoc cref="Conv1d"
/// path="//param[@name != 'stride' and @name != 'padding' and @name != 'paddingMode']|//exception|//remarks"/>
/// <param name="stride">The steps in the output from one input's window to the next.</param>
/// <param name="padding">How many entries are cut off on both sides of the output.</param>
/// <param name="outputPadding">How much larger the output is than the smallest that belongs to an input.</param>
/// <param name="paddingMode">Only <see cref="PadMode.Constant"/>.</param>
public class ConvTranspose1d(
    int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0, int outputPadding = 0,
    int groups = 1, bool bias = true, int dilation = 1, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvTransposeNd(
        inChannels, outChannels, [kernelSize], [stride], padding, [outputPadding], groups, bias, [dilation],
        paddingMode, type, device, generator);
