using System.Numerics;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>0, 1, ..., end - 1 as int64.</summary>
    public static Tensor Arange(long end) => Arange(0L, end, 1, DType.Int64);

    /// <summary>
    /// start, start + step, ... below <paramref name="end"/> (above it for a negative step); element i is start + i
    /// step.
    /// </summary>
    /// <param name="start">The first element.</param>
    /// <param name="end">The bound, not included.</param>
    /// <param name="step">The difference between neighbours.</param>
    /// <param name="type">The element type.</param>
    /// <param name="device">Where to make it.</param>
    /// <exception cref="ArgumentException">The step is zero or leads away from <paramref name="end"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The type is one of integers that lacks an element.</exception>
    public static Tensor Arange(double start, double end, double step = 1, DType type = DType.Float32,
        Device? device = null)
    {
        if (step == 0 || !double.IsFinite(start) || !double.IsFinite(end) || !double.IsFinite(step)
            || (end - start) * step < 0)
        {
            throw NoRange(start, end, step);
        }

        int count = Sizes.HostEntries(nameof(Arange), Math.Ceiling((end - start) / step), type);
        if (!type.IsFloatingPoint() && IsLong(start) && IsLong(step))
        {
            return Integers((long)start, (long)step, count, type, device);
        }

        double[] values = new double[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = start + i * step;
        }

        return Held(nameof(Arange), values, type).To(device ?? Device.Current);

        static bool IsLong(double value) =>
            double.IsInteger(value) && value is >= long.MinValue and < -(double)long.MinValue;
    }

    /// <inheritdoc cref="Arange(double, double, double, DType, Device?)"/>
    /// <remarks>Integers are exact, to the ends of int64.</remarks>
    public static Tensor Arange(long start, long end, long step = 1, DType type = DType.Float32, Device? device = null)
    {
        if (type.IsFloatingPoint())
        {
            return Arange((double)start, end, step, type, device);
        }

        Int128 distance = (Int128)end - start;
        return step != 0 && (distance == 0 || distance > 0 == step > 0)
            ? Integers(start, step,
                Sizes.HostEntries(nameof(Arange), (double)((distance + step - Math.Sign(step)) / step), type), type,
                device)
            : throw NoRange(start, end, step);
    }

    private static Tensor Integers(long start, long step, int count, DType type, Device? device)
    {
        long[] values = new long[count];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = start + i * step;
        }

        if (count > 0)
        {
            Held(nameof(Arange), start, type);
            Held(nameof(Arange), values[^1], type);
        }

        return From<long>(values.AsSpan(), [values.Length]).To(type).To(device ?? Device.Current);
    }

    /// <summary>
    /// Numbers in rising or falling order as elements of a type, which must have the first and the last.
    /// </summary>
    private static Tensor Held(string operation, double[] values, DType type)
    {
        if (values.Length > 0)
        {
            Held(operation, values[0], type);
            Held(operation, values[^1], type);
        }

        return From<double>(values.AsSpan(), [values.Length]).To(type);
    }

    private static ArgumentException NoRange<T>(T start, T end, T step) =>
        new($"Arange: steps of {step} do not lead from {start} to {end}.", nameof(step));

    /// <summary>
    /// <paramref name="count"/> numbers at equal distances from <paramref name="start"/> to <paramref name="end"/>,
    /// both included.
    /// </summary>
    /// <remarks>
    /// As PyTorch: the step is rounded to the element type, and the second half counts back from the end. Integers are
    /// made of what is before the point of both ends, and of each number between them.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative, or the type is one of
    /// integers that lacks an element.</exception>
    public static Tensor Linspace(double start, double end, int count = 100, DType type = DType.Float32,
        Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Sizes.HostEntries(nameof(Linspace), count, type);
        Tensor y = type == DType.Float32
            ? From<float>(Steps((float)start, (float)end, count), [count])
            : Held(nameof(Linspace), Steps(EndOf(start, type), EndOf(end, type), count), type);
        return y.To(device ?? Device.Current);
    }

    /// <summary>
    /// <paramref name="count"/> powers <paramref name="logBase"/>^e with e at equal distances from
    /// <paramref name="start"/> to <paramref name="end"/>.
    /// </summary>
    /// <remarks>Integers are made of what is before the point of both exponents, if there are two or more, and of each
    /// power, as PyTorch has it.</remarks>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is negative, or the type is one of
    /// integers that lacks an element.</exception>
    public static Tensor Logspace(double start, double end, int count = 100, double logBase = 10,
        DType type = DType.Float32, Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Sizes.HostEntries(nameof(Logspace), count, DType.Float64);
        double[] values = count == 1 ? [start] : Steps(EndOf(start, type), EndOf(end, type), count);
        for (int i = 0; i < count; i++)
        {
            values[i] = Math.Pow(logBase, values[i]);
        }

        return Held(nameof(Logspace), values, type).To(device ?? Device.Current);
    }

    /// <summary>Ones on the diagonal, zeros elsewhere.</summary>
    /// <param name="rows">How many rows.</param>
    /// <param name="columns">How many columns; as many as rows if not given.</param>
    /// <param name="type">The element type.</param>
    /// <param name="device">Where to make it.</param>
    public static Tensor Eye(int rows, int? columns = null, DType type = DType.Float32, Device? device = null)
    {
        Tensor y = Zeros([rows, columns ?? rows], type, device);
        int length = Math.Min(rows, columns ?? rows);
        if (length > 0)
        {
            y.Alias(new([length], [(columns ?? rows) + 1L]), 0).FillRaw(1);
        }

        return y;
    }

    /// <summary>An end of a range as the element type has it, if that has it at all.</summary>
    private static double EndOf(double end, DType type) =>
        type is DType.Int32 or DType.Int64 ? Math.Truncate(end) : end;

    private static T[] Steps<T>(T start, T end, int count) where T : IFloatingPointIeee754<T>
    {
        T[] values = new T[count];
        T gaps = T.CreateChecked(Math.Max(count - 1, 1)), step = start == end ? T.Zero : (end - start) / gaps;
        if (!T.IsFinite(step))
        {
            step = end / gaps - start / gaps; // the way from start to end is longer than any number, each step is not
        }

        for (int i = 0; i < count; i++)
        {
            // infinite steps lead away from a finite end
            bool fromStart = T.IsFinite(step) ? i < count / 2 || count == 1 : T.IsFinite(start);
            T steps = T.CreateChecked(fromStart ? i : count - i - 1);
            values[i] = fromStart ? start + step * steps : end - step * steps;
        }

        if (count > 0)
        {
            values[^1] = end; // also where 0 infinite steps are no number
            values[0] = start;
        }

        return values;
    }
}
