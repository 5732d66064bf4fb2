namespace Figures;

/// <summary>
/// Colours that colour-blind readers tell apart, after Okabe and Ito, at a lightness that stands out from
/// dark and light pages alike: 3 to 1 and more.
/// </summary>
public static class Palette
{
    public const string Blue = "#3b8fd0";
    public const string Vermilion = "#e0651f";
    public const string Green = "#1fa37a";
    public const string Amber = "#b5830a";
    public const string Purple = "#c574ab";
    public const string Sky = "#1a9bb8";
    public const string Grey = "#8c8f94";

    private static readonly string[] s_cycle = [Blue, Vermilion, Green, Amber, Purple, Sky, Grey];

    /// <summary>The colour of the index-th line, going round.</summary>
    public static string Cycle(int index) => s_cycle[index % s_cycle.Length];

    /// <summary>A colour scale for values with a sign: blue below, pale at the middle, vermilion above.</summary>
    public static IReadOnlyList<string> Diverging { get; } = ["#1f5f9e", "#7fb4de", "#f4f4f2", "#eda274", "#b84a0f"];

    /// <summary>A colour scale for small images: dark to light.</summary>
    public static IReadOnlyList<string> Ink { get; } = ["#101216", "#f7f7f5"];
}
