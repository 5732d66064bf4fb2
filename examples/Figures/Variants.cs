namespace Figures;

/// <summary>
/// Figures of which the reader chooses one, by one control for each setting:
/// <code>
/// new Variants("Descent", "learning rate", "optimizer")
///     .Add(plot1, "0.01", "SGD").Add(plot2, "0.01", "Adam") ...
/// </code>
/// Choices stand in the order in which they first come; a combination that was never added says so.
/// </summary>
public sealed class Variants(string title, params string[] settings) : Figure(title)
{
    private readonly List<(string[] Choices, Figure Figure)> _choices = [];

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

        _choices.Add((choices, figure));
        Height = Math.Max(_choices.Count == 1 ? 0 : Height, figure.Height);
        return this;
    }

    /// <summary>The settings' names.</summary>
    public IReadOnlyList<string> Settings => settings;

    /// <summary>The figures, in the order in which they were added, each with its choice for every setting.</summary>
    public IReadOnlyList<(string[] Choices, Figure Figure)> All => _choices;
}
