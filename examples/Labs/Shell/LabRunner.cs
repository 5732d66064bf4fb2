using System.Diagnostics;
using Figures.Plotly;
using Labs.Reference;
using Labs.Report;

namespace Labs.Shell;

/// <summary>Runs labs, writes their pages, the index and the results.</summary>
internal sealed class LabRunner(ConsoleView console, IReadOnlyList<Lab> catalog, IReadOnlyList<ReferenceRow> reference)
{
    public const int Success = 0, RowsOut = 1, Cancelled = 130;

    /// <summary>Runs the labs into <paramref name="folder"/>; the process's exit code.</summary>
    public async Task<int> RunAsync(IReadOnlyList<Lab> labs, string folder, CancellationToken cancellation)
    {
        Directory.CreateDirectory(folder);
        var start = Stopwatch.GetTimestamp();
        PlotlyLibrary.WriteTo(folder);
        var results = new List<LabResult>();
        try
        {
            foreach (var lab in labs)
            {
                results.Add(await Task.Run(() => RunLab(lab, folder, cancellation), CancellationToken.None));
                console.Rows(results[^1].Comparisons);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            ConsoleView.Error($"Cancelled; pages of finished labs are in {folder}.");
            return Cancelled;
        }

        Comparison[] rows = [.. results.SelectMany(result => result.Comparisons)];
        var time = Stopwatch.GetElapsedTime(start);
        Write(folder, "index.html", IndexPage.ToHtml(results, catalog, time, folder));
        Write(folder, ErrataPage.FileName, ErrataPage.ToHtml(catalog));
        WriteResults(folder, rows);
        console.Line("");
        console.Summary(rows.Count(row => row.Within), rows.Length);
        console.Line(
            FormattableString.Invariant($"{time.TotalSeconds:F1} s. Report: {Path.Combine(folder, "index.html")}"));

        return results.All(result => result.Passed) ? Success : RowsOut;
    }

    private LabResult RunLab(Lab lab, string folder, CancellationToken cancellation)
    {
        var context = new LabContext(lab, reference, console, cancellation);
        string? failure = null;
        long start = Stopwatch.GetTimestamp();
        console.Run(lab, () =>
        {
            try
            {
                lab.Run(context);
                context.WriteText(isWhole: true);
            }
            catch (Exception e) when (e is not OperationCanceledException || !cancellation.IsCancellationRequested)
            {
                // One lab's fault leaves the others their run; it is told, and the exit code says so.
                failure = $"{e.GetType().Name}: {e.Message}";
                ConsoleView.Error($"Lab {lab.Number} stopped. {e}");
                context.WriteText(isWhole: false);
            }
        });
        var time = Stopwatch.GetElapsedTime(start);
        failure ??= WriteStills(context.Page, folder);
        var result = new LabResult(lab, context.Comparisons, time, failure);
        context.Finish(failure);
        context.Page.Navigation = IndexPage.Navigation(IndexPage.FileName(lab), catalog);
        context.Page.Foot = IndexPage.Neighbours(lab, catalog);
        context.Page.Lead = IndexPage.Lead(result);
        Write(folder, IndexPage.FileName(lab), context.Page.ToHtml());
        foreach ((string file, string html) in context.Attachments)
        {
            Write(folder, file, html);
        }

        return result;
    }

    /// <summary>After the lab's clock has stopped; null, or what went wrong.</summary>
    private static string? WriteStills(HtmlPage page, string folder)
    {
        try
        {
            StillFiles.Write(page, folder);
            return null;
        }
        catch (AggregateException e)
        {
            ConsoleView.Error($"{page.Title}: not every still could be written. {e.Flatten()}");
            return $"not every still could be written: {e.InnerException!.Message}";
        }
    }

    private static void WriteResults(string folder, IEnumerable<Comparison> rows)
    {
        string path = Path.Combine(folder, "results.json");
        using (var stream = File.Create(path + ".new"))
        {
            ResultsFile.Write(stream, rows);
        }

        File.Move(path + ".new", path, overwrite: true);
    }

    /// <summary>Written beside and moved, so that a reader never opens half a page.</summary>
    private static void Write(string folder, string name, string text)
    {
        string path = Path.Combine(folder, name);
        File.WriteAllText(path + ".new", text);
        File.Move(path + ".new", path, overwrite: true);
    }
}
