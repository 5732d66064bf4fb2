using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>A block of C# in a document, with what a comment above it says of it.</summary>
/// <param name="File">The document.</param>
/// <param name="Line">The line at which the block's code begins, from 1.</param>
/// <param name="Code">The code, without the indentation that all its lines share.</param>
/// <param name="Given">The code that it takes for granted (a comment <c>given</c>).</param>
/// <param name="From">The source file that it is quoted from (a comment <c>from</c>).</param>
public sealed partial record CodeBlock(string File, int Line, string Code, string Given, string? From)
{
    [GeneratedRegex(@"(?:^[ ]*<!-- (?<kind>given|from)[: \n](?<text>.*?)-->\n\n?)?(?<fence>^[ ]*```csharp\n)(?<code>.*?)^[ ]*```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>A whole program, which is run; anything else is only compiled.</summary>
    public bool IsProgram => From is null && Given.Length == 0 && Regex.IsMatch(Code, @"^using [\w.]+;", RegexOptions.Multiline);

    public override string ToString() => $"{File}:{Line}";

    public static IEnumerable<CodeBlock> In(string file, string text)
    {
        foreach (Match match in Block().Matches(text))
        {
            string kind = match.Groups["kind"].Value, comment = match.Groups["text"].Value.Trim();
            int line = text.AsSpan(0, match.Groups["code"].Index).Count('\n') + 1;
            yield return new(file, line, Dedent(match.Groups["code"].Value), kind == "given" ? comment : "", kind == "from" ? comment : null);
        }
    }

    private static string Dedent(string code)
    {
        string[] lines = code.TrimEnd().Split('\n');
        int indentation = lines.Where(l => l.Trim().Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length > indentation ? l[indentation..] : ""));
    }
}
