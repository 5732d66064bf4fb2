namespace Autodiff.Tests.Convolutions;

/// <summary>
/// A convolution's sizes and settings, and its sum of products of three written as plainly as can be.
/// </summary>
/// <param name="Samples">N.</param>
/// <param name="Inputs">C.</param>
/// <param name="Outputs">O.</param>
/// <param name="Size">The input's spatial sizes.</param>
/// <param name="Kernel">The kernel's.</param>
public sealed record ConvolutionCase(int Samples, int Inputs, int Outputs, int[] Size, int[] Kernel)
{
    public int[] Stride { get; init; } = [.. Kernel.Select(_ => 1)];

    public int[] Padding { get; init; } = [.. Kernel.Select(_ => 0)];

    public int[] Dilation { get; init; } = [.. Kernel.Select(_ => 1)];

    public int Groups { get; init; } = 1;

    public int[] OutputSize =>
        [.. Size.Select(
            (size, d) => ((size + (2 * Padding[d]) - (Dilation[d] * (Kernel[d] - 1)) - 1) / Stride[d]) + 1)];

    public int[] InputShape => [Samples, Inputs, .. Size];

    public int[] WeightShape => [Outputs, Inputs / Groups, .. Kernel];

    public int[] OutputShape => [Samples, Outputs, .. OutputSize];

    /// <summary>
    /// Odd and even sizes, strides, dilations, groups, in one to three dimensions; each path of the processor's.
    /// </summary>
    public static IEnumerable<ConvolutionCase> All =>
    [
        new(2, 3, 4, [7], [3]),
        new(3, 2, 5, [11], [4]) { Stride = [3], Padding = [2], Dilation = [2] },
        new(1, 4, 6, [5, 7], [3, 2]) { Groups = 2, Padding = [1, 1] },
        new(2, 5, 3, [6, 5], [1, 1]),
        new(2, 5, 3, [7, 6], [1, 1]) { Stride = [2, 3] },
        new(2, 6, 7, [9, 8], [3, 3]) { Stride = [2, 2], Padding = [1, 1] },
        new(2, 3, 8, [12, 13], [7, 5]) { Stride = [2, 3], Padding = [3, 2] },
        new(1, 2, 3, [9, 11], [3, 3]) { Stride = [3, 2], Padding = [4, 3], Dilation = [2, 3] },
        new(2, 6, 6, [7, 9], [3, 3]) { Groups = 6, Padding = [1, 1] },
        new(2, 5, 10, [8, 7], [3, 2]) { Groups = 5, Stride = [2, 1], Padding = [1, 0], Dilation = [1, 2] },
        new(1, 9, 27, [5, 5], [3, 3]) { Groups = 9, Padding = [2, 2] },
        new(2, 4, 4, [3, 4], [2, 2]) { Groups = 4, Stride = [4, 5] },
        new(1, 2, 3, [4, 5, 6], [3, 2, 3]) { Padding = [1, 0, 2], Stride = [1, 2, 1] },
        new(2, 4, 6, [5, 3, 4], [2, 1, 3]) { Groups = 2, Padding = [1, 1, 1], Stride = [2, 1, 2],
            Dilation = [1, 1, 2] },
        new(1, 1, 13, [14, 14], [3, 3]) { Padding = [1, 1] },
        new(1, 3, 2, [40], [17]) { Stride = [4], Padding = [9] },
        new(1, 2, 2, [5, 5], [5, 5]) { Padding = [4, 4], Stride = [1, 4] },
        new(2, 6, 5, [23], [5]) { Stride = [2], Padding = [3] },
        new(2, 7, 6, [9, 8], [3, 3]) { Stride = [2, 3], Padding = [1, 2], Dilation = [2, 1] },
        new(1, 12, 10, [5, 4, 6], [3, 2, 3]) { Groups = 2, Stride = [2, 1, 2], Padding = [1, 1, 1] },
        new(1, 40, 3, [6, 7], [3, 3]) { Padding = [1, 1] },
    ];

    /// <summary>Calls <paramref name="product"/> with the places in input, weight and output of each product.</summary>
    public void ForEach(Action<int, int, int> product)
    {
        ArgumentNullException.ThrowIfNull(product);
        int inputs = Inputs / Groups, outputs = Outputs / Groups, dims = Kernel.Length;
        foreach (int[] i in Indices([Samples, Outputs, .. OutputSize]))
        {
            foreach (int[] k in Indices([inputs, .. Kernel]))
            {
                int[] x = [i[0], (i[1] / outputs * inputs) + k[0], .. new int[dims]];
                bool isInside = true;
                for (int d = 0; d < dims; d++)
                {
                    x[d + 2] = (i[d + 2] * Stride[d]) + (k[d + 1] * Dilation[d]) - Padding[d];
                    isInside &= x[d + 2] >= 0 && x[d + 2] < Size[d];
                }

                if (isInside)
                {
                    product(Place(InputShape, x), Place(WeightShape, [i[1], .. k]), Place(OutputShape, i));
                }
            }
        }
    }

    public override string ToString() =>
        $"{Samples} of {Inputs} to {Outputs}, [{Join(Size)}] by [{Join(Kernel)}], stride {Join(Stride)}, padding "
        + $"{Join(Padding)}, "
        + $"dilation {Join(Dilation)}, groups {Groups}";

    private static string Join(int[] values) => string.Join(' ', values);

    private static int Place(int[] shape, int[] at) =>
        at.Zip(shape).Aggregate(0, (place, pair) => (place * pair.Second) + pair.First);

    private static IEnumerable<int[]> Indices(int[] shape)
    {
        long count = shape.Aggregate(1L, (n, size) => n * size);
        for (long n = 0; n < count; n++)
        {
            int[] at = new int[shape.Length];
            long rest = n;
            for (int d = at.Length - 1; d >= 0; d--)
            {
                (rest, at[d]) = (rest / shape[d], (int)(rest % shape[d]));
            }

            yield return at;
        }
    }
}
