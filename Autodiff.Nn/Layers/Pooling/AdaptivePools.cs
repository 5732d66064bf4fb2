namespace Autodiff.Nn;

/// <summary>What pools with a given number of windows have in common.</summary>
/// <typeparam name="TSize">A number of windows, or one for each dimension.</typeparam>
public abstract class AdaptivePoolNd<TSize> : Module where TSize : struct
{
    private protected AdaptivePoolNd(TSize outputSize, int?[] sizes) => (OutputSize, Sizes) = (outputSize, sizes);

    /// <summary>How many windows there are along each dimension; null for as many as entries.</summary>
    public TSize OutputSize { get; }

    private protected int?[] Sizes { get; }

    protected override string Settings => $"output_size={Functional.SizeText(Sizes)}";
}

/// <summary>What the adaptive average pools have in common.</summary>
/// <inheritdoc path="/typeparam"/>
public abstract class AdaptiveAvgPoolNd<TSize> : AdaptivePoolNd<TSize> where TSize : struct
{
    private protected AdaptiveAvgPoolNd(TSize outputSize, params int?[] sizes) : base(outputSize, sizes)
    {
    }

    public override Tensor Forward(Tensor x) => Functional.AdaptiveAvgPool(x, Sizes);
}

/// <summary>What the adaptive max pools have in common.</summary>
/// <inheritdoc path="/typeparam"/>
public abstract class AdaptiveMaxPoolNd<TSize> : AdaptivePoolNd<TSize> where TSize : struct
{
    private protected AdaptiveMaxPoolNd(TSize outputSize, params int?[] sizes) : base(outputSize, sizes)
    {
    }

    public override Tensor Forward(Tensor x) => Functional.AdaptiveMaxPool(x, Sizes);

    /// <inheritdoc cref="MaxPoolNd{TSize}.ForwardWithIndices"/>
    public (Tensor Values, Tensor Indices) ForwardWithIndices(Tensor x) =>
        Functional.AdaptiveMaxPoolWithIndices(x, Sizes);
}

/// <inheritdoc cref="Functional.AdaptiveAvgPool1d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class AdaptiveAvgPool1d(int outputSize) : AdaptiveAvgPoolNd<int>(outputSize, outputSize);

/// <inheritdoc cref="Functional.AdaptiveMaxPool1d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, L] or [C, L].</remarks>
public class AdaptiveMaxPool1d(int outputSize) : AdaptiveMaxPoolNd<int>(outputSize, outputSize);

/// <inheritdoc cref="Functional.AdaptiveAvgPool2d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class AdaptiveAvgPool2d(int? height, int? width)
    : AdaptiveAvgPoolNd<(int? Height, int? Width)>((height, width), height, width)
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveAvgPool2d(int outputSize) : this(outputSize, outputSize)
    {
    }
}

/// <inheritdoc cref="Functional.AdaptiveMaxPool2d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, H, W] or [C, H, W].</remarks>
public class AdaptiveMaxPool2d(int? height, int? width)
    : AdaptiveMaxPoolNd<(int? Height, int? Width)>((height, width), height, width)
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveMaxPool2d(int outputSize) : this(outputSize, outputSize)
    {
    }
}

/// <inheritdoc cref="Functional.AdaptiveAvgPool3d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class AdaptiveAvgPool3d(int? depth, int? height, int? width)
    : AdaptiveAvgPoolNd<(int? Depth, int? Height, int? Width)>((depth, height, width), depth, height, width)
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveAvgPool3d(int outputSize) : this(outputSize, outputSize, outputSize)
    {
    }
}

/// <inheritdoc cref="Functional.AdaptiveMaxPool3d" path="//summary|//param[@name != 'x']"/>
/// <remarks>Inputs are [N, C, D, H, W] or [C, D, H, W].</remarks>
public class AdaptiveMaxPool3d(int? depth, int? height, int? width)
    : AdaptiveMaxPoolNd<(int? Depth, int? Height, int? Width)>((depth, height, width), depth, height, width)
{
    /// <summary>Makes the layer with one size along all dimensions.</summary>
    /// <param name="outputSize">How many windows there are along each.</param>
    public AdaptiveMaxPool3d(int outputSize) : this(outputSize, outputSize, outputSize)
    {
    }
}
