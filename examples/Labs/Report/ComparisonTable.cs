using System.Net;
using System.Text;
using Labs.Reference;

namespace Labs.Report;

/// <summary>Reference rows beside our numbers, as an HTML table.</summary>
internal static class ComparisonTable
{
    /// <summary>More numbers than this are folded under the first ones.</summary>
    private const int Shown = 6;

    /// <summary>The rows; a column that none of them fills is left out.</summary>
    public static string ToHtml(IEnumerable<Comparison> comparisons, bool withCell)
    {
        Comparison[] rows = [.. comparisons];
        (string Name, Func<Comparison, Func<int, string>> Text)[] columns =
        [
            ("published", row => row.PublishedText),
            ("PyTorch", row => row.ExpectedText),
            ("ours", row => row.ActualText),
        ];
        columns = [.. columns.Where(column => rows.Any(row => column.Text(row)(Shown).Length > 0))];
        var html = new StringBuilder("<div class=\"scroll\"><table class=\"comparison\"><thead><tr>");
        foreach (string name in (string[])
            [.. withCell ? ["part"] : Array.Empty<string>(), "what", .. columns.Select(column => column.Name),
                "within"])
        {
            html.Append($"<th scope=\"col\">{name}</th>");
        }

        html.Append("</tr></thead><tbody>\n");
        foreach (var comparison in rows)
        {
            var row = comparison.Row;
            string seed = row.Seed is null || !withCell
                ? ""
                : $"<small>seed: {WebUtility.HtmlEncode(row.Seed)}</small>";
            html.Append("<tr>")
                .Append(withCell ? $"<td data-label=\"part\">{WebUtility.HtmlEncode(row.Cell)}</td>" : "")
                .Append($"<th scope=\"row\">{WebUtility.HtmlEncode(row.What)}{seed}</th>")
                .AppendJoin("", columns.Select(column => Numbers(column.Name, column.Text(comparison))))
                .Append(comparison.Within
                    ? "<td class=\"yes\" data-label=\"within\">✓ yes</td>"
                    : $"<td class=\"no\" data-label=\"within\">✗ no<small>"
                        + $"{WebUtility.HtmlEncode(comparison.Verdict.Why)}</small></td>")
                .Append("</tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Numbers(string column, Func<int, string> text)
    {
        string brief = WebUtility.HtmlEncode(text(Shown)), full = WebUtility.HtmlEncode(text(int.MaxValue));
        string shown = brief == full ? full : $"<details><summary>{brief}</summary>{full}</details>";
        return $"<td class=\"digits\" data-label=\"{column}\">{shown}</td>";
    }
}
