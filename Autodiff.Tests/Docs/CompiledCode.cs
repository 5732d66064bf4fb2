using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Autodiff.Tests.Docs;

/// <summary>
/// Compiles a program as the SDK would compile a file of its own, against the libraries that are under test.
/// </summary>
internal static partial class CompiledCode
{
    private const string GlobalUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        """;

    /// <summary>What fragments of documentation may use besides.</summary>
    private const string FragmentUsings =
        "global using Autodiff; global using Autodiff.Algebra; global using Autodiff.Nn; global using NUnit.Framework; "
        + "global using System.Runtime.CompilerServices; "
        + "global using static System.Runtime.CompilerServices.MethodImplOptions;";

    private static readonly CSharpParseOptions s_parsing = new(LanguageVersion.Latest);

    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
    [
        .. from path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
           let name = Path.GetFileName(path)
           where name.StartsWith("System.", StringComparison.Ordinal)
           || name.StartsWith("Autodiff.", StringComparison.Ordinal)
           || name is "nunit.framework.dll" or "ScottPlot.dll" or "Figures.dll" or "ILGPU.dll"
           select MetadataReference.CreateFromFile(path),
    ]);

    /// <summary>What documentation may name.</summary>
    public static IReadOnlyList<MetadataReference> References => s_references.Value;

    [GeneratedRegex(@"^using [\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    /// <summary>Compiles; errors and warnings fail the test.</summary>
    /// <param name="name">Where the code stands, for messages.</param>
    /// <param name="sources">One text a file.</param>
    /// <param name="usings">Namespaces that the code need not name.</param>
    /// <param name="isInside">Whether the code stands in the solution, and so sees what is internal.</param>
    public static CSharpCompilation Compile(string name, IEnumerable<string> sources, bool usings,
        bool isInside = false)
    {
        SyntaxTree[] trees =
            [.. sources.Select(source => CSharpSyntaxTree.ParseText(UsingsFirst(source), s_parsing, name))];
        bool isProgram = trees.Any(tree =>
            tree.GetRoot().ChildNodes().Any(node => node.IsKind(SyntaxKind.GlobalStatement)));
        CSharpCompilation compilation = CSharpCompilation.Create(
            isInside ? "Autodiff.Tests" : "Documented",
            [CSharpSyntaxTree.ParseText(GlobalUsings + (usings ? FragmentUsings : ""), s_parsing), .. trees],
            s_references.Value,
            new(isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
        Assert.That(
            compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning), Is.Empty,
            () => string.Join("\n\n", trees.Select(tree => tree.ToString())));
        return compilation;
    }

    /// <summary>What a block takes for granted stands before it, and its own using lines before everything.</summary>
    private static string UsingsFirst(string code) =>
        string.Join('\n', UsingLine().Matches(code).Select(m => m.Value)) + "\n" + UsingLine().Replace(code, "");

    /// <summary>Runs a program; its exit code.</summary>
    public static int Run(CSharpCompilation compilation, params string[] arguments)
    {
        using var image = new MemoryStream();
        Assert.That(compilation.Emit(image).Success);
        image.Position = 0;
        var context = new AssemblyLoadContext("Documented", isCollectible: true);
        try
        {
            MethodInfo main = context.LoadFromStream(image).EntryPoint!;
            return main.Invoke(null, [arguments]) as int? ?? 0;
        }
        finally
        {
            context.Unload();
        }
    }
}
