using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Autodiff.Tests.Docs;

/// <summary>Relative links in the documents lead to files and folders that are there.</summary>
[Parallelizable]
public partial class LinkTests
{
    private static readonly string[] s_documents =
    [
        "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "THIRD-PARTY-NOTICES.md", "Autodiff.Gpu/README.md",
        "examples/README.md", "examples/Labs/README.md",
        .. Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(SourceTree.Root, path)).Order(StringComparer.Ordinal),
    ];

    [GeneratedRegex(@"\]\((?!https?:|#)([^)#\s]+)")]
    private static partial Regex RelativeLink();

    [TestCaseSource(nameof(s_documents))]
    public void Links_lead_somewhere(string document)
    {
        string path = Path.Combine(SourceTree.Root, document), folder = Path.GetDirectoryName(path)!;
        IEnumerable<string> links = RelativeLink().Matches(File.ReadAllText(path)).Select(m => m.Groups[1].Value);
        Assert.That(links.Where(link => !Path.Exists(Path.Combine(folder, link))), Is.Empty);
    }

    [GeneratedRegex(@"Replace\(\$\(ReadmeText\), `(.+?)`, `(.+?)`\)")]
    private static partial Regex Replacement();

    /// <summary>A package's README leads to the project: an image to its bytes, not to a page that shows it.</summary>
    [Test]
    public void Links_of_the_packed_readme_are_absolute()
    {
        string text = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));
        XDocument props = XDocument.Load(Path.Combine(SourceTree.Root, "Directory.Build.props"));
        string address = props.Descendants("ProjectAddress").Single().Value;
        foreach (XElement step in props.Descendants("ReadmeText").Skip(1))
        {
            Match replacement = Replacement().Match(step.Value);
            text = Regex.Replace(
                text, replacement.Groups[1].Value,
                replacement.Groups[2].Value.Replace("$(ProjectAddress)", address, StringComparison.Ordinal));
        }

        Assert.That(RelativeLink().Matches(text), Is.Empty);
        Assert.That(text, Does.Contain($"]({address}/raw/main/docs/charts/training-steps.svg)"));
        Assert.That(text, Does.Contain($"]({address}/blob/main/docs/benchmarks.md)"));
    }
}
