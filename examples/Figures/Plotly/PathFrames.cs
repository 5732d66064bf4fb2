namespace Figures.Plotly;

/// <summary>What the drawings of paths over a landscape have in common, in space and from above.</summary>
internal static class PathFrames
{
    /// <summary>What the pointer reads at a point whose <c>customdata</c> is the height.</summary>
    public static string Hover(LandscapePath path, bool withStep) =>
        $"{path.Name}{(withStep ? ", step %{pointNumber}" : "")}<br>(%{{x:.4g}}, %{{y:.4g}})<br>"
        + "f = %{customdata:.5g}<extra></extra>";

    /// <summary>The frames of all paths together: shorter paths wait at their ends.</summary>
    public static Animation? Animate(
        IReadOnlyList<LandscapePath> paths, int firstTrace, Func<LandscapePath, Json[]> moving)
    {
        int longest = paths.Count == 0 ? 0 : paths.Max(path => path.X.Count);
        if (longest < 2)
        {
            return null;
        }

        var animation = new Animation("step");
        foreach (int step in FrameSteps.Sample(longest))
        {
            Json[] traces = [.. paths.SelectMany(path => moving(path.Until(step)))];
            animation.Add($"{step}", [.. Enumerable.Range(firstTrace, traces.Length)], traces);
        }

        return animation;
    }
}
