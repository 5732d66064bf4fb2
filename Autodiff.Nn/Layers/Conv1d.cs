namespace Autodiff.Nn;

/// <summary>The convolution of sequences, <see cref="Functional.Conv1d"/>, with learned weights.</summary>
/// <inheritdoc path="/remarks"/>
/// <param name="inChannels">The channels of the input.</param>
/// <param name="outChannels">The channels of the output.</param>
/// <param name="kernelSize">The taps along each dimension.</param>
/// <param name="stride">The steps between windows.</param>
/// <param name="padding">What is added around the input.</param>
/// <param name="dilation">The steps between a window's elements.</param>
/// <param name="groups">In how many groups the channels fall.</param>
/// <param name="bias">Whether b is there.</param>
/// <param name="paddingMode">What the padding is filled with; zeros by default.</param>
/// <param name="type">float32 or float64.</param>
/// <param name="device">Where the parameters are.</param>
/// <param name="generator">The source of the initial values; <see cref="TorchGenerator.Default"/> if null.</param>
/// <exception cref="ArgumentException">
/// The channels do not fall into the groups, or a setting is out of range.
/// </exception>
public class Conv1d(
    int inChannels, int outChannels, int kernelSize, int stride = 1, ConvPadding padding = default,
    int dilation = 1, int groups = 1, bool bias = true, PadMode paddingMode = PadMode.Constant,
    DType type = DType.Float32, Device? device = null, Generator? generator = null)
    : ConvNd(
        inChannels, outChannels, [kernelSize], [stride], padding, [dilation],
        isTransposed: false, new int[1], groups, bias, paddingMode, type, device, generator);
