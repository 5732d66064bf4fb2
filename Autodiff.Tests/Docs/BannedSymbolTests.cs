using System.Reflection;
using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>
/// The analyzer says nothing of a banned symbol that does not exist: after a rename it would guard nothing.
/// </summary>
public partial class BannedSymbolTests
{
    private const BindingFlags Any = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance
        | BindingFlags.Static;

    private static readonly Assembly[] s_assemblies = [typeof(object).Assembly, typeof(Tensor).Assembly,
        typeof(Autodiff.Cuda).Assembly];

    /// <summary>A documentation comment's id: kind, type, member, parameters; then the reason.</summary>
    [GeneratedRegex(@"^[MP]:([\w.]+)\.(\w+)(?:\([^)]*\))?;.{20,}$")]
    private static partial Regex Line();

    private static string[] Lines() =>
        File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "Docs", "BannedSymbols.txt"));

    [TestCaseSource(nameof(Lines))]
    public void Exists_with_a_reason(string line)
    {
        Match match = Line().Match(line);
        Assert.That(match.Success, line);
        Type[] types = [.. s_assemblies.Select(a => a.GetType(match.Groups[1].Value)).OfType<Type>()];
        Assert.That(types, Has.Length.EqualTo(1), line);
        Assert.That(types[0].GetMember(match.Groups[2].Value, Any), Is.Not.Empty, line);
    }
}
