namespace Autodiff.Nn;

/// <summary>The convolution of images, <see cref="Functional.Conv2d"/>, with learned weights.</summary>
/// <inheritdoc path="/remarks"/>
public class Conv2d : ConvNd
{
    /// <summary>Makes a layer with random weights.</summary>
    /// <param name="inChannels">The channels of the input.</param>
    /// <param name="outChannels">The channels of the output.</param>
    /// <param name="kernelSize">The taps along each dimension.</param>
    /// <param name="stride">The steps between windows; 1 if null.</param>
    /// <param name="padding">What is added around the input.</param>
    /// <param name="dilation">The steps between a window's elements; 1 if null.</param>
    /// <param name="groups">In how many groups the channels fall.</param>
    /// <param name="bias">Whether b is there.</param>
    /// <param name="paddingMode">What the padding is filled with; zeros by default.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <exception cref="ArgumentException">
    /// The channels do not fall into the groups, or a setting is out of range.
    /// </exception>
    public Conv2d(
        int inChannels, int outChannels, Size2D kernelSize, Size2D? stride = null, ConvPadding padding = default,
        Size2D? dilation = null,
        int groups = 1, bool bias = true, PadMode paddingMode = PadMode.Constant, DType type = DType.Float32,
        Device? device = null,
        Generator? generator = null)
        : base(
            inChannels, outChannels, ConvSettings.List(kernelSize), ConvSettings.List(stride ?? 1), padding,
            ConvSettings.List(dilation ?? 1),
            isTransposed: false, new int[2], groups, bias, paddingMode, type, device, generator)
    {
    }

    /// <inheritdoc/>
    /// <param name="x">[N, in, H, W] or [in, H, W].</param>
    /// <returns>[N, out, oH, oW] or [out, oH, oW].</returns>
    /// <exception cref="ArgumentException">The shape of <paramref name="x"/> does not fit.</exception>
    public override Tensor Forward(Tensor x) => Convolve(x);
}
