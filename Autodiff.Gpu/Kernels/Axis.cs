namespace Autodiff.Gpu.Kernels;

/// <summary>
/// A dimension as a kernel walks it: its size and the steps between neighbours in two operands, in bytes.
/// </summary>
internal readonly record struct Axis(int Size, long X, long Y = 0)
{
    /// <summary>How far from its neighbours an element is; farthest where the dimension repeats one.</summary>
    public long Distance => X == 0 ? long.MaxValue : Math.Abs(X);
}

/// <summary>Lists of dimensions, outermost first.</summary>
internal static class Axes
{
    /// <summary>Some dimensions of a view, as few as possible.</summary>
    public static List<Axis> Of(in TensorView x, Range dims) => Of(x, default, dims);

    /// <summary>Some dimensions of two views of one shape, as few as possible.</summary>
    public static List<Axis> Of(in TensorView x, in TensorView y, Range dims)
    {
        (int start, int length) = dims.GetOffsetAndLength(x.Layout.Rank);
        int sizeX = x.DType.SizeOf(), sizeY = y.DType.SizeOf();
        if (y.Layout is null && x.Layout.IsContiguous && length == x.Layout.Rank && x.Count is > 1 and <= int.MaxValue)
        {
            return [new((int)x.Count, sizeX)];
        }

        List<Axis> axes = new(length);
        for (int d = start; d < start + length; d++)
        {
            axes.Append(new(x.Layout.Dims[d], x.Layout.Strides[d] * sizeX,
                y.Layout is { } layout ? layout.Strides[d] * sizeY : 0));
        }

        return axes;
    }

    public static long ElementCount(this List<Axis> axes)
    {
        long count = 1;
        foreach (Axis axis in axes)
        {
            count *= axis.Size;
        }

        return count;
    }

    /// <summary>
    /// Adds an inner dimension: none if its size is 1, a longer one where it and the one before lie without a gap.
    /// </summary>
    public static void Append(this List<Axis> axes, Axis axis)
    {
        if (axis.Size == 1)
        {
            return;
        }

        if (axes.Count > 0 && axes[^1] is { } outer && outer.X == axis.X * axis.Size && outer.Y == axis.Y * axis.Size
            && (long)outer.Size * axis.Size <= int.MaxValue)
        {
            axes[^1] = axis with { Size = outer.Size * axis.Size };
        }
        else
        {
            axes.Add(axis);
        }
    }

    /// <summary>As few dimensions as say the same.</summary>
    public static List<Axis> Joined(this List<Axis> axes)
    {
        if (axes.Count == 0 || (axes.Count == 1 && axes[0].Size != 1))
        {
            return axes;
        }

        List<Axis> joined = new(axes.Count);
        foreach (Axis axis in axes)
        {
            joined.Append(axis);
        }

        return joined;
    }

    /// <summary>Dimensions whose order is free, by falling distance in X, joined.</summary>
    public static List<Axis> JoinedInAnyOrder(this List<Axis> axes)
    {
        if (axes.Count > 1)
        {
            axes = [.. axes.OrderByDescending(static axis => axis.Distance)];
        }

        return axes.Joined();
    }

    /// <summary>
    /// The same dimensions, with steps in Y as of a tensor in row-major order whose elements take so many bytes.
    /// </summary>
    public static List<Axis> Contiguous(this List<Axis> axes, int size)
    {
        List<Axis> result = [.. axes];
        long step = size;
        for (int d = result.Count - 1; d >= 0; d--)
        {
            result[d] = result[d] with { Y = step };
            step *= result[d].Size;
        }

        return result;
    }

    /// <summary>The outermost dimension in two halves: the dimensions of each, and the size of the first.</summary>
    public static (List<Axis> First, List<Axis> Second, int Size) Halves(this List<Axis> axes)
    {
        int size = axes[0].Size / 2;
        return ([axes[0] with { Size = size }, .. axes[1..]],
            [axes[0] with { Size = axes[0].Size - size }, .. axes[1..]], size);
    }

    /// <summary>Whether some step needs more than 32 bits.</summary>
    public static bool IsWide(this List<Axis> axes)
    {
        foreach (Axis axis in axes)
        {
            if (axis.X != (int)axis.X || axis.Y != (int)axis.Y)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether every step of X is a multiple of so many bytes, but that of one dimension.</summary>
    public static bool IsAligned(this List<Axis> axes, int bytes, int except = -1)
    {
        for (int d = 0; d < axes.Count; d++)
        {
            if (d != except && axes[d].X % bytes != 0)
            {
                return false;
            }
        }

        return true;
    }
}
