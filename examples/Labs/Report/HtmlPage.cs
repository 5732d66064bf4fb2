using System.Net;
using System.Text;

namespace Labs.Report;

/// <summary>
/// One HTML file that stands on its own: style, script and figures inside; only Plotly.js beside it or on its CDN.
/// </summary>
internal sealed class HtmlPage(string title)
{
    private readonly StringBuilder _body = new();
    private readonly StringBuilder _figures = new();
    private readonly SharedArrays _shared = new();
    private readonly List<(string Id, string Title)> _sections = [];
    private int _figureCount;

    public string Title { get; } = title;

    /// <summary>HTML that stands under the title.</summary>
    public string Lead { get; set; } = "";

    /// <summary>HTML of the links at the top.</summary>
    public string Navigation { get; set; } = "";

    public void Append(string html) => _body.AppendLine(html);

    /// <summary>A heading that the page's contents list.</summary>
    public void Section(string title)
    {
        string id = $"section-{_sections.Count + 1}";
        _sections.Add((id, title));
        Append($"<h2 id=\"{id}\">{Markdown.Inline(title)}</h2>");
    }

    /// <summary>The HTML of a figure's place; its data is kept for the end of the page.</summary>
    public string Place(Figure figure, string? caption)
    {
        string id = $"figure-{++_figureCount}";
        _figures.AppendLine(
            $"<script type=\"application/json\" data-figure=\"{id}\">{figure.ToJsonText(_shared)}</script>");
        string text = caption is null ? "" : $"<figcaption>{Markdown.Inline(caption)}</figcaption>";
        return $"<figure id=\"{id}\" aria-label=\"{WebUtility.HtmlEncode(figure.Title)}\"><div "
            + "class=\"controls\"></div><div class=\"plot\" "
            + $"style=\"min-height:{figure.Height}px\"></div>{text}</figure>";
    }

    public string ToHtml()
    {
        string contents = _sections.Count < 2 ? "" : $"""
            <nav class="contents" aria-label="Contents"><ol>{string.Concat(_sections.Select(s =>
                $"<li><a href=\"#{s.Id}\">{Markdown.Inline(s.Title)}</a></li>"))}</ol></nav>
            """;
        string figures = _figureCount == 0 ? "" : $"""
            <script src="{PlotlyLibrary.FileName}" onerror="this.remove()"></script>
            <script>if (!window.Plotly) document.write('<script src="{PlotlyLibrary.CdnAddress}"><\/script>');</script>
            <script type="application/json" id="shared-arrays">{_shared.ToJson()}</script>
            {_figures}<script>{EmbeddedText.Read("Report/report.js")}</script>
            """;
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{WebUtility.HtmlEncode(Title)}</title>
            <style>
            {EmbeddedText.Read("Report/report.css")}</style>
            </head>
            <body{(contents.Length == 0 ? "" : " class=\"with-contents\"")}>
            <header class="top">{Navigation}</header>
            {contents}
            <main>
            <h1>{Markdown.Inline(Title)}</h1>
            {Lead}
            {_body}</main>
            {figures}
            </body>
            </html>

            """;
    }
}
