namespace Autodiff.Gpu.Kernels.Rows;

/// <summary>Rows of one or two views of one shape, as many as one launch takes.</summary>
/// <param name="Dims">The dimensions that count the rows, as few as possible.</param>
/// <param name="Count">How many rows.</param>
/// <param name="First">The number of the first among those of the view.</param>
/// <param name="X">Bytes from the view's first element to the first row's in X.</param>
/// <param name="Y">The same in Y.</param>
internal sealed record Rows(List<KernelDim> Dims, int Count, long First, ulong X, ulong Y)
{
    /// <summary>Whether steps take 64 bits.</summary>
    public bool IsWide { get; } = Dims.IsWide();

    /// <summary>The rows along the last dimension of two views: usually all at once.</summary>
    public static IEnumerable<Rows> Of(in TensorView x, in TensorView y) =>
        Split(KernelDims.Of(x, y, ..Math.Max(x.Layout.Rank - 1, 0)), 0, 0, 0);

    /// <summary>The rows along the last dimension of a view.</summary>
    public static IEnumerable<Rows> Of(in TensorView x) =>
        Split(KernelDims.Of(x, ..Math.Max(x.Layout.Rank - 1, 0)), 0, 0, 0);

    /// <summary>The last dimension; a number is a row of one.</summary>
    public static KernelDim Along(in TensorView x, in TensorView y) =>
        x.Layout.Rank == 0
            ? new(1, 0)
            : new(x.Layout.Dims[^1], x.Layout.Strides[^1] * x.DType.SizeOf(), y.Layout.Strides[^1] * y.DType.SizeOf());

    private static IEnumerable<Rows> Split(List<KernelDim> dims, long first, long x, long y)
    {
        List<KernelDim> joined = dims.Joined();
        long count = joined.ElementCount();
        if (count <= int.MaxValue)
        {
            return count == 0 ? [] : [new(joined, (int)count, first, (ulong)x, (ulong)y)];
        }

        (List<KernelDim> lower, List<KernelDim> upper, int size) = joined.Halves();
        return Split(lower, first, x, y)
            .Concat(Split(upper, first + lower.ElementCount(), x + size * joined[0].X, y + size * joined[0].Y));
    }
}
