namespace Figures.Plotly;

/// <summary>The three-dimensional drawing of a <see cref="Landscape"/>.</summary>
internal sealed class LandscapeScene
{
    private readonly Landscape _landscape;
    private readonly Grid _z;
    private readonly double _floor;
    private readonly double _top;
    private readonly double _lift;

    public LandscapeScene(Landscape landscape)
    {
        _landscape = landscape;
        _z = landscape.ClippedZ();
        var (min, max) = _z.Range();
        double height = max > min ? max - min : 1;

        // The floor lies below the lowest valley, so that what is projected there can be seen under the surface.
        _floor = min - 0.45 * height;
        _top = max + 0.06 * height;

        // A path that lies in the surface would be half swallowed by the surface's facets.
        _lift = 0.015 * height;
    }

    public Json ToJson()
    {
        var traces = new List<Json> { Surface(), Floor() };
        int firstMoving = traces.Count;
        traces.AddRange(_landscape.Paths.SelectMany(PathTraces));
        if (_landscape.Goal is var (x, y))
        {
            traces.Add(Goal(x, y));
        }

        var animation = PathFrames.Animate(_landscape.Paths, firstMoving, Moving);
        return PlotlyFigure.Assemble(_landscape, traces, Layout(), animation);
    }

    private Json Surface() => new()
    {
        ["type"] = "surface",
        ["x"] = _landscape.X,
        ["y"] = _landscape.Y,
        ["z"] = _z,
        ["colorscale"] = "Viridis",
        ["colorbar"] = new Json { ["thickness"] = 12, ["len"] = 0.7 },
        ["contours"] = new Json
        {
            ["z"] = new Json { ["show"] = true, ["usecolormap"] = true, ["width"] = 1, ["highlight"] = false },
        },
        ["hovertemplate"] = "(%{x:.3g}, %{y:.3g})<br>f = %{z:.5g}<extra></extra>",
    };

    /// <summary>The map under the landscape: a flat sheet with the surface's colours.</summary>
    private Json Floor() => new()
    {
        ["type"] = "surface",
        ["x"] = _landscape.X,
        ["y"] = _landscape.Y,
        ["z"] = Grid.FromFunction(_z.Rows, _z.Columns, (_, _) => _floor),
        ["surfacecolor"] = _z,
        ["colorscale"] = "Viridis",
        ["showscale"] = false,
        ["hoverinfo"] = "skip",
        ["lighting"] = new Json { ["ambient"] = 1, ["diffuse"] = 0, ["specular"] = 0 },
    };

    /// <summary>
    /// The path on the surface, its foremost point with a plumb line, and its projection on the floor.
    /// </summary>
    private IEnumerable<Json> PathTraces(LandscapePath path)
    {
        var parts = Parts(path);
        (string Mode, double Size, double Width, string Dash)[] styles =
        [
            ("lines+markers", 3, 5, "solid"), ("markers", 7, 1, "solid"),
            ("lines", 1, 4, "solid"), ("lines", 1, 2, "dot"),
        ];
        for (int part = 0; part < parts.Length; part++)
        {
            var trace = parts[part];
            var style = styles[part];
            trace["type"] = "scatter3d";
            trace["mode"] = style.Mode;
            trace["name"] = path.Name;
            trace["legendgroup"] = path.Name;
            trace["showlegend"] = part == 0 && _landscape.Paths.Count > 1;
            trace["marker"] = new Json { ["size"] = style.Size, ["color"] = path.Colour };
            trace["line"] = new Json { ["width"] = style.Width, ["color"] = path.Colour, ["dash"] = style.Dash };
            if (part < 2)
            {
                trace["hovertemplate"] = PathFrames.Hover(path, withStep: part == 0);
            }
            else
            {
                trace["hoverinfo"] = "skip";
            }

            yield return trace;
        }
    }

    /// <summary>Where the four traces of a path stand at its end.</summary>
    private Json[] Parts(LandscapePath path)
    {
        var (raised, flat) = Heights(path);
        double x = path.X[^1], y = path.Y[^1];
        return
        [
            new() { ["x"] = path.X, ["y"] = path.Y, ["z"] = raised, ["customdata"] = path.Z },
            new()
            {
                ["x"] = new[] { x },
                ["y"] = new[] { y },
                ["z"] = new[] { raised[^1] },
                ["customdata"] = new[] { path.Z[^1] },
            },
            new() { ["x"] = path.X, ["y"] = path.Y, ["z"] = path.Z.Map(_ => flat) },
            new() { ["x"] = new[] { x, x }, ["y"] = new[] { y, y }, ["z"] = new[] { raised[^1], flat } },
        ];
    }

    /// <summary>How <see cref="Parts"/> move.</summary>
    private Json[] Moving(LandscapePath path)
    {
        var (raised, flat) = Heights(path);
        return
        [
            new()
            {
                ["x"] = Animation.Growing(path.X),
                ["y"] = Animation.Growing(path.Y),
                ["z"] = Animation.Growing(raised),
                ["customdata"] = Animation.Growing(path.Z),
            },
            new()
            {
                ["x"] = Animation.At(path.X),
                ["y"] = Animation.At(path.Y),
                ["z"] = Animation.At(raised),
                ["customdata"] = Animation.At(path.Z),
            },
            new()
            {
                ["x"] = Animation.Growing(path.X),
                ["y"] = Animation.Growing(path.Y),
                ["z"] = Animation.Repeated(flat, path.Z.Count),
            },
            new()
            {
                ["x"] = Animation.At(path.X, path.X),
                ["y"] = Animation.At(path.Y, path.Y),
                ["z"] = Animation.At(raised, flat),
            },
        ];
    }

    /// <summary>The path's heights over the surface, and the height of its projection.</summary>
    private (Series Raised, double Flat) Heights(LandscapePath path) =>
        (path.Z.Map(z => Math.Min(z, _landscape.Ceiling) + _lift), _floor + _lift);

    private Json Goal(double x, double y) => new()
    {
        ["type"] = "scatter3d",
        ["mode"] = "markers",
        ["name"] = "goal",
        ["showlegend"] = false,
        ["x"] = new[] { x, x },
        ["y"] = new[] { y, y },
        ["z"] = new[] { _landscape.HeightAt(x, y) + _lift, _floor + _lift },
        ["marker"] = PlotlyContour.Mark(6, "cross"),
        ["hovertemplate"] = "goal (%{x:.3g}, %{y:.3g})<extra></extra>",
    };

    private Json Layout()
    {
        var (x, y, z) = _landscape.Axes;
        return new Json
        {
            // Keeps the reader's point of view while frames redraw.
            ["uirevision"] = "keep",
            ["scene"] = new Json
            {
                ["xaxis"] = Axis(x, _landscape.X[0], _landscape.X[^1]),
                ["yaxis"] = Axis(y, _landscape.Y[0], _landscape.Y[^1]),
                ["zaxis"] = HeightAxis(z),
                ["aspectmode"] = "manual",
                ["aspectratio"] = new Json { ["x"] = 1.1, ["y"] = 1.1, ["z"] = 0.85 },
                ["camera"] = new Json
                {
                    ["eye"] = new Json { ["x"] = 1.3, ["y"] = -1.4, ["z"] = 0.72 },
                    ["center"] = new Json { ["x"] = 0, ["y"] = 0, ["z"] = -0.2 },
                },
            },
        };
    }

    /// <summary>Ticks stand at the surface's heights only: those of the room down to the floor mean nothing.</summary>
    private Json HeightAxis(string title)
    {
        var (min, max) = _z.Range();
        double step = RoundStep.Of(Math.Max(max - min, 1e-12) / 5);
        double first = Math.Ceiling(min / step - 0.1);
        // The floor's sheet stands clear of the scene's lower bound, which would clip it by rounding.
        var axis = Axis(title, _floor - _lift, _top);
        axis["tickvals"] = (Series)Enumerable.Range(0, (int)(max / step - first) + 1)
            .Select(i => (first + i) * step).ToArray();
        return axis;
    }

    private static Json Axis(string title, double from, double to) => new()
    {
        ["title"] = new Json { ["text"] = title },
        ["range"] = new[] { from, to },
    };
}
