namespace Labs.Figures;

/// <summary>
/// Figures of which the reader chooses one, by one control for each setting:
/// <code>
/// new Variants("Descent", "learning rate", "optimizer")
///     .Add(plot1, "0.01", "SGD").Add(plot2, "0.01", "Adam") ...
/// </code>
/// Choices stand in the order in which they first come; a combination that was never added says so.
/// </summary>
internal sealed class Variants(string title, params string[] settings) : Figure(title)
{
    private readonly List<(string[] Choices, Figure Figure)> _figures = [];

    /// <summary>
    /// Adds the figure shown when every setting has the given choice. The first added is shown first.
    /// </summary>
    /// <exception cref="ArgumentException">There isn't one choice a setting.</exception>
    public Variants Add(Figure figure, params string[] choices)
    {
        if (choices.Length != settings.Length)
        {
            throw new ArgumentException(
                $"Variants '{Title}': {choices.Length} choices ({string.Join(", ", choices)}) for the settings "
                    + $"{string.Join(", ", settings)}.",
                nameof(choices));
        }

        _figures.Add((choices, figure));
        Height = Math.Max(_figures.Count == 1 ? 0 : Height, figure.Height);
        return this;
    }

    public override Json ToJson() => new()
    {
        ["height"] = Height,
        ["settings"] = settings.Select((name, i) => new Json
        {
            ["name"] = name,
            ["choices"] = _figures.Select(variant => variant.Choices[i]).Distinct().ToArray(),
        }).ToArray(),
        ["variants"] = _figures.Select(variant => new Json
        {
            ["choices"] = variant.Choices,
            ["figure"] = variant.Figure.ToJson(),
        }).ToArray(),
    };
}
