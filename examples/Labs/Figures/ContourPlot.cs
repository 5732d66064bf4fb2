namespace Labs.Figures;

/// <summary>A <see cref="Landscape"/> seen from above.</summary>
internal sealed class ContourPlot : Figure
{
    private readonly Landscape _landscape;

    public ContourPlot(string title, Landscape landscape)
        : base(title)
    {
        _landscape = landscape;
        Height = 560;
    }

    public override Json ToJson()
    {
        var map = new Json
        {
            ["type"] = "contour",
            ["x"] = _landscape.X,
            ["y"] = _landscape.Y,
            ["z"] = _landscape.ClippedZ(),
            ["colorscale"] = "Viridis",
            ["ncontours"] = 24,
            ["line"] = new Json { ["width"] = 0.6 },
            ["colorbar"] = new Json { ["thickness"] = 12 },
            ["hovertemplate"] = "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>",
        };
        var traces = new List<Json> { map };
        traces.AddRange(_landscape.Paths.SelectMany(PathTraces));
        if (_landscape.Goal is var (x, y))
        {
            traces.Add(Goal(x, y));
        }

        var yAxis = Axis(_landscape.Axes.Y, _landscape.Y);
        yAxis["scaleanchor"] = "x";
        var layout = new Json { ["xaxis"] = Axis(_landscape.Axes.X, _landscape.X), ["yaxis"] = yAxis };
        return Assemble(traces, layout, LandscapePath.Animate(_landscape.Paths, 1, MovingParts));
    }

    private IEnumerable<Json> PathTraces(LandscapePath path)
    {
        var moving = MovingParts(path);
        for (int part = 0; part < moving.Length; part++)
        {
            var trace = moving[part];
            trace["type"] = "scatter";
            trace["mode"] = part == 0 ? "lines+markers" : "markers";
            trace["name"] = path.Name;
            trace["legendgroup"] = path.Name;
            trace["showlegend"] = part == 0 && _landscape.Paths.Count > 1;
            trace["marker"] = new Json { ["size"] = part == 0 ? 5 : 11, ["color"] = path.Line };
            trace["line"] = new Json { ["width"] = 2, ["color"] = path.Line };
            trace["hovertemplate"] = path.Hover(withStep: part == 0);
            yield return trace;
        }
    }

    private static Json[] MovingParts(LandscapePath path) =>
    [
        new() { ["x"] = path.X, ["y"] = path.Y, ["customdata"] = path.Z },
        new() { ["x"] = new[] { path.X[^1] }, ["y"] = new[] { path.Y[^1] }, ["customdata"] = new[] { path.Z[^1] } },
    ];

    private static Json Goal(double x, double y) => new()
    {
        ["type"] = "scatter",
        ["mode"] = "markers",
        ["name"] = "goal",
        ["showlegend"] = false,
        ["x"] = new[] { x },
        ["y"] = new[] { y },
        ["marker"] = new Json { ["size"] = 13, ["symbol"] = "x", ["color"] = "#111111" },
    };

    private static Json Axis(string title, Series span) => new()
    {
        ["title"] = new Json { ["text"] = title, ["standoff"] = 8 },
        ["range"] = new[] { span[0], span[^1] },
        ["constrain"] = "domain",
    };
}
