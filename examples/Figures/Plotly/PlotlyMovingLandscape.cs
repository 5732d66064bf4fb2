namespace Figures.Plotly;

/// <summary>A <see cref="MovingLandscape"/> as Plotly draws it.</summary>
internal static class PlotlyMovingLandscape
{
    public static Json ToJson(MovingLandscape figure)
    {
        var (low, high) = figure.Range();
        var axes = figure.Axes;
        var traces = new List<Json>
        {
            new()
            {
                ["type"] = "surface",
                ["x"] = figure.X,
                ["y"] = figure.Y,
                ["z"] = figure.Steps[^1],
                ["cmin"] = low,
                ["cmax"] = high,
                ["colorscale"] = "Viridis",
                ["opacity"] = 0.8,
                ["colorbar"] = new Json { ["thickness"] = 12, ["len"] = 0.7 },
                ["hovertemplate"] = "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>",
            },
        };
        traces.AddRange(figure.Points.Select(Point));
        var steps = FrameSteps.Sample(figure.Steps.Count);
        var animation = new Animation("step", steps);
        animation.Move(0, new Json { ["z"] = Animation.Each(steps.Select(step => figure.Steps[step]).ToArray()) });

        double bottom = figure.Points.Select(point => point.Z).Append(low).Min();
        double top = figure.Points.Select(point => point.Z).Append(high).Max();
        double margin = 0.06 * (top - bottom);
        return PlotlyFigure.Assemble(figure, traces, new Json
        {
            ["uirevision"] = "keep",
            ["scene"] = new Json
            {
                ["xaxis"] = new Json { ["title"] = new Json { ["text"] = axes.X } },
                ["yaxis"] = new Json { ["title"] = new Json { ["text"] = axes.Y } },
                ["zaxis"] = new Json
                {
                    ["title"] = new Json { ["text"] = axes.Z },
                    ["range"] = new[] { bottom - margin, top + margin },
                },
                ["aspectmode"] = "manual",
                ["aspectratio"] = new Json { ["x"] = 1.1, ["y"] = 1.1, ["z"] = 0.85 },
                ["camera"] = new Json { ["eye"] = new Json { ["x"] = 1.35, ["y"] = -1.45, ["z"] = 0.25 } },
            },
        }, animation);
    }

    private static Json Point((string Name, double X, double Y, double Z, string Colour) point) => new()
    {
        ["type"] = "scatter3d",
        ["mode"] = "markers",
        ["name"] = point.Name,
        ["showlegend"] = true,
        ["x"] = new[] { point.X },
        ["y"] = new[] { point.Y },
        ["z"] = new[] { point.Z },
        ["marker"] = new Json { ["size"] = 6, ["color"] = point.Colour },
    };
}
