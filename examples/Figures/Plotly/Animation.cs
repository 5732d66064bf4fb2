namespace Figures.Plotly;

/// <summary>Frames with a play button, a pause button and a slider.</summary>
internal sealed class Animation
{
    /// <summary>Pixels that the two buttons take from the slider's row.</summary>
    private const int ButtonWidth = 100;

    private readonly List<Json> _frames = [];
    private readonly string _prefix;

    /// <param name="prefix">What a frame is, for instance <c>step</c>.</param>
    public Animation(string prefix) => _prefix = prefix;

    public Json[] Frames => [.. _frames];

    /// <summary>Milliseconds that a frame stays while playing.</summary>
    public int FrameDuration => Math.Clamp(6000 / Math.Max(1, _frames.Count), 60, 400);

    /// <summary>Adds a frame that replaces members of the traces at <paramref name="indices"/>.</summary>
    public void Add(string name, int[] indices, Json[] traces) => _frames.Add(new Json
    {
        ["name"] = name,
        ["traces"] = indices,
        ["data"] = traces,
    });

    /// <summary>
    /// Puts the controls under the plot. Every jump redraws, since Plotly moves three-dimensional traces only so,
    /// and every slider step names a frame that exists.
    /// </summary>
    public void AddControls(Json layout)
    {
        layout["sliders"] = new[]
        {
            new Json
            {
                ["active"] = _frames.Count - 1,
                ["x"] = 0,
                ["len"] = 1,
                ["y"] = 0,
                ["pad"] = new Json { ["t"] = 44, ["b"] = 4, ["l"] = ButtonWidth },
                ["currentvalue"] = new Json { ["prefix"] = _prefix + " ", ["xanchor"] = "right" },
                ["steps"] = _frames.Select(frame => new Json
                {
                    ["label"] = frame["name"],
                    ["method"] = "animate",
                    ["args"] = new object[] { new[] { frame["name"] }, Transition(0) },
                }).ToArray(),
            },
        };
        layout["updatemenus"] = new[]
        {
            new Json
            {
                ["type"] = "buttons",
                ["direction"] = "left",
                ["showactive"] = false,
                ["x"] = 0,
                ["y"] = 0,
                ["xanchor"] = "left",
                ["yanchor"] = "top",
                ["pad"] = new Json { ["t"] = 56, ["r"] = 8 },
                ["buttons"] = new[]
                {
                    Button("▶", null, Play()),
                    Button("❚❚", new object?[] { null }, Transition(0)),
                },
            },
        };
    }

    private static Json Button(string label, object? frames, Json options) => new()
    {
        ["label"] = label,
        ["method"] = "animate",
        ["args"] = new[] { frames, options },
    };

    private Json Play()
    {
        var options = Transition(FrameDuration);
        options["fromcurrent"] = true;
        return options;
    }

    private static Json Transition(int duration) => new()
    {
        ["mode"] = "immediate",
        ["frame"] = new Json { ["duration"] = duration, ["redraw"] = true },
        ["transition"] = new Json { ["duration"] = 0 },
    };
}
