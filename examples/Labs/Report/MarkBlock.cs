using System.Text.RegularExpressions;
using Markdig.Parsers;
using Markdig.Syntax;

namespace Labs.Report;

/// <summary>
/// A mark on a line of its own, in whose place the page shows a part of the lab, such as
/// <c>{{figure parabola}}</c>. Lines that follow at once are the part's caption.
/// </summary>
internal sealed class MarkBlock(BlockParser parser, IReadOnlyList<PageMark> marks) : LeafBlock(parser)
{
    /// <summary>One mark, or several figures that stand side by side.</summary>
    public IReadOnlyList<PageMark> Marks => marks;

    /// <summary>Markdown; empty where there is no caption.</summary>
    public string Caption { get; set; } = "";

    /// <inheritdoc/>
    public override string ToString() => string.Join(" ", Marks);
}

/// <summary>What a mark names.</summary>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
/// <param name="Name">The part's name.</param>
internal readonly partial record struct PageMark(string Kind, string Name)
{
    /// <summary>The parts that a mark can name.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["source", "figure", "output", "table", "rows", "link"];

    /// <summary>The marks of a line that holds nothing else; none where the line is no such line.</summary>
    public static PageMark[] OfLine(string line) => Line().IsMatch(line)
        ? [.. One().Matches(line).Select(match => new PageMark(match.Groups[1].Value, match.Groups[2].Value.Trim()))]
        : [];

    /// <inheritdoc/>
    public override string ToString() => $"{{{{{Kind} {Name}}}}}";

    [GeneratedRegex(@"^\s*(?:\{\{\w+ [^{}]+\}\}\s*)+$")]
    private static partial Regex Line();

    [GeneratedRegex(@"\{\{(\w+) ([^{}]+)\}\}")]
    private static partial Regex One();
}

/// <summary>Reads <see cref="MarkBlock"/>s.</summary>
internal sealed class MarkParser : BlockParser
{
    public MarkParser() => OpeningCharacters = ['{'];

    /// <inheritdoc/>
    public override BlockState TryOpen(BlockProcessor processor)
    {
        var marks = PageMark.OfLine(processor.Line.ToString());
        if (marks.Length == 0 || processor.IsCodeIndent)
        {
            return BlockState.None;
        }

        processor.NewBlocks.Push(new MarkBlock(this, marks) { Line = processor.LineIndex, Column = processor.Column });
        return BlockState.ContinueDiscard;
    }

    /// <inheritdoc/>
    public override BlockState TryContinue(BlockProcessor processor, Block block)
    {
        string line = processor.Line.ToString().Trim();
        if (line.Length == 0)
        {
            return BlockState.BreakDiscard;
        }

        if (line.StartsWith(":::", StringComparison.Ordinal) || PageMark.OfLine(line).Length > 0)
        {
            return BlockState.None;
        }

        var mark = (MarkBlock)block;
        mark.Caption += mark.Caption.Length == 0 ? line : "\n" + line;
        return BlockState.ContinueDiscard;
    }
}
