using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>
/// The examples and the code in the documentation, compiled as they stand. Whole programs run. A block in a document may say, in a
/// comment above it, what it takes for granted (<c>given</c>, C#) or which source file it quotes (<c>from</c>).
/// </summary>
public partial class CodeTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Docs", "Code");

    [GeneratedRegex("^#:.*\n", RegexOptions.Multiline)]
    private static partial Regex Directive();

    private static IEnumerable<TestCaseData> Examples() =>
        from path in Directory.GetFiles(Path.Combine(Folder, "examples"), "*.cs").Order(StringComparer.Ordinal)
        select new TestCaseData(path).SetArgDisplayNames(Path.GetFileName(path));

    private static IEnumerable<TestCaseData> Blocks() =>
        from path in Directory.GetFiles(Folder, "*.md", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
        from block in CodeBlock.In(Path.GetRelativePath(Folder, path), File.ReadAllText(path))
        select new TestCaseData(block).SetArgDisplayNames(block.ToString());

    [TestCaseSource(nameof(Examples))]
    public void ExampleRuns(string path) => Assert.That(
        CompiledCode.Run(CompiledCode.Compile(path, Directive().Replace(File.ReadAllText(path), ""), isFragment: false)), Is.Zero);

    [TestCaseSource(nameof(Blocks))]
    public void CodeOfADocument(CodeBlock block)
    {
        if (block.From is { } file)
        {
            string source = Regex.Replace(File.ReadAllText(Path.Combine(SourceTree.Root, file)), "^ +", "", RegexOptions.Multiline);
            Assert.That(source, Does.Contain(Regex.Replace(block.Code, "^ +", "", RegexOptions.Multiline)), $"{block} is no quotation of {file}");
            return;
        }

        var compilation = CompiledCode.Compile(block.ToString(), $"{block.Given}\n{block.Code}", isFragment: !block.IsProgram);
        if (block.IsProgram) Assert.That(CompiledCode.Run(compilation), Is.Zero);
    }

    [Test]
    public void ReadmeBeginsWithTheFirstExample()
    {
        CodeBlock first = CodeBlock.In("README.md", File.ReadAllText(Path.Combine(Folder, "README.md"))).First();
        string example = File.ReadAllText(Path.Combine(Folder, "examples", "01-first-gradient.cs"));
        Assert.That(first.Code, Is.EqualTo(Directive().Replace(example, "").Trim()));
    }

    [Test]
    public void Blocks_WithWhatIsSaidOfThem()
    {
        CodeBlock[] blocks = [.. CodeBlock.In("a.md", "x\n<!-- given\nint a = 1;\n-->\n\n   ```csharp\n   a++;\n     b();\n   ```\n\n<!-- from: B.cs -->\n```csharp\nc\n```\n")];
        Assert.That(blocks, Is.EqualTo((CodeBlock[])
        [
            new("a.md", 7, "a++;\n  b();", "int a = 1;", null), new("a.md", 13, "c", "", "B.cs"),
        ]));
    }

    [TestCase("int x = \"text\";", "CS0029")]
    [TestCase("string? s = null; Console.WriteLine(s.Length);", "CS8602")]
    public void WrongCodeIsFound(string code, string diagnostic) => Assert.That(
        () => CompiledCode.Compile("wrong", code, isFragment: true), Throws.TypeOf<AssertionException>().With.Message.Contains(diagnostic));
}
