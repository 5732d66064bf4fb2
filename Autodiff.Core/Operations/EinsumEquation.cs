namespace Autodiff.Operations;

/// <summary>
/// An equation of Einstein's summation convention, read: the labels of each operand's dimensions and of the result's.
/// </summary>
internal sealed class EinsumEquation
{
    /// <summary>Dimensions under an ellipsis are labelled upwards from here, counted from the last.</summary>
    private const int Ellipsis = 1 << 16;

    private readonly string _text;

    private EinsumEquation(string text) => _text = text;

    /// <summary>The labels of each operand; a label may repeat within one (its diagonal is meant).</summary>
    public List<int[]> Operands { get; } = [];

    /// <summary>The labels of the result.</summary>
    public List<int> Output { get; } = [];

    public static EinsumEquation Parse(string text, ReadOnlySpan<Tensor> operands)
    {
        EinsumEquation equation = new(text);
        string compact = text.Replace(" ", "", StringComparison.Ordinal);
        int arrow = compact.IndexOf("->", StringComparison.Ordinal);
        string[] terms = (arrow < 0 ? compact : compact[..arrow]).Split(',');
        if (terms.Length != operands.Length)
        {
            throw equation.Error($"it names {terms.Length} operands, {operands.Length} are given");
        }

        int covered = 0;
        for (int i = 0; i < terms.Length; i++)
        {
            int[] labels = equation.Read(terms[i], i, operands[i]);
            equation.Operands.Add(labels);
            covered = Math.Max(covered, labels.Count(label => label >= Ellipsis));
        }

        equation.CheckSizes(operands);
        if (arrow < 0)
        {
            equation.ImplyOutput(covered);
        }
        else
        {
            equation.ReadOutput(compact[(arrow + 2)..], covered);
        }

        return equation;
    }

    private int[] Read(string term, int operand, Tensor x)
    {
        int dots = term.IndexOf("...", StringComparison.Ordinal);
        int letters = term.Length - (dots < 0 ? 0 : 3), covered = x.Rank - letters;
        if (covered < 0 || (dots < 0 && covered > 0))
        {
            throw Error(
                $"'{term}' names {letters} dimensions, operand {operand} {x.Describe()} has "
                    + $"{x.Rank}{(covered > 0 ? " (an ellipsis '...' stands for the rest)" : "")}");
        }

        int[] labels = new int[x.Rank];
        for (int c = 0, d = 0; c < term.Length; c++)
        {
            if (c == dots)
            {
                for (int e = covered; e > 0; e--)
                {
                    labels[d++] = Ellipsis + e;
                }

                c += 2;
            }
            else
            {
                labels[d++] = Label(term[c]);
            }
        }

        return labels;
    }

    private int Label(char c) => char.IsAsciiLetter(c)
        ? c
        : throw Error(
            $"'{c}' is no label; labels are letters, operands are parted by ',', the result follows '->', '...' stands "
                + "for any dimensions");

    private void CheckSizes(ReadOnlySpan<Tensor> operands)
    {
        Dictionary<int, int> sizes = [];
        for (int i = 0; i < operands.Length; i++)
        {
            for (int d = 0; d < Operands[i].Length; d++)
            {
                int label = Operands[i][d], size = operands[i].Layout.Dims[d];
                int first = Array.IndexOf(Operands[i], label);
                if (operands[i].Layout.Dims[first] != size)
                {
                    throw Error(
                        $"label '{(char)label}' stands for dimensions of {operands[i].Layout.Dims[first]} and {size} "
                            + $"in operand {i} {operands[i].Describe()}");
                }

                if (sizes.TryGetValue(label, out int known) && known != size && known != 1 && size != 1)
                {
                    string name = label >= Ellipsis ? "the ellipsis" : $"label '{(char)label}'";
                    throw Error(
                        $"{name} has {size} entries in operand {i} {operands[i].Describe()} and {known} before");
                }

                sizes[label] = sizes.ContainsKey(label) && known != 1 ? known : size;
            }
        }
    }

    private void ImplyOutput(int covered)
    {
        AddEllipsis(covered);
        Output.AddRange(Operands.SelectMany(labels => labels).CountBy(label => label)
            .Where(entry => entry.Value == 1 && entry.Key < Ellipsis).Select(entry => entry.Key).Order());
    }

    private void ReadOutput(string term, int covered)
    {
        int dots = term.IndexOf("...", StringComparison.Ordinal);
        for (int c = 0; c < term.Length; c++)
        {
            if (c == dots)
            {
                AddEllipsis(covered);
                c += 2;
                continue;
            }

            int label = Label(term[c]);
            if (!Operands.Exists(labels => labels.Contains(label)))
            {
                throw Error($"the result's label '{term[c]}' is in no operand");
            }

            if (Output.Contains(label))
            {
                throw Error($"the result's label '{term[c]}' appears twice");
            }

            Output.Add(label);
        }
    }

    private void AddEllipsis(int covered)
    {
        for (int e = covered; e > 0; e--)
        {
            Output.Add(Ellipsis + e);
        }
    }

    private ArgumentException Error(string message) => new($"Einsum: in '{_text}' {message}.");
}
