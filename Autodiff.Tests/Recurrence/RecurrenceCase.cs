using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Recurrence;

/// <summary>A recurrent layer of Fixtures/recurrence.json: what goes in, and what PyTorch made of it.</summary>
public sealed class RecurrenceCase(JsonElement json)
{
    private static readonly JsonElement s_fixture = JsonFixture.Read("recurrence.json");

    public static JsonElement Traces => s_fixture.GetProperty("traces");

    public static IEnumerable<JsonElement> Inits => s_fixture.GetProperty("inits").EnumerateArray();

    public static IEnumerable<RecurrenceCase> All =>
        s_fixture.GetProperty("cases").EnumerateArray().Select(json => new RecurrenceCase(json));

    public string Kind => json.GetProperty("kind").GetString()!;

    public int[] Shape => Numbers("shape")!;

    public int ElementsOfInput => Shape.Aggregate((a, b) => a * b);

    public int[]? Lengths => Numbers("lengths");

    public bool IsSorted => json.GetProperty("sorted").GetBoolean();

    public bool HasStates => json.GetProperty("states").GetBoolean();

    public string Text => json.GetProperty("text").GetString()!;

    public string[] Names => [.. json.GetProperty("names").EnumerateArray().Select(name => name.GetString()!)];

    public double[][] Results => Lists("results");

    public double[][] Gradients => Lists("gradients");

    public bool IsCell => Kind.EndsWith("Cell", StringComparison.Ordinal);

    public bool IsLSTM => Kind.StartsWith("LSTM", StringComparison.Ordinal);

    public bool BatchFirst => Option("batch_first", false);

    public override string ToString() =>
        $"{Text} {string.Join(" ", Shape)}{(Lengths is { } l ? $" packed {string.Join(" ", l)}" : "")}"
        + (HasStates ? "" : " from zeros");

    /// <summary>The layer with the fixture's parameters.</summary>
    public Module Make(DType type = DType.Float64)
    {
        Module model = Make(json, type);
        int seed = 10;
        foreach (Tensor parameter in model.Parameters())
        {
            using (Tensor.NoGrad())
            {
                parameter.CopyFrom(Wave(parameter.Shape, seed++));
            }
        }

        return model;
    }

    public static Module Make(JsonElement json, DType type)
    {
        JsonElement options = json.GetProperty("options");
        int Int(string name, int other) =>
            options.TryGetProperty(name, out JsonElement value) ? value.GetInt32() : other;
        bool Bool(string name, bool other) =>
            options.TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : other;
        (int inputs, int hidden, int layers) = (Int("input_size", 0), Int("hidden_size", 0), Int("num_layers", 1));
        (bool bias, bool first, bool both) =
            (Bool("bias", true), Bool("batch_first", false), Bool("bidirectional", false));
        Nonlinearity kind = options.TryGetProperty("nonlinearity", out _) ? Nonlinearity.ReLU : Nonlinearity.Tanh;
        return json.GetProperty("kind").GetString() switch
        {
            "RNN" => new RNN(inputs, hidden, layers, kind, bias, first, bidirectional: both, type: type),
            "LSTM" => new LSTM(
                inputs, hidden, layers, bias, first, bidirectional: both, projSize: Int("proj_size", 0), type: type),
            "GRU" => new GRU(inputs, hidden, layers, bias, first, bidirectional: both, type: type),
            "RNNCell" => new RNNCell(inputs, hidden, bias, kind, type),
            "LSTMCell" => new LSTMCell(inputs, hidden, bias, type),
            _ => new GRUCell(inputs, hidden, bias, type),
        };
    }

    /// <summary>Input and initial states.</summary>
    public Tensor[] Operands(DType type = DType.Float64)
    {
        List<Tensor> operands = [Wave(Shape, 1)];
        if (HasStates)
        {
            JsonElement options = json.GetProperty("options");
            int hidden = options.GetProperty("hidden_size").GetInt32(), proj = Option("proj_size", 0);
            int[] lead = IsCell ? Shape[..^1] :
                [Option("num_layers", 1) * (Option("bidirectional", false) ? 2 : 1),
                    .. Shape.Length == 3 ? [Shape[BatchFirst ? 0 : 1]] : Array.Empty<int>()];
            operands.Add(Wave([.. lead, proj > 0 ? proj : hidden], 2));
            if (IsLSTM)
            {
                operands.Add(Wave([.. lead, hidden], 3));
            }
        }

        return [.. operands.Select(operand => operand.To(type))];
    }

    /// <summary>Output and final states, padded again where they were packed.</summary>
    public Tensor[] Run(Module model, Tensor[] operands)
    {
        ArgumentNullException.ThrowIfNull(operands);
        Tensor x = operands[0];
        Tensor? h = operands.ElementAtOrDefault(1);
        (Tensor H, Tensor C)? states = h is not null && IsLSTM ? (h, operands[2]) : null;
        PackedSequence? packed = Lengths is { } lengths
            ? RnnUtils.PackPaddedSequence(x, lengths, BatchFirst, IsSorted)
            : null;
        switch (model)
        {
            case RNN rnn when packed is null: (Tensor a, Tensor b) = rnn.Forward(x, h); return [a, b];
            case RNN rnn: (PackedSequence c, Tensor d) = rnn.Forward(packed, h); return [Pad(c), d];
            case GRU gru when packed is null: (Tensor e, Tensor f) = gru.Forward(x, h); return [e, f];
            case GRU gru: (PackedSequence i, Tensor j) = gru.Forward(packed, h); return [Pad(i), j];
            case LSTM lstm when packed is null: (Tensor k, (Tensor l, Tensor m)) = lstm.Forward(x, states);
                return [k, l, m];
            case LSTM lstm: (PackedSequence n, (Tensor o, Tensor p)) = lstm.Forward(packed, states);
                return [Pad(n), o, p];
            case RNNCell cell: return [cell.Forward(x, h)];
            case GRUCell cell: return [cell.Forward(x, h)];
            default: (Tensor q, Tensor r) = ((LSTMCell)model).Forward(x, states); return [q, r];
        }
    }

    /// <summary>The number whose gradients the fixture holds.</summary>
    public Tensor Loss(Tensor[] results)
    {
        double[] rates = IsCell ? [0.9, 1.1] : [0.7, 0.9, 1.1];
        return results.Select((result, i) => (result * Cosines(result, rates[i])).Sum()).Aggregate((a, b) => a + b);
    }

    public static Tensor Wave(Shape shape, int seed)
    {
        return Tensor.From<double>(
            [.. Enumerable.Range(0, (int)shape.ElementCount).Select(i => 0.7 * Math.Sin((1.3 * i) + seed))], shape);
    }

    private static Tensor Cosines(Tensor x, double rate) => Tensor.From<double>(
        [.. Enumerable.Range(0, (int)x.ElementCount).Select(i => Math.Cos(rate * i))], x.Shape).To(x.DType);

    private Tensor Pad(PackedSequence packed) =>
        RnnUtils.PadPackedSequence(packed, BatchFirst, -1.5, Shape[BatchFirst ? 1 : 0]).Output;

    private int Option(string name, int other) =>
        json.GetProperty("options").TryGetProperty(name, out JsonElement value) ? value.GetInt32() : other;

    private bool Option(string name, bool other) =>
        json.GetProperty("options").TryGetProperty(name, out JsonElement value) ? value.GetBoolean() : other;

    private int[]? Numbers(string name) => json.GetProperty(name) is { ValueKind: JsonValueKind.Array } list
        ? [.. list.EnumerateArray().Select(value => value.GetInt32())]
        : null;

    private double[][] Lists(string name) =>
        [.. json.GetProperty(name).EnumerateArray()
            .Select(list => list.EnumerateArray().Select(value => value.GetDouble()).ToArray())];
}
