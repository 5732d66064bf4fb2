namespace Autodiff.Nn;

/// <summary>
/// The transposed convolution of images, <see cref="Functional.ConvTranspose2d"/>, with learned weights.
/// </summary>
/// <inheritdoc path="/remarks"/>
public class ConvTranspose2d : ConvTransposeNd
{
    /// <summary>Makes a layer with random weights.</summary>
    /// <param name="inChannels">The channels of the input.</param>
    /// <param name="outChannels">The channels of the output.</param>
    /// <param name="kernelSize">The taps along each dimension.</param>
    /// <param name="stride">The steps in the output from one input's window to the next; 1 if null.</param>
    /// <param name="padding">How many entries are cut off on both sides of the output; none if null.</param>
    /// <param name="outputPadding">
    /// How much larger the output is than the smallest that belongs to an input; none if null.
    /// </param>
    /// <param name="groups">In how many groups the channels fall.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="dilation">The steps between a window's elements; 1 if null.</param>
    /// <param name="paddingMode">Only <see cref="PadMode.Constant"/>.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">
    /// The channels do not fall into the groups, or a setting is out of range.
    /// </exception>
    public ConvTranspose2d(
        int inChannels, int outChannels, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null,
        Size2D? outputPadding = null,
        int groups = 1, bool bias = true, Size2D? dilation = null, PadMode paddingMode = PadMode.Constant,
        DType type = DType.Float32,
        Device? device = null, Generator? generator = null)
        : base(
            inChannels, outChannels, ConvSettings.List(kernelSize), ConvSettings.List(stride ?? 1), padding ?? 0,
            ConvSettings.List(outputPadding ?? 0),
            groups, bias, ConvSettings.List(dilation ?? 1), paddingMode, type, device, generator)
    {
    }
}
