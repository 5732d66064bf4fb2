using Figures;
using Figures.Stills;
using ScottPlot;

namespace Autodiff.Tests.LabReport;

public sealed class StillAxisTests
{
    private static (double Position, string Label)[] Major(double low, double high) =>
        [.. All(low, high).Where(tick => tick.IsMajor).Select(tick => (tick.Position, tick.Label))];

    private static Tick[] All(double low, double high)
    {
        var marks = Ticks.Log(low, high);
        using var paint = Paint.NewDisposablePaint();
        marks.Regenerate(new CoordinateRange(low, high), Edge.Left, 300, paint, new LabelStyle());
        return marks.Ticks;
    }

    [Test]
    public void A_log_axis_is_marked_at_powers_of_ten_and_their_multiples_between()
    {
        (double, string)[] powers = [(-3, "10⁻³"), (-2, "10⁻²"), (-1, "10⁻¹"), (0, "10⁰"), (1, "10¹")];
        Assert.That(Major(-3.2, 1.1), Is.EqualTo(powers));
        double[] minor =
        [
            .. All(-1, 1).Where(tick => !tick.IsMajor).Select(tick => Math.Round(Math.Pow(10, tick.Position), 6)),
        ];
        double[] between = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 2, 3, 4, 5, 6, 7, 8, 9];
        Assert.That(minor, Is.EqualTo(between));
    }

    [Test]
    public void A_long_log_axis_leaves_powers_out()
    {
        var major = Major(-30.5, 5.2);
        Assert.That(major, Has.Length.InRange(5, 9));
        var distances = major.Zip(major.Skip(1), (a, b) => b.Position - a.Position);
        Assert.That(distances.Distinct().Count(), Is.EqualTo(1), "evenly");
        Assert.That(major.Select(tick => tick.Label), Has.Some.EqualTo("10⁻²⁰").And.Some.EqualTo("10⁰"));
    }

    [TestCase(0.3, 6, new[] { "0.5", "1", "2", "5" })]
    [TestCase(31, 39, new[] { "32", "34", "36", "38" })]
    [TestCase(0.0041, 0.0049, new[] { "0.0042", "0.0044", "0.0046", "0.0048" })]
    public void A_short_log_axis_is_marked_at_round_numbers(double low, double high, string[] labels) =>
        Assert.That(Major(Math.Log10(low), Math.Log10(high)).Select(tick => tick.Label), Is.EqualTo(labels));

    [TestCase(0, "0")]
    [TestCase(-2.5, "−2.5")]
    [TestCase(12000, "12,000")]
    [TestCase(0.1 + 0.2, "0.3")]
    [TestCase(3e-7, "3·10⁻⁷")]
    [TestCase(-1e9, "−10⁹")]
    public void Numbers_at_marks_are_short(double value, string text) =>
        Assert.That(Ticks.Text(value), Is.EqualTo(text));

    [Test]
    public void What_a_log_axis_lacks_is_a_gap()
    {
        var scale = AxisScale.Of(new Axis("", true, null), [0.01, 0, -1, double.PositiveInfinity, 100], (0, 0));
        Assert.That((scale.Low, scale.High), Is.EqualTo((-2.0, 2.0)));
        double[] placed = scale.Place([1, 0, -1, double.NaN, double.PositiveInfinity]);
        Assert.That(placed[0], Is.Zero);
        Assert.That(placed[1..], Is.All.NaN);
        Assert.That(scale.Place(1e300), Is.LessThan(100), "what lies far out must not leave single precision");
    }

    [Test]
    public void A_range_is_taken_as_it_is()
    {
        var scale = AxisScale.Of(new Axis("", false, (-4, 12)), [1000], (0.1, 0.1));
        Assert.That((scale.Low, scale.High), Is.EqualTo((-4.0, 12.0)));
    }

    [TestCase(5.0)]
    [TestCase(0.0)]
    [TestCase(-1e9)]
    public void A_single_number_has_room_around_it(double value)
    {
        var scale = AxisScale.Of(new Axis("", false, null), [value], (0.05, 0.05));
        Assert.That(scale.Low < value && value < scale.High);
    }

    [Test]
    public void A_long_line_keeps_its_ends_its_peaks_and_its_gaps()
    {
        double[] xs = [.. Enumerable.Range(0, 100_000).Select(i => (double)i)];
        double[] ys = [.. xs.Select(x => x == 31_415 ? 7 : x == 71_000 ? double.NaN : Math.Sin(x))];
        var (keptX, keptY) = Thinned.Of(xs, ys, 0, 99_999);
        Assert.That(keptX, Has.Length.LessThan(8000).And.Ordered);
        Assert.That((keptX[0], keptX[^1]), Is.EqualTo((0.0, 99_999.0)));
        Assert.That(keptY[Array.IndexOf(keptX, 31_415.0)], Is.EqualTo(7));
        Assert.That(keptY[Array.IndexOf(keptX, 71_000.0)], Is.NaN);
    }

    [Test]
    public void A_short_line_and_one_that_turns_back_stay_whole()
    {
        double[] turning = [.. Enumerable.Range(0, 10_000).Select(i => Math.Sin(i * 0.01))];
        Assert.That(Thinned.Of(turning, turning, -1, 1).X, Is.SameAs(turning));
        double[] few = [0, 1, 2];
        Assert.That(Thinned.Of(few, few, 0, 2).X, Is.SameAs(few));
    }
}
