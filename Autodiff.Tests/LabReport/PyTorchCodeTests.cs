using Autodiff.Tests.Docs;
using Labs.Report;

namespace Autodiff.Tests.LabReport;

/// <summary>PyTorch's code beside the labs' C#.</summary>
public sealed class PyTorchCodeTests
{
    /// <summary>A region that no step of the lab is named after would never be shown.</summary>
    [Test]
    public void Every_region_stands_beside_a_step_of_its_lab([Range(1, 5)] int lab)
    {
        string folder = Path.Combine(SourceTree.Root, "examples", "Labs", $"Lab{lab}");
        string[][] sources = [.. Directory.GetFiles(folder, "*.cs").Select(File.ReadAllLines)];
        string[] names =
        [
            .. File.ReadAllLines(Path.Combine(folder, "pytorch.py"))
                .Where(line => line.StartsWith("# region ", StringComparison.Ordinal))
                .Select(line => line["# region ".Length..]),
        ];
        Assert.That(names, Has.Length.GreaterThan(5).And.Unique);
        Assert.That(
            names.Where(name => sources.All(lines =>
                SourceSnippet.Region(lines, name) is null && SourceSnippet.Member(lines, name) is null)),
            Is.Empty);
    }

    [Test]
    public void A_step_opens_its_code_and_others_have_none()
    {
        Assert.That(PyTorchCode.Names("Lab1"), Does.Contain("forward"));
        Assert.That(PyTorchCode.ToHtml("Lab1", "forward"), Does.StartWith("<details class=\"pytorch\"")
            .And.Contains("predictions = model(x)\nloss = loss_function(predictions, y)</code>"));
        Assert.That(PyTorchCode.ToHtml("Lab1", "nothing"), Is.Empty);
        Assert.That(PyTorchCode.ToHtml("Lab9", "forward"), Is.Empty);
    }

    [Test]
    public void Keywords_strings_numbers_and_remarks_are_marked_and_the_rest_is_escaped() => Assert.That(
        PyTorchCode.Highlight("return f\"a\" < 0.5  # if"),
        Is.EqualTo("<span class=\"k\">return</span> <span class=\"s\">f&quot;a&quot;</span> &lt; "
            + "<span class=\"n\">0.5</span>  <span class=\"c\"># if</span>"));
}
