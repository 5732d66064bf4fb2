using Autodiff.Operations;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>
    /// The convolution of sequences, y[n, o, i] = b[o] + Σ w[o, c, k] x[n, c, i · stride + k · dilation - padding].
    /// </summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="weight">w, [O, C / groups, k].</param>
    /// <param name="bias">b, [O], or null.</param>
    /// <param name="stride">The steps between windows.</param>
    /// <param name="padding">The zeros added on both sides.</param>
    /// <param name="dilation">The steps between a window's elements.</param>
    /// <param name="groups">In how many groups the channels fall.</param>
    /// <returns>[N, O, ⌊(L + 2 padding - dilation (k - 1) - 1) / stride⌋ + 1], or without N.</returns>
    /// <exception cref="ArgumentException">The shapes, types or settings do not fit.</exception>
    public static Tensor Conv1d(
        Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, ConvPadding padding = default, int dilation = 1,
        int groups = 1) =>
        Conv(nameof(Conv1d), x, weight, bias, [stride], padding, [dilation], groups);

    /// <summary>The convolution of images, by the formula of <see cref="Conv1d"/> in two dimensions.</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="weight">w, [O, C / groups, kH, kW].</param>
    /// <inheritdoc cref="Conv1d" path="//param[@name = 'bias' or @name = 'padding' or @name = 'groups']|//exception"/>
    /// <param name="stride">The steps between windows; 1 if null.</param>
    /// <param name="dilation">The steps between a window's elements; 1 if null.</param>
    /// <returns>[N, O, oH, oW], or without N.</returns>
    public static Tensor Conv2d(
        Tensor x, Tensor weight, Tensor? bias = null, Size2D? stride = null, ConvPadding padding = default,
        Size2D? dilation = null,
        int groups = 1) =>
        Conv(nameof(Conv2d), x, weight, bias, (stride ?? 1).Listed(), padding, (dilation ?? 1).Listed(),
            groups);

    /// <summary>The convolution of volumes, by the formula of <see cref="Conv1d"/> in three dimensions.</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="weight">w, [O, C / groups, kD, kH, kW].</param>
    /// <inheritdoc cref="Conv2d" path="//param[@name != 'x' and @name != 'weight']|//exception"/>
    /// <returns>[N, O, oD, oH, oW], or without N.</returns>
    public static Tensor Conv3d(
        Tensor x, Tensor weight, Tensor? bias = null, Size3D? stride = null, ConvPadding padding = default,
        Size3D? dilation = null,
        int groups = 1) =>
        Conv(nameof(Conv3d), x, weight, bias, (stride ?? 1).Listed(), padding, (dilation ?? 1).Listed(),
            groups);

    /// <summary>
    /// The transposed convolution of sequences, y[n, o, i · stride + k · dilation - padding] = b[o] + Σ w[c, o, k] x[n,
    /// c, i]: the gradient of <see cref="Conv1d"/> for its input.
    /// </summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="weight">w, [C, O / groups, k].</param>
    /// <param name="bias">b, [O], or null.</param>
    /// <param name="stride">The steps in the result from one input's window to the next.</param>
    /// <param name="padding">How many entries are cut off on both sides.</param>
    /// <param name="outputPadding">
    /// How much longer the result is than the shortest that belongs to x; less than the stride or the dilation.
    /// </param>
    /// <param name="groups">In how many groups the channels fall.</param>
    /// <param name="dilation">The steps between a window's elements.</param>
    /// <returns>[N, O, (L - 1) stride - 2 padding + dilation (k - 1) + outputPadding + 1], or without N.</returns>
    /// <exception cref="ArgumentException">The shapes, types or settings do not fit.</exception>
    public static Tensor ConvTranspose1d(
        Tensor x, Tensor weight, Tensor? bias = null, int stride = 1, int padding = 0, int outputPadding = 0,
        int groups = 1,
        int dilation = 1) =>
        ConvTransposed(
            nameof(ConvTranspose1d), x, weight, bias, [stride], [padding], [outputPadding], groups, [dilation]);

    /// <summary>
    /// The transposed convolution of images, by the formula of <see cref="ConvTranspose1d"/> in two dimensions.
    /// </summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="weight">w, [C, O / groups, kH, kW].</param>
    /// <inheritdoc cref="ConvTranspose1d" path="//param[@name = 'bias' or @name = 'groups']|//exception"/>
    /// <param name="stride">The steps in the result from one input's window to the next; 1 if null.</param>
    /// <param name="padding">How many entries are cut off on both sides; none if null.</param>
    /// <param name="outputPadding">
    /// How much larger the result is than the smallest that belongs to x; none if null.
    /// </param>
    /// <param name="dilation">The steps between a window's elements; 1 if null.</param>
    /// <returns>[N, O, oH, oW], or without N.</returns>
    public static Tensor ConvTranspose2d(
        Tensor x, Tensor weight, Tensor? bias = null, Size2D? stride = null, Size2D? padding = null,
        Size2D? outputPadding = null,
        int groups = 1, Size2D? dilation = null) =>
        ConvTransposed(
            nameof(ConvTranspose2d), x, weight, bias, (stride ?? 1).Listed(), (padding ?? 0).Listed(),
            (outputPadding ?? 0).Listed(), groups, (dilation ?? 1).Listed());

    /// <summary>
    /// The transposed convolution of volumes, by the formula of <see cref="ConvTranspose1d"/> in three dimensions.
    /// </summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="weight">w, [C, O / groups, kD, kH, kW].</param>
    /// <inheritdoc cref="ConvTranspose2d" path="//param[@name != 'x' and @name != 'weight']|//exception"/>
    /// <returns>[N, O, oD, oH, oW], or without N.</returns>
    public static Tensor ConvTranspose3d(
        Tensor x, Tensor weight, Tensor? bias = null, Size3D? stride = null, Size3D? padding = null,
        Size3D? outputPadding = null,
        int groups = 1, Size3D? dilation = null) =>
        ConvTransposed(
            nameof(ConvTranspose3d), x, weight, bias, (stride ?? 1).Listed(), (padding ?? 0).Listed(),
            (outputPadding ?? 0).Listed(), groups, (dilation ?? 1).Listed());

    internal static Tensor Conv(
        string name, Tensor x, Tensor weight, Tensor? bias, int[] stride, ConvPadding padding, int[] dilation,
        int groups)
    {
        RequireRank(name, x, weight, stride.Length);
        int[] kernel = weight.Shape.ToArray()[2..];
        (int[] before, int[] after) = padding.Along(name, kernel, dilation, stride);
        ConvolutionPlan plan = new(
            name, x, weight, bias, stride, before, after, dilation, transposed: false, default, groups);
        return x.Convolve(plan, weight, bias);
    }

    internal static Tensor ConvTransposed(
        string name, Tensor x, Tensor weight, Tensor? bias, int[] stride, int[] padding, int[] outputPadding,
        int groups, int[] dilation)
    {
        RequireRank(name, x, weight, stride.Length);
        ConvolutionPlan plan = new(
            name, x, weight, bias, stride, padding, padding, dilation, transposed: true, outputPadding, groups);
        return x.Convolve(plan, weight, bias);
    }

    private static void RequireRank(string name, Tensor x, Tensor weight, int spatial)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        if (weight.Rank != spatial + 2)
        {
            throw new ArgumentException(
                $"{name}: weight {weight.Shape} must have {spatial + 2} dimensions.", nameof(weight));
        }
    }
}
