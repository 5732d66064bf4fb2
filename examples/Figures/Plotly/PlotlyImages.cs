namespace Figures.Plotly;

/// <summary>An <see cref="Image"/> and a <see cref="DigitGrid"/> as Plotly draws them.</summary>
internal static class PlotlyImages
{
    public static Json ToJson(Image figure)
    {
        var (min, max) = figure.Range();
        var trace = new Json
        {
            ["type"] = "heatmap",
            ["z"] = new Shades(figure.Values),
            ["zmin"] = min,
            ["zmax"] = max,
            ["colorscale"] = figure.Signed ? Scale(Palette.Diverging) : "Viridis",
            ["showscale"] = figure.ShowScale,
            ["hovertemplate"] = "row %{y}, column %{x}: %{z:.4g}<extra></extra>",
        };
        var layout = new Json { ["xaxis"] = BareAxis(), ["yaxis"] = ImageRows() };
        Animation? animation = null;
        if (figure.Earlier.Count > 0)
        {
            Grid[] all = [.. figure.Earlier, figure.Values];
            var steps = FrameSteps.Sample(all.Length);
            animation = new Animation(figure.FrameWord, steps);
            animation.Move(
                0, new Json { ["z"] = Animation.Each(steps.Select(step => new Shades(all[step])).ToArray()) });
        }

        return PlotlyFigure.Assemble(figure, [trace], layout, animation);
    }

    public static Json ToJson(DigitGrid figure)
    {
        if (figure.IsEmpty)
        {
            return PlotlyFigure.Assemble(figure, [], new Json { ["xaxis"] = BareAxis(), ["yaxis"] = ImageRows() });
        }

        var trace = new Json
        {
            ["type"] = "heatmap",
            ["z"] = new Shades(figure.Mosaic()),
            ["colorscale"] = Scale(Palette.Ink),
            ["showscale"] = false,
            ["hoverinfo"] = "z",
        };
        var json = PlotlyFigure.Assemble(figure, [trace], new Json
        {
            ["xaxis"] = BareAxis(),
            ["yaxis"] = ImageRows(),
            ["annotations"] = figure.Captions().Select(caption => new Json
            {
                ["x"] = caption.Column,
                ["y"] = caption.Row,
                ["text"] = caption.Text,
                ["showarrow"] = false,
                ["yanchor"] = "top",
                ["font"] = new Json { ["size"] = 11 },
            }).ToArray(),
            ["margin"] = new Json { ["l"] = 12, ["r"] = 12, ["t"] = 12, ["b"] = 12 },
        });

        // A narrow page puts fewer images into a row.
        var (width, height) = figure.Cell;
        json["tiles"] = new Json
        {
            ["columns"] = figure.Columns,
            ["count"] = figure.Count,
            ["width"] = width,
            ["height"] = height,
        };
        return json;
    }

    /// <summary>Colours at even distances, as Plotly has a scale.</summary>
    private static object[][] Scale(IReadOnlyList<string> colours) =>
        colours.Select((colour, i) => new object[] { i / (colours.Count - 1.0), colour }).ToArray();

    private static Json BareAxis() => new()
    {
        ["visible"] = false,
        ["constrain"] = "domain",
    };

    /// <summary>Rows counted from the top, pixels square.</summary>
    private static Json ImageRows()
    {
        var axis = BareAxis();
        axis["autorange"] = "reversed";
        axis["scaleanchor"] = "x";
        return axis;
    }
}
