namespace Autodiff.Tests.Docs;

/// <summary>Lines end within 120 columns, which no analyzer checks.</summary>
[Parallelizable]
public class LineLengthTests
{
    private const int Columns = 120;

    [TestCase("Autodiff.Core")]
    [TestCase("Autodiff.Gpu")]
    [TestCase("Autodiff.Nn")]
    [TestCase("Autodiff.Tests")]
    [TestCase("Autodiff.Tests.TorchSharp")]
    [TestCase("Autodiff.Bench")]
    [TestCase("Autodiff.Bench.TorchSharp")]
    [TestCase("examples")]
    public void Lines_end_within120_columns(string room)
    {
        string[] files =
        [
            .. Directory.GetFiles(Path.Combine(SourceTree.Root, room), "*.cs", SearchOption.AllDirectories)
                .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj")),
        ];
        string[] tooLong = [.. from path in files
                               from line in File.ReadLines(path).Index()
                               where line.Item.Length > Columns
                               select $"{Path.GetRelativePath(SourceTree.Root, path)}:{line.Index + 1}"];
        Assert.That(files, Is.Not.Empty);
        Assert.That(tooLong, Is.Empty);
    }
}
