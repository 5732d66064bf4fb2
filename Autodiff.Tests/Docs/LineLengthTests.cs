namespace Autodiff.Tests.Docs;

/// <summary>
/// Lines are to end within 120 columns, which no analyzer checks. A room is covered with as many longer lines as it still has; the
/// number only falls. Autodiff.Core, Autodiff.Gpu and Autodiff.Tests are not covered yet.
/// </summary>
public class LineLengthTests
{
    private const int Columns = 120;

    [TestCase("Autodiff.Nn", 412)]
    [TestCase("Autodiff.Bench", 140)]
    [TestCase("examples", 247)]
    public void NoMoreLongLines(string room, int still)
    {
        string[] files = [.. Directory.GetFiles(Path.Combine(SourceTree.Root, room), "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))];
        string[] tooLong = [.. from path in files
                               from line in File.ReadLines(path).Index()
                               where line.Item.Length > Columns
                               select $"{Path.GetRelativePath(SourceTree.Root, path)}:{line.Index + 1}"];
        Assert.That(files, Is.Not.Empty);
        Assert.That(tooLong, Has.Length.LessThanOrEqualTo(still), () => string.Join('\n', tooLong));
    }
}
