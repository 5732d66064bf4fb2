using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Labs.Reference;
using Labs.Report;

namespace Labs.Shell;

/// <summary>
/// What a lab makes its page of. Each part has a name, and a mark in the lab's Markdown says where the page shows it.
/// <code>
/// foreach (int step in lab.Steps("Descending", 1000)) { ... }         // a progress bar; Ctrl-C stops here
/// lab.Value("end", $"{theta:F3}");                                    // {{end}} within a line
/// lab.Figure("walk", new Plot("The walk", "x", "f(x)").AnimatedPath(px, py, "path"));   // {{figure walk}}
/// lab.Check("exercise 1", "(3t-7)^2 from 0, lr 0.01", theta);         // {{rows exercise 1}}, of Reference/labs.json
/// </code>
/// </summary>
internal sealed partial class LabContext
{
    private readonly ConsoleView _console;
    private readonly List<ReferenceRow> _rows;
    private readonly Dictionary<ReferenceRow, Comparison> _comparisons = [];
    private readonly List<(string File, string Html)> _attachments = [];
    private readonly string _folder;

    public LabContext(Lab lab, IEnumerable<ReferenceRow> rows, ConsoleView console, CancellationToken cancellation)
    {
        string key = $"{lab.Number}-";
        _rows = [.. rows.Where(row => row.Lab.StartsWith(key, StringComparison.Ordinal))];
        _folder = $"Lab{lab.Number}";
        _text = lab.Prose;
        _parts = new(_text, name => SourceSnippet.Has(_folder, name), SourceHtml, _comparisons.Values);
        _console = console;
        Page = new HtmlPage($"Lab {lab.Number}: {lab.Title}", $"lab{lab.Number}");
        Cancellation = cancellation;
    }

    /// <summary>Set when the reader pressed Ctrl-C; <see cref="Steps"/> and progress bars stop by themselves.</summary>
    public CancellationToken Cancellation { get; }

    internal HtmlPage Page { get; }

    /// <summary>Pages to be written beside the lab's.</summary>
    internal IReadOnlyList<(string File, string Html)> Attachments => _attachments;

    /// <summary>All of the lab's rows, in the reference's order; those never reported are failures.</summary>
    internal IReadOnlyList<Comparison> Comparisons =>
        [.. _rows.Select(row => _comparisons.GetValueOrDefault(row) ?? Comparison.Missing(row))];

    private string SourceHtml(string name) =>
        $"<pre class=\"code\"><code>{CSharpHighlighter.ToHtml(SourceSnippet.Find(_folder, name))}</code></pre>"
            + PyTorchCode.ToHtml(_folder, name);

    private static string TableHtml(string[] header, IEnumerable<object?[]> rows)
    {
        var html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        html.AppendJoin("", header.Select(name =>
            name.Length == 0 ? "<td></td>" : $"<th scope=\"col\">{Markdown.Inline(name)}</th>"))
            .Append("</tr></thead><tbody>\n");
        foreach (object?[] row in rows)
        {
            // What a row is about stands first, where the header leaves that column without a name.
            html.Append("<tr>").AppendJoin("", row.Select((value, i) => i == 0 && header[0].Length == 0
                ? $"<th scope=\"row\">{Markdown.Inline($"{value}")}</th>"
                : Cell(value))).Append("</tr>\n");
        }

        return html.Append("</tbody></table></div>").ToString();
    }

    /// <summary>
    /// Compares our numbers, in row-major order, with a row of the reference, and shows them on the page. A number
    /// that the lab prints rounded (a prediction of 0.73) is reported rounded.
    /// </summary>
    /// <param name="cell">The row's <c>cell</c>.</param>
    /// <param name="what">The row's <c>what</c>, or as much of its beginning as tells it from the cell's other
    /// rows.</param>
    /// <param name="actual">Our numbers.</param>
    /// <returns>Whether they are within tolerance.</returns>
    /// <exception cref="ArgumentException">No row, or more than one, is meant.</exception>
    /// <exception cref="InvalidOperationException">The row was reported before.</exception>
    public bool Check(string cell, string what, params ReadOnlySpan<double> actual)
    {
        var comparison = Comparison.Of(Find(cell, what), actual);
        if (!_comparisons.TryAdd(comparison.Row, comparison))
        {
            throw new InvalidOperationException($"Check: '{cell}: {comparison.Row.What}' was reported before.");
        }

        ShowSection(new PageMark("rows", cell));
        return comparison.Within;
    }

    /// <inheritdoc cref="Check(string, string, ReadOnlySpan{double})"/>
    public bool Check(string cell, string what, float[] actual) =>
        Check(cell, what, Array.ConvertAll(actual, value => (double)value));

    /// <summary>Counts 0, 1, ..., count - 1 with a progress bar on the console.</summary>
    /// <exception cref="OperationCanceledException">The reader pressed Ctrl-C.</exception>
    public IEnumerable<int> Steps(string label, int count)
    {
        using var bar = Progress(label, count);
        for (int i = 0; i < count; i++)
        {
            yield return i;
            bar.Advance();
        }
    }

    /// <summary>A progress bar on the console; silent where the console is a file.</summary>
    public ProgressBar Progress(string label, int total) => new(_console.StartTask(label, total), Cancellation);

    /// <summary>Runs <paramref name="action"/> and says how long it took.</summary>
    public static TimeSpan Time(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Writes what stopped the lab, if anything did, and its rows all together.</summary>
    internal void Finish(string? failure)
    {
        if (failure is not null)
        {
            Page.Append(
                $"<aside class=\"failure\"><p>The lab stopped here: {WebUtility.HtmlEncode(failure)}</p></aside>");
        }

        if (_rows.Count > 0)
        {
            Page.Section("All numbers of this lab");
            Page.Append(ComparisonTable.ToHtml(Comparisons, withCell: true));
        }
    }

    private ReferenceRow Find(string cell, string what)
    {
        ReferenceRow[] inCell = [.. _rows.Where(row => row.Cell == cell)];
        ReferenceRow[] meant = [.. inCell.Where(row => row.What.StartsWith(what, StringComparison.Ordinal))];
        return meant.FirstOrDefault(row => row.What == what) ?? (meant.Length == 1
            ? meant[0]
            : throw new ArgumentException(
                $"Check: '{what}' is the beginning of {meant.Length} rows of the cell '{cell}', whose rows are: "
                    + $"{(inCell.Length == 0 ? "none" : string.Join("; ", inCell.Select(row => $"'{row.What}'")))}. "
                    + $"Cells: {string.Join(", ", _rows.Select(row => $"'{row.Cell}'").Distinct())}.",
                nameof(what)));
    }

    private static string Cell(object? value) => value switch
    {
        null => "<td></td>",
        string text => $"<td>{Markdown.Inline(text)}</td>",
        float number => $"<td class=\"digits\">{number.ToString("G7", CultureInfo.InvariantCulture)}</td>",
        double number => $"<td class=\"digits\">{Comparison.Format(number)}</td>",
        bool flag => $"<td>{(flag ? "yes" : "no")}</td>",
        IFormattable other =>
            $"<td class=\"digits\">{WebUtility.HtmlEncode(other.ToString(null, CultureInfo.InvariantCulture))}</td>",
        _ => $"<td>{WebUtility.HtmlEncode(value.ToString())}</td>",
    };
}
