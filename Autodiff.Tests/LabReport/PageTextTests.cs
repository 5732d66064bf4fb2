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

    [TestCase("1. step", "1. step")]
    [TestCase("-0.5", "-0.5")]
    [TestCase("a\n---", "a\n---")]
    public void A_title_or_a_cell_is_never_a_block(string markdown, string html) =>
        Assert.That(Markdown.Inline(markdown), Is.EqualTo(html));

    [TestCase("a <script>b</script> & c", "<p>a &lt;script&gt;b&lt;/script&gt; &amp; c</p>")]
    [TestCase("<div>\n\nb", "<p>&lt;div&gt;</p>\n<p>b</p>")]
    public void Html_in_a_text_is_text(string markdown, string html) =>
        Assert.That(Markdown.ToHtml(markdown), Is.EqualTo(html));

    [TestCase("so $x_1 * y * z_2$.", "<p>so <math display=\"inline\">")]
    [TestCase("$$\nx\n$$", "<math display=\"block\">")]
    [TestCase("$$x$$", "<math display=\"block\">")]
    [TestCase("$|1 - \\lambda h| < 1$ | b", "<p><math display=\"inline\">")]
    public void Formulas_are_taken_as_they_stand(string markdown, string begins)
    {
        string html = Markdown.ToHtml(markdown);
        Assert.That(html, Does.Contain(begins).And.Not.Contain("$").And.Not.Contain("<em>"));
    }

    [Test]
    public void A_box_may_hold_lists_tables_and_formulas()
    {
        string html = Markdown.ToHtml(
            ":::question What of $\\lambda$?\n1. $a$\n2. b\n\n| x | y |\n|---|---|\n| 1 | $z$ |\n:::");
        Assert.That(html, Does.StartWith("<details class=\"question\"><summary>What of <math display=\"inline\">"));
        Assert.That(html, Does.Contain("<ol>").And.Contain("<table>").And.EndWith("</details>"));
    }

    [Test]
    public void A_box_of_another_kind_is_an_error() => Assert.That(() => Markdown.ToHtml("a\n\n:::warning\nb\n:::"),
        Throws.TypeOf<FormatException>().With.Message.EqualTo(
            "Line 3: there is no box 'warning'; there are note, exercise and question."));

    [TestCase(@"\sqrt{n}",
        "<msqrt><mrow><mi>n</mi></mrow><mspace width=\"0\" height=\"0.8em\" depth=\"0.2em\"/></msqrt>")]
    [TestCase(@"x^2", "<msup><mi>x</mi><mn>2</mn></msup>")]
    [TestCase(@"\theta_{t+1}", "<msub><mi>θ</mi><mrow><mi>t</mi><mo>+</mo><mn>1</mn></mrow></msub>")]
    [TestCase(@"\frac{1}{n}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>n</mi></mrow></mfrac>")]
    public void Tex_becomes_math_ML(string tex, string mathml) =>
        Assert.That(TexMath.ToMathML(tex, display: false),
            Is.EqualTo($"<math display=\"inline\"><mrow>{mathml}</mrow></math>"));

    [TestCase(@"2 \ln x", "<mn>2</mn>{thin}{ln}{thin}<mi>x</mi>")]
    [TestCase(@"y_1 \ln(x)", "<msub><mi>y</mi><mn>1</mn></msub>{thin}{ln}<mo stretchy=\"false\">(</mo><mi>x</mi>"
        + "<mo stretchy=\"false\">)</mo>")]
    [TestCase(@"(a) \ln \ln b",
        "<mo stretchy=\"false\">(</mo><mi>a</mi><mo stretchy=\"false\">)</mo>{thin}{ln}{thin}{ln}"
        + "{thin}<mi>b</mi>")]
    [TestCase(@"-\ln x", "<mo>−</mo>{ln}{thin}<mi>x</mi>")]
    [TestCase(@"\ln^2 x", "<msup>{ln}<mn>2</mn></msup>{thin}<mi>x</mi>")]
    [TestCase(@"a \, b", "<mi>a</mi>{thin}<mi>b</mi>")]
    public void A_functions_name_stands_off_from_letters_and_numbers(string tex, string mathml) => Assert.That(
        TexMath.ToMathML(tex, display: false),
        Does.Contain("<mrow>" + mathml.Replace("{thin}", TexSymbols.ThinSpace)
            .Replace("{ln}", "<mi mathvariant=\"normal\">ln</mi>") + "</mrow></math>"));

    [TestCase("f'", "<mrow><mi>f</mi>{prime}</mrow>")]
    [TestCase("f''(x)", "<mrow><mi>f</mi><mo lspace=\"0\" rspace=\"0\">′′</mo></mrow>")]
    [TestCase("f'^2", "<msup><mrow><mi>f</mi>{prime}</mrow><mn>2</mn></msup>")]
    [TestCase("f_i'", "<msub><mrow><mi>f</mi>{prime}</mrow><mi>i</mi></msub>")]
    public void A_prime_is_no_superscript_since_the_sign_stands_high_itself(string tex, string mathml) => Assert.That(
        TexMath.ToMathML(tex, display: false),
        Does.Contain(mathml.Replace("{prime}", "<mo lspace=\"0\" rspace=\"0\">′</mo>")));

    [TestCase(@"\mathbf{y}", "<mi>𝐲</mi>")]
    [TestCase(@"\mathbf{A}_{12}", "<mi>𝐀</mi></mrow><mrow><mn>12</mn>")]
    [TestCase(@"\hat{\mathbf{y}}", "<mi>𝐲</mi>")]
    [TestCase(@"\mathbf{10}", "<mn>𝟏𝟎</mn>")]
    [TestCase(@"\boldsymbol{\theta}", "<mi>𝜽</mi>")]
    [TestCase(@"\mathbf{\theta}", "<mi>𝛉</mi>")]
    [TestCase(@"\boldsymbol{x}", "<mi>𝒙</mi>")]
    public void Bold_letters_are_upright_or_italic_by_themselves(string tex, string mathml) => Assert.That(
        TexMath.ToMathML(tex, display: false), Does.Contain(mathml).And.Not.Contain("style"));

    [Test]
    public void A_page_with_formulas_has_their_font_inside_and_one_without_does_not()
    {
        HtmlPage page = new("p", "lab9");
        page.Append("<p>no formula</p>");
        Assert.That(page.ToHtml(), Does.Not.Contain("font-face"));
        page.Append(Markdown.ToHtml("$x$"));
        string html = page.ToHtml();
        Assert.That(html, Does.Contain("src: url(data:font/woff2;base64,d09GM"));
        Assert.That(html.Length, Is.LessThan(150_000));
    }

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
