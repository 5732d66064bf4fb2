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
    public static Tensor AdaptiveAvgPool1d(Tensor x, int outputSize) =>
        AdaptiveAvgPool("AdaptiveAvgPool1d", x, [outputSize]);

    /// <summary>The largest entry of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o
    /// + 1) L / O⌉.</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="outputSize">How many windows there are.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveMaxPool1d(Tensor x, int outputSize) =>
        AdaptiveMaxPool("AdaptiveMaxPool1d", x, [outputSize], false).Values;

    /// <summary><see cref="AdaptiveMaxPool1d"/>, and where each entry was found: its position in [L] as one
    /// dimension.</summary>
    /// <param name="x">[N, C, L] or [C, L].</param>
    /// <param name="outputSize">How many windows there are.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool1dWithIndices(Tensor x, int outputSize) =>
        WithIndices(AdaptiveMaxPool("AdaptiveMaxPool1d", x, [outputSize], true));

    /// <summary>The mean of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o + 1) L /
    /// O⌉.</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="height">How many windows along the height; null for as many as entries.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveAvgPool2d(Tensor x, int? height, int? width) =>
        AdaptiveAvgPool("AdaptiveAvgPool2d", x, [height, width]);

    /// <summary>The largest entry of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o
    /// + 1) L / O⌉.</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="height">How many windows along the height; null for as many as entries.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveMaxPool2d(Tensor x, int? height, int? width) =>
        AdaptiveMaxPool("AdaptiveMaxPool2d", x, [height, width], false).Values;

    /// <summary><see cref="AdaptiveMaxPool2d"/>, and where each entry was found: its position in [H, W] as one
    /// dimension.</summary>
    /// <param name="x">[N, C, H, W] or [C, H, W].</param>
    /// <param name="height">How many windows along the height; null for as many as entries.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool2dWithIndices(Tensor x, int? height, int? width) =>
        WithIndices(AdaptiveMaxPool("AdaptiveMaxPool2d", x, [height, width], true));

    /// <summary>The mean of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o + 1) L /
    /// O⌉.</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="depth">How many windows along the depth; null for as many as entries.</param>
    /// <param name="height">How many along the height; likewise.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveAvgPool3d(Tensor x, int? depth, int? height, int? width) =>
        AdaptiveAvgPool("AdaptiveAvgPool3d", x, [depth, height, width]);

    /// <summary>The largest entry of each of a given number of windows that share out the input: from ⌊o L / O⌋ to ⌈(o
    /// + 1) L / O⌉.</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="depth">How many windows along the depth; null for as many as entries.</param>
    /// <param name="height">How many along the height; likewise.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static Tensor AdaptiveMaxPool3d(Tensor x, int? depth, int? height, int? width) =>
        AdaptiveMaxPool("AdaptiveMaxPool3d", x, [depth, height, width], false).Values;

    /// <summary><see cref="AdaptiveMaxPool3d"/>, and where each entry was found: its position in [D, H, W] as one
    /// dimension.</summary>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W].</param>
    /// <param name="depth">How many windows along the depth; null for as many as entries.</param>
    /// <param name="height">How many along the height; likewise.</param>
    /// <param name="width">How many along the width; likewise.</param>
    /// <exception cref="ArgumentException"><paramref name="x"/> has another rank or no entries in a
    /// dimension.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive.</exception>
    public static (Tensor Values, Tensor Indices) AdaptiveMaxPool3dWithIndices(
        Tensor x, int? depth, int? height, int? width) =>
        WithIndices(AdaptiveMaxPool("AdaptiveMaxPool3d", x, [depth, height, width], true));

    /// <summary>Sizes as Python prints them; None for as many as entries.</summary>
    internal static string SizeText(params ReadOnlySpan<int?> sizes)
    {
        string[] texts = Array.ConvertAll(
            sizes.ToArray(), static size =>
                size?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "None");
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
                : Windows.Adaptive(inputs, outputs);
        }

        return windows;
    }

    private static Tensor AdaptiveAvgPool(string operation, Tensor x, int?[] sizes)
    {
        Windows[] windows = AdaptiveWindows(operation, x, sizes);
        if (sizes.All(static size => size == 1))
        {
            return x.Mean([.. Enumerable.Range(x.Rank - sizes.Length, sizes.Length)], true);
        }

        return x.Resample(
            operation, Array.ConvertAll(
                windows, static each => Band.Sums(each, Array.ConvertAll(each.Counts, static n => (double)n))));
    }

    private static (Tensor Values, Tensor? Positions) AdaptiveMaxPool(
        string operation, Tensor x, int?[] sizes, bool withPositions) =>
        x.MaxPool(AdaptiveWindows(operation, x, sizes), withPositions);
}
