namespace Figures;

/// <summary>What a <see cref="Plot"/> draws between its axes.</summary>
/// <param name="Name">The name in the legend; none where empty.</param>
/// <param name="Colour">As <c>#rrggbb</c>.</param>
public abstract record Mark(string Name, string Colour);

/// <summary>A line, points, or points joined by a line.</summary>
public sealed record Trace(string Name, string Colour, Series X, Series Y) : Mark(Name, Colour)
{
    /// <summary>In pixels; no line where 0.</summary>
    public double LineWidth { get; init; }

    /// <summary>solid, dot, dash, longdash.</summary>
    public string Dash { get; init; } = "solid";

    /// <summary>In pixels; no points where 0.</summary>
    public double PointSize { get; init; }

    /// <summary>How the trace moves; null where it stands still.</summary>
    public Motion? Motion { get; init; }
}

/// <summary>How a trace moves: the trace itself shows the last step.</summary>
/// <param name="Steps">The steps that are shown, in order.</param>
/// <param name="At">The trace's x, where they change, and y at a step.</param>
public sealed record Motion(IReadOnlyList<int> Steps, Func<int, (Series? X, Series Y)> At)
{
    /// <summary>Whether a step shows the trace's first points, one more than the step before.</summary>
    public bool IsGrowing { get; init; }
}

/// <summary>One bar a label. Several of them stand side by side at each label.</summary>
/// <param name="Name">The name in the legend; none where empty.</param>
/// <param name="Colour">As <c>#rrggbb</c>.</param>
/// <param name="Labels">What each bar stands for.</param>
/// <param name="Values">The bars' ends.</param>
/// <param name="Texts">Written at the bars' ends; nothing where empty.</param>
public sealed record BarGroup(string Name, string Colour, string[] Labels, Series Values, string[] Texts)
    : Mark(Name, Colour);

/// <summary>A thin line across the whole plot.</summary>
/// <param name="At">Where it crosses its axis.</param>
/// <param name="IsUpright">From bottom to top at x; else from left to right at y.</param>
/// <param name="Label">Written at its end; nothing where empty.</param>
public sealed record GuideLine(double At, bool IsUpright, string Label);

/// <summary>A text with an arrow to a point.</summary>
public sealed record Remark(double X, double Y, string Text);
