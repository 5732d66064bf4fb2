using System.Globalization;

namespace Autodiff.Bench.Compare;

/// <summary>Reads back what <see cref="Table.Markdown"/> wrote, with the digits that it wrote.</summary>
internal static class TableReader
{
    private const int Cells = 8;

    /// <summary>The rows of all tables in a document that have the comparison's columns.</summary>
    public static IReadOnlyList<Row> Read(string markdown)
    {
        List<Row> rows = [];
        string section = "";
        foreach (string line in markdown.Split('\n'))
        {
            string[] cells = [.. line.Split('|').Select(cell => cell.Trim())];
            if (line.StartsWith("### ", StringComparison.Ordinal))
            {
                section = line[4..].Trim();
            }
            else if (cells.Length == Cells + 2 && int.TryParse(cells[2], CultureInfo.InvariantCulture, out int threads))
            {
                double? ratio = Number(cells[6].TrimEnd(' ', '✓', '✗'));
                rows.Add(new(
                    section, cells[1], Number(cells[3]), Number(cells[4]), cells[8], ratio, Number(cells[7]), cells[5],
                    threads));
            }
        }

        return rows;
    }

    private static double? Number(string cell)
    {
        const NumberStyles Styles = NumberStyles.Float | NumberStyles.AllowThousands;
        return double.TryParse(cell, Styles, CultureInfo.InvariantCulture, out double value) ? value : null;
    }
}
