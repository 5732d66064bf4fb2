namespace Autodiff.Nn;

/// <summary>Settings of convolutions as lists of one to three numbers.</summary>
internal static class ConvSettings
{
    public static int[] List(Size2D size) => [size.Height, size.Width];

    public static int[] List(Size3D size) => [size.Depth, size.Height, size.Width];

    /// <summary>As Python prints a tuple.</summary>
    public static string Tuple(int[] values) =>
        values.Length == 1 ? $"({values[0]},)" : $"({string.Join(", ", values)})";

    /// <summary>
    /// A size as PyTorch's modules print what they were given: one number, where both are the same, or a tuple.
    /// </summary>
    public static string Python(Size2D size) => size.Height == size.Width ? $"{size.Height}" : Tuple(List(size));

    /// <summary>The settings that blocks of images have, as PyTorch prints them.</summary>
    public static string Blocks(Size2D kernel, Size2D dilation, Size2D padding, Size2D stride) =>
        $"kernel_size={Python(kernel)}, dilation={Python(dilation)}, padding={Python(padding)}, "
        + $"stride={Python(stride)}";
}
