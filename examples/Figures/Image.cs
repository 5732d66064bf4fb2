namespace Figures;

/// <summary>A grid of numbers as an image, the first row at the top.</summary>
public sealed class Image(string title, Grid values) : Figure(title)
{
    /// <summary>
    /// Draws the sign too: the middle of the scale stands at 0 (weights). Otherwise dark is small and bright is large.
    /// </summary>
    public bool Signed { get; init; }

    public bool ShowScale { get; init; } = true;

    /// <summary>More images of the same size: an animation, which ends with this figure's own values.</summary>
    public IReadOnlyList<Grid> Earlier { get; init; } = [];

    /// <summary>What a frame of the animation is, for instance <c>epoch</c>.</summary>
    public string FrameWord { get; init; } = "step";

    public Grid Values => values;

    /// <summary>What the colours span: all frames, or colours would change their meaning.</summary>
    public (double Min, double Max) Range()
    {
        var ranges = Earlier.Append(values).Select(grid => grid.Range()).ToArray();
        double min = ranges.Min(range => range.Min), max = ranges.Max(range => range.Max);
        double largest = Math.Max(Math.Abs(min), Math.Abs(max));
        return Signed ? (-largest, largest) : (min, max);
    }
}
