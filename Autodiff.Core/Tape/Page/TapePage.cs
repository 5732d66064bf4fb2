using System.Net;
using System.Text;

namespace Autodiff;

/// <summary>
/// The step-through page: a template, style and script that are resources of the library, and the tape as JSON.
/// </summary>
internal static class TapePage
{
    private const int MostNodes = 200, MostBytes = 200_000;

    public static string Write(Tape tape, string title)
    {
        StringBuilder page = new();
        foreach (string part in Text("page.html").Split("{{"))
        {
            // Each mark is filled once, so what stands in a value is never taken for a mark.
            int end = part.IndexOf("}}", StringComparison.Ordinal);
            page.Append(end < 0 ? "" : part[..end] switch
            {
                "title" => Html(title),
                "style" => Text("page.css"),
                "script" => Text("numbers.js") + Text("graph.js") + Text("parts.js") + Text("page.js"),
                "table" => Table(tape),
                "data" => Encoding.UTF8.GetString(Fitting(tape)),
                var mark => throw new InvalidOperationException($"ToHtml: nothing fills the mark {mark}."),
            }).Append(part[(end < 0 ? 0 : end + 2)..]);
        }

        return page.ToString();
    }

    /// <summary>
    /// The data with as much detail as fits: first the elements of large tensors go, then the earliest nodes.
    /// </summary>
    internal static byte[] Fitting(Tape tape)
    {
        byte[] data = [];
        foreach ((int nodes, int elements) in new[] { (MostNodes, 64), (MostNodes, 16), (MostNodes, 4), (100, 4),
            (50, 4), (25, 4), (10, 1) })
        {
            data = TapeJson.Write(tape, nodes, elements);
            if (data.Length <= MostBytes)
            {
                break;
            }
        }

        return data;
    }

    /// <summary>The tape as a table, which a reader without JavaScript has, too.</summary>
    private static string Table(Tape tape)
    {
        TapeGraph graph = new(tape, MostNodes);
        StringBuilder rows = new();
        foreach (Box box in graph.Boxes)
        {
            Tensor? value = box.Node is null ? box.Constant : tape.ValueOf(box.Node), gradient = box.Node is null ? null
                : tape.GradientOf(box.Node);
            string operation = box.Node is LeafNode ? "leaf" : box.Node is null ? Why(box.Reason)
                : $"{box.Node.Name}({string.Join(", ", box.Inputs.Select(static input => input?.Name ?? "·"))})";
            string rule = box.Node is null or LeafNode ? "" : box.Node.Rule;
            string[] cells = [operation, Short(value), Short(gradient), rule];
            rows.Append("<tr><th scope=\"row\">").Append(Html(box.Name)).Append("</th>")
                .AppendJoin("", cells.Select(static cell => $"<td>{Html(cell)}</td>")).Append("</tr>\n");
        }

        return rows.ToString();
    }

    /// <summary>Why an operand gets no gradient, in a sentence's words.</summary>
    public static string Why(NoGradientReason? reason) => reason switch
    {
        NoGradientReason.Detached => "detached: shares the memory of a recorded value, but not its history",
        NoGradientReason.NoGrad => "computed under NoGrad: nothing was recorded",
        _ => "constant: does not require grad",
    };

    private static string Short(Tensor? x) => x is null ? "not kept" : x.ElementCount > 8 ? $"{x.Shape}" : x.ToString();

    private static string Html(string text) => WebUtility.HtmlEncode(text);

    private static string Text(string name)
    {
        using Stream stream = typeof(TapePage).Assembly.GetManifestResourceStream($"Tape/Page/{name}")
            ?? throw new InvalidOperationException($"ToHtml: the resource {name} is not in the library.");
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }
}
