namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.AdaptiveAvgPool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="outputSize">How many windows there are.</param>
public class AdaptiveAvgPool1d(int outputSize) : Module
{
    /// <summary>How many windows there are.</summary>
    public int OutputSize { get; } = outputSize;

    /// <inheritdoc/>
    protected override string Settings => $"output_size={Functional.SizeText(OutputSize)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.AdaptiveAvgPool1d(x, OutputSize);
}

/// <inheritdoc cref="Functional.AdaptiveMaxPool1d" path="/summary"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
/// <param name="outputSize">How many windows there are.</param>
public class AdaptiveMaxPool1d(int outputSize) : Module
{
    /// <summary>How many windows there are.</summary>
    public int OutputSize { get; } = outputSize;

    /// <inheritdoc/>
    protected override string Settings => $"output_size={Functional.SizeText(OutputSize)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.AdaptiveMaxPool1d(x, OutputSize);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.AdaptiveMaxPool1dWithIndices(x, OutputSize);
}

/// <inheritdoc cref="Functional.AdaptiveAvgPool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="height">How many windows along the height; null for as many as entries.</param>
/// <param name="width">How many along the width; likewise.</param>
public class AdaptiveAvgPool2d(int? height, int? width) : Module
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveAvgPool2d(int outputSize) : this(outputSize, outputSize)
    {
    }

    /// <summary>How many windows there are along the height and the width; null for as many as entries.</summary>
    public (int? Height, int? Width) OutputSize { get; } = (height, width);

    /// <inheritdoc/>
    protected override string Settings => $"output_size={Functional.SizeText(OutputSize.Height, OutputSize.Width)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.AdaptiveAvgPool2d(x, OutputSize.Height, OutputSize.Width);
}

/// <inheritdoc cref="Functional.AdaptiveMaxPool2d" path="/summary"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
/// <param name="height">How many windows along the height; null for as many as entries.</param>
/// <param name="width">How many along the width; likewise.</param>
public class AdaptiveMaxPool2d(int? height, int? width) : Module
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveMaxPool2d(int outputSize) : this(outputSize, outputSize)
    {
    }

    /// <summary>How many windows there are along the height and the width; null for as many as entries.</summary>
    public (int? Height, int? Width) OutputSize { get; } = (height, width);

    /// <inheritdoc/>
    protected override string Settings => $"output_size={Functional.SizeText(OutputSize.Height, OutputSize.Width)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) => Functional.AdaptiveMaxPool2d(x, OutputSize.Height, OutputSize.Width);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.AdaptiveMaxPool2dWithIndices(x, OutputSize.Height, OutputSize.Width);
}

/// <inheritdoc cref="Functional.AdaptiveAvgPool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="depth">How many windows along the depth; null for as many as entries.</param>
/// <param name="height">How many along the height; likewise.</param>
/// <param name="width">How many along the width; likewise.</param>
public class AdaptiveAvgPool3d(int? depth, int? height, int? width) : Module
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveAvgPool3d(int outputSize) : this(outputSize, outputSize, outputSize)
    {
    }

    /// <summary>How many windows there are along the depth, the height and the width; null for as many as
    /// entries.</summary>
    public (int? Depth, int? Height, int? Width) OutputSize { get; } = (depth, height, width);

    /// <inheritdoc/>
    protected override string Settings =>
        $"output_size={Functional.SizeText(OutputSize.Depth, OutputSize.Height, OutputSize.Width)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.AdaptiveAvgPool3d(x, OutputSize.Depth, OutputSize.Height, OutputSize.Width);
}

/// <inheritdoc cref="Functional.AdaptiveMaxPool3d" path="/summary"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
/// <param name="depth">How many windows along the depth; null for as many as entries.</param>
/// <param name="height">How many along the height; likewise.</param>
/// <param name="width">How many along the width; likewise.</param>
public class AdaptiveMaxPool3d(int? depth, int? height, int? width) : Module
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveMaxPool3d(int outputSize) : this(outputSize, outputSize, outputSize)
    {
    }

    /// <summary>How many windows there are along the depth, the height and the width; null for as many as
    /// entries.</summary>
    public (int? Depth, int? Height, int? Width) OutputSize { get; } = (depth, height, width);

    /// <inheritdoc/>
    protected override string Settings =>
        $"output_size={Functional.SizeText(OutputSize.Depth, OutputSize.Height, OutputSize.Width)}";

    /// <inheritdoc/>
    public override Tensor Forward(Tensor x) =>
        Functional.AdaptiveMaxPool3d(x, OutputSize.Depth, OutputSize.Height, OutputSize.Width);

    /// <summary>The largest entries and where they were found (PyTorch's <c>return_indices=True</c>).</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.AdaptiveMaxPool3dWithIndices(x, OutputSize.Depth, OutputSize.Height, OutputSize.Width);
}
