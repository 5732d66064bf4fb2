namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.FractionalMaxPool2d" path="//summary|//remarks"/>
/// <param name="kernelSize">Entries of a window along the height and the width.</param>
/// <param name="outputSize">Windows along the height and the width; or null.</param>
/// <param name="outputRatio">Windows for each entry of the input, between 0 and 1; or null.</param>
/// <param name="generator">The source of the places; <see cref="TorchGenerator.Default"/> if null.</param>
public class FractionalMaxPool2d(
    Size2D kernelSize, Size2D? outputSize = null, (double Height, double Width)? outputRatio = null,
    Generator? generator = null) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size2D KernelSize { get; } = kernelSize;

    /// <summary>Windows along the height and the width, or null.</summary>
    public Size2D? OutputSize { get; } = outputSize;

    /// <summary>Windows for each entry of the input, or null.</summary>
    public (double Height, double Width)? OutputRatio { get; } = outputRatio;

    public override Tensor Forward(Tensor x) => ForwardWithIndices(x).Values;

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.FractionalMaxPool2d(x, KernelSize, OutputSize, OutputRatio, null, generator);
}

/// <inheritdoc cref="Functional.FractionalMaxPool3d" path="//summary|//remarks"/>
/// <param name="kernelSize">Entries of a window along the depth, the height and the width.</param>
/// <param name="outputSize">Windows along the depth, the height and the width; or null.</param>
/// <param name="outputRatio">Windows for each entry of the input, between 0 and 1; or null.</param>
/// <param name="generator">The source of the places; <see cref="TorchGenerator.Default"/> if null.</param>
public class FractionalMaxPool3d(
    Size3D kernelSize, Size3D? outputSize = null, (double Depth, double Height, double Width)? outputRatio = null,
    Generator? generator = null) : Module
{
    /// <summary>Entries of a window.</summary>
    public Size3D KernelSize { get; } = kernelSize;

    /// <summary>Windows along the depth, the height and the width, or null.</summary>
    public Size3D? OutputSize { get; } = outputSize;

    /// <summary>Windows for each entry of the input, or null.</summary>
    public (double Depth, double Height, double Width)? OutputRatio { get; } = outputRatio;

    public override Tensor Forward(Tensor x) => ForwardWithIndices(x).Values;

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.FractionalMaxPool3d(x, KernelSize, OutputSize, OutputRatio, null, generator);
}

public static partial class Functional
{
    /// <summary>
    /// The largest entry of each window, where windows stand at steps of a random pattern, so that there are any
    /// number of them (B. Graham, "Fractional max-pooling", 2014).
    /// </summary>
    /// <remarks>
    /// Window i of o along a dimension of n entries begins at ⌊(i + u) a⌋ - ⌊u a⌋ with a = (n - k) / (o - 1) for
    /// windows of k entries, the last at n - k. A u is drawn for each sample, channel and dimension.
    /// </remarks>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="kernelSize">k, entries of a window along the height and the width.</param>
    /// <param name="outputSize">o, windows along the height and the width; or null.</param>
    /// <param name="outputRatio">Windows for each entry of the input, between 0 and 1; or null. Either this or the size
    /// is given.</param>
    /// <param name="randomSamples">u, [N, C, 2], along the width and the height; drawn if null.</param>
    /// <param name="generator">What draws it; <see cref="TorchGenerator.Default"/> if null.</param>
    /// <returns>The largest entries, and where in their plane they were found.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> or the samples have another shape, not one of size and
    /// ratio is given, or the windows do not fit.</exception>
    public static (Tensor Values, Tensor Indices) FractionalMaxPool2d(
        Tensor x, Size2D kernelSize, Size2D? outputSize = null, (double Height, double Width)? outputRatio = null,
        Tensor? randomSamples = null, Generator? generator = null) =>
        FractionalMaxPool(
            nameof(FractionalMaxPool2d), x, kernelSize.Listed(), outputSize is { } size ? size.Listed() : null,
            outputRatio is { } ratio ? [ratio.Height, ratio.Width] : null, randomSamples, generator);

    /// <inheritdoc cref="FractionalMaxPool2d" path="//summary|//remarks|//returns|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="kernelSize">k, entries of a window along the depth, the height and the width.</param>
    /// <param name="outputSize">o, windows along the depth, the height and the width; or null.</param>
    /// <inheritdoc cref="FractionalMaxPool2d" path="/param[@name = 'outputRatio' or @name = 'generator']"/>
    /// <param name="randomSamples">u, [N, C, 3], along the depth, the height and the width; drawn if null.</param>
    public static (Tensor Values, Tensor Indices) FractionalMaxPool3d(
        Tensor x, Size3D kernelSize, Size3D? outputSize = null,
        (double Depth, double Height, double Width)? outputRatio = null, Tensor? randomSamples = null,
        Generator? generator = null) =>
        FractionalMaxPool(
            nameof(FractionalMaxPool3d), x, kernelSize.Listed(), outputSize is { } size ? size.Listed() : null,
            outputRatio is { } ratio ? [ratio.Depth, ratio.Height, ratio.Width] : null, randomSamples, generator);

    private static (Tensor Values, Tensor Indices) FractionalMaxPool(
        string name, Tensor x, int[] kernel, int[]? outputSize, double[]? ratio, Tensor? samples, Generator? generator)
    {
        ArgumentNullException.ThrowIfNull(x);
        int dims = kernel.Length;
        bool isBatch = x.Rank == dims + 2;
        if ((!isBatch && x.Rank != dims + 1) || !x.DType.IsFloatingPoint())
        {
            throw new ArgumentException(
                $"{name}: input {x.Shape} of {x.DType.DisplayName()} must be numbers "
                    + (dims == 2 ? "[N, C, H, W] or [C, H, W]." : "[N, C, D, H, W] or [C, D, H, W]."), nameof(x));
        }

        if ((outputSize is null) == (ratio is null) || (ratio is not null && ratio.Any(r => r is not (> 0 and < 1))))
        {
            throw new ArgumentException(
                $"{name}: give either an output size or an output ratio between 0 and 1 for each dimension.",
                nameof(outputSize));
        }

        int[] inputs = x.Shape.AsSpan()[^dims..].ToArray();
        int[] outputs = outputSize ?? [.. inputs.Select((n, i) => (int)(n * ratio![i]))];
        for (int i = 0; i < dims; i++)
        {
            if (kernel[i] < 1 || outputs[i] < 1 || outputs[i] + kernel[i] - 1 > inputs[i])
            {
                throw new ArgumentException(
                    $"{name}: {outputs[i]} windows of {kernel[i]} entries do not fit the {inputs[i]} entries of input "
                        + $"{x.Shape} along dimension {i - dims}; there is room for {inputs[i] - kernel[i] + 1}.",
                    nameof(outputSize));
            }
        }

        int batch = isBatch ? x.Size(0) : 1, channels = x.Size(-dims - 1), planes = checked(batch * channels);
        samples ??= Tensor.Rand([batch, channels, dims], x.DType, x.Device, generator ?? TorchGenerator.Default);
        if (samples.Shape != Shape.Create([batch, channels, dims]) || samples.DType != x.DType)
        {
            throw new ArgumentException(
                $"{name}: input {x.Shape} needs random samples [{batch}, {channels}, {dims}] of "
                    + $"{x.DType.DisplayName()}; they are {samples.Shape} of {samples.DType.DisplayName()}.",
                nameof(samples));
        }

        samples = samples.Detach().Reshape(planes, dims);
        Tensor? places = null;
        int count = 1, size = 1;
        for (int i = 0; i < dims; i++)
        {
            // PyTorch's samples are along the width first in two dimensions, along the depth first in three.
            Tensor starts = Starts(samples.Narrow(1, dims == 2 ? 1 - i : i, 1), inputs[i], outputs[i], kernel[i]);
            Tensor along = starts.Unsqueeze(-1) + RnnUtils.Range(kernel[i], x.Device);
            (count, size) = (count * outputs[i], size * kernel[i]);
            places = places is null ? along
                : ((places * inputs[i]).Unsqueeze(-1).Unsqueeze(2) + along.Unsqueeze(2).Unsqueeze(1))
                    .Reshape(planes, count, size);
        }

        Tensor flat = x.Reshape([planes, inputs.Aggregate(1, (a, b) => a * b)]);
        Tensor found = flat.Detach().Gather(1, places!.Reshape(planes, count * size)).Reshape(planes, count, size);
        Tensor indices = Tensor.PlaceOfLargest(found, places!);
        int[] shape = [.. x.Shape.AsSpan()[..^dims], .. outputs];
        return (flat.Gather(1, indices).Reshape(shape), indices.Reshape(shape));
    }

    /// <summary>Where windows begin, [planes, windows].</summary>
    private static Tensor Starts(Tensor u, int inputs, int outputs, int kernel)
    {
        int planes = u.Size(0);
        Tensor last = Tensor.Full([planes, 1], inputs - kernel, DType.Int64, u.Device);
        if (outputs == 1)
        {
            return last;
        }

        Tensor step = Tensor.Full([], inputs - kernel, u.DType, u.Device) / (outputs - 1);
        Tensor numbers = RnnUtils.Range(outputs - 1, u.Device).To(u.DType);
        Tensor starts = ((numbers + u) * step).Floor() - (u * step).Floor();
        return Tensor.Cat([starts.To(DType.Int64), last], 1);
    }
}
