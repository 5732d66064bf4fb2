using System.Globalization;

namespace Figures;

/// <summary>A setting of a <see cref="LiveFigure"/>.</summary>
/// <param name="Key">The member by which the figure's script reads it.</param>
/// <param name="Label">What stands beside the control.</param>
public abstract record LiveControl(string Key, string Label)
{
    /// <summary>The setting at first, as a person reads it.</summary>
    public abstract string First { get; }
}

/// <summary>A number from a range.</summary>
/// <param name="Key">The member by which the figure's script reads it.</param>
/// <param name="Label">What stands beside the slider.</param>
/// <param name="From">The smallest number.</param>
/// <param name="To">The largest number.</param>
/// <param name="Value">The number at first; it need not be a multiple of the step.</param>
public sealed record Slider(string Key, string Label, double From, double To, double Value) : LiveControl(Key, Label)
{
    /// <summary>The distance between neighbours; not on a logarithmic slider.</summary>
    public double Step { get; init; } = 1;

    /// <summary>Whether neighbours are equally many times apart rather than equally far.</summary>
    public bool IsLog { get; init; }

    /// <summary>Whether a logarithmic slider begins at 0, before <see cref="LiveControl.Key"/>'s smallest.</summary>
    public bool HasZero { get; init; }

    /// <summary>Whether a button plays it: the number grows by itself to the largest.</summary>
    public bool Plays { get; init; }

    /// <inheritdoc/>
    public override string First => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One of several words.</summary>
/// <param name="Key">The member by which the figure's script reads it.</param>
/// <param name="Label">What stands beside the list.</param>
/// <param name="Choices">The words.</param>
/// <param name="Value">The word at first.</param>
public sealed record Choice(string Key, string Label, IReadOnlyList<string> Choices, string Value)
    : LiveControl(Key, Label)
{
    /// <inheritdoc/>
    public override string First => Value;
}

/// <summary>Yes or no.</summary>
/// <param name="Key">The member by which the figure's script reads it.</param>
/// <param name="Label">What stands beside the box.</param>
/// <param name="Value">The answer at first.</param>
public sealed record Toggle(string Key, string Label, bool Value = false) : LiveControl(Key, Label)
{
    /// <inheritdoc/>
    public override string First => Value ? "on" : "off";
}
