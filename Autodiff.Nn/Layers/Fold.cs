namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>
    /// Adds blocks, one column each, to the places of an image that
    /// <see cref="Unfold(Tensor, Size2D, Size2D?, Size2D?, Size2D?)"/> takes them from (col2im); where blocks overlap
    /// their values are summed.
    /// </summary>
    /// <param name="x">[N, C kernelHeight kernelWidth, L] or without N, L blocks in row-major order.</param>
    /// <param name="outputSize">The image's height and width, one number or a pair, as all settings.</param>
    /// <param name="kernelSize">The block's height and width.</param>
    /// <param name="dilation">The steps between a block's elements; 1 if null.</param>
    /// <param name="padding">Zeros that were around the image; none if null.</param>
    /// <param name="stride">The steps between blocks; 1 if null.</param>
    /// <returns>[N, C, height, width], or without N.</returns>
    /// <exception cref="ArgumentException">The rows or the number of blocks do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">
    /// A size, a dilation or a stride is not positive, or a padding is negative.
    /// </exception>
    public static Tensor Fold(
        Tensor x, Size2D outputSize, Size2D kernelSize, Size2D? dilation = null, Size2D? padding = null,
        Size2D? stride = null)
    {
        ArgumentNullException.ThrowIfNull(x);
        (Size2D between, Size2D around, Size2D step) = (dilation ?? 1, padding ?? 0, stride ?? 1);
        RequireSetting(nameof(Fold), outputSize, 1, nameof(outputSize));
        RequireSetting(nameof(Fold), kernelSize, 1, nameof(kernelSize));
        RequireSetting(nameof(Fold), between, 1, nameof(dilation));
        RequireSetting(nameof(Fold), around, 0, nameof(padding));
        RequireSetting(nameof(Fold), step, 1, nameof(stride));
        if (x.Rank is not (2 or 3))
        {
            throw new ArgumentException($"Fold: x {x.Shape} must be [N, C kernel, L] or [C kernel, L].", nameof(x));
        }

        long rows = Count(outputSize.Height, kernelSize.Height, between.Height, around.Height, step.Height);
        long columns = Count(outputSize.Width, kernelSize.Width, between.Width, around.Width, step.Width);
        long taps = (long)kernelSize.Height * kernelSize.Width;
        if (rows < 1 || columns < 1 || x.Size(-1) != rows * columns)
        {
            throw new ArgumentException(
                $"Fold: x {x.Shape} has {x.Size(-1)} blocks; an image of {outputSize} has {Math.Max(rows, 0)} x "
                + $"{Math.Max(columns, 0)} = "
                + $"{Math.Max(rows, 0) * Math.Max(columns, 0)} of {kernelSize} with dilation {between}, padding "
                + $"{around} and stride {step}.",
                nameof(x));
        }

        RequireFloating(nameof(Fold), x);
        int channels = x.Size(-2);
        if (channels % taps != 0 || channels == 0)
        {
            throw new ArgumentException(
                $"Fold: x {x.Shape} has {channels} rows; blocks of {kernelSize} need a multiple of {taps}.", nameof(x));
        }

        int images = channels / (int)taps * (x.Rank == 3 ? x.Size(0) : 1);
        Tensor y = x.Reshape(images, kernelSize.Height, kernelSize.Width, (int)rows, (int)columns).SumOfBlocks(
            new(outputSize.Height, (int)rows, kernelSize.Height, between.Height, around.Height, step.Height),
            new(outputSize.Width, (int)columns, kernelSize.Width, between.Width, around.Width, step.Width),
            g => Blocks(g, kernelSize, between, step));
        return x.Rank == 3
            ? y.Reshape(x.Size(0), channels / (int)taps, outputSize.Height, outputSize.Width)
            : y.Reshape(images, outputSize.Height, outputSize.Width);

        static long Count(int size, int kernel, int dilation, int padding, int stride)
        {
            long lastStart = size + (2L * padding) - (dilation * (kernel - 1L)) - 1;
            return lastStart < 0 ? 0 : (lastStart / stride) + 1;
        }
    }

    private static void RequireSetting(string operation, Size2D setting, int least, string name)
    {
        if (setting.Height < least || setting.Width < least)
        {
            throw new ArgumentOutOfRangeException(
                name, setting, $"{operation}: {name} is {setting}; both must be {least} or more.");
        }
    }
}

/// <summary>
/// The blocks of an image as columns: <see cref="Functional.Unfold(Tensor, Size2D, Size2D?, Size2D?, Size2D?)"/> as a
/// layer.
/// </summary>
/// <param name="kernelSize">The block's height and width.</param>
/// <param name="dilation">The steps between a block's elements; 1 if null.</param>
/// <param name="padding">Zeros added around the image; none if null.</param>
/// <param name="stride">The steps between blocks; 1 if null.</param>
public class Unfold(Size2D kernelSize, Size2D? dilation = null, Size2D? padding = null, Size2D? stride = null) : Module
{
    private readonly Size2D _dilation = dilation ?? 1, _padding = padding ?? 0, _stride = stride ?? 1;

    protected override string Settings => Blocks(kernelSize, _dilation, _padding, _stride);

    /// <summary>The settings of blocks of images, as PyTorch prints them.</summary>
    internal static string Blocks(Size2D kernel, Size2D dilation, Size2D padding, Size2D stride) =>
        $"kernel_size={Format.Size(kernel.Listed())}, dilation={Format.Size(dilation.Listed())}, "
        + $"padding={Format.Size(padding.Listed())}, stride={Format.Size(stride.Listed())}";

    /// <inheritdoc/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <returns>[N, C kernelHeight kernelWidth, L], or without N.</returns>
    /// <exception cref="ArgumentException">x has another rank, or a block does not fit.</exception>
    public override Tensor Forward(Tensor x) => Functional.Unfold(x, kernelSize, _dilation, _padding, _stride);
}

/// <summary>An image from its blocks: <see cref="Functional.Fold"/> as a layer.</summary>
/// <param name="outputSize">The image's height and width.</param>
/// <inheritdoc cref="Functional.Fold" path="/param[@name != 'x' and @name != 'outputSize']"/>
public class Fold(
    Size2D outputSize, Size2D kernelSize, Size2D? dilation = null, Size2D? padding = null,
    Size2D? stride = null) : Module
{
    private readonly Size2D _dilation = dilation ?? 1, _padding = padding ?? 0, _stride = stride ?? 1;

    protected override string Settings =>
        $"output_size={Format.Size(outputSize.Listed())}, {Unfold.Blocks(kernelSize, _dilation, _padding, _stride)}";

    /// <inheritdoc/>
    /// <param name="x">[N, C kernelHeight kernelWidth, L] or without N.</param>
    /// <returns>[N, C, height, width], or without N.</returns>
    /// <exception cref="ArgumentException">The rows or the number of blocks do not fit.</exception>
    public override Tensor Forward(Tensor x) =>
        Functional.Fold(x, outputSize, kernelSize, _dilation, _padding, _stride);
}
