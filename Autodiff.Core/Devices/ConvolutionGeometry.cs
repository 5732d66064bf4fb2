namespace Autodiff.Devices;

/// <summary>
/// How the taps of a convolution lie along one dimension: tap k of output i reads input i · stride + k · dilation -
/// padding, which is 0 outside the input.
/// </summary>
/// <param name="Stride">The steps in the input from one output to the next, 1 or more.</param>
/// <param name="Padding">
/// The zeros before the first input, 0 or more; how many there are behind the last follows from the sizes.
/// </param>
/// <param name="Dilation">The steps in the input from one tap to the next, 1 or more.</param>
public readonly record struct ConvolutionDim(int Stride, int Padding, int Dilation)
{
    /// <summary>A dimension that is not there: one input, one tap, one output.</summary>
    public static ConvolutionDim None => new(1, 0, 1);
}

/// <summary>How the three operands of a convolution belong together.</summary>
/// <param name="Depth">Along the third to last dimension.</param>
/// <param name="Height">Along the second to last dimension.</param>
/// <param name="Width">Along the last dimension.</param>
/// <param name="Groups">
/// In how many equal groups the channels fall: outputs of a group have taps on the inputs of that group alone.
/// </param>
public readonly record struct ConvolutionGeometry(
    ConvolutionDim Depth, ConvolutionDim Height, ConvolutionDim Width, int Groups)
{
    /// <summary>The dimensions in their order.</summary>
    public ConvolutionDim this[int dim] => dim switch { 0 => Depth, 1 => Height, _ => Width };
}

/// <summary>Which operand of a convolution is computed from the other two.</summary>
public enum ConvolutionResult
{
    /// <summary>The input, [N, C, D, H, W]: the transposed convolution, and the gradient of the input.</summary>
    Input,

    /// <summary>The weight, [O, C / groups, kD, kH, kW]: its gradient.</summary>
    Weight,

    /// <summary>The output, [N, O, oD, oH, oW]: the convolution itself.</summary>
    Output,
}
