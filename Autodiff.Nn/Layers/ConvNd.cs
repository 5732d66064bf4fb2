namespace Autodiff.Nn;

/// <summary>What the convolution layers have in common: weight, bias, settings.</summary>
/// <remarks>
/// Initial values as PyTorch's: weight and bias uniform in ±1/√fan, drawn in that order, where fan is the second size
/// of the weight times the kernel's.
/// </remarks>
public abstract class ConvNd : Module
{
    private protected ConvNd(
        int inChannels, int outChannels, int[] kernelSize, int[] stride, ConvPadding padding, int[] dilation,
        bool isTransposed,
        int[] outputPadding, int groups, bool bias, PadMode paddingMode, DType type, Device? device,
        Generator? generator)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(inChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(outChannels);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(groups);
        if (inChannels % groups != 0 || outChannels % groups != 0)
        {
            throw new ArgumentException(
                $"{Kind}: {inChannels} input and {outChannels} output channels do not fall into {groups} groups of "
                + "equal size.",
                nameof(groups));
        }

        RequireAll(kernelSize, 1, nameof(kernelSize));
        RequireAll(stride, 1, nameof(stride));
        RequireAll(dilation, 1, nameof(dilation));
        RequireAll(outputPadding, 0, nameof(outputPadding));
        (InChannels, OutChannels, Groups, Padding, PaddingMode) = (
            inChannels, outChannels, groups, padding, paddingMode);
        (KernelSizes, Strides, Dilations, OutputPaddings) = (kernelSize, stride, dilation, outputPadding);
        (Before, After) = padding.Along(Kind, kernelSize, dilation, stride);
        int[] shape = isTransposed
            ? [inChannels, outChannels / groups, .. kernelSize]
            : [outChannels, inChannels / groups, .. kernelSize];
        Weight = RegisterParameter("weight", Tensor.Empty(shape, type, device));
        Bias = bias ? RegisterParameter("bias", Tensor.Empty([outChannels], type, device)) : null;
        ResetParameters(generator);
    }

    /// <summary>The channels of the input.</summary>
    public int InChannels { get; }

    /// <summary>The channels of the output.</summary>
    public int OutChannels { get; }

    /// <summary>In how many groups the channels fall.</summary>
    public int Groups { get; }

    /// <summary>What is added around the input; of a transposed layer, cut off the output.</summary>
    public ConvPadding Padding { get; }

    /// <summary>
    /// What the padding is filled with: zeros (<see cref="PadMode.Constant"/>) or entries of the input.
    /// </summary>
    public PadMode PaddingMode { get; }

    /// <summary>w, [out, in / groups, kernel...]; of a transposed layer, [in, out / groups, kernel...].</summary>
    public Tensor Weight { get; }

    /// <summary>b, [out], or null.</summary>
    public Tensor? Bias { get; }

    private protected int[] KernelSizes { get; }

    private protected int[] Strides { get; }

    private protected int[] Dilations { get; }

    private protected int[] OutputPaddings { get; }

    private protected int[] Before { get; }

    private protected int[] After { get; }

    protected override string Settings
    {
        get
        {
            string text = $"{InChannels}, {OutChannels}, kernel_size={Format.Tuple(KernelSizes)}, "
                + $"stride={Format.Tuple(Strides)}";
            text += Padding == ConvPadding.Same || Padding == ConvPadding.Valid ? $", padding={Padding}"
                : Array.Exists(Before, static count => count != 0) ? $", padding={Format.Tuple(Before)}" : "";
            text += Array.Exists(Dilations, static step => step != 1) ? $", dilation={Format.Tuple(Dilations)}"
                : "";
            text += Array.Exists(OutputPaddings, static more => more != 0)
                ? $", output_padding={Format.Tuple(OutputPaddings)}" : "";
            text += Groups != 1 ? $", groups={Groups}" : "";
            text += Bias is null ? ", bias=False" : "";
            return PaddingMode == PadMode.Constant ? text
                : $"{text}, padding_mode={PaddingMode.ToString().ToLowerInvariant()}";
        }
    }

    /// <summary>Draws new initial values.</summary>
    /// <param name="generator">The source; <see cref="TorchGenerator.Default"/> if null.</param>
    public void ResetParameters(Generator? generator = null) => Init.Layer(Weight, Bias, generator);

    /// <inheritdoc/>
    /// <param name="x">[N, in, size...] or [in, size...].</param>
    /// <returns>[N, out, size...] or [out, size...].</returns>
    /// <exception cref="ArgumentException">The shape of <paramref name="x"/> does not fit.</exception>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (PaddingMode == PadMode.Constant || Array.TrueForAll(After, static count => count == 0))
        {
            return Functional.Conv(Kind, x, Weight, Bias, Strides, Padding, Dilations, Groups);
        }

        RequireRank(x);
        int spatial = KernelSizes.Length;
        int[] around = new int[2 * spatial];
        for (int d = 0; d < spatial; d++)
        {
            (around[2 * d], around[(2 * d) + 1]) = (Before[spatial - 1 - d], After[spatial - 1 - d]);
        }

        return Functional.Conv(Kind, x.Pad(around, PaddingMode), Weight, Bias, Strides, 0, Dilations, Groups);
    }

    private protected void RequireRank(Tensor x)
    {
        int spatial = KernelSizes.Length;
        if (x.Rank != spatial + 1 && x.Rank != spatial + 2)
        {
            throw new ArgumentException(
                $"{Kind}: input {x.Shape} must have {spatial + 2} dimensions, or {spatial + 1} without samples.",
                nameof(x));
        }
    }

    private void RequireAll(int[] setting, int least, string name)
    {
        if (Array.Exists(setting, value => value < least))
        {
            throw new ArgumentOutOfRangeException(
                name, Format.Tuple(setting),
                $"{Kind}: {name} is {Format.Tuple(setting)}; it must be {least} or more.");
        }
    }
}

/// <summary>
/// What the transposed convolution layers have in common: the size of their output, which their input leaves open.
/// </summary>
public abstract class ConvTransposeNd : ConvNd
{
    private protected ConvTransposeNd(
        int inChannels, int outChannels, int[] kernelSize, int[] stride, ConvPadding padding, int[] outputPadding,
        int groups, bool bias,
        int[] dilation, PadMode paddingMode, DType type, Device? device, Generator? generator)
        : base(inChannels, outChannels, kernelSize, stride, padding, dilation, isTransposed: true, outputPadding,
            groups, bias, paddingMode,
            type, device, generator)
    {
        if (paddingMode != PadMode.Constant)
        {
            throw new ArgumentException(
                $"{Kind}: padding mode {paddingMode} is for convolutions; what a transposed one cuts off has no mode.",
                nameof(paddingMode));
        }

        if (padding.IsSame || padding == ConvPadding.Valid)
        {
            throw new ArgumentException(
                $"{Kind}: padding \"{padding}\" is for convolutions; a transposed one takes numbers.", nameof(padding));
        }
    }

    public override Tensor Forward(Tensor x) => Forward(x, null);

    /// <summary>The layer's output, of a size that is chosen.</summary>
    /// <param name="x">[N, in, size...] or [in, size...].</param>
    /// <param name="outputSize">
    /// The sizes behind the channels, or all; the layer's own output padding if null. They may be up to the stride less
    /// one larger than the smallest output that belongs to <paramref name="x"/>.
    /// </param>
    /// <returns>[N, out, size...] or [out, size...].</returns>
    /// <exception cref="ArgumentException">The shape of <paramref name="x"/> or the size do not fit.</exception>
    public Tensor Forward(Tensor x, int[]? outputSize)
    {
        ArgumentNullException.ThrowIfNull(x);
        int[] more = outputSize is null ? OutputPaddings : More(x, outputSize);
        return Functional.ConvTransposed(Kind, x, Weight, Bias, Strides, Before, more, Groups, Dilations);
    }

    private int[] More(Tensor x, int[] outputSize)
    {
        RequireRank(x);
        int spatial = KernelSizes.Length;
        if (outputSize.Length != spatial && outputSize.Length != x.Rank)
        {
            throw new ArgumentException(
                $"{Kind}: output size [{string.Join(", ", outputSize)}] must have {spatial} or {x.Rank} sizes.",
                nameof(outputSize));
        }

        int[] wanted = outputSize[^spatial..], more = new int[spatial];
        for (int d = 0; d < spatial; d++)
        {
            long least = ((x.Size(x.Rank - spatial + d) - 1L) * Strides[d]) - (2L * Before[d])
                + (Dilations[d] * (KernelSizes[d] - 1L)) + 1;
            if (wanted[d] < least || wanted[d] > least + Strides[d] - 1)
            {
                throw new ArgumentException(
                    $"{Kind}: output size [{string.Join(", ", wanted)}] does not belong to input {x.Shape}: "
                    + $"along its dimension {d} it can be {least} to {least + Strides[d] - 1}.", nameof(outputSize));
            }

            more[d] = (int)(wanted[d] - least);
        }

        return more;
    }
}
