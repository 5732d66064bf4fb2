using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Labs.Report;

/// <summary>
/// The little Markdown that the labs' texts use: paragraphs, lists (<c>- </c>, <c>1. </c>), quotes (<c>&gt; </c>),
/// <c>**bold**</c>, <c>*italic*</c>, <c>`code`</c>, <c>[text](address)</c>, <c>$inline formulas$</c> and
/// <c>$$displayed ones$$</c>.
/// </summary>
internal static partial class Markdown
{
    /// <summary>Whole blocks, parted by empty lines.</summary>
    public static string ToHtml(string text)
    {
        var html = new StringBuilder();
        foreach (string block in BlankLines().Split(text.Replace("\r\n", "\n", StringComparison.Ordinal).Trim()))
        {
            string[] lines = block.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (lines.Length > 0)
            {
                html.AppendLine(Block(lines));
            }
        }

        return html.ToString();
    }

    /// <summary>One line's content, without a block around it.</summary>
    public static string Inline(string text)
    {
        var html = new StringBuilder();
        int plain = 0;
        foreach (Match match in InlineMarks().Matches(text))
        {
            html.Append(WebUtility.HtmlEncode(text[plain..match.Index]));
            plain = match.Index + match.Length;
            html.Append(Mark(match));
        }

        return html.Append(WebUtility.HtmlEncode(text[plain..])).ToString();
    }

    private static string Block(string[] lines)
    {
        if (lines.All(line => line.StartsWith('>')))
        {
            return $"<blockquote>{ToHtml(string.Join('\n', lines.Select(line => line[1..].TrimStart())))}</blockquote>";
        }

        if (IsItem(lines[0], out bool numbered))
        {
            return List(lines, numbered);
        }

        string joined = string.Join('\n', lines);
        if (joined.StartsWith("$$", StringComparison.Ordinal) && joined.EndsWith("$$", StringComparison.Ordinal)
            && joined.Length > 4)
        {
            return TexMath.ToMathML(joined[2..^2], display: true);
        }

        // A list may follow its introduction without an empty line.
        int item = Array.FindIndex(lines, line => IsItem(line, out _));
        return item > 0
            ? Block(lines[..item]) + Block(lines[item..])
            : $"<p>{Inline(joined)}</p>";
    }

    private static string List(string[] lines, bool numbered)
    {
        var items = new List<string>();
        foreach (string line in lines)
        {
            if (IsItem(line, out _))
            {
                items.Add(ItemMark().Replace(line, ""));
            }
            else
            {
                items[^1] += "\n" + line;
            }
        }

        string tag = numbered ? "ol" : "ul";
        return $"<{tag}>{string.Concat(items.Select(item => $"<li>{Inline(item)}</li>"))}</{tag}>";
    }

    private static bool IsItem(string line, out bool numbered)
    {
        numbered = char.IsAsciiDigit(line[0]);
        return ItemMark().IsMatch(line);
    }

    private static string Mark(Match match)
    {
        if (match.Groups["code"] is { Success: true } code)
        {
            return $"<code>{WebUtility.HtmlEncode(code.Value)}</code>";
        }

        if (match.Groups["math"] is { Success: true } math)
        {
            return TexMath.ToMathML(math.Value, display: false);
        }

        if (match.Groups["bold"] is { Success: true } bold)
        {
            return $"<strong>{Inline(bold.Value)}</strong>";
        }

        return match.Groups["italic"] is { Success: true } italic
            ? $"<em>{Inline(italic.Value)}</em>"
            : $"<a href=\"{WebUtility.HtmlEncode(match.Groups["address"].Value)}\">"
                + $"{Inline(match.Groups["link"].Value)}</a>";
    }

    [GeneratedRegex(@"\n[ \t]*\n")]
    private static partial Regex BlankLines();

    [GeneratedRegex(@"^(?:[-*]|\d+\.)\s+")]
    private static partial Regex ItemMark();

    [GeneratedRegex(
        @"`(?<code>[^`]+)`|\$(?<math>[^$]+)\$|\*\*(?<bold>.+?)\*\*|"
        + @"(?<![\w*])\*(?<italic>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])|"
        + @"\[(?<link>[^\]]+)\]\((?<address>[^)\s]+)\)",
        RegexOptions.Singleline)]
    private static partial Regex InlineMarks();
}
