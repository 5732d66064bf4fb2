namespace Autodiff.Gpu.Kernels;

/// <summary>
/// A dimension as a kernel walks it: its size and the steps between neighbours in two operands, in bytes.
/// </summary>
internal readonly record struct KernelDim(int Size, long X, long Y = 0)
{
    /// <summary>How far from its neighbours an element is; farthest where the dimension repeats one.</summary>
    public long Distance => X == 0 ? long.MaxValue : Math.Abs(X);
}

/// <summary>Lists of dimensions, outermost first.</summary>
internal static class KernelDims
{
    /// <summary>Some dimensions of a view, as few as possible.</summary>
    public static List<KernelDim> Of(in TensorView x, Range dims) => Of(x, default, dims);

    /// <summary>Some dimensions of two views of one shape, as few as possible.</summary>
    public static List<KernelDim> Of(in TensorView x, in TensorView y, Range dims)
    {
        (int start, int length) = dims.GetOffsetAndLength(x.Layout.Rank);
        int sizeX = x.DType.SizeOf(), sizeY = y.DType.SizeOf();
        if (y.Layout is null && x.Layout.IsContiguous && length == x.Layout.Rank && x.Count is > 1 and <= int.MaxValue)
        {
            return [new((int)x.Count, sizeX)];
        }

        List<KernelDim> result = new(length);
        for (int d = start; d < start + length; d++)
        {
            result.Append(new(x.Layout.Dims[d], x.Layout.Strides[d] * sizeX,
                y.Layout is { } layout ? layout.Strides[d] * sizeY : 0));
        }

        return result;
    }

    public static long ElementCount(this List<KernelDim> dims)
    {
        long count = 1;
        foreach (KernelDim dim in dims)
        {
            count *= dim.Size;
        }

        return count;
    }

    /// <summary>
    /// Adds an inner dimension: none if its size is 1, a longer one where it and the one before lie without a gap.
    /// </summary>
    public static void Append(this List<KernelDim> dims, KernelDim dim)
    {
        if (dim.Size == 1)
        {
            return;
        }

        if (dims.Count > 0 && dims[^1] is { } outer && outer.X == dim.X * dim.Size && outer.Y == dim.Y * dim.Size
            && (long)outer.Size * dim.Size <= int.MaxValue)
        {
            dims[^1] = dim with { Size = outer.Size * dim.Size };
        }
        else
        {
            dims.Add(dim);
        }
    }

    /// <summary>As few dimensions as say the same.</summary>
    public static List<KernelDim> Joined(this List<KernelDim> dims)
    {
        if (dims.Count == 0 || (dims.Count == 1 && dims[0].Size != 1))
        {
            return dims;
        }

        List<KernelDim> joined = new(dims.Count);
        foreach (KernelDim dim in dims)
        {
            joined.Append(dim);
        }

        return joined;
    }

    /// <summary>Dimensions whose order is free, by falling distance in X, joined.</summary>
    public static List<KernelDim> JoinedInAnyOrder(this List<KernelDim> dims)
    {
        if (dims.Count > 1)
        {
            dims = [.. dims.OrderByDescending(static dim => dim.Distance)];
        }

        return dims.Joined();
    }

    /// <summary>
    /// The same dimensions, with steps in Y as of a tensor in row-major order whose elements take so many bytes.
    /// </summary>
    public static List<KernelDim> Contiguous(this List<KernelDim> dims, int size)
    {
        List<KernelDim> result = [.. dims];
        long step = size;
        for (int d = result.Count - 1; d >= 0; d--)
        {
            result[d] = result[d] with { Y = step };
            step *= result[d].Size;
        }

        return result;
    }

    /// <summary>The outermost dimension in two halves: the dimensions of each, and the size of the first.</summary>
    public static (List<KernelDim> First, List<KernelDim> Second, int Size) Halves(this List<KernelDim> dims)
    {
        int size = dims[0].Size / 2;
        return ([dims[0] with { Size = size }, .. dims[1..]],
            [dims[0] with { Size = dims[0].Size - size }, .. dims[1..]], size);
    }

    /// <summary>Whether some step needs more than 32 bits.</summary>
    public static bool IsWide(this List<KernelDim> dims)
    {
        foreach (KernelDim dim in dims)
        {
            if (dim.X != (int)dim.X || dim.Y != (int)dim.Y)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every step of X is a multiple of so many bytes, but that of one dimension.</summary>
    public static bool IsAligned(this List<KernelDim> dims, int bytes, int except = -1)
    {
        for (int d = 0; d < dims.Count; d++)
        {
            if (d != except && dims[d].X % bytes != 0)
            {
                return false;
            }
        }

        return true;
    }
}
