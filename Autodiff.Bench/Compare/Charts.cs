using System.Globalization;
using System.Text.RegularExpressions;
using Figures;
using Figures.Stills;

namespace Autodiff.Bench.Compare;

/// <summary>
/// Charts of a document's tables, as SVG files in the folder <c>charts</c> beside it. They are drawn from the tables as
/// they stand there, so that both always say the same.
/// </summary>
internal static partial class Charts
{
    public const string Folder = "charts";

    private const int BarHeight = 19, RoomAroundBars = 150;

    private static readonly (string Section, string File, Func<IReadOnlyList<Row>, Plot?> Draw)[] s_charts =
    [
        ("SGEMM", "sgemm", Sgemm),
        ("Elementwise operations", "elementwise", Elementwise),
        ("Training steps", "training-steps", TrainingSteps),
        ("Optimizers", "optimizers", Optimizers),
        ("Backward of a chain", "chains", Chains),
        ("Peak memory", "memory", Memory),
    ];

    /// <summary>Draws the charts of a document and puts each under the heading of its table.</summary>
    public static void Illustrate(string document)
    {
        string text = Link().Replace(File.ReadAllText(document), "");
        string folder = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(document))!, Folder);
        Directory.CreateDirectory(folder);
        foreach (var (section, file, svg, title) in Of(TableReader.Read(text)))
        {
            File.WriteAllText(Path.Combine(folder, file), svg);
            string heading = $"### {section}\n";
            text = text.Replace(heading, $"{heading}\n![{title}]({Folder}/{file})\n", StringComparison.Ordinal);
        }

        File.WriteAllText(document, text);
    }

    /// <summary>
    /// The charts that the rows suffice for: the table's heading, the file's name, its text and its title.
    /// </summary>
    public static IEnumerable<(string Section, string File, string Svg, string Title)> Of(IReadOnlyList<Row> rows)
    {
        foreach (var section in rows.GroupBy(row => row.Section))
        {
            foreach (var (heading, file, draw) in s_charts)
            {
                if (section.Key.StartsWith(heading, StringComparison.Ordinal) && draw([.. section]) is { } plot)
                {
                    using var still = StillFigure.Of(plot);
                    yield return (section.Key, file + ".svg", still.ToSvg(), plot.Title);
                }
            }
        }
    }

    private static Plot? Sgemm(IReadOnlyList<Row> rows)
    {
        Row[] squares = [.. rows.Where(row => row.PeerName == "OpenBLAS" && Square().IsMatch(row.Name))];
        double fastest = squares.Select(row => Math.Max(row.Ours ?? 0, row.Peer ?? 0)).DefaultIfEmpty().Max();
        Plot plot = new("Square products in float32: more is better", "n, of n × n × n", "GFLOP/s")
        {
            LogX = true,
            YRange = (0, 1.1 * fastest),
        };
        foreach (var threads in squares.GroupBy(row => row.Threads))
        {
            double[] sizes =
            [
                .. threads.Select(row => Square().Match(row.Name).Groups[1].Value)
                    .Select(size => double.Parse(size, CultureInfo.InvariantCulture)),
            ];
            string dash = threads.Key == 1 ? "dash" : "solid", on = Threads(threads.Key);
            plot.Line(sizes, Values(threads, row => row.Ours), $"Autodiff, {on}", Palette.Blue, dash);
            plot.Line(sizes, Values(threads, row => row.Peer), $"OpenBLAS, {on}", Palette.Vermilion, dash);
        }

        return plot.Marks.Count > 0 ? plot : null;
    }

    private static Plot? Elementwise(IReadOnlyList<Row> rows)
    {
        Row[] compared = [.. rows.Where(row => row.Ratio is not null).OrderByDescending(row => row.Ratio)];
        return Ratios(
            "Elementwise operations: times as fast as TensorPrimitives",
            [("", Palette.Blue, compared.ToDictionary(row => row.Name, row => row.Ratio!.Value))]);
    }

    private static Plot? TrainingSteps(IReadOnlyList<Row> rows)
    {
        Row[] compared = [.. rows.Where(row => row is { PeerName: "PyTorch", Ratio: not null })];
        int threads = compared.Select(row => row.Threads).DefaultIfEmpty(1).Max();
        return Ratios(
            $"Training steps on {Threads(threads)}: times as fast as PyTorch",
            [How("eager", Palette.Blue), How("compiled", Palette.Green)]);

        (string, string, Dictionary<string, double>) How(string how, string colour)
        {
            string ending = $", {how}";
            var rows = compared
                .Where(row => row.Threads == threads && row.Name.EndsWith(ending, StringComparison.Ordinal));
            return (how, colour, rows.ToDictionary(row => row.Name[..^ending.Length], row => row.Ratio!.Value));
        }
    }

    private static Plot? Optimizers(IReadOnlyList<Row> rows) => Ratios(
        "A step of the optimizer: times as fast as PyTorch",
        [
            .. rows.Where(row => row.Ratio is not null).GroupBy(row => row.Threads).Select((threads, index) => (
                Threads(threads.Key), Palette.Cycle(2 * index),
                threads.ToDictionary(row => row.Name, row => row.Ratio!.Value))),
        ]);

    private static Plot? Chains(IReadOnlyList<Row> rows)
    {
        Row[] compared = [.. rows.Where(row => row.PeerName == "PyTorch")];
        if (compared.Length == 0)
        {
            return null;
        }

        double[] lengths = [.. compared.Select(row => double.Parse(
            Digits().Match(row.Name).Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture))];
        Plot plot = new("Backward through a chain: less is better", "nodes in the chain", "ns for a node")
        {
            LogX = true,
            LogY = true,
        };
        return plot
            .Path(lengths, Values(compared, row => row.Ours), "Autodiff", Palette.Blue)
            .Path(lengths, Values(compared, row => row.Peer), "PyTorch", Palette.Vermilion);
    }

    private static Plot? Memory(IReadOnlyList<Row> rows)
    {
        Row[] compared = [.. rows.Where(row => row is { Ours: not null, Peer: not null })];
        string[] names = [.. compared.Select(row => Short(row.Name))];
        Plot plot = new("Peak memory of a process that trains: less is better", "MiB")
        {
            BarsLie = true,
            Height = RoomAroundBars + 2 * BarHeight * names.Length,
        };
        Add("Autodiff", Palette.Blue, row => row.Ours);
        Add("PyTorch", Palette.Vermilion, row => row.Peer);
        return compared.Length > 0 ? plot : null;

        void Add(string name, string colour, Func<Row, double?> value) => plot.Bars(
            names, Values(compared, value), name, colour, [.. compared.Select(row => Table.Figure(value(row)))]);
    }

    /// <summary>Bars on a log axis from 1, as fast as the peer: to the right where we are faster.</summary>
    private static Plot? Ratios(
        string title, IReadOnlyList<(string Name, string Colour, Dictionary<string, double> Values)> groups)
    {
        string[] names = [.. groups.SelectMany(group => group.Values.Keys).Distinct()];
        if (names.Length == 0)
        {
            return null;
        }

        Plot plot = new(title, "times as fast")
        {
            LogX = true,
            BarsLie = true,
            BarsFrom = 1,
            Height = RoomAroundBars + BarHeight * names.Length * groups.Count,
        };
        foreach (var (name, colour, values) in groups)
        {
            double?[] ratios = [.. names.Select(n => values.TryGetValue(n, out double ratio) ? ratio : (double?)null)];
            string[] labels = [.. names.Select(n => groups.Count > 1 ? Short(n) : n)];
            plot.Bars(
                labels, ratios.Select(ratio => ratio ?? double.NaN).ToArray(), name, colour,
                [.. ratios.Select(ratio => Table.Figure(ratio))]);
        }

        return plot.VerticalLine(1);
    }

    private static Series Values(IEnumerable<Row> rows, Func<Row, double?> value) =>
        rows.Select(row => value(row) ?? double.NaN).ToArray();

    private static string Threads(int count) => count == 1 ? "one thread" : $"{count} threads";

    /// <summary>Without the sizes, which the table has.</summary>
    private static string Short(string name) => name.Split(", ")[0];

    [GeneratedRegex(@"^SGEMM (\d+)x\1x\1$")]
    private static partial Regex Square();

    [GeneratedRegex(@"[\d,]+")]
    private static partial Regex Digits();

    [GeneratedRegex(@"^!\[[^\]]*\]\(charts/[^)]*\)\n\n?", RegexOptions.Multiline)]
    private static partial Regex Link();
}
