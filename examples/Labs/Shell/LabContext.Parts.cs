using System.Net;
using Figures;
using Labs.Reference;
using Labs.Report;

namespace Labs.Shell;

// The parts, by the names that the text's marks have.
internal sealed partial class LabContext
{
    private readonly LabText _text;
    private readonly PageParts _parts;
    private string _shownSection = "";

    /// <summary>A figure, shown at <c>{{figure name}}</c>. Lines below the mark are its caption.</summary>
    public void Figure(string name, Figure figure) =>
        Add("figure", name, caption => Page.Place(figure, caption.Length == 0 ? null : caption));

    /// <summary>What a program prints, shown at <c>{{output name}}</c>.</summary>
    public void Output(string name, string text) =>
        Add("output", name, _ => $"<pre class=\"output\">{WebUtility.HtmlEncode(text.Trim('\n'))}</pre>");

    /// <summary>A table, shown at <c>{{table name}}</c>; numbers are set to seven digits, text is Markdown.</summary>
    public void Table(string name, string[] header, IEnumerable<object?[]> rows)
    {
        string html = TableHtml(header, rows);
        Add("table", name, _ => html);
    }

    /// <summary>A value within the text, shown at <c>{{name}}</c>.</summary>
    public void Value(string name, FormattableString text)
    {
        _parts.AddValue(name, text);
        ShowSection(new("value", name));
    }

    /// <summary>
    /// A page of its own, written beside the lab's, and a link to it at <c>{{link file}}</c>; the link's text follows
    /// the mark.
    /// </summary>
    public void Attach(string file, string html)
    {
        _attachments.Add((file, html));
        Add("link", file, caption => $"<p><a href=\"{file}\">{Markdown.Inline(caption)}</a></p>");
    }

    /// <summary>Says in the place of a part why this run has none.</summary>
    public void Without(string kind, string name, string reason) =>
        Add(kind, name, _ => $"<aside class=\"note\"><p>{WebUtility.HtmlEncode(reason)}</p></aside>");

    /// <inheritdoc cref="Page_parts.Write"/>
    internal void WriteText(bool isWhole)
    {
        try
        {
            _parts.Write(Page, isWhole);
        }
        catch (FormatException) when (!isWhole)
        {
            // What stopped the lab is told; a fault of the text that comes after it would hide it.
        }
    }

    private void Add(string kind, string name, Func<string, string> html)
    {
        Cancellation.ThrowIfCancellationRequested();
        _parts.Add(new(kind, name), html);
        ShowSection(new(kind, name));
    }

    /// <summary>The console follows the run by the sections in which its parts will stand.</summary>
    private void ShowSection(PageMark mark)
    {
        if (_text.Marks.FirstOrDefault(placed => placed.Mark == mark)?.Section is { } section
            && section != _shownSection)
        {
            _shownSection = section;
            _console.Section(section);
        }
    }
}
