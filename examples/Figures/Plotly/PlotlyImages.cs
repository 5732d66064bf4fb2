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
            ["z"] = figure.Values,
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
            animation = new Animation(figure.FrameWord);
            Grid[] all = [.. figure.Earlier, figure.Values];
            foreach (int step in FrameSteps.Sample(all.Length))
            {
                animation.Add($"{step}", [0], [new Json { ["z"] = all[step] }]);
            }
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
            ["z"] = figure.Mosaic(),
            ["colorscale"] = Scale(Palette.Ink),
            ["showscale"] = false,
            ["hoverinfo"] = "z",
        };
        return PlotlyFigure.Assemble(figure, [trace], new Json
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
            ["margin"] = new Json { ["l"] = 12, ["r"] = 12, ["t"] = DigitGrid.TitleHeight - 16, ["b"] = 12 },
        });
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
