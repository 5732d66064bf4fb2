using ScottPlot;

namespace Figures.Stills;

/// <summary>
/// How numbers lie along an axis. ScottPlot's axes are linear: on a log axis the logarithms are drawn and the marks say
/// the numbers.
/// </summary>
internal sealed class AxisScale
{
    /// <summary>
    /// Beyond so many times the axis's span nothing can be told apart, and single precision could overflow.
    /// </summary>
    private const double Beyond = 20;

    private readonly bool _isLog;

    private AxisScale(bool isLog, double low, double high) => (_isLog, Low, High) = (isLog, low, high);

    /// <summary>The lower end, where ScottPlot has it.</summary>
    public double Low { get; }

    /// <summary>The upper end, where ScottPlot has it.</summary>
    public double High { get; }

    /// <summary>The scale of an axis: its own range, or what the numbers span and some room.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">What is drawn along it.</param>
    /// <param name="room">The part of the span that is left free at each end.</param>
    public static AxisScale Of(Axis axis, IEnumerable<double> values, (double Low, double High) room)
    {
        if (axis.Range is var (from, to))
        {
            return new(axis.IsLog, Raw(axis.IsLog, from), Raw(axis.IsLog, to));
        }

        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            double at = Raw(axis.IsLog, value);
            if (double.IsFinite(at))
            {
                (low, high) = (Math.Min(low, at), Math.Max(high, at));
            }
        }

        if (low > high)
        {
            (low, high) = (0, 1);
        }

        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)))
        {
            double around = axis.IsLog ? 0.5 : Math.Max(0.5, Math.Abs(low) * 0.1);
            (low, high) = (low - around, high + around);
        }

        double span = high - low;
        return new(axis.IsLog, low - room.Low * span, high + room.High * span);
    }

    /// <summary>Where a number lies; NaN, a gap, where it is not finite or, on a log axis, not positive.</summary>
    public double Place(double value)
    {
        double at = Raw(_isLog, value), span = High - Low;
        return double.IsFinite(at) ? Math.Clamp(at, Low - Beyond * span, High + Beyond * span) : double.NaN;
    }

    public double[] Place(Series values) => Array.ConvertAll(values.Values, Place);

    /// <summary>The axis's marks.</summary>
    public ITickGenerator Marks() => _isLog ? Ticks.Log(Low, High) : Ticks.Linear();

    private static double Raw(bool isLog, double value) => !isLog ? value : value > 0 ? Math.Log10(value) : double.NaN;
}
