using System.Globalization;
using Labs.Reference;

namespace Labs.Report;

/// <summary>The parts that a lab has made, which its text's marks name, and the page that comes of both.</summary>
/// <param name="text">The text.</param>
/// <param name="hasSource">Whether the lab's source has a member or region of that name.</param>
/// <param name="source">The HTML of a member or region.</param>
/// <param name="comparisons">The rows that the lab has reported so far.</param>
internal sealed class PageParts(
    LabText text, Func<string, bool> hasSource, Func<string, string> source,
    IReadOnlyCollection<Comparison> comparisons)
{
    private readonly Dictionary<PageMark, Func<string, string>> _parts = [];
    private readonly Dictionary<string, string> _values = [];
    private bool _isWritten;
    private readonly string[] _rowMarks =
        [.. text.Marks.Where(placed => placed.Mark.Kind == "rows").Select(placed => placed.Mark.Name)];

    /// <summary>A part, made into HTML when its place in the page is reached, from the caption there.</summary>
    /// <exception cref="ArgumentException">There is one of that kind and name.</exception>
    public void Add(PageMark mark, Func<string, string> html)
    {
        if (!_parts.TryAdd(mark, html))
        {
            throw new ArgumentException($"There is a {mark.Kind} '{mark.Name}' already.", nameof(mark));
        }
    }

    /// <summary>A value within the text.</summary>
    /// <exception cref="ArgumentException">There is one of that name.</exception>
    public void AddValue(string name, FormattableString value)
    {
        if (!_values.TryAdd(name, value.ToString(CultureInfo.InvariantCulture)))
        {
            throw new ArgumentException($"There is a value '{name}' already.", nameof(name));
        }
    }

    /// <summary>Writes the text with its parts into a page.</summary>
    /// <param name="page">The page.</param>
    /// <param name="isWhole">Whether the lab ran to its end; where it did not, the page ends before the first part that
    /// is missing.</param>
    /// <exception cref="FormatException">A mark has no part, or no mark shows a part; the message has each mark's file
    /// and line.</exception>
    public void Write(HtmlPage page, bool isWhole)
    {
        string[] faults = isWhole ? [.. Faults()] : [];
        if (faults.Length > 0)
        {
            throw new FormatException(string.Join("; ", faults));
        }

        if (_isWritten)
        {
            return;
        }

        _isWritten = true;
        bool hasEnded = false;
        text.Write(
            value: name => _values.GetValueOrDefault(name, "…"),
            part: block =>
            {
                hasEnded |= !block.Marks.All(Exists);
                return hasEnded ? "" : ToHtml(block);
            },
            section: title =>
            {
                if (!hasEnded)
                {
                    page.Section(title);
                }
            },
            html: html =>
            {
                if (!hasEnded)
                {
                    page.Append(html);
                }
            });
    }

    private IEnumerable<string> Faults()
    {
        foreach (var placed in text.Marks.Where(placed => !Exists(placed.Mark)))
        {
            yield return $"{placed} names nothing that the lab has made";
        }

        var repeated = text.Marks.Where(placed => placed.Mark.Kind is not ("source" or "value"))
            .GroupBy(placed => placed.Mark).Where(places => places.Count() > 1);
        foreach (var places in repeated)
        {
            yield return $"{places.Last()} stands before in {places.First().File}({places.First().Line})";
        }

        var shown = text.Marks.Select(placed => placed.Mark).ToHashSet();
        foreach (var mark in _parts.Keys.Concat(_values.Keys.Select(name => new PageMark("value", name))).Except(shown))
        {
            yield return $"no mark shows the {mark.Kind} '{mark.Name}'";
        }

        foreach (var comparison in comparisons.Where(comparison => RowMarks.Of(comparison.Row, _rowMarks) is null))
        {
            yield return $"no mark {{{{rows {comparison.Row.Cell}}}}} shows '{comparison.Row.What}'";
        }
    }

    private bool Exists(PageMark mark) => mark.Kind switch
    {
        "source" => hasSource(mark.Name),
        "rows" => Rows(mark.Name).Any(),
        "value" => _values.ContainsKey(mark.Name),
        _ => _parts.ContainsKey(mark),
    };

    private IEnumerable<Comparison> Rows(string name) =>
        comparisons.Where(comparison => RowMarks.Of(comparison.Row, _rowMarks) == name);

    private string ToHtml(MarkBlock block)
    {
        bool isBeside = block.Marks.Count > 1 && block.Marks.All(mark => mark.Kind == "figure");
        string html = string.Concat(block.Marks.Select(mark => mark.Kind switch
        {
            "source" => source(mark.Name),
            "rows" => ComparisonTable.ToHtml(Rows(mark.Name), withCell: false),
            _ => _parts[mark](isBeside ? "" : block.Caption),
        }));
        return isBeside
            ? $"<div class=\"side-by-side\">{html}</div>"
                + (block.Caption.Length == 0 ? "" : $"<p>{Markdown.Inline(block.Caption)}</p>")
            : html;
    }
}
