namespace Labs.Figures;

/// <summary>An optimizer's path over a landscape.</summary>
internal sealed record LandscapePath(string Name, Series X, Series Y, Series Z, string Line)
{
    /// <summary>Colours that stand out on the surface's blue-green-yellow scale, and on a dark or light page.</summary>
    public static string Colour(int index) => s_colours[index % s_colours.Length];

    private static readonly string[] s_colours = ["#ff4d2e", "#ff9ad5", "#b3125f", "#ff9f1a", "#c9b6ff", "#7a1fa2"];

    /// <summary>The path up to and with the given step, or all of a shorter path.</summary>
    public LandscapePath Until(int step) =>
        this with { X = X.Take(step + 1), Y = Y.Take(step + 1), Z = Z.Take(step + 1) };

    /// <summary>What the pointer reads at a point whose <c>customdata</c> is the height.</summary>
    public string Hover(bool withStep) =>
        $"{Name}{(withStep ? ", step %{pointNumber}" : "")}<br>(%{{x:.4g}}, %{{y:.4g}})<br>f = "
            + $"%{{customdata:.5g}}<extra></extra>";

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
        foreach (int step in Animation.Sample(longest))
        {
            Json[] traces = [.. paths.SelectMany(path => moving(path.Until(step)))];
            animation.Add($"{step}", [.. Enumerable.Range(firstTrace, traces.Length)], traces);
        }

        return animation;
    }
}
