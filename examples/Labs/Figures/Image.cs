namespace Labs.Figures;

/// <summary>A grid of numbers as an image, the first row at the top.</summary>
internal sealed class Image(string title, Grid values) : Figure(title)
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

    public override Json ToJson()
    {
        // One scale for all frames, or colours would change their meaning.
        var ranges = Earlier.Append(values).Select(grid => grid.Range()).ToArray();
        double min = ranges.Min(range => range.Min), max = ranges.Max(range => range.Max);
        if (Signed)
        {
            max = Math.Max(Math.Abs(min), Math.Abs(max));
            min = -max;
        }

        var trace = new Json
        {
            ["type"] = "heatmap",
            ["z"] = values,
            ["zmin"] = min,
            ["zmax"] = max,
            ["colorscale"] = Signed ? Palette.Diverging : "Viridis",
            ["showscale"] = ShowScale,
            ["hovertemplate"] = "row %{y}, column %{x}: %{z:.4g}<extra></extra>",
        };
        var layout = new Json { ["xaxis"] = DigitGrid.BareAxis(), ["yaxis"] = DigitGrid.ImageRows() };
        Animation? animation = null;
        if (Earlier.Count > 0)
        {
            animation = new Animation(FrameWord);
            Grid[] all = [.. Earlier, values];
            foreach (int step in Animation.Sample(all.Length))
            {
                animation.Add($"{step}", [0], [new Json { ["z"] = all[step] }]);
            }
        }

        return Assemble([trace], layout, animation);
    }
}
