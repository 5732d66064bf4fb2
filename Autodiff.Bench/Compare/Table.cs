using System.Globalization;
using System.Text;

namespace Autodiff.Bench.Compare;

/// <summary>The rows as a table: with lines for the console, in Markdown for the documents.</summary>
internal static class Table
{
    private static readonly string[] Heads = ["work", "threads", "ours", "peer", "unit", "ratio", "goal",
        "peer's name"];
    private static readonly bool[] IsNumber = [false, true, true, true, false, true, true, false];

    public static string Figure(double? value) => value is not { } v ? "" : v switch
    {
        0 => "0",
        >= 1000 => v.ToString("N0", CultureInfo.InvariantCulture),
        >= 100 => v.ToString("F0", CultureInfo.InvariantCulture),
        >= 10 => v.ToString("F1", CultureInfo.InvariantCulture),
        >= 1 => v.ToString("F2", CultureInfo.InvariantCulture),
        _ => v.ToString("G3", CultureInfo.InvariantCulture),
    };

    public static string Ratio(Row row) =>
        row.Ratio is not { } ratio ? "" : Figure(ratio) + (row.ReachesGoal is { } reached ? reached ? " ✓" : " ✗" : "");

    /// <summary>Markdown: a heading and a table for each section.</summary>
    public static string Markdown(IReadOnlyList<Row> rows)
    {
        StringBuilder text = new();
        foreach (IGrouping<string, Row> section in rows.GroupBy(row => row.Section))
        {
            text.Append("### ").Append(section.Key).Append("\n\n");
            text.Append("| ").AppendJoin(" | ", Heads).Append(" |\n|");
            foreach (bool number in IsNumber)
            {
                text.Append(number ? "---:|" : "---|");
            }

            text.Append('\n');
            foreach (Row row in section)
            {
                text.Append("| ").AppendJoin(" | ", Cells(row)).Append(" |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>A table drawn with lines.</summary>
    public static string Plain(IReadOnlyList<Row> rows)
    {
        List<string[]> lines = [Heads, .. rows.Select(Cells)];
        int[] widths = [.. Heads.Select((_, column) => lines.Max(line => line[column].Length))];
        StringBuilder text = new();
        Rule(text, widths, '╭', '┬', '╮');
        Line(text, widths, Heads);
        string section = "";
        foreach (Row row in rows)
        {
            if (row.Section != section)
            {
                section = row.Section;
                Rule(text, widths, '├', '┼', '┤');
                Line(text, widths, [Fit(section, widths[0]), "", "", "", "", "", "", ""]);
            }

            Line(text, widths, Cells(row));
        }

        Rule(text, widths, '╰', '┴', '╯');
        return text.ToString();
    }

    private static string[] Cells(Row row) =>
    [
        row.Name, row.Threads.ToString(CultureInfo.InvariantCulture), Figure(row.Ours), Figure(row.Peer), row.Unit,
        Ratio(row),
        row.Goal is { } goal ? string.Create(CultureInfo.InvariantCulture, $"{goal:0.##}") : "", row.PeerName,
    ];

    private static string Fit(string text, int width) => text.Length <= width ? text : text[..(width - 1)] + "…";

    private static void Line(StringBuilder text, int[] widths, string[] cells)
    {
        for (int column = 0; column < cells.Length; column++)
        {
            text.Append("│ ")
                .Append(IsNumber[column]
                    ? cells[column].PadLeft(widths[column])
                    : cells[column].PadRight(widths[column])).Append(' ');
        }

        text.Append("│\n");
    }

    private static void Rule(StringBuilder text, int[] widths, char left, char middle, char right)
    {
        for (int column = 0; column < widths.Length; column++)
        {
            text.Append(column == 0 ? left : middle).Append('─', widths[column] + 2);
        }

        text.Append(right).Append('\n');
    }
}
