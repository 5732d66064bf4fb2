using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>
/// The examples and the code in the documentation, compiled as they stand. Whole programs run. A block in a document
/// may say, in a comment above it, what it takes for granted (<c>given</c>, C#), that it <c>continues</c> the block
/// before it, which source file it quotes (<c>from</c>), or why it is <c>not compiled</c>. Pages for contributors see
/// what is internal.
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
    public void Example_runs(string path) => Assert.That(RunExample(path), Is.Zero);

    /// <summary>Runs an example; its exit code.</summary>
    internal static int RunExample(string path, params string[] arguments)
    {
        string program = Directive().Replace(File.ReadAllText(path), "");
        return CompiledCode.Run(CompiledCode.Compile(path, [program], usings: false), arguments);
    }

    /// <summary>Numbered without a gap but for 12 and 13, whose places the course's page keeps.</summary>
    [Test]
    public void Examples_are_short_and_the_course_has_each()
    {
        string[] paths = Directory.GetFiles(Path.Combine(Folder, "examples"), "*.cs");
        Array.Sort(paths, StringComparer.Ordinal);
        string course = File.ReadAllText(Path.Combine(Folder, "examples", "README.md"));
        Assert.That(paths.Select(path => Path.GetFileName(path)[..2]),
            Is.EqualTo(Enumerable.Range(1, paths.Length + 2).Except([12, 13]).Select(number => $"{number:00}")));
        Assert.That(course, Does.Contain("no 12 and no 13 yet"));
        foreach (string path in paths)
        {
            Assert.That(File.ReadAllLines(path), Has.Length.AtMost(60), path);
            Assert.That(course, Does.Contain($"({Path.GetFileName(path)})"));
        }
    }

    [TestCaseSource(nameof(Blocks))]
    public void Code_of_a_document(CodeBlock block)
    {
        switch (block.Kind)
        {
            case "from":
                Assert.That(Unindented(File.ReadAllText(Path.Combine(SourceTree.Root, block.Comment))),
                    Does.Contain(Unindented(block.Code)));
                break;
            case "not compiled":
                Assert.That(block.Comment, Is.Not.Empty, "the reason");
                break;
            default:
                bool isInside = block.File.Contains("contributing", StringComparison.Ordinal)
                    || block.File.Contains("adding", StringComparison.Ordinal);
                bool isWhole = block.Kind.Length == 0
                    && block.Code.Contains("using Autodiff;", StringComparison.Ordinal);
                var compilation = CompiledCode.Compile(block.ToString(), block.Sources, usings: !isWhole, isInside);
                if (isWhole) Assert.That(CompiledCode.Run(compilation), Is.Zero);
                break;
        }
    }

    private static string Unindented(string code) => Regex.Replace(code, "^ +", "", RegexOptions.Multiline);

    [Test]
    public void Readme_begins_with_the_first_example()
    {
        CodeBlock first = CodeBlock.In("README.md", File.ReadAllText(Path.Combine(Folder, "README.md"))).First();
        string example = File.ReadAllText(Path.Combine(Folder, "examples", "01-first-gradient.cs"));
        Assert.That(first.Code, Is.EqualTo(Directive().Replace(example, "").Trim()));
    }

    [Test]
    public void Blocks_are_found_with_what_is_said_of_them()
    {
        const string text = """
            x
            <!-- given
            int a = 1;
            -->

               ```csharp
               a++;
                 b();
               ```
            <!-- continues -->
            ```csharp
            c
            ```
            """;
        CodeBlock[] blocks = [.. CodeBlock.In("a.md", text)];
        Assert.That(blocks[0], Is.EqualTo(new CodeBlock("a.md", 7, "a++;\n  b();", "given", "int a = 1;")));
        Assert.That(blocks[1], Is.EqualTo(new CodeBlock("a.md", 12, "c", "continues", "", blocks[0])));
        Assert.That(blocks[1].Sources, Is.EqualTo(new[] { "int a = 1;\na++;\n  b();", "c" }));
    }

    [TestCase("int x = \"text\";", "CS0029")]
    [TestCase("string? s = null; Console.WriteLine(s.Length);", "CS8602")]
    public void Wrong_code_is_found(string code, string diagnostic) => Assert.That(
        () => CompiledCode.Compile("wrong", [code], usings: true),
        Throws.TypeOf<AssertionException>().With.Message.Contains(diagnostic));
}
