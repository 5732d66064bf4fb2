namespace Figures;

/// <summary>
/// A figure that the page computes anew whenever the reader moves one of its controls:
/// <code>
/// new LiveFigure("Descent", "descent", new Plot(...))
/// {
///     Scripts = ["live.figures.descent = (values, data) => ({ data: [...], layout: {...}, said: '...' });"],
///     Controls = [new Slider("rate", "learning rate", 0.01, 1, 0.1) { IsLog = true }],
///     Data = new() { ["start"] = 4.0 },
/// }
/// </code>
/// The script's function takes the controls' values by their keys, and the data; it gives Plotly's <c>data</c> and
/// <c>layout</c>, and in <c>said</c> one sentence that says what is seen. Without JavaScript, and on paper, the still
/// stands there.
/// </summary>
/// <param name="title">The figure's title.</param>
/// <param name="function">The script's function: a member of <c>live.figures</c>.</param>
/// <param name="still">The same as a figure that stands still, with the controls as they are at first.</param>
public sealed class LiveFigure(string title, string function, Figure still) : Figure(title)
{
    /// <summary>The script's function: a member of <c>live.figures</c>.</summary>
    public string Function => function;

    /// <summary>The same as a figure that stands still, with the controls as they are at first.</summary>
    public Figure Still => still;

    /// <summary>JavaScript that defines the function; of equal texts a page has one.</summary>
    public required IReadOnlyList<string> Scripts { get; init; }

    /// <summary>What the reader may change, in this order.</summary>
    public required IReadOnlyList<LiveControl> Controls { get; init; }

    /// <summary>
    /// What the function computes with: strings, flags, numbers, <see cref="Series"/>, <see cref="Grid"/>, arrays and
    /// dictionaries of these.
    /// </summary>
    public Dictionary<string, object?> Data { get; init; } = [];
}
