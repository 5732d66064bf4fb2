using System.Net;
using System.Text;
using Figures;
using Figures.Plotly;
using Figures.Stills;

namespace Labs.Report;

/// <summary>
/// One HTML file that stands on its own: style, script and figures inside; beside it only Plotly.js and, for paper and
/// for readers without JavaScript, the figures' stills.
/// </summary>
/// <param name="title">The page's heading.</param>
/// <param name="name">What the names of its stills begin with.</param>
internal sealed class HtmlPage(string title, string name)
{
    private readonly StringBuilder _body = new();
    private readonly StringBuilder _figures = new();
    private readonly SharedArrays _shared = new();
    private readonly List<(string Id, string Title)> _sections = [];
    private readonly List<string> _scripts = [];
    private readonly List<(string Name, Figure Figure)> _stills = [];

    public string Title { get; } = title;

    /// <summary>What the names of the page's stills begin with.</summary>
    public string Name { get; } = name;

    /// <summary>The figures placed so far, and the names of their stills, without endings.</summary>
    public IReadOnlyList<(string Name, Figure Figure)> Stills => _stills;

    /// <summary>HTML that stands under the title.</summary>
    public string Lead { get; set; } = "";

    /// <summary>HTML of the links at the top.</summary>
    public string Navigation { get; set; } = "";

    /// <summary>HTML that stands at the end.</summary>
    public string Foot { get; set; } = "";

    public void Append(string html) => _body.AppendLine(html);

    /// <summary>A heading that the page's contents list.</summary>
    public void Section(string title)
    {
        string id = $"section-{_sections.Count + 1}";
        _sections.Add((id, title));
        Append($"<h2 id=\"{id}\">{Markdown.Inline(title)}</h2>");
    }

    /// <summary>
    /// The HTML of a figure's place; its data is kept for the end of the page. The still stands there until the script
    /// draws the figure, and on paper.
    /// </summary>
    public string Place(Figure figure, string? caption)
    {
        string id = $"figure-{_stills.Count + 1}", still = StillFiles.Name(Name, _stills.Count + 1, figure.Title);
        _stills.Add((still, figure));
        _scripts.AddRange(figure is LiveFigure live ? live.Scripts.Except(_scripts) : []);
        string json = figure.ToJsonText(_shared);
        _figures.AppendLine($"<script type=\"application/json\" data-figure=\"{id}\">{json}</script>");
        string label = WebUtility.HtmlEncode(figure.Title), address = $"{StillFiles.Folder}/{still}";
        string text = caption is null ? "" : $"<figcaption>{Markdown.Inline(caption)}</figcaption>";
        return $"""
            <figure id="{id}" aria-label="{label}"><p class="title">{label}</p><div class="controls"></div>
            <div class="plot" style="min-height:{figure.Height}px"></div>
            <div class="still {(IsOfLines(figure) ? "lines" : "map")}"><a href="{address}.svg">
            <img src="{address}.png" srcset="{address}.png {StillFigure.PngScale}x" alt="{label}"></a>
            {Choice(figure)}</div>
            {text}</figure>
            """;
    }

    /// <summary>
    /// Whether the still is lines on white, which a dark page may show the other way round; not colours that mean
    /// heights.
    /// </summary>
    private static bool IsOfLines(Figure figure) => figure switch
    {
        Plot => true,
        Variants { All: [var (_, first), ..] } => IsOfLines(first),
        LiveFigure live => IsOfLines(live.Still),
        _ => false,
    };

    /// <summary>Which of several figures the still shows.</summary>
    private static string Choice(Figure figure)
    {
        if (figure is LiveFigure live)
        {
            string settings = string.Join(", ", live.Controls.Select(control => $"{control.Label} {control.First}"));
            return $"<p>Here with {WebUtility.HtmlEncode(settings)}; the page's script computes it for others.</p>";
        }

        if (figure is not Variants variants)
        {
            return "";
        }

        var shown = variants.Settings.Zip(variants.All[0].Choices, (setting, choice) => $"{setting} {choice}");
        string text = WebUtility.HtmlEncode($"Here with {string.Join(", ", shown)}");
        return $"<p>{text}; the page's script offers {variants.All.Count} such figures.</p>";
    }

    /// <summary>What the page's figures are computed by, where some are.</summary>
    private string LiveScripts() => _scripts.Count == 0
        ? ""
        : string.Concat(_scripts.Prepend(EmbeddedText.Read("Report/live.js"))
            .Select(script => $"<script>{script}</script>\n"));

    private string LiveStyle() => _scripts.Count == 0 ? "" : EmbeddedText.Read("Report/live.css");

    public string ToHtml()
    {
        string contents = _sections.Count < 2 ? "" : $"""
            <nav class="contents" aria-label="Contents"><ol>{string.Concat(_sections.Select(s =>
                $"<li><a href=\"#{s.Id}\">{Markdown.Inline(s.Title)}</a></li>"))}</ol></nav>
            """;
        string figures = _stills.Count == 0 ? "" : $"""
            <script src="{PlotlyLibrary.FileName}"></script>
            <script type="application/json" id="shared-arrays">{_shared.ToJson()}</script>
            {_figures}{LiveScripts()}
            """;
        return $"""
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{WebUtility.HtmlEncode(Title)}</title>
            <script>document.documentElement.classList.add("js");</script>
            <style>{MathFont.StyleOf($"{Lead}{_body}")}
            {EmbeddedText.Read("Report/report.css")}{LiveStyle()}</style>
            </head>
            <body{(contents.Length == 0 ? "" : " class=\"with-contents\"")}>
            <a class="skip" href="#content">Skip to the content</a>
            <header class="top">{Navigation}</header>
            {contents}
            <main id="content" tabindex="-1">
            <h1>{Markdown.Inline(Title)}</h1>
            {Lead}
            {_body}{Foot}</main>
            {figures}<script>{EmbeddedText.Read("Report/report.js")}</script>
            </body>
            </html>

            """;
    }
}
