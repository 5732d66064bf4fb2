namespace Figures;

/// <summary>
/// Lines and points on two axes:
/// <code>
/// new Plot("Loss", x: "epoch", y: "MSE") { LogY = true }
///     .Line(Series.Count0(100, 1), losses, "training")
/// </code>
/// Colours go round the palette, one a trace, unless given. Animated traces move together: each frame is one step.
/// </summary>
public sealed class Plot(string title, string x = "", string y = "") : Figure(title)
{
    private readonly List<Mark> _marks = [];
    private readonly List<GuideLine> _lines = [];
    private readonly List<Remark> _remarks = [];
    private int _colour;

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>One unit is as long on both axes.</summary>
    public bool EqualAxes { get; init; }

    /// <summary>What x spans; from the data where not given. In the axis's own units, log axes too.</summary>
    public (double From, double To)? XRange { get; init; }

    /// <summary>What y spans; from the data where not given. In the axis's own units, log axes too.</summary>
    public (double From, double To)? YRange { get; init; }

    /// <summary>Bars lie, so that long labels can be read: labels go down the y axis, values along x.</summary>
    public bool BarsLie { get; init; }

    /// <summary>Where bars begin; 0 where not given, on a log axis its lower end.</summary>
    public double? BarsFrom { get; init; }

    public Axis X => new(x, LogX, XRange);

    public Axis Y => new(y, LogY, YRange);

    /// <summary>Lines, points and bars in the order in which they were added: later ones cover earlier ones.</summary>
    public IReadOnlyList<Mark> Marks => _marks;

    public IReadOnlyList<GuideLine> Lines => _lines;

    public IReadOnlyList<Remark> Remarks => _remarks;

    /// <summary>What a frame of the animation is.</summary>
    public string FrameWord { get; private set; } = "step";

    /// <summary>The frames' labels; 0, 1, 2, ... from where there are none.</summary>
    public IReadOnlyList<string> FrameLabels { get; private set; } = [];

    /// <summary>A plot with two logarithmic axes: losses over steps, mostly.</summary>
    /// <param name="title">The title.</param>
    /// <param name="x">The x axis's name.</param>
    /// <param name="y">The y axis's name.</param>
    /// <param name="yRange">What y spans; from the data where not given.</param>
    public static Plot LogLog(string title, string x, string y, (double From, double To)? yRange = null) =>
        new(title, x, y) { LogX = true, LogY = true, YRange = yRange };

    /// <summary>A line. <paramref name="dash"/>: solid, dot, dash, longdash.</summary>
    public Plot Line(Series x, Series y, string name = "", string? colour = null, string dash = "solid") =>
        Add(x, y, name, colour, trace => trace with { LineWidth = 2.2, Dash = dash });

    /// <summary>A line over 0, 1, 2, ...</summary>
    public Plot Line(Series y, string name = "", string? colour = null, string dash = "solid") =>
        Line(Series.Count0(y.Count), y, name, colour, dash);

    /// <summary>A function drawn from <paramref name="from"/> to <paramref name="to"/>.</summary>
    public Plot Function(
        Func<double, double> f, double from, double to, string name = "", string? colour = null, string dash = "solid",
        int points = 201)
    {
        var xs = Series.Linspace(from, to, points);
        return Line(xs, xs.Map(f), name, colour, dash);
    }

    /// <summary>Points without a line.</summary>
    public Plot Points(Series x, Series y, string name = "", string? colour = null, double size = 7) =>
        Add(x, y, name, colour, trace => trace with { PointSize = size });

    /// <summary>Points joined by a line: a path.</summary>
    public Plot Path(Series x, Series y, string name = "", string? colour = null, double size = 6) =>
        Add(x, y, name, colour, trace => trace with { LineWidth = 1.6, PointSize = size });

    /// <summary>One bar a label. Called again, the new bars stand beside the old.</summary>
    /// <param name="labels">What each bar stands for.</param>
    /// <param name="values">The bars' ends.</param>
    /// <param name="name">The name in the legend.</param>
    /// <param name="colour">As <c>#rrggbb</c>; the palette's next where not given.</param>
    /// <param name="texts">Written at the bars' ends.</param>
    /// <exception cref="ArgumentException">There isn't one value, or one text, a label.</exception>
    public Plot Bars(
        string[] labels, Series values, string name = "", string? colour = null, string[]? texts = null)
    {
        if (values.Count != labels.Length || (texts is not null && texts.Length != labels.Length))
        {
            throw new ArgumentException(
                $"Plot '{Title}': bars '{name}' have {labels.Length} labels, {values.Count} values and "
                + $"{texts?.Length ?? 0} texts.",
                nameof(values));
        }

        _marks.Add(new BarGroup(name, colour ?? Palette.Cycle(_colour++), labels, values, texts ?? []));
        return this;
    }

    /// <summary>A thin line across the plot at height <paramref name="y"/>.</summary>
    public Plot HorizontalLine(double y, string label = "") => Add(new GuideLine(y, false, label));

    /// <summary>A thin line from bottom to top at <paramref name="x"/>.</summary>
    public Plot VerticalLine(double x, string label = "") => Add(new GuideLine(x, true, label));

    /// <summary>A remark with an arrow to a point.</summary>
    public Plot Annotate(double x, double y, string text)
    {
        _remarks.Add(new Remark(x, y, text));
        return this;
    }

    /// <summary>A path that grows by one point a frame, as descent walks down its curve.</summary>
    public Plot AnimatedPath(Series x, Series y, string name = "", string? colour = null, double size = 7)
    {
        Path(x, y, name, colour, size);
        return Move(new(FrameSteps.Sample(x.Count), step => (x.Take(step + 1), y.Take(step + 1))) { IsGrowing = true });
    }

    /// <summary>A line that takes another shape each frame, as a model's curve does while it trains.</summary>
    /// <param name="x">The line's x in every frame.</param>
    /// <param name="frames">The heights at <paramref name="x"/>, one list a frame; the last is shown at first.</param>
    /// <param name="name">The name in the legend.</param>
    /// <param name="colour">As <c>#rrggbb</c>; the palette's next where not given.</param>
    public Plot AnimatedLine(Series x, IReadOnlyList<Series> frames, string name = "", string? colour = null)
    {
        Line(x, frames[^1], name, colour);
        return Move(new(FrameSteps.Sample(frames.Count), step => (null, frames[step])));
    }

    /// <summary>
    /// What a frame of the animation is (<c>epoch</c>), and each frame's label (0, 1, 2, ... where not given).
    /// </summary>
    public Plot Frames(string word, IReadOnlyList<string>? labels = null)
    {
        (FrameWord, FrameLabels) = (word, labels ?? []);
        return this;
    }

    private Plot Move(Motion motion)
    {
        _marks[^1] = ((Trace)_marks[^1]) with { Motion = motion };
        return this;
    }

    private Plot Add(GuideLine line)
    {
        _lines.Add(line);
        return this;
    }

    private Plot Add(Series x, Series y, string name, string? colour, Func<Trace, Trace> styled)
    {
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"Plot '{Title}': trace '{name}' has {x.Count} x and {y.Count} y.", nameof(y));
        }

        _marks.Add(styled(new(name, colour ?? Palette.Cycle(_colour++), x, y)));
        return this;
    }
}
