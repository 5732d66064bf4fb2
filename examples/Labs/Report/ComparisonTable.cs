using System.Net;
using System.Text;

namespace Labs.Report;

/// <summary>Reference rows beside our figures, as an HTML table.</summary>
internal static class ComparisonTable
{
    /// <summary>More figures than this are folded under the first ones.</summary>
    private const int Shown = 6;

    public static string ToHtml(IEnumerable<Comparison> comparisons, bool withCell)
    {
        var html = new StringBuilder("<div class=\"scroll\"><table class=\"comparison\"><thead><tr>");
        html.Append(withCell ? "<th>part</th>" : "")
            .Append(
                "<th>figure</th><th>published</th><th>PyTorch</th><th>ours</th><th>within</th></tr></thead><tbody>");
        foreach (var comparison in comparisons)
        {
            var row = comparison.Row;
            string seed = row.Seed is null || !withCell
                ? ""
                : $"<small>seed: {WebUtility.HtmlEncode(row.Seed)}</small>";
            html.Append("<tr>")
                .Append(withCell ? $"<td>{WebUtility.HtmlEncode(row.Cell)}</td>" : "")
                .Append($"<td>{WebUtility.HtmlEncode(row.What)}{seed}</td>")
                .Append(Figures(comparison.PublishedText))
                .Append(Figures(comparison.ExpectedText))
                .Append(Figures(comparison.ActualText))
                .Append(comparison.Within
                    ? "<td class=\"yes\">✓ yes</td>"
                    : $"<td class=\"no\">✗ no<small>{WebUtility.HtmlEncode(comparison.Verdict.Why)}</small></td>")
                .Append("</tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    private static string Figures(Func<int, string> text)
    {
        string brief = WebUtility.HtmlEncode(text(Shown)), full = WebUtility.HtmlEncode(text(int.MaxValue));
        return brief == full
            ? $"<td class=\"figures\">{full}</td>"
            : $"<td class=\"figures\"><details><summary>{brief}</summary>{full}</details></td>";
    }
}
