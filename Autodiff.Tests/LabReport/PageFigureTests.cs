using Figures;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

/// <summary>How a page of the labs' report shows its figures.</summary>
public sealed class PageFigureTests
{
    private static HtmlPage Page(params Figure[] figures)
    {
        HtmlPage page = new("A page", "lab9");
        foreach (var figure in figures)
        {
            page.Append(page.Place(figure, null));
        }

        return page;
    }

    [Test]
    public void Every_figure_has_its_still()
    {
        string folder = Directory.CreateTempSubdirectory("autodiff-stills").FullName;
        try
        {
            var page = Page(new Plot("Loss, by step").Line([1, 2]), new Plot("θ₀").Line([1, 2]));
            StillFiles.Write(page, folder);
            string stills = Path.Combine(folder, StillFiles.Folder);
            string[] files = [.. Directory.GetFiles(stills).Select(f => Path.GetFileName(f)!).Order()];
            string[] expected =
                ["lab9-01-loss-by-step.png", "lab9-01-loss-by-step.svg", "lab9-02.png", "lab9-02.svg"];
            Assert.That(files, Is.EqualTo(expected));
            string html = page.ToHtml();
            foreach (string file in files)
            {
                Assert.That(html, Does.Contain($"\"{StillFiles.Folder}/{file}\""));
            }

            Assert.That(html, Does.Contain("alt=\"Loss, by step\""));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Stills_of_an_earlier_run_go_other_pages_stay()
    {
        string folder = Directory.CreateTempSubdirectory("autodiff-stills").FullName;
        try
        {
            string stills = Directory.CreateDirectory(Path.Combine(folder, StillFiles.Folder)).FullName;
            File.WriteAllText(Path.Combine(stills, "lab9-07-old.png"), "");
            File.WriteAllText(Path.Combine(stills, "lab1-01-other.png"), "");
            StillFiles.Write(Page(new Plot("p").Line([1, 2])), folder);
            Assert.That(
                Directory.GetFiles(stills).Select(Path.GetFileName).Order(),
                Is.EqualTo(new[] { "lab1-01-other.png", "lab9-01-p.png", "lab9-01-p.svg" }));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public void Variants_say_which_one_is_shown() => Assert.That(
        Page(new Variants("v", "rate").Add(new Plot("a"), "0.1").Add(new Plot("b"), "1")).ToHtml(),
        Does.Contain("Here with rate 0.1; the page's script offers 2 such figures."));

    [Test]
    public void Nothing_is_loaded_from_elsewhere()
    {
        string html = Page(new Plot("p").Line([1, 2])).ToHtml();
        Assert.That(html, Does.Not.Contain("https:").And.Not.Contain("src=\"http").And.Not.Contain("document.write"));
        Assert.That(html, Does.Contain("<script src=\"plotly.min.js\"></script>"));
    }
}
