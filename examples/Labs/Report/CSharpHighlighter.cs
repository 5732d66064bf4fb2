using System.Net;
using System.Text;
using System.Text.RegularExpressions;

namespace Labs.Report;

/// <summary>C# as HTML with comments, strings, numbers and keywords marked.</summary>
internal static partial class CSharpHighlighter
{
    private static readonly HashSet<string> s_keywords =
    [
        "abstract", "as", "async", "await", "base", "bool", "break", "byte", "case", "catch", "char", "class", "const",
        "continue", "default", "do", "double", "else", "enum", "false", "finally", "float", "for", "foreach", "get",
        "global", "if", "in", "init", "int", "interface", "internal", "is", "long", "namespace", "new", "null",
        "object",
        "operator", "out", "override", "params", "private", "protected", "public", "readonly", "record", "ref",
        "required",
        "return", "sealed", "set", "static", "string", "struct", "switch", "this", "throw", "true", "try", "typeof",
        "using", "var", "virtual", "void", "where", "while", "with", "yield",
    ];

    public static string ToHtml(string code)
    {
        var html = new StringBuilder();
        int plain = 0;
        foreach (Match token in Tokens().Matches(code))
        {
            string? kind = token.Groups["comment"].Success ? "c"
                : token.Groups["string"].Success ? "s"
                : token.Groups["number"].Success ? "n"
                : s_keywords.Contains(token.Value) ? "k" : null;
            if (kind is null)
            {
                continue;
            }

            html.Append(WebUtility.HtmlEncode(code[plain..token.Index]))
                .Append("<span class=\"").Append(kind).Append("\">")
                .Append(WebUtility.HtmlEncode(token.Value)).Append("</span>");
            plain = token.Index + token.Length;
        }

        return html.Append(WebUtility.HtmlEncode(code[plain..])).ToString();
    }

    [GeneratedRegex(
        """(?<comment>//[^\n]*|/\*.*?\*/)|(?<string>\$?"{3}.*?"{3}|\$?"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])')|""" +
        """(?<number>\b\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?[fFdDmMuUlL]*\b)|\b[A-Za-z_]\w*""",
        RegexOptions.Singleline)]
    private static partial Regex Tokens();
}
