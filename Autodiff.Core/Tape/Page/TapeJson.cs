using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Autodiff;

/// <summary>
/// A tape as the data of its page. The encoder escapes what HTML would read: no name ends the script it stands in.
/// </summary>
internal sealed partial class TapeJson
{
    private readonly Utf8JsonWriter _json;
    private readonly TapeGraph _graph;
    private readonly Tape _tape;
    private readonly int _elements;
    private readonly Dictionary<string, string[]> _files = [];
    private bool _hasShortened;

    private TapeJson(Utf8JsonWriter json, Tape tape, int nodes, int elements)
    {
        _json = json;
        _tape = tape;
        _graph = new(tape, nodes);
        _elements = elements;
    }

    [GeneratedRegex(", (?=(ā|b̄|c̄)(\\[i\\])? = )", RegexOptions.ExplicitCapture)]
    private static partial Regex BetweenRules();

    /// <param name="tape">The tape.</param>
    /// <param name="nodes">How many nodes are shown at most.</param>
    /// <param name="elements">Up to how many elements a tensor is written out.</param>
    public static byte[] Write(Tape tape, int nodes, int elements)
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter json = new(bytes))
        {
            new TapeJson(json, tape, nodes, elements).Write();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private void Write()
    {
        _json.WriteStartObject();
        _json.WriteBoolean("recorded", _tape.IsRecorded);
        WriteArray("boxes", _graph.Boxes, Write);
        WriteArray("lines", _graph.Lines, Write);
        if (_tape.IsRecorded)
        {
            WriteArray("visits", _tape.Visits, Write);
        }
        else
        {
            WriteArray("visits", _tape.Reverse(), Write);
        }

        WriteArray("notes", Notes(), _json.WriteStringValue);
        _json.WriteEndObject();
    }

    private void Write(Line line)
    {
        _json.WriteStartObject();
        _json.WriteNumber("from", line.From.Id);
        _json.WriteNumber("to", line.To.Id);
        _json.WriteNumber("operand", line.Operand);
        WriteArray("rows", line.Rows, _json.WriteNumberValue);
        _json.WriteEndObject();
    }

    private IEnumerable<string> Notes()
    {
        if (!_tape.IsRecorded)
        {
            yield return "This tape was not recorded. It shows what survived: leaves, the result, and what the rules "
                + "keep; other "
                + "values, the gradients of inner results, operands without gradient and finite differences are gone. "
                + "Tape.Record(() => loss) keeps them.";
        }

        if (_graph.LeftOut > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"The first {_graph.LeftOut} of {_tape.Count} operations are left out: ")
                + string.Create(CultureInfo.InvariantCulture, $"a page shows the last {_tape.Count - _graph.LeftOut}.");
        }

        if (_hasShortened)
        {
            yield return string.Create(CultureInfo.InvariantCulture,
                $"Of tensors of more than {_elements} elements only the first are shown, with their statistics.");
        }

        if (_tape.DifferencesNote is { } note)
        {
            yield return note;
        }
    }

    private void Write(Box box)
    {
        _json.WriteStartObject();
        _json.WriteString("kind",
            box.Kind switch { BoxKind.Leaf => "leaf", BoxKind.Operation => "operation", _ => "constant" });
        _json.WriteString("name", box.Name);
        _json.WriteNumber("column", box.Column);
        _json.WriteNumber("row", box.Row);
        Write("value", box.Node is null ? box.Constant : _tape.ValueOf(box.Node));
        if (box.Node is { } node)
        {
            _json.WriteString("shape", node.Shape.ToString());
            Write("gradient", _tape.GradientOf(node));
        }
        else
        {
            _json.WriteString("why", TapePage.Why(box.Reason));
            _json.WriteString("shape", box.Constant?.Shape.ToString());
        }

        if (box is { Kind: BoxKind.Operation, Node: { } operation })
        {
            WriteOperation(box, operation);
        }

        _json.WriteEndObject();
    }

    private void WriteOperation(Box box, Node node)
    {
        _json.WriteString("operation", node.Name);
        _json.WriteString("formula", node.Formula);
        _json.WriteString("reading", node switch
        {
            ProductNode { IsTransposed: true } => "product transposed",
            ProductNode => "product",
            SumNode => "spread",
            { Reads: not null } => "elements",
            _ => "words",
        });
        WriteArray("inputs", box.Inputs, WriteId);
        WriteArray("rules", Rules(node.Rule), _json.WriteStringValue);
        WriteArray("saved", _tape.SavedBy(node), saved =>
            _json.WriteStringValue($"{saved.Role} {saved.Value.Shape}{(saved.IsChanged ? ", changed since" : "")}"));
        if (_tape.Recorder is { } recorder
            && recorder.Memory.TryGetValue(node, out (long Forward, long Backward) memory))
        {
            WriteArray("memory", [memory.Forward, memory.Backward], _json.WriteNumberValue);
        }

        WritePlace(node);
        _json.WriteString("pytorch",
            PyTorchSpelling.Of(node, box.Name, [.. box.Inputs.Select(static input => input?.Name ?? "...")]));
    }

    /// <summary>The rules operand by operand: <c>ā = g * b</c> and <c>b̄ = g * a</c>.</summary>
    internal static IEnumerable<string> Rules(string rule)
    {
        int at = 0;
        foreach (Match match in BetweenRules().Matches(rule))
        {
            yield return rule[at..match.Index];
            at = match.Index + match.Length;
        }

        yield return rule[at..];
    }

    private void Write(BackwardVisit visit)
    {
        if (_graph[visit.Node] is not { } box)
        {
            return;
        }

        _json.WriteStartObject();
        _json.WriteNumber("box", box.Id);
        Write("gradient", visit.Gradient);
        WriteArray("sent", visit.Sent, sent => Write(visit, sent));
        if (visit.Node is LeafNode)
        {
            WriteArray("differences",
                _tape.Differences.Where(each => ReferenceEquals(each.Leaf, visit.Node)).Take(_elements), Write);
        }

        _json.WriteEndObject();
    }

    private void Write(BackwardVisit visit, SentGradient sent)
    {
        _json.WriteStartObject();
        _json.WriteNumber("operand", sent.Operand);
        Write("value", sent.Value);
        if (sent.Product.ElementCount != sent.Value.ElementCount)
        {
            Write("product", sent.Product);
        }

        if (sent.Before is not null)
        {
            Write("before", sent.Before);
            Write("sum", sent.Sum);
        }

        WriteJacobian(visit, sent);
        _json.WriteEndObject();
    }

    private void WriteArray<T>(string name, IEnumerable<T> items, Action<T> write)
    {
        _json.WriteStartArray(name);
        foreach (T item in items)
        {
            write(item);
        }

        _json.WriteEndArray();
    }

    private void WriteId(Box? box)
    {
        if (box is null)
        {
            _json.WriteNullValue();
        }
        else
        {
            _json.WriteNumberValue(box.Id);
        }
    }

    private void WriteJacobian(BackwardVisit visit, SentGradient sent)
    {
        _json.WriteNumber("rows", visit.Gradient.ElementCount);
        _json.WriteNumber("columns", sent.Value.ElementCount);
        if (_elements >= 64
            && _tape.Recorder!.Jacobians.TryGetValue((visit.Node, sent.Operand), out double[][]? matrix))
        {
            WriteArray("jacobian", matrix, row => Write(row));
        }
    }

    private void Write(FiniteDifference each)
    {
        _json.WriteStartObject();
        _json.WriteNumber("element", each.Element);
        Write("gradient", each.Gradient);
        _json.WriteString("low", each.Low.ToString("R", CultureInfo.InvariantCulture));
        _json.WriteString("high", each.High.ToString("R", CultureInfo.InvariantCulture));
        _json.WriteString("step", each.Step.ToString("R", CultureInfo.InvariantCulture));
        Write("quotient", each.Quotient);
        _json.WriteBoolean("agrees", each.Agrees);
        _json.WriteEndObject();
    }

    private void Write(Node node)
    {
        if (_graph[node] is { } box)
        {
            _json.WriteStartObject();
            _json.WriteNumber("box", box.Id);
            Write("gradient", _tape.GradientOf(node));
            _json.WriteStartArray("sent");
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { } input)
                {
                    _json.WriteStartObject();
                    _json.WriteNumber("operand", i);
                    _json.WriteNumber("rows", node.Layout.Count);
                    _json.WriteNumber("columns", input.Layout.Count);
                    _json.WriteEndObject();
                }
            }

            _json.WriteEndArray();
            _json.WriteEndObject();
        }
    }
}
