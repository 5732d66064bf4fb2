namespace Labs.Figures;

/// <summary>
/// Lines and points on two axes:
/// <code>
/// new Plot("Loss", x: "epoch", y: "MSE") { LogY = true }
///     .Line(Series.Count0(100, 1), losses, "training")
/// </code>
/// Colours go round the palette, one a trace, unless given. Animated traces move together: each frame is one step.
/// </summary>
internal sealed class Plot(string title, string x = "", string y = "") : Figure(title)
{
    private readonly List<Json> _traces = [];
    private readonly List<Json> _shapes = [];
    private readonly List<Json> _annotations = [];
    private readonly List<(int Trace, Func<int, Json> At)> _moving = [];
    private IReadOnlyList<string> _frameLabels = [];
    private string _frameWord = "step";
    private int _colour;

    public bool LogX { get; init; }

    public bool LogY { get; init; }

    /// <summary>One unit is as long on both axes.</summary>
    public bool EqualAxes { get; init; }

    /// <summary>What x spans; from the data where not given. In the axis's own units, log axes too.</summary>
    public (double From, double To)? XRange { get; init; }

    /// <summary>What y spans; from the data where not given. In the axis's own units, log axes too.</summary>
    public (double From, double To)? YRange { get; init; }

    /// <summary>A line. <paramref name="dash"/>: solid, dot, dash, longdash.</summary>
    public Plot Line(Series x, Series y, string name = "", string? colour = null, string dash = "solid") =>
        Add("lines", x, y, name, colour, ("line", new Json { ["width"] = 2.2, ["dash"] = dash }));

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
        Add("markers", x, y, name, colour, ("marker", new Json { ["size"] = size, ["opacity"] = 0.8 }));

    /// <summary>Points joined by a line: a path.</summary>
    public Plot Path(Series x, Series y, string name = "", string? colour = null, double size = 6) =>
        Add("lines+markers", x, y, name, colour,
            ("line", new Json { ["width"] = 1.6 }), ("marker", new Json { ["size"] = size }));

    /// <summary>One bar a label.</summary>
    public Plot Bars(string[] labels, Series values, string name = "", string? colour = null)
    {
        _traces.Add(new Json
        {
            ["type"] = "bar",
            ["x"] = labels,
            ["y"] = values,
            ["name"] = name,
            ["showlegend"] = name.Length > 0,
            ["marker"] = new Json { ["color"] = colour ?? Palette.Cycle(_colour++) },
        });
        return this;
    }

    /// <summary>A thin line across the plot at height <paramref name="y"/>.</summary>
    public Plot HorizontalLine(double y, string label = "") => Rule(0, 1, y, y, "paper", "y", label, 1, y);

    /// <summary>A thin line from bottom to top at <paramref name="x"/>.</summary>
    public Plot VerticalLine(double x, string label = "") => Rule(x, x, 0, 1, "x", "paper", label, x, 1);

    /// <summary>A remark with an arrow to a point.</summary>
    public Plot Annotate(double x, double y, string text)
    {
        _annotations.Add(new Json
        {
            ["x"] = LogX ? Math.Log10(x) : x,
            ["y"] = LogY ? Math.Log10(y) : y,
            ["text"] = text,
            ["arrowhead"] = 2,
            ["arrowwidth"] = 1,
        });
        return this;
    }

    /// <summary>A path that grows by one point a frame, as descent walks down its curve.</summary>
    public Plot AnimatedPath(Series x, Series y, string name = "", string? colour = null, double size = 7)
    {
        var steps = Animation.Sample(x.Count);
        Path(x, y, name, colour, size);
        Move(steps, frame => new Json { ["x"] = x.Take(steps[frame] + 1), ["y"] = y.Take(steps[frame] + 1) });
        return this;
    }

    /// <summary>A line that takes another shape each frame, as a model's curve does while it trains.</summary>
    /// <param name="frames">The heights at <paramref name="x"/>, one list a frame; the last is shown at first.</param>
    public Plot AnimatedLine(Series x, IReadOnlyList<Series> frames, string name = "", string? colour = null)
    {
        var steps = Animation.Sample(frames.Count);
        Line(x, frames[^1], name, colour);
        Move(steps, frame => new Json { ["y"] = frames[steps[frame]] });
        return this;
    }

    /// <summary>
    /// What a frame of the animation is (<c>epoch</c>), and each frame's label (0, 1, 2, ... where not given).
    /// </summary>
    public Plot Frames(string word, IReadOnlyList<string>? labels = null)
    {
        (_frameWord, _frameLabels) = (word, labels ?? []);
        return this;
    }

    public override Json ToJson()
    {
        var yAxis = Axis(y, LogY, YRange);
        if (EqualAxes)
        {
            yAxis["scaleanchor"] = "x";
        }

        var layout = new Json
        {
            ["xaxis"] = Axis(x, LogX, XRange),
            ["yaxis"] = yAxis,
            ["shapes"] = _shapes.ToArray(),
            ["annotations"] = _annotations.ToArray(),
        };
        return Assemble(_traces, layout, _moving.Count == 0 ? null : Animate());
    }

    private Animation Animate()
    {
        var animation = new Animation(_frameWord);
        var steps = Animation.Sample(_frameCount);
        for (int frame = 0; frame < steps.Count; frame++)
        {
            string label = steps[frame] < _frameLabels.Count ? _frameLabels[steps[frame]] : $"{steps[frame]}";
            animation.Add(label, [.. _moving.Select(m => m.Trace)], [.. _moving.Select(m => m.At(frame))]);
        }

        return animation;
    }

    private int _frameCount;

    private void Move(IReadOnlyList<int> steps, Func<int, Json> at)
    {
        _frameCount = Math.Max(_frameCount, steps[^1] + 1);
        _moving.Add((_traces.Count - 1, frame => at(Math.Min(frame, steps.Count - 1))));
    }

    private Plot Add(string mode, Series x, Series y, string name, string? colour, params (string, Json)[] styles)
    {
        if (x.Count != y.Count)
        {
            throw new ArgumentException($"Plot '{Title}': trace '{name}' has {x.Count} x and {y.Count} y.", nameof(y));
        }

        colour ??= Palette.Cycle(_colour++);
        var trace = new Json
        {
            ["type"] = "scatter",
            ["mode"] = mode,
            ["x"] = x,
            ["y"] = y,
            ["name"] = name,
            ["showlegend"] = name.Length > 0,
        };
        foreach (var (member, style) in styles)
        {
            style["color"] = colour;
            trace[member] = style;
        }

        _traces.Add(trace);
        return this;
    }

    private Plot Rule(
        double x0, double x1, double y0, double y1, string xref, string yref, string label, double atX, double atY)
    {
        _shapes.Add(new Json
        {
            ["type"] = "line",
            ["xref"] = xref,
            ["yref"] = yref,
            ["x0"] = x0,
            ["x1"] = x1,
            ["y0"] = y0,
            ["y1"] = y1,
            ["line"] = new Json { ["color"] = Palette.Grey, ["width"] = 1.2, ["dash"] = "dot" },
        });
        if (label.Length > 0)
        {
            _annotations.Add(new Json
            {
                ["xref"] = xref,
                ["yref"] = yref,
                ["x"] = xref == "x" && LogX ? Math.Log10(atX) : atX,
                ["y"] = yref == "y" && LogY ? Math.Log10(atY) : atY,
                ["text"] = label,
                ["showarrow"] = false,
                ["xanchor"] = xref == "x" ? "left" : "right",
                ["yanchor"] = yref == "y" ? "bottom" : "top",
            });
        }

        return this;
    }

    private static Json Axis(string label, bool log, (double From, double To)? range)
    {
        var axis = new Json { ["title"] = new Json { ["text"] = label, ["standoff"] = 8 } };
        if (log)
        {
            axis["type"] = "log";
            axis["exponentformat"] = "power";

            // Few enough that 1, 2, 5 stand between the powers of ten, and nothing else.
            axis["nticks"] = 6;
        }

        if (range is var (from, to))
        {
            axis["range"] = log ? new[] { Math.Log10(from), Math.Log10(to) } : new[] { from, to };
        }

        return axis;
    }
}
