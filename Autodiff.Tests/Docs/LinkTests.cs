using System.Text.RegularExpressions;

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
}
