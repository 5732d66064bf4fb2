namespace Figures;

/// <summary>
/// A surface z = f(x, y), optimizers' paths walking over it, and the same paths projected onto its floor, animated
/// with a play button and a slider:
/// <code>
/// new Landscape("Peaks", (x, y) => ..., x: (-3, 3), y: (-3, 3)).Path(xs, ys, "Adam")
/// </code>
/// </summary>
public sealed class Landscape : Figure
{
    private readonly Func<double, double, double>? _f;
    private readonly List<LandscapePath> _paths = [];

    /// <summary>A landscape from heights on a grid: <c>z[row, column]</c> stands at y[row], x[column].</summary>
    /// <exception cref="ArgumentException">The grid doesn't have y.Count rows of x.Count columns.</exception>
    public Landscape(string title, Series x, Series y, Grid z)
        : base(title)
    {
        if (z.Rows != y.Count || z.Columns != x.Count)
        {
            throw new ArgumentException(
                $"Landscape '{title}': the grid is {z.Rows} by {z.Columns}, but there are {y.Count} y and {x.Count} x.",
                nameof(z));
        }

        (X, Y, Z, Height) = (x, y, z, 660);
    }

    /// <summary>A landscape from a function, sampled at <paramref name="resolution"/> points along each axis.</summary>
    public Landscape(
        string title, Func<double, double, double> f, (double From, double To) x, (double From, double To) y,
        int resolution = 81)
        : this(
            title, Series.Linspace(x.From, x.To, resolution), Series.Linspace(y.From, y.To, resolution),
            Sample(f, x, y, resolution)) =>
        _f = f;

    public Series X { get; }

    public Series Y { get; }

    public Grid Z { get; }

    /// <summary>The names of the three axes.</summary>
    public (string X, string Y, string Z) Axes { get; init; } = ("x", "y", "f(x, y)");

    /// <summary>Heights above this are cut off, so that steep walls don't flatten the valley.</summary>
    public double Ceiling { get; init; } = double.PositiveInfinity;

    /// <summary>The point to be reached, marked where given.</summary>
    public (double X, double Y)? Goal { get; init; }

    public IReadOnlyList<LandscapePath> Paths => _paths;

    /// <summary>Adds an optimizer's path, its start first. Several paths move together.</summary>
    /// <param name="x">The points' x.</param>
    /// <param name="y">The points' y.</param>
    /// <param name="name">The name in the legend.</param>
    /// <param name="z">The points' heights; from the landscape where not given.</param>
    public Landscape Path(Series x, Series y, string name = "path", Series? z = null)
    {
        if (x.Count == 0 || x.Count != y.Count || (z is { } given && given.Count != x.Count))
        {
            throw new ArgumentException(
                $"Landscape '{Title}': path '{name}' has {x.Count} x, {y.Count} y and {z?.Count ?? x.Count} heights.");
        }

        Series heights = z ?? Enumerable.Range(0, x.Count).Select(i => HeightAt(x[i], y[i])).ToArray();
        _paths.Add(new LandscapePath(name, x, y, heights, LandscapePath.ColourOf(_paths.Count)));
        return this;
    }

    /// <summary>The function's value, or the grid's by bilinear interpolation; NaN outside a grid.</summary>
    public double HeightAt(double x, double y)
    {
        if (_f is not null)
        {
            return _f(x, y);
        }

        var (column, alongX) = Locate(X, x);
        var (row, alongY) = Locate(Y, y);
        if (column < 0 || row < 0)
        {
            return double.NaN;
        }

        double low = Z[row, column] + alongX * (Z[row, column + 1] - Z[row, column]);
        double high = Z[row + 1, column] + alongX * (Z[row + 1, column + 1] - Z[row + 1, column]);
        return low + alongY * (high - low);
    }

    /// <summary>The same landscape and paths seen from above: filled contours.</summary>
    public Figure Contour(string? title = null) => new ContourPlot(title ?? Title, this);

    /// <summary>The grid with heights above the ceiling cut off.</summary>
    public Grid ClippedZ() => double.IsPositiveInfinity(Ceiling)
        ? Z
        : Grid.FromFunction(Z.Rows, Z.Columns, (i, j) => Math.Min(Z[i, j], Ceiling));

    private static Grid Sample(
        Func<double, double, double> f, (double From, double To) x, (double From, double To) y, int resolution)
    {
        var xs = Series.Linspace(x.From, x.To, resolution);
        var ys = Series.Linspace(y.From, y.To, resolution);
        return Grid.FromFunction(resolution, resolution, (i, j) => f(xs[j], ys[i]));
    }

    private static (int Index, double Along) Locate(Series axis, double value)
    {
        int index = Array.FindLastIndex(axis.Values, at => at <= value);
        index = Math.Min(index, axis.Count - 2);
        return index < 0 || !(value <= axis[^1])
            ? (-1, 0)
            : (index, (value - axis[index]) / (axis[index + 1] - axis[index]));
    }
}
