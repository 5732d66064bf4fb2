using System.Globalization;
using System.Text;

namespace Autodiff;

public sealed partial class Tape
{
    /// <summary>
    /// A page on which the tape is stepped through, forward and backward: values, the rule in letters and in numbers,
    /// the Jacobian that is never formed beside the vector-Jacobian product, sums where a value is used twice, what the
    /// rules keep, finite differences. One file that needs no network. Of a tape of <see cref="Of"/> it shows what
    /// survived, and says what did not.
    /// </summary>
    /// <param name="title">The page's title.</param>
    /// <remarks>
    /// Beyond 200 nodes or 200 kB of data it leaves out the earliest nodes and the elements of large tensors, and says
    /// so. The page names the source files that called the operations and quotes the lines, where they are found.
    /// </remarks>
    /// <returns>HTML.</returns>
    public string ToHtml(string? title = null) =>
        TapePage.Write(this, title ?? "Vector-Jacobian products, step by step");

    /// <summary>The graph in the language of Graphviz: <c>dot -Tsvg</c> draws it. Constants are dashed.</summary>
    public string ToDot()
    {
        TapeGraph graph = new(this, int.MaxValue);
        StringBuilder text = new("digraph tape {\n  rankdir=LR;\n  node [shape=box];\n");
        foreach (Box box in graph.Boxes)
        {
            string style =
                box.Kind switch { BoxKind.Leaf => ", style=rounded", BoxKind.Constant => ", style=dashed", _ => "" };
            text.Append(CultureInfo.InvariantCulture,
                $"  n{box.Id} [label=\"{string.Join("\\n", Label(box).Select(Escaped))}\"{style}];\n");
        }

        foreach (Line line in graph.Lines)
        {
            string style = line.From.Kind == BoxKind.Constant ? " [style=dashed]" : "";
            text.Append(CultureInfo.InvariantCulture, $"  n{line.From.Id} -> n{line.To.Id}{style};\n");
        }

        return text.Append("}\n").ToString();

        static string Escaped(string part) => part.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal).ReplaceLineEndings(" ");
    }

    /// <summary>The graph as a Mermaid flowchart, which Markdown viewers draw. Constants are dashed.</summary>
    public string ToMermaid()
    {
        TapeGraph graph = new(this, int.MaxValue);
        StringBuilder text = new("flowchart LR\n");
        foreach (Box box in graph.Boxes)
        {
            (string open, string close) = box.Kind == BoxKind.Operation ? ("[", "]") : ("([", "])");
            text.Append(CultureInfo.InvariantCulture,
                $"  n{box.Id}{open}\"{string.Join("<br>", Label(box).Select(Escaped))}\"{close}\n");
        }

        foreach (Line line in graph.Lines)
        {
            string arrow = line.From.Kind == BoxKind.Constant ? "-.->" : "-->";
            text.Append(CultureInfo.InvariantCulture, $"  n{line.From.Id} {arrow} n{line.To.Id}\n");
        }

        foreach (Box box in graph.Boxes.Where(static box => box.Kind == BoxKind.Constant))
        {
            text.Append(CultureInfo.InvariantCulture, $"  style n{box.Id} stroke-dasharray: 5 5\n");
        }

        return text.ToString();

        static string Escaped(string part) => string.Concat(part.ReplaceLineEndings(" ").Select(static c =>
            c is '"' or '#' or '&' or '<' or '>' or '`' or ';'
                ? string.Create(CultureInfo.InvariantCulture, $"#{(int)c};") : c.ToString()));
    }

    private static IEnumerable<string> Label(Box box) => box switch
    {
        { Kind: BoxKind.Operation, Node: { } node } => [$"{box.Name} = {node.Name}", $"{node.Shape}"],
        { Node: { } leaf } => [box.Name, $"{leaf.Shape}"],
        _ => [box.Name, box.Reason is { } why ? $"{why}" : "constant"],
    };
}
