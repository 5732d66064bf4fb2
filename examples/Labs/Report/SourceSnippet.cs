using System.Text.RegularExpressions;

namespace Labs.Report;

/// <summary>
/// Parts of the labs' own source, embedded in the program, so that the code on a page is the code that ran.
/// </summary>
internal static class SourceSnippet
{
    /// <summary>
    /// The lines between <c>#region name</c> and its <c>#endregion</c>, or else the member (method, type) declared
    /// under that name, from its documentation to its end, in the lab's folder.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such region or member in the folder.</exception>
    public static string Find(string folder, string name) => TryFind(folder, name)
        ?? throw new ArgumentException($"Source: no region or member '{name}' in {folder}.", nameof(name));

    /// <summary>Whether there is such a region or member in the folder.</summary>
    public static bool Has(string folder, string name) => TryFind(folder, name) is not null;

    private static string? TryFind(string folder, string name)
    {
        var assembly = typeof(SourceSnippet).Assembly;
        string prefix = $"Source/{folder}/";
        foreach (string resource in assembly.GetManifestResourceNames()
            .Where(r => r.StartsWith(prefix, StringComparison.Ordinal) && r.EndsWith(".cs", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
            string[] lines = reader.ReadToEnd().ReplaceLineEndings("\n").Split('\n');
            if (Region(lines, name) is { } region)
            {
                return region;
            }

            if (Member(lines, name) is { } member)
            {
                return member;
            }
        }

        return null;
    }

    internal static string? Region(string[] lines, string name)
    {
        int start = Array.FindIndex(lines, line => line.Trim() == $"#region {name}");
        if (start < 0)
        {
            return null;
        }

        int end = Array.FindIndex(lines, start,
            line => line.TrimStart().StartsWith("#endregion", StringComparison.Ordinal));
        return end < 0 ? null : Dedent(lines[(start + 1)..end]);
    }

    internal static string? Member(string[] lines, string name)
    {
        var declaration =
            new Regex(
                @"^\s*(?:(?:public|internal|private|protected|static|sealed|readonly|record|"
                + @"abstract|override|partial|class|struct)\s+)+"
                + $@"(?:\([^=;""]*?\)\s+)?[^=;(""]*\b{Regex.Escape(name)}\s*(?:<[^>]*>)?\s*(?:[({{:=]|$)");
        int first = Array.FindIndex(lines, declaration.IsMatch);
        if (first < 0)
        {
            return null;
        }

        int last = End(lines, first);
        while (first > 0 && lines[first - 1].TrimStart() is ['/', '/', '/', ..] or ['[', ..])
        {
            first--;
        }

        return Dedent(lines[first..(last + 1)]);
    }

    /// <summary>The line where the first block closes, or where a semicolon stands outside all brackets.</summary>
    private static int End(string[] lines, int first)
    {
        int depth = 0;
        bool opened = false;
        for (int i = first; i < lines.Length; i++)
        {
            string line = Regex.Replace(lines[i], @"""(?:\\.|[^""\\])*""|'(?:\\.|[^'\\])'|//.*$", "");
            foreach (char c in line)
            {
                if (c is '{' or '(' or '[')
                {
                    depth++;
                    opened |= c == '{';
                }
                else if (c is '}' or ')' or ']')
                {
                    depth--;
                    if (depth == 0 && c == '}' && opened && !line.TrimEnd().EndsWith(';'))
                    {
                        return i;
                    }
                }
                else if (c == ';' && depth == 0)
                {
                    return i;
                }
            }
        }

        return lines.Length - 1;
    }

    private static string Dedent(string[] lines)
    {
        int indent = lines.Where(line => line.Trim().Length > 0)
            .Select(line => line.Length - line.TrimStart().Length).DefaultIfEmpty().Min();
        return string.Join('\n',
            lines.Select(line => Comment(line.Length > indent ? line[indent..] : line.TrimStart())).OfType<string>())
                .Trim('\n');
    }

    /// <summary>
    /// A documentation line as a plain remark, without its tags; null where nothing else stands on it.
    /// </summary>
    private static string? Comment(string line)
    {
        if (line.TrimStart() is not ['/', '/', '/', ..])
        {
            return line;
        }

        string named = Regex.Replace(line, @"<(?:see|paramref|typeparamref|seealso)\s+\w+=""(?:\w:)?([^""]*)""\s*/>",
            "$1");
        string text = Regex.Replace(named, @"</?\w[^>]*>", "").Replace("///", "//", StringComparison.Ordinal).TrimEnd();
        return text.EndsWith("//", StringComparison.Ordinal) ? null : System.Net.WebUtility.HtmlDecode(text);
    }
}
