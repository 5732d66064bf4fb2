using System.Globalization;
using System.Text.RegularExpressions;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

/// <summary>How much code a reader of a lab meets, beside the lines of the notebook that the README has.</summary>
public sealed partial class LabLengthTests
{
    private static IEnumerable<TestCaseData> Labs() => Rows()
        .Matches(File.ReadAllText(Path.Combine(
            TestContext.CurrentContext.TestDirectory, "LabReport", "README.md")))
        .Select(row => new TestCaseData(Number(row, "lab"), Number(row, "notebook"), Number(row, "most"),
            row.Groups["why"].Value.Trim().Length > 0));

    [Test]
    public void All_labs_are_counted() => Assert.That(Labs().Count(), Is.EqualTo(5));

    [TestCaseSource(nameof(Labs))]
    public void A_labs_code_stays_within_its_lines(int lab, int notebook, int most, bool hasReason)
    {
        int lines = typeof(LabLengthTests).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"Source/Lab{lab}/", StringComparison.Ordinal) && name.EndsWith(".cs"))
            .Sum(name => CodeLines(EmbeddedText.Read(name)));
        Assert.That(lines, Is.Positive.And.AtMost(most));
        Assert.That(most, hasReason ? Is.GreaterThan(1.5 * notebook) : Is.AtMost(1.5 * notebook));
    }

    [TestCase("int x = 1; // one", 1)]
    [TestCase("{\n    // only a remark\n    /// <summary>x</summary>\n}", 0)]
    [TestCase("using System;\nnamespace A;\n#region r\n#endregion\nusing var a = B();", 1)]
    [TestCase("string s = \"http://a\"\n    + b;", 2)]
    public void A_line_counts_where_it_holds_code(string code, int lines) =>
        Assert.That(CodeLines(code), Is.EqualTo(lines));

    private static int CodeLines(string code) => code.ReplaceLineEndings("\n").Split('\n')
        .Select(line => Comment().Replace(line, "").Trim())
        .Count(line => !Heading().IsMatch(line) && line.Any(char.IsLetterOrDigit));

    private static int Number(Match row, string name) =>
        int.Parse(row.Groups[name].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^\| (?<lab>\d) \| (?<notebook>\d+) \| (?<most>\d+) \|(?<why>[^|\n]*)\|", RegexOptions.Multiline)]
    private static partial Regex Rows();

    [GeneratedRegex("(?<!:)//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?:(?:global )?using [\w.]+;|namespace |#)")]
    private static partial Regex Heading();
}
