using System.Text;
using System.Text.RegularExpressions;
using Labs.Reference;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

/// <summary>The labs' texts, and the marks by which they show what the labs make.</summary>
public sealed partial class LabTextTests
{
    private static readonly LabText s_text = LabText.Of(("Lab9/1-a.md",
        """
        # A title

        What it is *about*.

        ## First

        It goes to {{goal}}, $x = {{goal}}$.

        {{figure walk}}
        Down to {{goal}}.

        :::question Why $x$?
        Because:

        {{table rates}}
        :::

        ### Smaller

        {{figure left}} {{figure right}}

        {{source Step}}

        {{rows descent}}
        """), ("Lab9/2-b.md", "## Second\n\n{{rows descent: lr 1}}\n\n{{output log}}\n"));

    private static IEnumerable<int> Labs => Enumerable.Range(1, 5);

    [Test]
    public void Title_and_summary_stand_before_the_first_section()
    {
        Assert.That(s_text.Title, Is.EqualTo("A title"));
        Assert.That(s_text.Summary, Is.EqualTo("What it is *about*."));
    }

    [Test]
    public void Marks_know_their_file_line_and_section()
    {
        Assert.That(s_text.Marks.Select(placed => $"{placed}").First(), Is.EqualTo("Lab9/1-a.md(7): {{value goal}}"));
        Assert.That($"{s_text.Marks[^1]}", Is.EqualTo("Lab9/2-b.md(5): {{output log}}"));
        Assert.That(s_text.Marks[^1].Section, Is.EqualTo("Second"));
    }

    [Test]
    public void Each_part_stands_where_its_mark_stands()
    {
        HtmlPage page = new("p", "lab9");
        Whole(page).Write(page, isWhole: true);
        string html = page.ToHtml();
        Assert.That(html, Does.Contain("It goes to 2.5,").And.Contain("<mn>2.5</mn>"));
        Assert.That(html, Does.Contain("[walk: Down to 2.5.]"));
        Assert.That(html, Does.Contain("<details class=\"question\"><summary>Why <math"));
        Assert.That(html, Does.Contain("<div class=\"side-by-side\">[left: ][right: ]</div>"));
        Assert.That(html, Does.Contain("<h3>Smaller</h3>"));
        string[] order = ["First", "[walk", "[rates", "[left", "source of Step", "lr 0.1", "Second", "lr 1:", "[log"];
        Assert.That(order.Select(each => html.LastIndexOf(each, StringComparison.Ordinal)),
            Is.Ordered.And.All.Positive);
    }

    [Test]
    public void A_mark_without_its_part_is_named_with_file_and_line()
    {
        HtmlPage page = new("p", "lab9");
        var parts = Whole(page, without: "rates");
        Assert.That(() => parts.Write(page, isWhole: true), Throws.TypeOf<FormatException>().With.Message.EqualTo(
            "Lab9/1-a.md(15): {{table rates}} names nothing that the lab has made"));
    }

    [Test]
    public void A_part_that_no_mark_shows_is_an_error()
    {
        HtmlPage page = new("p", "lab9");
        var parts = Whole(page);
        parts.Add(new("figure", "lost"), _ => "");
        parts.AddValue("forgotten", $"1");
        Assert.That(() => parts.Write(page, isWhole: true), Throws.TypeOf<FormatException>().With.Message.EqualTo(
            "no mark shows the figure 'lost'; no mark shows the value 'forgotten'"));
    }

    [Test]
    public void A_row_that_no_mark_shows_is_an_error()
    {
        HtmlPage page = new("p", "lab9");
        PageParts parts = new(LabText.Of(("a.md", "# T\n\nS.\n\n## A\n")), _ => false, name => name, [Row("lr 1: x")]);
        Assert.That(() => parts.Write(page, isWhole: true), Throws.TypeOf<FormatException>().With.Message.EqualTo(
            "no mark {{rows descent}} shows 'lr 1: x'"));
    }

    [Test]
    public void Two_parts_of_one_name_are_an_error_where_the_second_is_made()
    {
        var parts = Whole(new("p", "lab9"));
        Assert.That(() => parts.Add(new("figure", "walk"), _ => ""),
            Throws.ArgumentException.With.Message.Contains("There is a figure 'walk' already."));
    }

    [Test]
    public void A_lab_that_stopped_shows_its_page_up_to_there()
    {
        HtmlPage page = new("p", "lab9");
        Whole(page, without: "left").Write(page, isWhole: false);
        string html = page.ToHtml();
        Assert.That(html, Does.Contain("[walk").And.Contain("[rates"));
        Assert.That(html, Does.Not.Contain("[left").And.Not.Contain("Second"));
    }

    [TestCase("a {{figure x}} b", "a.md(7): 'a {{figure x}} b' has a mark that can't be read")]
    [TestCase("{{picture x}}", "a.md(7): 'picture' is no kind of mark; the kinds are source, figure, output")]
    [TestCase("text\n{{figure x}}", "a.md(8): a mark begins a paragraph")]
    [TestCase("{{Figure}}", "a.md(7): '{{Figure}}' has a mark that can't be read")]
    public void A_mark_that_cannot_be_read_is_named_with_file_and_line(string text, string why) => Assert.That(
        () => LabText.Of(("a.md", $"# T\n\nS.\n\n## A\n\n{text}\n")),
        Throws.TypeOf<FormatException>().With.Message.StartsWith(why));

    [Test]
    public void A_lab_without_a_text_is_an_error() => Assert.That(() => LabText.ReadEmbedded("Lab10"),
        Throws.InvalidOperationException.With.Message.StartsWith("There is no Markdown file in Lab10"));

    [Test]
    public void A_formula_that_cannot_be_read_is_named_with_file_and_line() => Assert.That(
        () =>
            LabText.Of(("a.md", "# T\n\nS.\n\n## A\n\nb\n\nsee $\\foo$\n")).Write(_ => "", _ => "", _ => { }, _ => { }),
        Throws.TypeOf<FormatException>().With.Message.StartsWith("a.md(9): Formula: \\foo is not known"));

    /// <summary>A page is its text, its parts and its scripts; the labs' ask for nothing beyond their folder.</summary>
    [TestCaseSource(nameof(Labs))]
    public void A_labs_text_and_scripts_load_nothing(int number)
    {
        StringBuilder html = new();
        LabText.ReadEmbedded($"Lab{number}").Write(_ => "1", _ => "", _ => { }, part => html.Append(part));
        Assert.That(html.ToString(), Is.Not.Empty.And.Not.Match("<(img|script|link|iframe|object|embed|video|audio)"));
        foreach (string name in typeof(LabTextTests).Assembly.GetManifestResourceNames().Where(name =>
            name.StartsWith($"Lab{number}/", StringComparison.Ordinal)
            || name is "Report/report.js" or "Report/live.js" or "Report/report.css" or "Report/live.css"))
        {
            Assert.That(EmbeddedText.Read(name),
                Does.Not.Match(@"https?://|\bfetch\(|XMLHttpRequest|\bimport\b|url\("), name);
        }
    }

    /// <summary>What a run would find, without the run.</summary>
    [TestCaseSource(nameof(Labs))]
    public void Each_mark_of_a_lab_names_what_its_code_makes_and_shows_all_of_it(int number)
    {
        var text = LabText.ReadEmbedded($"Lab{number}");
        string code = string.Concat(typeof(LabTextTests).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith($"Source/Lab{number}/", StringComparison.Ordinal) && name.EndsWith(".cs"))
            .Select(EmbeddedText.Read));
        string[] made =
        [
            .. Made().Matches(code).Select(match => match.Groups["kind"].Value switch
            {
                "Attach" => $"link {match.Groups["name"].Value}",
                var kind => $"{kind.ToLowerInvariant()} {match.Groups["name"].Value}",
            }).Distinct(),
        ];
        var shown = text.Marks.Select(placed => placed.Mark).Where(mark => mark.Kind is not ("source" or "rows"));
        Assert.That(shown.Select(mark => $"{mark.Kind} {mark.Name}").Distinct(), Is.EquivalentTo(made));
        foreach (var placed in text.Marks.Where(placed => placed.Mark.Kind == "source"))
        {
            Assert.That(SourceSnippet.Has($"Lab{number}", placed.Mark.Name), $"{placed} is neither member nor region");
        }
    }

    [TestCaseSource(nameof(Labs))]
    public void Each_row_of_a_lab_is_shown_by_one_mark(int number)
    {
        string[] marks =
        [
            .. LabText.ReadEmbedded($"Lab{number}").Marks.Where(placed => placed.Mark.Kind == "rows")
                .Select(placed => placed.Mark.Name),
        ];
        var rows = ReferenceTable.ReadEmbedded()
            .Where(row => row.Lab.StartsWith($"{number}-", StringComparison.Ordinal));
        Assert.That(marks, Is.Unique);
        Assert.That(rows.Select(row => RowMarks.Of(row, marks)).Distinct(), Is.EquivalentTo(marks));
    }

    [TestCaseSource(nameof(Labs))]
    public void Each_formula_and_box_of_a_lab_can_be_read(int number) => Assert.That(
        () => LabText.ReadEmbedded($"Lab{number}").Write(
            _ => "1", block => Markdown.Inline(block.Caption), title => Markdown.Inline(title), _ => { }),
        Throws.Nothing);

    [Test]
    public void A_row_is_shown_by_the_mark_that_names_it_most_closely()
    {
        var row = Row("lr 1: x").Row;
        Assert.That(RowMarks.Of(row, ["descent", "descent: lr", "descent: lr 1", "descent: lr 2"]),
            Is.EqualTo("descent: lr 1"));
        Assert.That(RowMarks.Of(row, ["descent: lr 2", "desc"]), Is.Null);
    }

    private static Comparison Row(string what)
    {
        var number = System.Text.Json.JsonElement.Parse("1");
        return Comparison.Of(
            new("9-lab", "descent", what, number, System.Text.Json.JsonElement.Parse("null")), [1]);
    }

    private static PageParts Whole(HtmlPage page, string? without = null)
    {
        PageParts parts = new(
            s_text, name => name == "Step", name => $"source of {name}", [Row("lr 0.1: x"), Row("lr 1: x")]);
        parts.AddValue("goal", $"{2.5}");
        foreach (var placed in s_text.Marks)
        {
            var mark = placed.Mark;
            if (mark.Kind is "figure" or "table" or "output" && mark.Name != without)
            {
                parts.Add(mark, caption => $"[{mark.Name}: {caption}]");
            }
        }

        return parts;
    }

    [GeneratedRegex("""\blab\.(?<kind>Figure|Output|Table|Value|Attach)\(\s*"(?<name>[^"]+)",""")]
    private static partial Regex Made();
}
