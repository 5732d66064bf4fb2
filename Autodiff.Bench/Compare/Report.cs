using System.Text.Json;
using System.Text.Json.Serialization;
using Autodiff.Bench.Machine;

namespace Autodiff.Bench.Compare;

/// <summary>Writes what a comparison found.</summary>
internal static class Report
{
    private const string Begin = "<!-- comparison: begin -->", End = "<!-- comparison: end -->";

    public static void Write(Comparison comparison)
    {
        Settings settings = comparison.Settings;
        string markdown = Markdown(comparison);
        Directory.CreateDirectory(settings.OutputFolder);
        using (FileStream stream = File.Create(Path.Combine(settings.OutputFolder, "results.json")))
        {
            Json(stream, comparison.Rows);
        }

        File.WriteAllText(Path.Combine(settings.OutputFolder, "table.md"), markdown);
        if (settings.DocumentFile is { } file)
        {
            File.WriteAllText(file, Replace(File.ReadAllText(file), markdown, file));
            Charts.Illustrate(file);
        }

        Console.WriteLine();
        Console.WriteLine(Table.Plain(comparison.Rows));
        foreach (string hint in comparison.Hints)
        {
            Console.WriteLine(hint);
        }

        int withGoal = comparison.Rows.Count(row => row.ReachesGoal is not null),
            reached = comparison.Rows.Count(row => row.ReachesGoal == true);
        Console.WriteLine(
            $"{reached} of {withGoal} goals reached. Written to {Path.GetFullPath(settings.OutputFolder)}.");
    }

    private static string Markdown(Comparison comparison)
    {
        StringWriter text = new() { NewLine = "\n" };
        text.WriteLine($"Machine: {MachineDescription.Text}.");
        text.WriteLine();
        text.WriteLine($"Peers: {string.Join("; ", comparison.Peers)}.");
        text.WriteLine();
        foreach (string hint in comparison.Hints)
        {
            text.WriteLine(hint);
            text.WriteLine();
        }

        text.Write(Table.Markdown(comparison.Rows));
        return text.ToString();
    }

    /// <summary>
    /// An array of rows <c>{name, ours, peer, peerName, ratio, goal, unit, threads}</c>; figures that are missing are
    /// null.
    /// </summary>
    private static void Json(FileStream stream, IReadOnlyList<Row> rows) =>
        JsonSerializer.Serialize(stream,
            [.. rows.Select(row =>
                row with { Ours = Finite(row.Ours), Peer = Finite(row.Peer), Ratio = Finite(row.Ratio) })],
                    RowContext.Default.RowArray);

    private static double? Finite(double? value) => value is { } v && double.IsFinite(v) ? v : null;

    private static string Replace(string document, string table, string file)
    {
        int from = document.IndexOf(Begin, StringComparison.Ordinal),
            to = document.IndexOf(End, StringComparison.Ordinal);
        return from >= 0 && to > from
            ? $"{document[..(from + Begin.Length)]}\n\n{table.TrimEnd()}\n\n{document[to..]}"
            : throw new InvalidOperationException(
                $"{file} lacks the lines {Begin} and {End}, between which the table stands.");
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(Row[]))]
internal sealed partial class RowContext : JsonSerializerContext;
