using Autodiff.Operations;

namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The mean of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o + 1) L /
    /// O⌉.</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="outputSize">How many windows there are.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveAvgPool1d(Tensor x, int outputSize) => AdaptiveAvgPool(x, [outputSize]);

    /// <inheritdoc cref="AdaptiveAvgPool1d" path="//param|//exception"/>
    /// <summary>The largest entry of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o
    /// + 1) L / O⌉.</summary>
    public static Tensor AdaptiveMaxPool1d(Tensor x, int outputSize) => AdaptiveMaxPool(x, [outputSize]);

    /// <inheritdoc cref="AdaptiveAvgPool1d" path="//param|//exception"/>
    /// <summary><see cref="AdaptiveMaxPool1d"/>, and where each entry was found: its position in [L] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool1dWithIndices(Tensor x, int outputSize) =>
        AdaptiveMaxPoolWithIndices(x, [outputSize]);

    /// <inheritdoc cref="AdaptiveAvgPool1d" path="//summary|//exception"/>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="height">How many windows along the height; null for as many as entries.</param>
    /// <param name="width">How many along the width; likewise.</param>
    public static Tensor AdaptiveAvgPool2d(Tensor x, int? height, int? width) => AdaptiveAvgPool(x, [height, width]);

    /// <inheritdoc cref="AdaptiveMaxPool1d" path="//summary|//exception"/>
    /// <inheritdoc cref="AdaptiveAvgPool2d" path="/param"/>
    public static Tensor AdaptiveMaxPool2d(Tensor x, int? height, int? width) => AdaptiveMaxPool(x, [height, width]);

    /// <inheritdoc cref="AdaptiveAvgPool2d" path="//param|//exception"/>
    /// <summary><see cref="AdaptiveMaxPool2d"/>, and where each entry was found: its position in [H, W] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool2dWithIndices(Tensor x, int? height, int? width) =>
        AdaptiveMaxPoolWithIndices(x, [height, width]);

    /// <inheritdoc cref="AdaptiveAvgPool1d" path="//summary|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="depth">How many windows along the depth; null for as many as entries.</param>
    /// <param name="height">How many along the height; likewise.</param>
    /// <param name="width">How many along the width; likewise.</param>
    public static Tensor AdaptiveAvgPool3d(Tensor x, int? depth, int? height, int? width) =>
        AdaptiveAvgPool(x, [depth, height, width]);

    /// <inheritdoc cref="AdaptiveMaxPool1d" path="//summary|//exception"/>
    /// <inheritdoc cref="AdaptiveAvgPool3d" path="/param"/>
    public static Tensor AdaptiveMaxPool3d(Tensor x, int? depth, int? height, int? width) =>
        AdaptiveMaxPool(x, [depth, height, width]);

    /// <inheritdoc cref="AdaptiveAvgPool3d" path="//param|//exception"/>
    /// <summary><see cref="AdaptiveMaxPool3d"/>, and where each entry was found: its position in [D, H, W] as one
    /// dimension.</summary>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool3dWithIndices(
        Tensor x, int? depth, int? height, int? width) =>
        AdaptiveMaxPoolWithIndices(x, [depth, height, width]);

    /// <summary>Sizes as Python prints them; None for as many as entries.</summary>
    internal static string SizeText(int?[] sizes)
    {
        string[] texts = Array.ConvertAll(
            sizes, static size => size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "None");
        return texts.Distinct().Count() == 1 && sizes[0] is not null ? texts[0] : $"({string.Join(", ", texts)})";
    }

    private static Windows[] AdaptiveWindows(string operation, Tensor x, int?[] sizes)
    {
        PoolWindows.RequireSpatial(operation, x, sizes.Length);
        Windows[] windows = new Windows[sizes.Length];
        for (int i = 0; i < windows.Length; i++)
        {
            int inputs = x.Size(i - windows.Length), outputs = sizes[i] ?? inputs;
            windows[i] = outputs < 1
                ? throw PoolWindows.OutOfRange(
                    "outputSize", outputs, $"{operation}: a size of {outputs} is not positive.")
                : Windows.Adaptive(inputs, Sizes.HostEntries(operation, outputs, DType.Float64));
        }

        return windows;
    }

    internal static Tensor AdaptiveAvgPool(Tensor x, int?[] sizes, string? operation = null)
    {
        operation ??= $"AdaptiveAvgPool{sizes.Length}d";
        Windows[] windows = AdaptiveWindows(operation, x, sizes);
        if (sizes.All(static size => size == 1))
        {
            return x.Mean([.. Enumerable.Range(x.Rank - sizes.Length, sizes.Length)], true);
        }

        return x.Resample(
            operation, Array.ConvertAll(
                windows, static each => Band.Sums(each, Array.ConvertAll(each.Counts, static n => (double)n))));
    }

    internal static Tensor AdaptiveMaxPool(Tensor x, int?[] sizes) => AdaptiveMaxPool(x, sizes, false).Values;

    internal static (Tensor Values, Tensor Indices) AdaptiveMaxPoolWithIndices(Tensor x, int?[] sizes) =>
        WithIndices(AdaptiveMaxPool(x, sizes, true));

    private static (Tensor Values, Tensor? Positions) AdaptiveMaxPool(Tensor x, int?[] sizes, bool withPositions) =>
        x.MaxPool(AdaptiveWindows($"AdaptiveMaxPool{sizes.Length}d", x, sizes), withPositions);
}
