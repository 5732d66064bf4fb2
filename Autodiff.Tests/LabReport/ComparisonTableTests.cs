using System.Text;
using Labs.Reference;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

public sealed class ComparisonTableTests
{
    private static string Table(string published) => ComparisonTable.ToHtml(
        ReferenceTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(
            $$"""{"rows": [{"lab": "1", "cell": "c", "what": "w<", "value": [2]{{published}}, "rtol": 0.1}]}""")))
            .Select(row => Comparison.Of(row, [2.01])), withCell: false);

    [Test]
    public void A_column_that_nothing_fills_is_left_out()
    {
        Assert.That(Table(""), Does.Not.Contain("published"));
        Assert.That(Table(""", "published": ["2.0"]"""), Does.Contain("<th scope=\"col\">published</th>"));
    }

    [Test]
    public void Headers_say_what_they_head_and_numbers_bring_their_columns_names() => Assert.That(
        Table(""), Does.Contain("<th scope=\"row\">w&lt;</th>").And.Contains("data-label=\"ours\">2.01</td>")
            .And.Contains("<th scope=\"col\">within</th>"));
}
