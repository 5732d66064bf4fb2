namespace Autodiff.Nn;

/// <summary>
/// The transposed convolution of sequences, <see cref="Functional.ConvTranspose1d"/>, with learned weights.
/// </summary>
/// <inheritdoc path="/remarks"/>
public class ConvTranspose1d : ConvTransposeNd
{
    /// <summary>Makes a layer with random weights.</summary>
    /// <param name="inChannels">The channels of the input.</param>
    /// <param name="outChannels">The channels of the output.</param>
    /// <param name="kernelSize">The taps along each dimension.</param>
    /// <param name="stride">The steps in the output from one input's window to the next.</param>
    /// <param name="padding">How many entries are cut off on both sides of the output.</param>
    /// <param name="outputPadding">How much larger the output is than the smallest that belongs to an input.</param>
    /// <param name="groups">In how many groups the channels fall.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="dilation">The steps between a window's elements.</param>
    /// <param name="paddingMode">Only <see cref="PadMode.Constant"/>.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">
    /// The channels do not fall into the groups, or a setting is out of range.
    /// </exception>
    public ConvTranspose1d(
        int inChannels, int outChannels, int kernelSize, int stride = 1, int padding = 0, int outputPadding = 0,
        int groups = 1, bool bias = true, int dilation = 1, PadMode paddingMode = PadMode.Constant,
        DType type = DType.Float32,
        Device? device = null, Generator? generator = null)
        : base(
            inChannels, outChannels, [kernelSize], [stride], padding, [outputPadding],
            groups, bias, [dilation], paddingMode, type, device, generator)
    {
    }
}
