namespace Autodiff.Gpu.Kernels;

/// <summary>A dimension as a kernel walks it: its size and the steps between neighbours in two operands, in bytes.</summary>
internal readonly record struct Axis(int Size, long X, long Y = 0);

/// <summary>Lists of dimensions, outermost first.</summary>
internal static class Axes
{
    /// <summary>Some dimensions of a layout, in one operand.</summary>
    public static List<Axis> Of(DType type, Layout layout, Range dims) => Of(type, layout, type, layout, dims);

    /// <summary>Some dimensions of two layouts of one shape.</summary>
    public static List<Axis> Of(DType typeX, Layout x, DType typeY, Layout y, Range dims)
    {
        (int start, int length) = dims.GetOffsetAndLength(x.Shape.Rank);
        List<Axis> axes = [];
        for (int d = start; d < start + length; d++)
        {
            axes.Add(new(x.Shape[d], x.StrideSpan[d] * typeX.SizeOf(), y.StrideSpan[d] * typeY.SizeOf()));
        }

        return axes;
    }

    public static long Count(this IEnumerable<Axis> axes) => axes.Aggregate(1L, static (count, axis) => count * axis.Size);

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
    public static IEnumerable<Axis> ByFallingStep(this IEnumerable<Axis> axes) => axes.OrderByDescending(static axis => axis.X == 0 ? long.MaxValue : Math.Abs(axis.X));

    /// <summary>Whether some step needs more than 32 bits.</summary>
    public static bool IsWide(this IEnumerable<Axis> axes) => axes.Any(static axis => axis.X != (int)axis.X || axis.Y != (int)axis.Y);

    /// <summary>Whether every step of X is a multiple of so many bytes.</summary>
    public static bool IsAligned(this IEnumerable<Axis> axes, int bytes) => axes.All(axis => axis.X % bytes == 0);
}
