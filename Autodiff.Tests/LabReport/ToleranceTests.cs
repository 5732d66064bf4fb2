using System.Text;
using Labs.Reference;

namespace Autodiff.Tests.LabReport;

public sealed class ToleranceTests
{
    private static ReferenceRow Row(string members)
    {
        string json = $$"""{"rows": [{"lab": "1-x", "cell": "c", "what": "w", {{members}}}]}""";
        return ReferenceTable.Read(new MemoryStream(Encoding.UTF8.GetBytes(json)))[0];
    }

    private static bool Within(string members, params double[] actual) =>
        Tolerance.Compare(Row(members), actual).Within;

    [TestCase(10.0009, true)]
    [TestCase(9.9991, true)]
    [TestCase(10.0011, false)]
    [TestCase(double.NaN, false)]
    [TestCase(double.PositiveInfinity, false)]
    public void Relative_tolerance_scales_with_the_value(double actual, bool within) =>
        Assert.That(Within("\"value\": 10, \"rtol\": 1e-4", actual), Is.EqualTo(within));

    [TestCase(9e-10, true)]
    [TestCase(2e-9, false)]
    public void Absolute_tolerance_holds_at_zero(double actual, bool within) =>
        Assert.That(Within("\"value\": 0, \"rtol\": 1e-6, \"atol\": 1e-9", actual), Is.EqualTo(within));

    [TestCase(13007, true)]
    [TestCase(13006, false)]
    public void Zero_tolerance_is_equality(double actual, bool within) =>
        Assert.That(Within("\"value\": 13007, \"rtol\": 0", actual), Is.EqualTo(within));

    [TestCase(25, true)]
    [TestCase(40, true)]
    [TestCase(41, false)]
    [TestCase(double.NaN, false)]
    public void At_most_is_an_upper_bound(double actual, bool within) =>
        Assert.That(Within("\"value\": 40, \"rtol\": 0, \"compare\": \"atMost\"", actual), Is.EqualTo(within));

    [TestCase(double.NaN, true)]
    [TestCase(double.NegativeInfinity, true)]
    [TestCase(-353629.6, true)]
    [TestCase(24.26, false)]
    public void Diverges_means_not_finite_or_huge(double actual, bool within) =>
        Assert.That(Within("\"value\": \"diverges\", \"rtol\": 1e-5", actual), Is.EqualTo(within));

    [Test]
    public void One_diverged_figure_of_several_is_enough() =>
        Assert.That(Within("\"value\": \"diverges\", \"rtol\": 0", 1, 2, double.NaN), Is.True);

    [TestCase("1.1269", true)]
    [TestCase("1.1267", true)]
    [TestCase("1.12670", false, Description = "the trailing zero is a printed digit")]
    [TestCase("1.1266", false)]
    public void Published_text_holds_to_one_unit_of_its_last_digit(string published, bool within) =>
        Assert.That(Within($"\"value\": 1.12682, \"rtol\": 1, \"published\": \"{published}\"", 1.1268),
            Is.EqualTo(within));

    [Test]
    public void Published_arrays_share_their_longest_fraction()
    {
        // PyTorch prints [-1.0370, 0.1211]; the trailing zero is lost in JSON.
        const string Row = "\"value\": [-1.037, 0.1211], \"rtol\": 1, \"published\": [-1.037, 0.1211]";
        Assert.That(Within(Row, -1.0371, 0.1211), Is.True);
        Assert.That(Within(Row, -1.0373, 0.1211), Is.False);
    }

    [Test]
    public void Published_digits_hold_even_where_the_value_is_near() =>
        Assert.That(Within("\"value\": 26782.828, \"rtol\": 1e-3, \"published\": \"26783.3184\"", 26782.828), Is.False);

    [Test]
    public void A_rounded_start_loosens_the_published_figure_to_the_largest_magnitude()
    {
        const string Row =
            "\"value\": [183.9199, -48.5179], \"rtol\": 1e-5, \"roundedStart\": true, \"published\": [183.9185, "
                + "-48.5211]";
        Assert.That(Within(Row, 183.9199, -48.5179), Is.True, "1e-4 of 183.9 for both");
        Assert.That(Within(Row.Replace("-48.5211", "-48.5611", StringComparison.Ordinal), 183.9199, -48.5179),
            Is.False);
    }

    [Test]
    public void Nested_values_compare_in_row_major_order()
    {
        const string Row = "\"value\": [[1, 2], [3, 4]], \"rtol\": 0";
        Assert.That(Within(Row, 1, 2, 3, 4), Is.True);
        Assert.That(Within(Row, 1, 3, 2, 4), Is.False);
    }

    [Test]
    public void A_missing_figure_fails_and_says_so() =>
        Assert.That(
            Tolerance.Compare(Row("\"value\": [1, 2, 3], \"rtol\": 0"), [1, 2]),
            Is.EqualTo(new Verdict(false, "the row has 3 numbers, ours 2")));

    [Test]
    public void A_failure_names_the_figure_and_what_was_allowed() =>
        Assert.That(
            Tolerance.Compare(Row("\"value\": [1, 2], \"rtol\": 0.01"), [1, 2.5]).Why,
            Is.EqualTo("figure 2: ours 2.5, PyTorch 2: off by 0.5, allowed 0.02"));

    [Test]
    public void Every_shipped_row_agrees_with_itself()
    {
        var rows = ReferenceTable.ReadEmbedded();
        Assert.That(rows, Has.Count.EqualTo(96));
        foreach (var row in rows)
        {
            double[] actual = row.Diverges ? [double.NaN] : row.Expected;
            Assert.That(Tolerance.Compare(row, actual), Is.EqualTo(Verdict.Pass), $"{row.Lab}, {row.Cell}: {row.What}");
        }
    }

    [Test]
    public void Every_shipped_row_that_publishes_rejects_a_figure_off_by_one_percent()
    {
        foreach (var row in ReferenceTable.ReadEmbedded().Where(row => row.HasPublished))
        {
            double[] actual = [.. row.Expected.Select(value => value * 1.01)];
            Assert.That(Tolerance.Compare(row, actual).Within, Is.False, row.What);
        }
    }

    [Test]
    public void Long_vectors_are_abbreviated_and_long_digits_kept_as_published()
    {
        var row =
            Row("\"value\": [1, 2, 3, 4, 5.123456789], \"rtol\": 0, \"published\": [\"1.00\", \"2.00\", \"3.00\", "
                + "\"4.00\", \"5.12\"]");
        var comparison = Comparison.Of(row, [1, 2, 3, 4, 5.123456789]);
        Assert.That(comparison.PublishedText(3), Is.EqualTo("1.00, 2.00, …, 5.12 (5)"));
        Assert.That(comparison.ExpectedText(3), Is.EqualTo("1, 2, …, 5.123457 (5)"));
        Assert.That(comparison.ActualText(9), Is.EqualTo("1, 2, 3, 4, 5.123457"));
    }

    [Test]
    public void Results_keep_the_reference_shape_and_name_what_Json_cannot_hold()
    {
        var nested = Comparison.Of(Row("\"value\": [[1, 2], [3, 4]], \"rtol\": 0, \"published\": [[1, 2], [3, 4.0]]"),
            [1, 2, 3, 4.5]);
        var diverged = Comparison.Of(Row("\"value\": \"diverges\", \"rtol\": 0"), [double.NaN]);
        var missing = Comparison.Missing(Row("\"value\": 1, \"rtol\": 0"));
        using var stream = new MemoryStream();
        ResultsFile.Write(stream, [nested, diverged, missing]);
        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Is.EqualTo("""
            [
            {"lab":"1-x","cell":"c","what":"w","published":[[1,2],[3,4.0]],"expected":[[1,2],[3,4]],
            "actual":[[1,2],[3,4.5]],"within":false},
            {"lab":"1-x","cell":"c","what":"w","published":null,"expected":"diverges","actual":"NaN","within":true},
            {"lab":"1-x","cell":"c","what":"w","published":null,"expected":1,"actual":null,"within":false}
            ]

            """.Replace(",\n\"actual\"", ",\"actual\"")));
    }

    [Test]
    public void No_results_are_an_empty_array()
    {
        using var stream = new MemoryStream();
        ResultsFile.Write(stream, []);
        Assert.That(Encoding.UTF8.GetString(stream.ToArray()), Is.EqualTo("[]\n"));
    }
}
