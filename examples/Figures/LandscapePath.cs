namespace Figures;

/// <summary>An optimizer's path over a landscape.</summary>
public sealed record LandscapePath(string Name, Series X, Series Y, Series Z, string Colour)
{
    /// <summary>Colours that stand out on the surface's blue-green-yellow scale, and on a dark or light page.</summary>
    public static string ColourOf(int index) => s_colours[index % s_colours.Length];

    private static readonly string[] s_colours = ["#ff4d2e", "#dd5ba5", "#cc1f78", "#c87400", "#9b7ff0", "#b45ae0"];

    /// <summary>The path up to and with the given step, or all of a shorter path.</summary>
    public LandscapePath Until(int step) =>
        this with { X = X.Take(step + 1), Y = Y.Take(step + 1), Z = Z.Take(step + 1) };
}
