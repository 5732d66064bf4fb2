using System.Globalization;
using System.Text.RegularExpressions;
using ScottPlot;

namespace Figures.Stills;

/// <summary>
/// Dashed lines of an SVG, which Skia can't write: they are drawn whole, by a width that no other line has, and the
/// text says afterwards how those are dashed.
/// </summary>
internal static partial class SvgDashes
{
    /// <summary>Widths have one decimal; a dashed line's is larger by so many thousandths.</summary>
    private static readonly (int Thousandths, LinePattern Pattern)[] s_patterns =
        [(3, LinePattern.Dotted), (5, LinePattern.DenselyDashed), (7, LinePattern.Dashed)];

    /// <summary>What <paramref name="draw"/> draws of the plot, with its lines dashed.</summary>
    public static string Draw(ScottPlot.Plot plot, Func<string> draw)
    {
        (LineStyle Line, LinePattern Pattern, float Width)[] dashed =
        [
            .. plot.GetPlottables().OfType<IHasLine>().Select(plottable => plottable.LineStyle)
                .Where(line => line.Pattern.Intervals is { Length: > 0 })
                .Select(line => (line, line.Pattern, line.Width)),
        ];
        foreach (var (line, pattern, width) in dashed)
        {
            line.Pattern = LinePattern.Solid;
            line.Width = width + s_patterns.First(p => p.Pattern.Name == pattern.Name).Thousandths / 1000f;
        }

        try
        {
            return Width().Replace(draw(), Dashed);
        }
        finally
        {
            foreach (var (line, pattern, width) in dashed)
            {
                (line.Pattern, line.Width) = (pattern, width);
            }
        }
    }

    private static string Dashed(Match match)
    {
        double width = double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), plain = Math.Round(width, 1);
        int thousandths = (int)Math.Round((width - plain) * 1000);
        int index = Array.FindIndex(s_patterns, pattern => pattern.Thousandths == thousandths);
        return index < 0 ? match.Value : string.Create(
            CultureInfo.InvariantCulture,
            $"stroke-width=\"{plain}\" stroke-dasharray=\"{string.Join(' ', s_patterns[index].Pattern.Intervals)}\"");
    }

    [GeneratedRegex("stroke-width=\"([0-9.]+)\"")]
    private static partial Regex Width();
}
