using System.Text.RegularExpressions;
using Markdig.Syntax;

namespace Labs.Report;

/// <summary>
/// A lab's text: the Markdown files of its folder, in the order of their names. The first heading is the lab's title,
/// what stands below it until the first section its summary. Marks say where the page shows what the lab has made:
/// <c>{{figure name}}</c>, <c>{{output name}}</c>, <c>{{table name}}</c>, <c>{{link file}}</c>, <c>{{rows cell}}</c>,
/// <c>{{source member}}</c>, each on a line of its own, and <c>{{name}}</c> within a line for a value.
/// </summary>
internal sealed partial class LabText
{
    private readonly List<TextFile> _files;

    private LabText(IEnumerable<(string Name, string Text)> files)
    {
        _files = [.. files.Select(file => new TextFile(file.Name, file.Text))];
        var first = Markdown.Parse(_files[0].Text).TakeWhile(block => block is not HeadingBlock { Level: 2 }).ToArray();
        if (first is not [HeadingBlock { Level: 1 } title, var next, ..])
        {
            throw new FormatException($"{_files[0].Name}(1): a lab begins with its title, '# ...', and a summary.");
        }

        Title = _files[0].Heading(title);
        Summary = _files[0].Text[next.Span.Start..(first[^1].Span.End + 1)];
        foreach (var file in _files)
        {
            _marks.AddRange(file.Marks());
        }
    }

    private readonly List<PlacedMark> _marks = [];

    public string Title { get; }

    /// <summary>One or two sentences, in Markdown.</summary>
    public string Summary { get; }

    /// <summary>All marks, in the order of the text.</summary>
    public IReadOnlyList<PlacedMark> Marks => _marks;

    /// <summary>The text of the lab in that folder.</summary>
    /// <exception cref="InvalidOperationException">There is no Markdown file in it.</exception>
    public static LabText ReadEmbedded(string folder)
    {
        string prefix = $"Source/{folder}/";
        string[] names =
        [
            .. typeof(LabText).Assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith(prefix, StringComparison.Ordinal)
                    && name.EndsWith(".md", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
        return names.Length == 0
            ? throw new InvalidOperationException($"There is no Markdown file in {folder}, where the lab's text is.")
            : new([.. names.Select(name => (name["Source/".Length..], EmbeddedText.Read(name)))]);
    }

    /// <summary>A text of given files.</summary>
    internal static LabText Of(params (string Name, string Text)[] files) => new(files);

    /// <summary>
    /// Hands on the text in its order: each section's title, and each block's HTML. <paramref name="value"/> gives the
    /// text of a value, <paramref name="part"/> the HTML of a mark with its caption.
    /// </summary>
    /// <exception cref="FormatException">A formula or a box can't be read; the message says in which file and
    /// line.</exception>
    public void Write(
        Func<string, string> value, Func<MarkBlock, string> part, Action<string> section, Action<string> html)
    {
        bool hasBegun = false;
        foreach (var file in _files)
        {
            string text = file.WithValues(value);
            foreach (var block in Markdown.Parse(text))
            {
                try
                {
                    if (block is HeadingBlock { Level: 2 } heading)
                    {
                        section(TextFile.Heading(text, heading));
                        hasBegun = true;
                    }
                    else if (hasBegun)
                    {
                        html(Markdown.ToHtml(block, part));
                    }
                }
                catch (FormatException e)
                {
                    throw new FormatException($"{file.Name}({block.Line + 1}): {e.Message}", e);
                }
            }
        }
    }

    /// <summary>A mark, where it stands and in which section. A value's kind is <c>value</c>.</summary>
    internal sealed record PlacedMark(PageMark Mark, string File, int Line, string Section)
    {
        public override string ToString() => $"{File}({Line}): {Mark}";
    }

    private sealed partial record TextFile(string Name, string Text)
    {
        public string Name { get; } = Name;

        public string Text { get; } = Text.ReplaceLineEndings("\n");

        public string Heading(HeadingBlock heading) => Heading(Text, heading);

        public static string Heading(string text, HeadingBlock heading) =>
            text[heading.Span.Start..(heading.Span.End + 1)].Trim('#', ' ', '\n');

        public string WithValues(Func<string, string> value) =>
            Value().Replace(Text, match => value(match.Groups[1].Value));

        public IEnumerable<PlacedMark> Marks()
        {
            string section = "", before = "";
            foreach (var (index, line) in Text.Split('\n').Index())
            {
                section = line.StartsWith("## ", StringComparison.Ordinal) ? line[3..] : section;
                var own = PageMark.OfLine(line);
                if (own.Length > 0 && before.Length > 0 && PageMark.OfLine(before).Length == 0
                    && !before.StartsWith(":::", StringComparison.Ordinal))
                {
                    throw Error("a mark begins a paragraph; an empty line should stand before it");
                }

                foreach (var mark in own)
                {
                    yield return PageMark.Kinds.Contains(mark.Kind)
                        ? new(mark, Name, index + 1, section)
                        : throw Error(
                            $"'{mark.Kind}' is no kind of mark; the kinds are {string.Join(", ", PageMark.Kinds)}");
                }

                foreach (Match match in Value().Matches(line))
                {
                    yield return new(new("value", match.Groups[1].Value), Name, index + 1, section);
                }

                if (own.Length == 0 && Value().Replace(line, "").Contains("{{", StringComparison.Ordinal))
                {
                    throw Error(
                        $"'{line.Trim()}' has a mark that can't be read: a part's mark stands on a line of its own");
                }

                before = line.Trim();

                FormatException Error(string what) => new($"{Name}({index + 1}): {what}.");
            }
        }

        [GeneratedRegex(@"\{\{([a-z][a-z0-9-]*)\}\}")]
        private static partial Regex Value();
    }
}
