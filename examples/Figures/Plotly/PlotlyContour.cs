namespace Figures.Plotly;

/// <summary>A <see cref="ContourPlot"/> as Plotly draws it.</summary>
internal static class PlotlyContour
{
    public static Json ToJson(ContourPlot figure)
    {
        var landscape = figure.Landscape;
        var map = new Json
        {
            ["type"] = "contour",
            ["x"] = landscape.X,
            ["y"] = landscape.Y,
            ["z"] = landscape.ClippedZ(),
            ["colorscale"] = "Viridis",
            ["ncontours"] = 24,
            ["line"] = new Json { ["width"] = 0.6 },
            ["colorbar"] = new Json { ["thickness"] = 12 },
            ["hovertemplate"] = "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>",
        };
        var traces = new List<Json> { map };
        traces.AddRange(landscape.Paths.SelectMany(path => PathTraces(path, landscape.Paths.Count > 1)));
        if (landscape.Goal is var (x, y))
        {
            traces.Add(Goal(x, y));
        }

        var yAxis = Axis(landscape.Axes.Y, landscape.Y);
        yAxis["scaleanchor"] = "x";
        var layout = new Json { ["xaxis"] = Axis(landscape.Axes.X, landscape.X), ["yaxis"] = yAxis };
        return PlotlyFigure.Assemble(figure, traces, layout, PathFrames.Animate(landscape.Paths, 1, Moving));
    }

    private static IEnumerable<Json> PathTraces(LandscapePath path, bool isNamed)
    {
        var parts = Parts(path);
        for (int part = 0; part < parts.Length; part++)
        {
            var trace = parts[part];
            trace["type"] = "scatter";
            trace["mode"] = part == 0 ? "lines+markers" : "markers";
            trace["name"] = path.Name;
            trace["legendgroup"] = path.Name;
            trace["showlegend"] = part == 0 && isNamed;
            trace["marker"] = new Json { ["size"] = part == 0 ? 5 : 11, ["color"] = path.Colour };
            trace["line"] = new Json { ["width"] = 2, ["color"] = path.Colour };
            trace["hovertemplate"] = PathFrames.Hover(path, withStep: part == 0);
            yield return trace;
        }
    }

    /// <summary>The path, and its foremost point.</summary>
    private static Json[] Parts(LandscapePath path) =>
    [
        new() { ["x"] = path.X, ["y"] = path.Y, ["customdata"] = path.Z },
        new() { ["x"] = new[] { path.X[^1] }, ["y"] = new[] { path.Y[^1] }, ["customdata"] = new[] { path.Z[^1] } },
    ];

    /// <summary>How <see cref="Parts"/> move.</summary>
    private static Json[] Moving(LandscapePath path) =>
    [
        new()
        {
            ["x"] = Animation.Growing(path.X),
            ["y"] = Animation.Growing(path.Y),
            ["customdata"] = Animation.Growing(path.Z),
        },
        new()
        {
            ["x"] = Animation.At(path.X),
            ["y"] = Animation.At(path.Y),
            ["customdata"] = Animation.At(path.Z),
        },
    ];

    private static Json Goal(double x, double y) => new()
    {
        ["type"] = "scatter",
        ["mode"] = "markers",
        ["name"] = "goal",
        ["showlegend"] = false,
        ["x"] = new[] { x },
        ["y"] = new[] { y },
        ["marker"] = Mark(13, "x"),
    };

    /// <summary>Black, with a white edge: the goal lies where the map is darkest.</summary>
    internal static Json Mark(double size, string symbol) => new()
    {
        ["size"] = size,
        ["symbol"] = symbol,
        ["color"] = "#111111",
        ["line"] = new Json { ["color"] = "#ffffff", ["width"] = 1.5 },
    };

    private static Json Axis(string title, Series span) => new()
    {
        ["title"] = new Json { ["text"] = title, ["standoff"] = 8 },
        ["range"] = new[] { span[0], span[^1] },
        ["constrain"] = "domain",
    };
}
