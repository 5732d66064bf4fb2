using System.Globalization;
using System.Text.RegularExpressions;
using Autodiff.Bench.Compare;
using Autodiff.Tests.Docs;

namespace Autodiff.Tests.LabReport;

/// <summary>The benchmarks' charts show what the tables say.</summary>
public sealed partial class ChartTests
{
    private static string Docs => Path.Combine(SourceTree.Root, "docs");

    [GeneratedRegex(@"-?\d+(\.\d+)?(e[-+]\d+)?")]
    private static partial Regex Number();

    [Test]
    public void Committed_charts_are_those_of_the_committed_table()
    {
        string document = File.ReadAllText(Path.Combine(Docs, "benchmarks.md"));
        var charts = Charts.Of(TableReader.Read(document)).ToArray();
        Assert.That(charts.Select(chart => chart.File), Is.EquivalentTo(
            Directory.GetFiles(Path.Combine(Docs, Charts.Folder)).Select(Path.GetFileName)));
        foreach (var (section, file, svg, title) in charts)
        {
            string hint = $"{file}: dotnet run -c Release --project Autodiff.Bench -- charts docs/benchmarks.md";
            Assert.That(document, Does.Contain($"### {section}\n\n![{title}]({Charts.Folder}/{file})\n"), hint);
            AssertSame(File.ReadAllText(Path.Combine(Docs, Charts.Folder, file)), svg, hint);
        }
    }

    /// <summary>The same words and shapes; places may differ by a processor's rounding.</summary>
    private static void AssertSame(string committed, string drawn, string hint)
    {
        string shape = Number().Replace(committed.ReplaceLineEndings("\n"), "#");
        Assert.That(shape, Is.EqualTo(Number().Replace(drawn, "#")), hint);
        Assert.That(Numbers(committed), Is.EqualTo(Numbers(drawn)).Within(0.02), hint);
    }

    private static double[] Numbers(string text) =>
        [.. Number().Matches(text).Select(match => double.Parse(match.Value, CultureInfo.InvariantCulture))];

    [Test]
    public void A_table_read_back_is_the_table_written()
    {
        Row[] rows =
        [
            Row.Of("Training steps", "x² step, eager", 0.52, 21.9, "PyTorch", "µs", Better.Lower, 1, goal: 40),
            Row.Of("Training steps", "lab network step, eager", 1234, null, "", "bytes", Better.Lower, 2),
            Row.Of("SGEMM, C = A B", "SGEMM 64x64x64", 159, 168, "OpenBLAS", "GFLOP/s", Better.Higher, 1),
        ];
        string written = Table.Markdown(rows);
        Assert.That(Table.Markdown(TableReader.Read(written)), Is.EqualTo(written));
    }

    [Test]
    public void Part_of_a_table_has_part_of_the_charts()
    {
        Row[] rows = [Row.Of("Optimizers, some", "sgd", 1, 2, "PyTorch", "µs", Better.Lower, 1)];
        Assert.That(Charts.Of(rows).Select(chart => chart.File), Is.EqualTo(new[] { "optimizers.svg" }));
        Assert.That(Charts.Of([]), Is.Empty);
    }

    [Test]
    public void Illustrating_twice_changes_nothing()
    {
        string folder = Directory.CreateTempSubdirectory("autodiff-charts").FullName;
        try
        {
            string document = Path.Combine(folder, "b.md");
            File.WriteAllText(document, "a\n\n" + Table.Markdown(
                [Row.Of("Optimizers, some", "sgd", 1, 2, "PyTorch", "µs", Better.Lower, 1)]) + "z\n");
            Charts.Illustrate(document);
            string once = File.ReadAllText(document);
            Charts.Illustrate(document);
            Assert.That(File.ReadAllText(document), Is.EqualTo(once));
            Assert.That(once, Does.Contain(
                "### Optimizers, some\n\n"
                + "![A step of the optimizer: times as fast as PyTorch](charts/optimizers.svg)\n\n| work |"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
