namespace Figures.Plotly;

/// <summary>
/// How a figure moves: which members of which traces change from frame to frame. The page's script has the button and
/// the slider, and makes each frame of these few lists.
/// </summary>
/// <param name="word">What a frame is, for instance <c>step</c>.</param>
/// <param name="steps">The step that each frame shows.</param>
/// <param name="names">Each frame's label; its step where there are none.</param>
internal sealed class Animation(string word, IReadOnlyList<int> steps, IReadOnlyList<string>? names = null)
{
    private readonly List<Json> _parts = [];

    /// <summary>Milliseconds that a frame stays while playing.</summary>
    public int FrameDuration => Math.Clamp(6000 / Math.Max(1, steps.Count), 60, 400);

    /// <summary>The first numbers of a list, one more at each step; all of them from its end on.</summary>
    public static Json Growing(Series all) => new() { ["grow"] = all };

    /// <summary>
    /// One number of each list, a step's; of a list that is shorter the last. A number is the same at each step.
    /// </summary>
    public static Json At(params object[] listsOrNumbers) => new() { ["at"] = listsOrNumbers };

    /// <summary>One number again and again, once more at each step, at most <paramref name="count"/> times.</summary>
    public static Json Repeated(double number, int count) => new() { ["fill"] = number, ["count"] = count };

    /// <summary>Another list for each frame.</summary>
    public static Json Each(Array perFrame) => new() { ["each"] = perFrame };

    /// <summary>Moves a trace.</summary>
    /// <param name="trace">Its place among the figure's traces.</param>
    /// <param name="members">What each member is at a step, by <see cref="Growing"/> and the others.</param>
    public void Move(int trace, Json members)
    {
        members["trace"] = trace;
        _parts.Add(members);
    }

    public Json ToJson()
    {
        var json = new Json
        {
            ["word"] = word,
            ["duration"] = FrameDuration,
            ["steps"] = (Series)steps.ToArray(),
            ["parts"] = _parts.ToArray(),
        };
        if (names is not null)
        {
            json["names"] = names.ToArray();
        }

        return json;
    }
}
