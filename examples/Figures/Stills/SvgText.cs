using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Figures.Stills;

/// <summary>What Skia's SVG lacks to stand in a page.</summary>
internal static partial class SvgText
{
    private const string Fallbacks = "Inter, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif";

    /// <summary>
    /// The figure scales (Skia gives it no view box), has a name for those who don't see it, shows the pixels of a
    /// grid as squares, and its text has other sans fonts to fall back on where Inter is not installed.
    /// </summary>
    /// <param name="svg">What Skia wrote.</param>
    /// <param name="title">The figure's name.</param>
    /// <param name="width">In pixels.</param>
    /// <param name="height">In pixels.</param>
    /// <param name="isGrid">Whether its bitmaps are grids of squares, which must not be smoothed.</param>
    public static string Finish(string svg, string title, int width, int height, bool isGrid)
    {
        string root = string.Create(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="{width}"
              height="{height}" viewBox="0 0 {width} {height}" role="img">
            <title>{WebUtility.HtmlEncode(title)}</title>
            """);
        svg = Root().Replace(svg, root, 1);
        svg = SemiBold().Replace(svg, $"font-weight=\"600\" font-family=\"{Fallbacks}\"");
        svg = Regular().Replace(svg, $"font-family=\"{Fallbacks}\"");

        // Skia counts clips over all its drawings; here they are counted in each.
        Dictionary<string, string> clips = [];
        svg = Clip().Replace(svg, clip =>
        {
            clips.TryAdd(clip.Value, string.Create(CultureInfo.InvariantCulture, $"clip{clips.Count + 1}"));
            return clips[clip.Value];
        });
        if (isGrid)
        {
            svg = svg.Replace("<image ", "<image style=\"image-rendering:pixelated\" ", StringComparison.Ordinal);
        }

        return svg.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd() + "\n";
    }

    [GeneratedRegex("<svg [^>]*>")]
    private static partial Regex Root();

    [GeneratedRegex("(?:font-weight=\"[^\"]*\" )?font-family=\"Inter Semi Bold[^\"]*\"")]
    private static partial Regex SemiBold();

    [GeneratedRegex(@"\bcl_[0-9a-f]+\b")]
    private static partial Regex Clip();

    [GeneratedRegex("font-family=\"Inter\"")]
    private static partial Regex Regular();
}
