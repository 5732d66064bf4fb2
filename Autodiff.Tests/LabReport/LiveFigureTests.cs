using System.Text.Json;
using System.Text.RegularExpressions;
using Figures;
using Figures.Plotly;
using Figures.Stills;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

/// <summary>Figures that the page computes: what is written into it for them.</summary>
public sealed class LiveFigureTests
{
    private static LiveFigure Figure(string script = "live.figures.f = () => ({});") =>
        new("Descent", "f", new Plot("Descent", "step", "loss").Line([3, 2, 1]))
        {
            Scripts = [script],
            Controls = [new Slider("rate", "learning rate", 0.01, 1, 0.1) { IsLog = true }, new Choice("o", "optimizer",
                ["SGD", "Adam"], "Adam"), new Toggle("log", "log scale")],
            Data = new()
            {
                ["start"] = new[] { 1.5, -2 }, ["names"] = new Dictionary<string, object?> { ["a"] = "b" },
            },
        };

    private static string Page(params Figure[] figures)
    {
        HtmlPage page = new("A page", "lab9");
        foreach (var figure in figures)
        {
            page.Append(page.Place(figure, null));
        }

        return page.ToHtml();
    }

    [Test]
    public void Controls_and_data_are_in_its_json()
    {
        var json = JsonDocument.Parse(Figure().ToJsonText()).RootElement;
        Assert.That(json.GetProperty("live").GetString(), Is.EqualTo("f"));
        Assert.That(json.GetProperty("controls").EnumerateArray().Select(control =>
            $"{control.GetProperty("kind")} {control.GetProperty("key")} {control.GetProperty("value")}"),
            Is.EqualTo(new[] { "slider rate 0.1", "choice o Adam", "toggle log False" }));
        Assert.That(json.GetProperty("controls")[0].GetProperty("log").GetBoolean());
        Assert.That(json.GetProperty("data").GetProperty("start")[1].GetDouble(), Is.EqualTo(-2));
        Assert.That(json.GetProperty("data").GetProperty("names").GetProperty("a").GetString(), Is.EqualTo("b"));
    }

    [Test]
    public void A_page_has_each_script_once_and_before_its_own()
    {
        string html = Page(Figure(), Figure(), Figure("live.figures.g = () => ({});"));
        Assert.That(Regex.Count(html, Regex.Escape("live.figures.f =")), Is.EqualTo(1));
        Assert.That(html.IndexOf("const live =", StringComparison.Ordinal),
            Is.GreaterThan(0).And.LessThan(html.IndexOf("live.figures.f =", StringComparison.Ordinal)));
        Assert.That(html.IndexOf("live.figures.g =", StringComparison.Ordinal),
            Is.LessThan(html.IndexOf("new IntersectionObserver", StringComparison.Ordinal)));
    }

    [Test]
    public void A_page_without_such_figures_has_no_script_for_them() =>
        Assert.That(Page(new Plot("p").Line([1, 2])),
            Does.Not.Contain("const live =").And.Not.Contain(".controls.live"));

    [Test]
    public void Its_still_is_that_of_its_first_settings()
    {
        using var live = StillFigure.Of(Figure());
        using var plot = StillFigure.Of(Figure().Still);
        Assert.That(live.ToPng(), Is.EqualTo(plot.ToPng()));
        Assert.That(Page(Figure()), Does.Contain("Here with learning rate 0.1, optimizer Adam, log scale off; "));
    }

    [Test]
    public void The_tape_becomes_a_function_of_javascript()
    {
        string script = TapeScript.Of(w => 3 * w[0].Square() + w[1].Exp(), "x", "y");
        Assert.That(script.ReplaceLineEndings("\n"), Is.EqualTo("""
            (x, y) => {
              let d0 = 0, d1 = 0, d2 = 0, d3 = 0, d4 = 0;
              const t2 = x * x;
              const t3 = 3 * t2;
              const t4 = Math.exp(y);
              const t5 = t3 + t4;
              const d5 = 1;
              d3 += d5;
              d4 += d5;
              d1 += d4 * t4;
              d2 += d3 * 3;
              d0 += d2 * (x + x);
              return [t5, d0, d1];
            }
            """.ReplaceLineEndings("\n")));
    }

    [Test]
    public void An_operation_that_a_page_does_not_have_is_named() => Assert.That(
        () => TapeScript.Of(w => w[0].Erf(), "x"),
        Throws.InstanceOf<NotSupportedException>().With.Message.Contains("a page has no 'erf', which Erf's 'erf(x)'"));

    [Test]
    public void An_operation_of_many_numbers_is_named() => Assert.That(
        () => TapeScript.Of(w => w[0].Expand(3).Sum(), "x"),
        Throws.InstanceOf<NotSupportedException>().With.Message.Contains("no formula of single numbers"));
}
