namespace Labs.Figures;

/// <summary>
/// A surface that takes another shape each step, as a model's does while it learns, and points that stand still.
/// </summary>
/// <param name="title">The figure's title.</param>
/// <param name="x">The columns' x.</param>
/// <param name="y">The rows' y.</param>
/// <param name="steps">The heights, one grid a step; the last is shown at first.</param>
internal sealed class MovingLandscape(string title, Series x, Series y, IReadOnlyList<Grid> steps) : Figure(title)
{
    /// <summary>The names of the three axes.</summary>
    public (string X, string Y, string Z) Axes { get; init; } = ("x", "y", "f(x, y)");

    /// <summary>Points with their names and colours.</summary>
    public IReadOnlyList<(string Name, double X, double Y, double Z, string Colour)> Points { get; init; } = [];

    public override Json ToJson()
    {
        // One scale for all steps, or the surface would seem to stand still while its axis moves.
        var ranges = steps.Select(grid => grid.Range()).ToArray();
        double low = ranges.Min(range => range.Min), high = ranges.Max(range => range.Max);
        var traces = new List<Json>
        {
            new()
            {
                ["type"] = "surface",
                ["x"] = x,
                ["y"] = y,
                ["z"] = steps[^1],
                ["cmin"] = low,
                ["cmax"] = high,
                ["colorscale"] = "Viridis",
                ["opacity"] = 0.8,
                ["colorbar"] = new Json { ["thickness"] = 12, ["len"] = 0.7 },
                ["hovertemplate"] = "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>",
            },
        };
        traces.AddRange(Points.Select(Point));
        var animation = new Animation("step");
        foreach (int step in Animation.Sample(steps.Count))
        {
            animation.Add($"{step}", [0], [new Json { ["z"] = steps[step] }]);
        }

        double bottom = Points.Select(point => point.Z).Append(low).Min(),
            top = Points.Select(point => point.Z).Append(high).Max();
        double margin = 0.06 * (top - bottom);
        Height = 620;
        return Assemble(traces, new Json
        {
            ["uirevision"] = "keep",
            ["scene"] = new Json
            {
                ["xaxis"] = new Json { ["title"] = new Json { ["text"] = Axes.X } },
                ["yaxis"] = new Json { ["title"] = new Json { ["text"] = Axes.Y } },
                ["zaxis"] = new Json
                {
                    ["title"] = new Json { ["text"] = Axes.Z }, ["range"] = new[] { bottom - margin, top + margin }
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
