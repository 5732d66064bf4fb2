using System.Globalization;
using System.Text;
using Figures.Stills;

namespace Labs.Report;

/// <summary>A page's figures as PNG and SVG files: what <c>savefig</c> leaves in the notebooks.</summary>
internal static class StillFiles
{
    /// <summary>The files' folder beside the pages.</summary>
    public const string Folder = "figures";

    private const int MaximumWords = 48;

    /// <summary>A file's name without its ending, such as <c>lab1-03-training-loss</c>.</summary>
    public static string Name(string page, int number, string title)
    {
        var words = new StringBuilder();
        foreach (char c in title)
        {
            if (char.IsAsciiLetterOrDigit(c))
            {
                words.Append(char.ToLowerInvariant(c));
            }
            else if (words.Length > 0 && words[^1] != '-' && c is not '\'')
            {
                words.Append('-');
            }
        }

        string text = words.ToString(0, Math.Min(words.Length, MaximumWords)).Trim('-');
        return string.Create(CultureInfo.InvariantCulture, $"{page}-{number:00}-{text}").Trim('-');
    }

    /// <summary>Writes the page's stills, in place of those of an earlier run.</summary>
    public static void Write(HtmlPage page, string folder)
    {
        string stills = Path.Combine(folder, Folder);
        Directory.CreateDirectory(stills);
        foreach (string old in Directory.GetFiles(stills, $"{page.Name}-*"))
        {
            File.Delete(old);
        }

        Parallel.ForEach(page.Stills, entry =>
        {
            using var still = StillFigure.Of(entry.Figure);
            File.WriteAllText(Path.Combine(stills, entry.Name + ".svg"), still.ToSvg());
            File.WriteAllBytes(Path.Combine(stills, entry.Name + ".png"), still.ToPng());
        });
    }
}
