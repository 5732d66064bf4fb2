using Labs.Shell;

namespace Labs.Report;

/// <summary>What is wrong in the notebooks, as far as the labs came upon it: <c>errata.md</c> as a page.</summary>
internal static class ErrataPage
{
    public const string FileName = "errata.html";

    public static string ToHtml(IEnumerable<Lab> catalog)
    {
        string[] parts = EmbeddedText.Read("Report/errata.md").ReplaceLineEndings("\n").Split("\n## ");
        var page = new HtmlPage("Errata in the notebooks", "errata")
        {
            Navigation = IndexPage.Navigation(FileName, catalog),
            Lead = $"<div class=\"lead\">{Markdown.ToHtml(parts[0])}</div>",
        };
        foreach (string part in parts[1..])
        {
            string[] lines = part.Split('\n', 2);
            page.Section(lines[0]);
            page.Append(Markdown.ToHtml(lines[1]));
        }

        return page.ToHtml();
    }
}
