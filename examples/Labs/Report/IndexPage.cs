using System.Net;
using System.Runtime.InteropServices;
using System.Text;
using Labs.Shell;

namespace Labs.Report;

/// <summary>The report's first page, and what its pages have in common.</summary>
internal static class IndexPage
{
    public static string FileName(Lab lab) => $"lab{lab.Number}.html";

    /// <summary>Links to the index, to each lab and to the errata.</summary>
    public static string Navigation(string current, IEnumerable<Lab> catalog)
    {
        var html = new StringBuilder("<nav aria-label=\"Labs\">");
        html.Append(Link("index.html", "The labs", "The labs"));
        foreach (var lab in catalog)
        {
            html.Append(Link(FileName(lab), $"{lab.Number}", $"Lab {lab.Number}: {lab.Title}"));
        }

        return html.Append(Link(ErrataPage.FileName, "Errata", "Errata")).Append("</nav>").ToString();

        string Link(string address, string text, string name)
        {
            string label = name == text ? "" : $" aria-label=\"{WebUtility.HtmlEncode(name)}\"";
            return address == current
                ? $"<a href=\"{address}\" aria-current=\"page\"{label}>{text}</a>"
                : $"<a href=\"{address}\"{label}>{text}</a>";
        }
    }

    /// <summary>Links to the lab before and the lab after.</summary>
    public static string Neighbours(Lab current, IReadOnlyList<Lab> catalog)
    {
        Lab[] labs = [.. catalog];
        int at = Array.IndexOf(labs, current);
        string before = at > 0 ? Link(labs[at - 1], "prev", "← ", "") : "<span></span>";
        string after = at + 1 < labs.Length ? Link(labs[at + 1], "next", "", " →") : "<span></span>";
        return $"<nav class=\"neighbours\" aria-label=\"Neighbouring labs\">{before}{after}</nav>";

        static string Link(Lab lab, string rel, string left, string right) =>
            $"<a rel=\"{rel}\" href=\"{FileName(lab)}\">{left}Lab {lab.Number}: "
                + $"{WebUtility.HtmlEncode(lab.Title)}{right}</a>";
    }

    /// <summary>What a lab is about, where it comes from, how it went, and how a reader runs it.</summary>
    public static string Lead(LabResult result) =>
        $"""
        <div class="lead">{Markdown.ToHtml(result.Lab.Summary)}</div>
        <div class="origin">{Markdown.ToHtml(Courses.Of(result.Lab.Number))}</div>
        <p class="outcome">{Badge(result)} {Seconds(result.Time)}</p>
        {Run($" -- {result.Lab.Number}", "This page is written by")}
        """;

    /// <summary>The command that writes a page.</summary>
    private static string Run(string arguments, string what) =>
        $"""
        <details class="run"><summary>Run it yourself</summary>
        <p>{what} this command, in the repository's folder; it needs the .NET SDK alone:</p>
        <pre class="code"><code>dotnet run -c Release --project examples/Labs{arguments}</code></pre></details>
        """;

    public static string ToHtml(
        IReadOnlyList<LabResult> results, IReadOnlyList<Lab> catalog, TimeSpan time, string folder)
    {
        int within = results.Sum(result => result.Within), total = results.Sum(result => result.Comparisons.Count);
        var page = new HtmlPage("Five labs, reproduced", "index")
        {
            Navigation = Navigation("index.html", catalog),
            Lead = $"""
                <div class="lead"><p>Five published PyTorch labs, run by <em>Autodiff</em>, an automatic differentiation
                engine written in C#. Every number that a lab prints, or that PyTorch computes for it, stands beside
                ours.</p></div>
                <p class="outcome">{Badge(within, total, results.All(result => result.Failure is null))}
                {Seconds(time)}</p>
                {Run("", "These pages are written by")}
                """,
        };
        page.Append("<div class=\"cards\">");
        foreach (var lab in catalog)
        {
            page.Append(Card(lab, results.FirstOrDefault(result => result.Lab == lab), folder));
        }

        page.Append("</div>");
        foreach (var result in results.Where(result => result.Comparisons.Count > 0))
        {
            page.Append($"""
                <details class="rows"{(result.Passed ? "" : " open")}>
                <summary>Lab {result.Lab.Number}: {result.Within} of {result.Comparisons.Count} rows within
                tolerance</summary>
                {ComparisonTable.ToHtml(result.Comparisons, withCell: true)}</details>
                """);
        }

        page.Append(
            "<p class=\"machine\">" + WebUtility.HtmlEncode($"{RuntimeInformation.FrameworkDescription}, "
                + $"{RuntimeInformation.RuntimeIdentifier}, {Environment.ProcessorCount} processors") + "</p>");
        return page.ToHtml();
    }

    private static string Card(Lab lab, LabResult? result, string folder)
    {
        string title = $"<span class=\"number\">{lab.Number}</span> {WebUtility.HtmlEncode(lab.Title)}";
        bool hasPage = result is not null || File.Exists(Path.Combine(folder, FileName(lab)));
        string heading = hasPage ? $"<a href=\"{FileName(lab)}\">{title}</a>" : title;
        string outcome = result is not null
            ? $"{Badge(result)} {Seconds(result.Time)}"
            : hasPage ? "<span class=\"quiet\">not part of this run; the page is an earlier run's</span>"
            : "<span class=\"quiet\">not part of this run</span>";
        return $"<article class=\"card\"><h2>{heading}</h2>{Markdown.ToHtml(lab.Summary)}<p "
            + $"class=\"outcome\">{outcome}</p></article>";
    }

    private static string Badge(LabResult result) =>
        Badge(result.Within, result.Comparisons.Count, result.Failure is null);

    private static string Badge(int within, int total, bool finished) =>
        $"<span class=\"badge {(within == total && finished ? "yes" : "no")}\">{within} of {total} rows "
            + $"within{(finished ? "" : ", stopped early")}</span>";

    private static string Seconds(TimeSpan time) =>
        FormattableString.Invariant($"<span class=\"quiet\">{time.TotalSeconds:F1} s</span>");
}
