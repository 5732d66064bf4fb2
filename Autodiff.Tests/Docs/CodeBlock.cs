using System.Text.RegularExpressions;

namespace Autodiff.Tests.Docs;

/// <summary>A block of C# in a document, with what a comment above it says of it.</summary>
/// <param name="File">The document.</param>
/// <param name="Line">The line at which the block's code begins, from 1.</param>
/// <param name="Code">The code, without the indentation that all its lines share.</param>
/// <param name="Kind">The comment's first words: <c>given</c>, <c>from</c>, <c>continues</c>, <c>not compiled</c>;
/// empty without one.</param>
/// <param name="Comment">The rest of the comment: code that the block takes for granted, the source file that it
/// quotes, a reason.</param>
/// <param name="Before">The block before, if this one continues it.</param>
public sealed partial record CodeBlock(string File, int Line, string Code, string Kind = "", string Comment = "",
    CodeBlock? Before = null)
{
    [GeneratedRegex(
        @"(?:^[ ]*<!-- (?<kind>given|from|continues|not compiled)[: \n](?<text>.*?)-->\n\n?)?"
        + @"^[ ]*```csharp\n(?<code>.*?)^[ ]*```$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    /// <summary>The source texts that are compiled together.</summary>
    public IEnumerable<string> Sources => [.. Before?.Sources ?? [], Kind == "given" ? $"{Comment}\n{Code}" : Code];

    public override string ToString() => $"{File}:{Line}";

    public static IEnumerable<CodeBlock> In(string file, string text)
    {
        CodeBlock? last = null;
        foreach (Match match in Block().Matches(text))
        {
            string kind = match.Groups["kind"].Value;
            int line = text.AsSpan(0, match.Groups["code"].Index).Count('\n') + 1;
            last = new(file, line, Dedent(match.Groups["code"].Value), kind, match.Groups["text"].Value.Trim(),
                kind == "continues" ? last : null);
            yield return last;
        }
    }

    private static string Dedent(string code)
    {
        string[] lines = code.TrimEnd().Split('\n');
        int indentation = lines.Where(l => l.Trim().Length > 0).Min(l => l.Length - l.TrimStart().Length);
        return string.Join('\n', lines.Select(l => l.Length > indentation ? l[indentation..] : ""));
    }
}
