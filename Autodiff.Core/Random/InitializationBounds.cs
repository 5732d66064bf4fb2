namespace Autodiff;

/// <summary>
/// Half-widths of the uniform distributions that PyTorch's layers start from, in the very order of operations that
/// <c>torch.nn.init</c> uses in double, so that the last bit agrees.
/// </summary>
internal static class InitializationBounds
{
    /// <summary>
    /// Kaiming's uniform bound for a leaky ReLU (He et al., 2015): sqrt(3) sqrt(2 / (1 + a²)) / sqrt(fan).
    /// </summary>
    /// <param name="fan">Inputs of one output: in-features, or in-channels times the kernel's size.</param>
    /// <param name="negativeSlope">a, the slope below 0; PyTorch's linear and convolution layers take sqrt(5).</param>
    internal static double KaimingUniform(long fan, double negativeSlope) =>
        Math.Sqrt(3) * (Math.Sqrt(2 / (1 + (negativeSlope * negativeSlope))) / Math.Sqrt(fan));

    /// <summary>
    /// The bound of a linear or convolution layer's weight: Kaiming's with a = sqrt(5), which is near 1 / sqrt(fan).
    /// </summary>
    internal static double LayerWeight(long fan) => KaimingUniform(fan, Math.Sqrt(5));

    /// <summary>The bound of a linear or convolution layer's bias: 1 / sqrt(fan).</summary>
    internal static double LayerBias(long fan) => 1 / Math.Sqrt(fan);
}
