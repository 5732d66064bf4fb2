using Labs.Report;

namespace Autodiff.Tests.LabReport;

public sealed class PageTextTests
{
    [TestCase("a **b** *c* `d<e`", "a <strong>b</strong> <em>c</em> <code>d&lt;e</code>")]
    [TestCase("2 * 3 * 4 < 25", "2 * 3 * 4 &lt; 25")]
    [TestCase("[x](https://a.b/c?d=1&e)", "<a href=\"https://a.b/c?d=1&amp;e\">x</a>")]
    public void Inline_marks_become_html_and_the_rest_is_escaped(string markdown, string html) =>
        Assert.That(Markdown.Inline(markdown), Is.EqualTo(html));

    [Test]
    public void Blocks_are_parted_by_empty_lines_and_lists_may_follow_their_introduction() =>
        Assert.That(
            Markdown.ToHtml("One:\n- a\n- b\n  goes on\n\n1. c\n\n> d").ReplaceLineEndings(""),
            Is.EqualTo(
                ("<p>One:</p><ul><li>a</li><li>b\ngoes on</li></ul><ol><li>c</li></ol>"
                    + "<blockquote><p>d</p></blockquote>").ReplaceLineEndings("")));

    [TestCase(@"x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [TestCase(@"\theta_{t+1}", "<msub><mi>θ</mi><mrow><mi>t</mi><mo>+</mo><mn>1</mn></mrow></msub>")]
    [TestCase(@"\frac{1}{n}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>")]
    public void Tex_becomes_math_ML(string tex, string mathml) =>
        Assert.That(TexMath.ToMathML(tex, display: false),
            Is.EqualTo($"<math display=\"inline\"><mrow>{mathml}</mrow></math>"));

    [Test]
    public void Sums_carry_their_limits_above_and_below_only_when_displayed()
    {
        Assert.That(TexMath.ToMathML(@"\sum_{i}^n x", display: true), Does.Contain("<munderover>"));
        Assert.That(TexMath.ToMathML(@"\sum_{i}^n x", display: false), Does.Contain("<msubsup>"));
    }

    [TestCase(@"\foo", @"\foo is not known")]
    [TestCase(@"\frac{a}{b", "a brace is not closed")]
    [TestCase(@"a}", "'}' closes nothing")]
    [TestCase(@"\left( a", @"\left has no \right")]
    public void A_formula_that_cannot_be_read_says_why(string tex, string why) =>
        Assert.That(() => TexMath.ToMathML(tex, display: true),
            Throws.TypeOf<FormatException>().With.Message.Contains(why));

    [Test]
    public void A_member_is_found_with_its_documentation_and_without_its_neighbours()
    {
        string[] lines = """
            class A
            {
                private int _step = Step(1);

                /// <summary>Goes down by <paramref name="x"/>.</summary>
                private static int Step(int x)
                {
                    if (x > 0) { return "}".Length; }
                    return -x;
                }

                private static int Other(int x) => Step(x)
                    + 1;
            }
            """.Split('\n');
        Assert.That(SourceSnippet.Member(lines, "Step"), Is.EqualTo("""
            // Goes down by x.
            private static int Step(int x)
            {
                if (x > 0) { return "}".Length; }
                return -x;
            }
            """));
        Assert.That(SourceSnippet.Member(lines, "Other"),
            Is.EqualTo("private static int Other(int x) => Step(x)\n    + 1;"));
        Assert.That(SourceSnippet.Member(lines, "Missing"), Is.Null);
    }

    [Test]
    public void A_member_that_returns_a_tuple_is_found() =>
        Assert.That(
            SourceSnippet.Member(["    private static (double X, List<(int, int)> Y) Walk(int n) =>",
                "        (n, []);", "    int z;"], "Walk"),
            Is.EqualTo("private static (double X, List<(int, int)> Y) Walk(int n) =>\n    (n, []);"));

    [Test]
    public void A_region_is_taken_without_its_indentation() =>
        Assert.That(
            SourceSnippet.Region(["  #region loop", "    for", "      x", "  #endregion", "  y"], "loop"),
            Is.EqualTo("for\n  x"));

    [Test]
    public void Keywords_in_comments_and_strings_are_not_marked() =>
        Assert.That(
            CSharpHighlighter.ToHtml("var s = \"for <b>\"; // if"),
            Is.EqualTo(
                "<span class=\"k\">var</span> s = <span class=\"s\">&quot;for &lt;b&gt;&quot;</span>; <span "
                    + "class=\"c\">// if</span>"));
}
