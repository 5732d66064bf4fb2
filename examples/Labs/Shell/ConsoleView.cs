using Labs.Reference;
using Spectre.Console;

namespace Labs.Shell;

/// <summary>What the runner and the labs show on the console.</summary>
internal sealed class ConsoleView(IAnsiConsole console)
{
    private const int ShownNumbers = 4;
    private ProgressContext? _progress;

    /// <summary>The process's console; wide where it is a file, so that tables keep their lines whole.</summary>
    public static ConsoleView Create()
    {
        var console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 200;
            console.Profile.Capabilities.Ansi = false;
            console.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }

        return new(console);
    }

    /// <summary>Runs a lab under its heading, with room for progress bars where somebody watches.</summary>
    public void Run(Lab lab, Action action)
    {
        console.WriteLine();
        console.Write(new Rule($"[bold]{Markup.Escape($"Lab {lab.Number}: {lab.Title}")}[/]").LeftJustified());
        if (Console.IsOutputRedirected || !console.Profile.Capabilities.Interactive)
        {
            action();
            return;
        }

        console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(progress =>
            {
                _progress = progress;
                try
                {
                    action();
                }
                finally
                {
                    _progress = null;
                }
            });
    }

    public void Section(string title) => console.MarkupLine($"  [grey]{Markup.Escape(title)}[/]");

    public void Line(string text) => console.WriteLine(text);

    /// <summary>A message that must be seen, on the error stream.</summary>
    public static void Error(string text)
    {
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(text);
            return;
        }

        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) })
            .MarkupLine($"[red]{Markup.Escape(text)}[/]");
    }

    public ProgressTask? StartTask(string label, int total) =>
        _progress?.AddTask(Markup.Escape(label), maxValue: total);

    /// <summary>A lab's rows.</summary>
    public void Rows(IReadOnlyList<Comparison> comparisons)
    {
        if (comparisons.Count == 0)
        {
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).Expand();
        table.AddColumns("part", "number", "published", "PyTorch", "ours", "within?");
        string part = "";
        foreach (var comparison in comparisons)
        {
            bool same = part == comparison.Row.Cell;
            part = comparison.Row.Cell;
            table.AddRow(
                same ? "" : Markup.Escape(part),
                Markup.Escape(comparison.Row.What),
                Markup.Escape(comparison.PublishedText(ShownNumbers)),
                Markup.Escape(comparison.ExpectedText(ShownNumbers)),
                Markup.Escape(comparison.ActualText(ShownNumbers)),
                comparison.Within ? "[green]yes[/]" : $"[red]no[/]: {Markup.Escape(comparison.Verdict.Why)}");
        }

        console.Write(table);
    }

    /// <summary>The labs that can be run.</summary>
    public void Labs(IEnumerable<Lab> labs)
    {
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("", "");
        foreach (var lab in labs)
        {
            table.AddRow($"[bold]{lab.Number}[/]", Markup.Escape(lab.Title));
        }

        console.Write(table);
    }

    public void Summary(int within, int total) =>
        console.MarkupLine($"[bold {(within == total ? "green" : "red")}]{within} of {total} rows within tolerance[/]");
}
