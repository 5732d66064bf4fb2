using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Labs.Report;

/// <summary>
/// PyTorch's code for a step of a lab, in words of our own. It stands in the lab's <c>pytorch.py</c>, between
/// <c># region name</c> and <c># endregion</c>, under the name that <see cref="SourceSnippet"/> has for the C# code.
/// </summary>
internal static partial class PyTorchCode
{
    private static readonly HashSet<string> s_keywords =
    [
        "and", "as", "assert", "break", "class", "continue", "def", "del", "elif", "else", "except", "False", "finally",
        "for", "from", "global", "if", "import", "in", "is", "lambda", "None", "nonlocal", "not", "or", "pass", "raise",
        "return", "True", "try", "while", "with", "yield",
    ];

    /// <summary>A block that opens on demand; empty where the step has no PyTorch code.</summary>
    /// <param name="folder">The lab's folder.</param>
    /// <param name="name">The step's name.</param>
    public static string ToHtml(string folder, string name) => Find(folder, name) is { } code
        ? $"<details class=\"pytorch\"><summary>The same in PyTorch</summary><pre class=\"code\"><code>"
            + $"{Highlight(code)}</code></pre></details>"
        : "";

    /// <summary>The names of a lab's steps that have PyTorch code.</summary>
    public static string[] Names(string folder) =>
        [.. Region().Matches(Text(folder)).Select(region => region.Groups["name"].Value)];

    internal static string? Find(string folder, string name) => Region().Matches(Text(folder))
        .FirstOrDefault(region => region.Groups["name"].Value == name)?.Groups["code"].Value.Trim('\n');

    internal static string Highlight(string code)
    {
        var html = new StringBuilder();
        int plain = 0;
        foreach (Match token in Tokens().Matches(code))
        {
            string? kind = token.Groups["comment"].Success ? "c"
                : token.Groups["string"].Success ? "s"
                : token.Groups["number"].Success ? "n"
                : s_keywords.Contains(token.Value) ? "k" : null;
            if (kind is not null)
            {
                html.Append(WebUtility.HtmlEncode(code[plain..token.Index]))
                    .Append($"<span class=\"{kind}\">{WebUtility.HtmlEncode(token.Value)}</span>");
                plain = token.Index + token.Length;
            }
        }

        return html.Append(WebUtility.HtmlEncode(code[plain..])).ToString();
    }

    private static string Text(string folder)
    {
        using var stream = typeof(PyTorchCode).Assembly.GetManifestResourceStream($"PyTorch/{folder}.py");
        if (stream is null)
        {
            return "";
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"^# region (?<name>\S+)\n(?<code>.*?)^# endregion$",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(
        """(?<comment>#[^\n]*)|(?<string>f?"(?:\\.|[^"\\\n])*"|f?'(?:\\.|[^'\\\n])*')|""" +
        """(?<number>\b\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?)|\b[A-Za-z_]\w*""")]
    private static partial Regex Tokens();
}
