using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Figures;
using Labs.Reference;
using Labs.Report;

namespace Labs.Shell;

/// <summary>
/// What a lab writes its page with, in the order in which the page reads.
/// <code>
/// lab.Section("Descent on a parabola");
/// lab.Text("We walk down $f(x) = x^2$ by **small steps**.");          // Markdown with $formulas$
/// lab.Formula(@"\theta \gets \theta - \eta \nabla f(\theta)");
/// lab.Source(nameof(Descend));                                        // the method's own source, as it ran
/// foreach (int step in lab.Steps("Descending", 1000)) { ... }         // a progress bar; Ctrl-C stops here
/// lab.Figure(new Plot("Path", "x", "f(x)").Line(xs, ys).AnimatedPath(px, py), "Each step is shorter.");
/// lab.Check("exercise 1", "(3t-7)^2 from 0, lr 0.01", theta);         // a row of Reference/labs.json
/// lab.Question("Why does it slow down?", "Because the slope goes to zero.");
/// </code>
/// </summary>
internal sealed partial class LabContext
{
    private readonly ConsoleView _console;
    private readonly List<ReferenceRow> _rows;
    private readonly Dictionary<ReferenceRow, Comparison> _comparisons = [];
    private readonly List<Comparison> _pending = [];
    private readonly List<(string File, string Html)> _attachments = [];
    private readonly string _folder;

    public LabContext(Lab lab, IEnumerable<ReferenceRow> rows, ConsoleView console, CancellationToken cancellation)
    {
        string key = $"{lab.Number}-";
        _rows = [.. rows.Where(row => row.Lab.StartsWith(key, StringComparison.Ordinal))];
        _folder = $"Lab{lab.Number}";
        _text = lab.Prose;
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

    /// <summary>A part of the lab, listed in the page's contents and on the console.</summary>
    public void Section(string title)
    {
        Cancellation.ThrowIfCancellationRequested();
        Flush();
        Page.Section(title);
        _console.Section(title);
    }

    /// <summary>A smaller heading.</summary>
    public void Subsection(string title) => Append($"<h3>{Markdown.Inline(title)}</h3>");

    /// <summary>Text in the Markdown that <see cref="Markdown"/> knows.</summary>
    public void Text(string markdown) => Append(Markdown.ToHtml(markdown));

    /// <summary>A remark set apart: what to notice, where a document errs.</summary>
    public void Note(string markdown) => Append($"<aside class=\"note\">{Markdown.ToHtml(markdown)}</aside>");

    /// <summary>A task that the lab sets.</summary>
    public void Exercise(string markdown) => Append($"<aside class=\"exercise\">{Markdown.ToHtml(markdown)}</aside>");

    /// <summary>A question whose answer opens on demand.</summary>
    public void Question(string question, string answer) => Append(
        $"<details class=\"question\"><summary>{Markdown.Inline(question)}</summary>"
            + $"{Markdown.ToHtml(answer)}</details>");

    /// <summary>A displayed formula in TeX.</summary>
    public void Formula(string tex) => Append(TexMath.ToMathML(tex, display: true));

    /// <summary>C# code.</summary>
    public void Code(string code) =>
        Append($"<pre class=\"code\"><code>{CSharpHighlighter.ToHtml(code.Trim('\n'))}</code></pre>");

    /// <summary>
    /// The source of one of the lab's members, or of a <c>#region</c>, in the folder <c>LabN</c>.
    /// </summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    /// <remarks>Where the lab's <c>pytorch.py</c> has a region of that name, PyTorch's code stands beside it.</remarks>
    public void Source(string name) => Append(SourceHtml(name));

    private string SourceHtml(string name) =>
        $"<pre class=\"code\"><code>{CSharpHighlighter.ToHtml(SourceSnippet.Find(_folder, name))}</code></pre>"
            + PyTorchCode.ToHtml(_folder, name);

    /// <summary>What a program prints: tensors, modules, logs.</summary>
    public void Output(string text) => Append($"<pre class=\"output\">{WebUtility.HtmlEncode(text.Trim('\n'))}</pre>");

    /// <summary>A page of its own, written beside the lab's, and a link to it.</summary>
    /// <param name="file">Its file name.</param>
    /// <param name="html">The page.</param>
    /// <param name="link">The link's text.</param>
    public void Attach(string file, string html, string link)
    {
        _attachments.Add((file, html));
        Append($"<p><a href=\"{file}\">{Markdown.Inline(link)}</a></p>");
    }

    /// <summary>A table; numbers are set to seven digits, text is Markdown.</summary>
    public void Table(string[] header, IEnumerable<object?[]> rows) => Append(TableHtml(header, rows));

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

    /// <summary>An interactive figure.</summary>
    public void Figure(Figure figure, string? caption = null) => Append(Page.Place(figure, caption));

    /// <summary>Figures side by side where the page is wide enough.</summary>
    public void SideBySide(params Figure[] figures) => Append(
        $"<div class=\"side-by-side\">{string.Concat(figures.Select(figure => Page.Place(figure, null)))}</div>");

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
        _pending.Add(comparison);
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

    /// <summary>Writes what is still pending, and the lab's rows all together.</summary>
    internal void Finish(string? failure)
    {
        Flush();
        if (failure is not null)
        {
            Append($"<aside class=\"failure\"><p>The lab stopped here: {WebUtility.HtmlEncode(failure)}</p></aside>");
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

    private void Append(string html)
    {
        Flush();
        Page.Append(html);
    }

    /// <summary>Rows reported one after another make one table.</summary>
    private void Flush()
    {
        if (_pending.Count > 0)
        {
            Page.Append(ComparisonTable.ToHtml(_pending, withCell: false));
            _pending.Clear();
        }
    }

    private static string Cell(object? value) => value switch
    {
        null => "<td></td>",
        string text => $"<td>{Markdown.Inline(text)}</td>",
        float number => $"<td class=\"figures\">{number.ToString("G7", CultureInfo.InvariantCulture)}</td>",
        double number => $"<td class=\"figures\">{Comparison.Format(number)}</td>",
        bool flag => $"<td>{(flag ? "yes" : "no")}</td>",
        IFormattable other =>
            $"<td class=\"figures\">{WebUtility.HtmlEncode(other.ToString(null, CultureInfo.InvariantCulture))}</td>",
        _ => $"<td>{WebUtility.HtmlEncode(value.ToString())}</td>",
    };
}
