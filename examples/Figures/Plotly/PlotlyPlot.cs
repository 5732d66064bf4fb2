namespace Figures.Plotly;

/// <summary>A <see cref="Plot"/> as Plotly draws it.</summary>
internal static class PlotlyPlot
{
    public static Json ToJson(Plot plot)
    {
        var yAxis = ToJson(plot.Y);
        if (plot.EqualAxes)
        {
            yAxis["scaleanchor"] = "x";
        }

        if (plot.BarsLie)
        {
            // The first label stands at the top.
            yAxis["autorange"] = "reversed";
        }

        var layout = new Json
        {
            ["xaxis"] = ToJson(plot.X),
            ["yaxis"] = yAxis,
            ["shapes"] = plot.Lines.Select(Shape).ToArray(),
            ["annotations"] = plot.Remarks.Select(remark => Annotation(plot, remark))
                .Concat(plot.Lines.Where(line => line.Label.Length > 0).Select(line => Annotation(plot, line)))
                .ToArray(),
        };
        var traces = plot.Marks.Select(mark => mark switch
        {
            Trace trace => ToJson(trace),
            BarGroup bars => ToJson(plot, bars),
            _ => throw new ArgumentException($"Plotly draws no {mark.GetType().Name}.", nameof(plot)),
        });
        return PlotlyFigure.Assemble(plot, traces, layout, Animate(plot));
    }

    private static Json ToJson(Trace trace)
    {
        var json = new Json
        {
            ["type"] = "scatter",
            ["mode"] = (trace.LineWidth, trace.PointSize) switch
            {
                ( > 0, > 0) => "lines+markers",
                ( > 0, _) => "lines",
                _ => "markers",
            },
            ["x"] = trace.X,
            ["y"] = trace.Y,
            ["name"] = trace.Name,
            ["showlegend"] = trace.Name.Length > 0,
        };
        if (trace.LineWidth > 0)
        {
            json["line"] = new Json
            {
                ["width"] = trace.LineWidth,
                ["dash"] = trace.Dash,
                ["color"] = trace.Colour,
            };
        }

        if (trace.PointSize > 0)
        {
            // Points that lie on each other show it; a path's lie on its line.
            json["marker"] = new Json
            {
                ["size"] = trace.PointSize,
                ["opacity"] = trace.LineWidth > 0 ? 1 : 0.8,
                ["color"] = trace.Colour,
            };
        }

        return json;
    }

    private static Json ToJson(Plot plot, BarGroup bars)
    {
        double from = plot.BarsFrom ?? 0;
        Series lengths = bars.Values.Map(value => value - from);
        var json = new Json
        {
            ["type"] = "bar",
            ["orientation"] = plot.BarsLie ? "h" : "v",
            ["x"] = plot.BarsLie ? lengths : bars.Labels,
            ["y"] = plot.BarsLie ? bars.Labels : lengths,
            ["name"] = bars.Name,
            ["showlegend"] = bars.Name.Length > 0,
            ["marker"] = new Json { ["color"] = bars.Colour },
        };
        if (plot.BarsFrom is { } start)
        {
            json["base"] = start;
        }

        if (bars.Texts.Length > 0)
        {
            json["text"] = bars.Texts;
            json["textposition"] = "outside";
            json["cliponaxis"] = false;
        }

        return json;
    }

    private static Animation? Animate(Plot plot)
    {
        var moving = plot.Marks
            .Select((mark, index) => (Index: index, Motion: (mark as Trace)?.Motion))
            .Where(mark => mark.Motion is not null)
            .Select(mark => (mark.Index, Motion: mark.Motion!))
            .ToArray();
        if (moving.Length == 0)
        {
            return null;
        }

        var steps = moving.Select(mark => mark.Motion.Steps).MaxBy(steps => steps[^1])!;
        string Name(int step) => step < plot.FrameLabels.Count ? plot.FrameLabels[step] : $"{step}";
        var animation = new Animation(
            plot.FrameWord, steps, plot.FrameLabels.Count > 0 ? [.. steps.Select(Name)] : null);
        foreach (var (index, motion) in moving)
        {
            animation.Move(index, Members((Trace)plot.Marks[index], motion, steps));
        }

        return animation;
    }

    /// <summary>A shorter motion waits at its end.</summary>
    private static Json Members(Trace trace, Motion motion, IReadOnlyList<int> steps)
    {
        if (motion.IsGrowing)
        {
            return new Json { ["x"] = Animation.Growing(trace.X), ["y"] = Animation.Growing(trace.Y) };
        }

        var frames = steps.Select(step => motion.At(Math.Min(step, motion.Steps[^1]))).ToArray();
        var json = new Json { ["y"] = Animation.Each(frames.Select(frame => frame.Y).ToArray()) };
        if (frames.Any(frame => frame.X is not null))
        {
            json["x"] = Animation.Each(frames.Select(frame => frame.X ?? trace.X).ToArray());
        }

        return json;
    }

    private static Json Shape(GuideLine line) => new()
    {
        ["type"] = "line",
        ["xref"] = line.IsUpright ? "x" : "paper",
        ["yref"] = line.IsUpright ? "paper" : "y",
        ["x0"] = line.IsUpright ? line.At : 0,
        ["x1"] = line.IsUpright ? line.At : 1,
        ["y0"] = line.IsUpright ? 0 : line.At,
        ["y1"] = line.IsUpright ? 1 : line.At,
        ["line"] = new Json { ["color"] = Palette.Grey, ["width"] = 1.2, ["dash"] = "dot" },
    };

    private static Json Annotation(Plot plot, GuideLine line) => new()
    {
        ["xref"] = line.IsUpright ? "x" : "paper",
        ["yref"] = line.IsUpright ? "paper" : "y",
        ["x"] = line.IsUpright ? Place(line.At, plot.LogX) : 1,
        ["y"] = line.IsUpright ? 1 : Place(line.At, plot.LogY),
        ["text"] = line.Label,
        ["showarrow"] = false,
        ["xanchor"] = line.IsUpright ? "left" : "right",
        ["yanchor"] = line.IsUpright ? "top" : "bottom",
    };

    private static Json Annotation(Plot plot, Remark remark) => new()
    {
        ["x"] = Place(remark.X, plot.LogX),
        ["y"] = Place(remark.Y, plot.LogY),
        ["text"] = remark.Text,
        ["arrowhead"] = 2,
        ["arrowwidth"] = 1,
    };

    /// <summary>Plotly's annotations stand at the logarithm on a log axis.</summary>
    private static double Place(double value, bool isLog) => isLog ? Math.Log10(value) : value;

    private static Json ToJson(Axis axis)
    {
        var json = new Json { ["title"] = new Json { ["text"] = axis.Label, ["standoff"] = 8 } };
        if (axis.IsLog)
        {
            json["type"] = "log";
            json["exponentformat"] = "power";

            // Few enough that 1, 2, 5 stand between the powers of ten, and nothing else.
            json["nticks"] = 6;
        }

        if (axis.Range is var (from, to))
        {
            json["range"] = axis.IsLog ? new[] { Math.Log10(from), Math.Log10(to) } : new[] { from, to };
        }

        return json;
    }
}
