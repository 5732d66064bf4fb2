using System.Runtime.CompilerServices;

namespace Figures;

/// <summary>Numbers along one axis of a figure, from whichever list of numbers a lab has.</summary>
[CollectionBuilder(typeof(Series), nameof(Create))]
public readonly struct Series
{
    private readonly double[]? _whole;
    private readonly int _count;

    private Series(double[] values) => (_whole, _count) = (values, values.Length);

    private Series(double[] whole, int count) => (_whole, _count) = (whole, count);

    public double[] Values => IsBeginning ? _whole![.._count] : _whole ?? [];

    public int Count => _count;

    /// <summary>
    /// Whether these are the first numbers of a longer series, as each frame of a growing path has them.
    /// </summary>
    public bool IsBeginning => _whole is not null && _count < _whole.Length;

    /// <summary>The longer series whose beginning this is, or the series itself.</summary>
    public Series Whole => new(_whole ?? []);

    public double this[int index] => index < _count
        ? _whole![index]
        : throw new ArgumentOutOfRangeException(nameof(index), index, $"Series: there are {_count} numbers.");

    public static implicit operator Series(double[] values) => new(values);

    public static implicit operator Series(float[] values) => new(Array.ConvertAll(values, value => (double)value));

    public static implicit operator Series(int[] values) => new(Array.ConvertAll(values, value => (double)value));

    public static implicit operator Series(List<double> values) => new([.. values]);

    public static implicit operator Series(List<float> values) => new([.. values.Select(value => (double)value)]);

    public static Series Create(ReadOnlySpan<double> values) => new(values.ToArray());

    /// <summary>start, start + 1, ... (count numbers): epochs, steps.</summary>
    public static Series Count0(int count, double start = 0) =>
        new([.. Enumerable.Range(0, count).Select(i => start + i)]);

    /// <summary>count numbers from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public static Series Linspace(double from, double to, int count) => new([
        .. Enumerable.Range(0, count).Select(i => count == 1 ? from : from + (to - from) * i / (count - 1))]);

    /// <summary>
    /// 0, 1 and further steps up to <paramref name="last"/>, about <paramref name="count"/> in all, evenly spread on a
    /// logarithmic scale.
    /// </summary>
    public static int[] LogSteps(int last, int count = 100) =>
        [0, .. Enumerable.Range(0, count).Select(i => (int)Math.Round(Math.Pow(last, i / (count - 1.0)))).Distinct()];

    /// <summary>The function's values.</summary>
    public Series Map(Func<double, double> f) => new(Array.ConvertAll(_whole ?? [], value => f(value)), _count);

    /// <summary>The first <paramref name="count"/> numbers.</summary>
    public Series Take(int count) => new(_whole ?? [], Math.Min(count, _count));

    public IEnumerator<double> GetEnumerator() => ((IEnumerable<double>)Values).GetEnumerator();
}
