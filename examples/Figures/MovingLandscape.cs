namespace Figures;

/// <summary>
/// A surface that takes another shape each step, as a model's does while it learns, and points that stand still.
/// </summary>
public sealed class MovingLandscape : Figure
{
    /// <param name="title">The figure's title.</param>
    /// <param name="x">The columns' x.</param>
    /// <param name="y">The rows' y.</param>
    /// <param name="steps">The heights, one grid a step; the last is shown at first.</param>
    public MovingLandscape(string title, Series x, Series y, IReadOnlyList<Grid> steps)
        : base(title) => (X, Y, Steps, Height) = (x, y, steps, 620);

    public Series X { get; }

    public Series Y { get; }

    public IReadOnlyList<Grid> Steps { get; }

    /// <summary>The names of the three axes.</summary>
    public (string X, string Y, string Z) Axes { get; init; } = ("x", "y", "f(x, y)");

    /// <summary>Points with their names and colours.</summary>
    public IReadOnlyList<(string Name, double X, double Y, double Z, string Colour)> Points { get; init; } = [];

    /// <summary>
    /// The lowest and the highest height of all steps: one scale for all, or the surface would seem to stand still
    /// while its axis moves.
    /// </summary>
    public (double Low, double High) Range()
    {
        var ranges = Steps.Select(grid => grid.Range()).ToArray();
        return (ranges.Min(range => range.Min), ranges.Max(range => range.Max));
    }
}
