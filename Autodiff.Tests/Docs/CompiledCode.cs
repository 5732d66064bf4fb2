using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Autodiff.Tests.Docs;

/// <summary>Compiles a program as the SDK would compile a file of its own, against the libraries that are under test.</summary>
internal static partial class CompiledCode
{
    private const string GlobalUsings = """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq;
        global using System.Threading; global using System.Threading.Tasks;
        """;

    /// <summary>What fragments of documentation may use besides.</summary>
    private const string FragmentUsings = "global using Autodiff; global using Autodiff.Algebra; global using Autodiff.Nn;";

    private static readonly CSharpParseOptions s_parsing = new(LanguageVersion.Latest);

    private static readonly Lazy<MetadataReference[]> s_references = new(() =>
    [
        .. from path in ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
           let name = Path.GetFileName(path)
           where name.StartsWith("System.", StringComparison.Ordinal) || name is "Autodiff.Core.dll" or "Autodiff.Nn.dll" or "Autodiff.Gpu.dll"
           select MetadataReference.CreateFromFile(path),
    ]);

    [GeneratedRegex(@"^using [\w.]+;$", RegexOptions.Multiline)]
    private static partial Regex UsingLine();

    /// <summary>Compiles; errors and warnings fail the test.</summary>
    public static CSharpCompilation Compile(string name, string code, bool isFragment)
    {
        string usings = string.Join('\n', UsingLine().Matches(code).Select(m => m.Value));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Documented",
            [
                CSharpSyntaxTree.ParseText(GlobalUsings + (isFragment ? FragmentUsings : ""), s_parsing),
                CSharpSyntaxTree.ParseText($"{usings}\n{UsingLine().Replace(code, "")}", s_parsing, name),
            ],
            s_references.Value,
            new(IsLibrary(code) ? OutputKind.DynamicallyLinkedLibrary : OutputKind.ConsoleApplication,
                nullableContextOptions: NullableContextOptions.Enable));
        Assert.That(compilation.GetDiagnostics().Where(d => d.Severity >= DiagnosticSeverity.Warning), Is.Empty, $"{name}\n{code}");
        return compilation;
    }

    /// <summary>Runs a program; its exit code.</summary>
    public static int Run(CSharpCompilation compilation)
    {
        using var image = new MemoryStream();
        Assert.That(compilation.Emit(image).Success);
        image.Position = 0;
        var context = new AssemblyLoadContext("Documented", isCollectible: true);
        try
        {
            MethodInfo main = context.LoadFromStream(image).EntryPoint!;
            return main.Invoke(null, [Array.Empty<string>()]) as int? ?? 0;
        }
        finally
        {
            context.Unload();
        }
    }

    /// <summary>Types alone are a library; statements make a program.</summary>
    private static bool IsLibrary(string code) => !CSharpSyntaxTree.ParseText(code, s_parsing).GetRoot().ChildNodes()
        .Any(node => node.IsKind(SyntaxKind.GlobalStatement));
}
