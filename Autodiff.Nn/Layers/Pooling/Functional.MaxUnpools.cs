namespace Autodiff.Nn;

public static partial class Functional
{
    /// <summary>The values of a max pool at the places where they were, and zeros elsewhere.</summary>
    /// <param name="x">[N, C, L] or [C, L]: what the pool gave.</param>
    /// <param name="indices">The positions that it gave, of the same shape.</param>
    /// <param name="kernelSize">The kernel size of the pool.</param>
    /// <param name="stride">The stride of the pool; the kernel size if null.</param>
    /// <param name="padding">The padding of the pool; none if null.</param>
    /// <param name="outputSize">The size of the pool's input; (size - 1) stride - 2 padding + kernel if null. It may
    /// differ from that by less than a stride.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the output size is none that the pool could have
    /// had.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range, or a position beyond the
    /// output.</exception>
    public static Tensor MaxUnpool1d(
        Tensor x, Tensor indices, int kernelSize, int? stride = null, int? padding = null, int? outputSize = null) =>
        MaxUnpool<int>(x, indices, kernelSize, stride, padding, outputSize);

    /// <inheritdoc cref="MaxUnpool1d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, H, W] or [C, H, W]: what the pool gave.</param>
    public static Tensor MaxUnpool2d(
        Tensor x, Tensor indices, Size2D kernelSize, Size2D? stride = null, Size2D? padding = null,
        Size2D? outputSize = null) =>
        MaxUnpool<Size2D>(x, indices, kernelSize, stride, padding, outputSize);

    /// <inheritdoc cref="MaxUnpool1d" path="//summary|//param[@name != 'x']|//exception"/>
    /// <param name="x">[N, C, D, H, W] or [C, D, H, W]: what the pool gave.</param>
    public static Tensor MaxUnpool3d(
        Tensor x, Tensor indices, Size3D kernelSize, Size3D? stride = null, Size3D? padding = null,
        Size3D? outputSize = null) =>
        MaxUnpool<Size3D>(x, indices, kernelSize, stride, padding, outputSize);

    internal static Tensor MaxUnpool<TSize>(
        Tensor x, Tensor indices, TSize kernelSize, TSize? strides, TSize? paddings, TSize? size)
        where TSize : struct
    {
        ArgumentNullException.ThrowIfNull(indices);
        int[] kernel = kernelSize.Listed();
        (int[]? stride, int[]? padding, int[]? sizes) = (strides.Listed(), paddings.Listed(), size.Listed());
        PoolWindows settings = new("MaxUnpool", kernel, stride, padding, null, false);
        string operation = settings.Operation;
        PoolWindows.RequireSpatial(operation, x, kernel.Length);
        settings.RequireInRange();
        if (x.Shape != indices.Shape)
        {
            throw new ArgumentException(
                $"{operation}: indices {indices.Shape} must have the shape of x {x.Shape}.", nameof(indices));
        }

        int lead = x.Rank - kernel.Length;
        int[] dims = [.. x.Shape.AsSpan()];
        for (int i = 0; i < kernel.Length; i++)
        {
            int step = (stride ?? kernel)[i];
            long least = (long)(dims[lead + i] - 1) * step - 2L * (padding?[i] ?? 0) + kernel[i];
            long wanted = sizes?[i] ?? least;
            if (wanted < 1 || Math.Abs(wanted - least) >= step && wanted != least)
            {
                throw new ArgumentException(
                    $"{operation}: an output of {wanted} entries does not fit x {x.Shape}; it must be between "
                        + $"{least - step + 1} and {least + step - 1}.",
                    nameof(size));
            }

            dims[lead + i] = checked((int)wanted);
        }

        int planes = Product(dims.AsSpan(0, lead)), plane = Product(dims.AsSpan(lead));
        Shape rows = [planes, Product(x.Shape.AsSpan()[lead..])]; // of a batch of nothing too
        return Tensor.Zeros([planes, plane], x.DType, x.Device).Scatter(1, indices.Reshape(rows), x.Reshape(rows))
            .Reshape(dims);

        static int Product(ReadOnlySpan<int> sizes)
        {
            int product = 1;
            foreach (int size in sizes)
            {
                product = checked(product * size);
            }

            return product;
        }
    }
}
