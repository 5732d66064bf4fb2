namespace Figures;

/// <summary>An axis of a <see cref="Plot"/>.</summary>
/// <param name="Label">Written beside it.</param>
/// <param name="IsLog">Whether equal factors are equally far apart.</param>
/// <param name="Range">What it spans, in its own units; from the data where null.</param>
public sealed record Axis(string Label, bool IsLog, (double From, double To)? Range);
