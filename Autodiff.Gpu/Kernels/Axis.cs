namespace Autodiff.Gpu.Kernels;

/// <summary>A dimension as a kernel walks it: its size and the steps between neighbours in two operands, in bytes.</summary>
internal readonly record struct Axis(int Size, long X, long Y = 0);

/// <summary>Lists of dimensions, outermost first.</summary>
internal static class Axes
{
    /// <summary>Some dimensions of a view.</summary>
    public static List<Axis> Of(in TensorView x, Range dims) => Of(x, x, dims).ConvertAll(static axis => axis with { Y = 0 });

    /// <summary>Some dimensions of two views of one shape.</summary>
    public static List<Axis> Of(in TensorView x, in TensorView y, Range dims)
    {
        (int start, int length) = dims.GetOffsetAndLength(x.Layout.Shape.Rank);
        List<Axis> axes = [];
        for (int d = start; d < start + length; d++)
        {
            axes.Add(new(x.Layout.Shape[d], x.Layout.StrideSpan[d] * x.DType.SizeOf(), y.Layout.StrideSpan[d] * y.DType.SizeOf()));
        }

        return axes;
    }

    public static long ElementCount(this IEnumerable<Axis> axes) => axes.Aggregate(1L, static (count, axis) => count * axis.Size);

    /// <summary>As few dimensions as say the same: those of size 1 are dropped, neighbours that lie without a gap joined.</summary>
    public static List<Axis> Joined(this IEnumerable<Axis> axes)
    {
        List<Axis> joined = [];
        foreach (Axis axis in axes)
        {
            if (axis.Size == 1)
            {
                continue;
            }

            if (joined.Count > 0 && joined[^1] is { } outer && outer.X == axis.X * axis.Size && outer.Y == axis.Y * axis.Size
                && (long)outer.Size * axis.Size <= int.MaxValue)
            {
                joined[^1] = axis with { Size = outer.Size * axis.Size };
            }
            else
            {
                joined.Add(axis);
            }
        }

        return joined;
    }

    /// <summary>Dimensions whose order is free, by falling steps in X; repeated ones (step 0) outermost.</summary>
    public static IEnumerable<Axis> ByFallingStep(this IEnumerable<Axis> axes) =>
        axes.OrderByDescending(static axis => axis.X == 0 ? long.MaxValue : Math.Abs(axis.X));

    /// <summary>The same dimensions, with steps in Y as of a tensor in row-major order whose elements take so many bytes.</summary>
    public static List<Axis> Contiguous(this IReadOnlyList<Axis> axes, int size)
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
    public static (List<Axis> First, List<Axis> Second, int Size) Halves(this IReadOnlyList<Axis> axes)
    {
        int size = axes[0].Size / 2;
        return ([axes[0] with { Size = size }, .. axes.Skip(1)], [axes[0] with { Size = axes[0].Size - size }, .. axes.Skip(1)], size);
    }

    /// <summary>Whether some step needs more than 32 bits.</summary>
    public static bool IsWide(this IEnumerable<Axis> axes) => axes.Any(static axis => axis.X != (int)axis.X || axis.Y != (int)axis.Y);

    /// <summary>Whether every step of X is a multiple of so many bytes.</summary>
    public static bool IsAligned(this IEnumerable<Axis> axes, int bytes) => axes.All(axis => axis.X % bytes == 0);
}
