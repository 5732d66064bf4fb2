namespace Figures.Plotly;

/// <summary>What the drawings of paths over a landscape have in common, in space and from above.</summary>
internal static class PathFrames
{
    /// <summary>What the pointer reads at a point whose <c>customdata</c> is the height.</summary>
    public static string Hover(LandscapePath path, bool withStep) =>
        $"{path.Name}{(withStep ? ", step %{pointNumber}" : "")}<br>(%{{x:.4g}}, %{{y:.4g}})<br>"
        + "f = %{customdata:.5g}<extra></extra>";

    /// <summary>All paths walk together: shorter paths wait at their ends.</summary>
    /// <param name="paths">The paths.</param>
    /// <param name="firstTrace">Where the first path's first trace stands.</param>
    /// <param name="moving">How each trace of a path moves.</param>
    public static Animation? Animate(
        IReadOnlyList<LandscapePath> paths, int firstTrace, Func<LandscapePath, Json[]> moving)
    {
        int longest = paths.Count == 0 ? 0 : paths.Max(path => path.X.Count);
        if (longest < 2)
        {
            return null;
        }

        var animation = new Animation("step", FrameSteps.Sample(longest));
        foreach (var (i, members) in paths.SelectMany(moving).Index())
        {
            animation.Move(firstTrace + i, members);
        }

        return animation;
    }
}
