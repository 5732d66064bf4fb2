namespace Autodiff;

/// <summary>
/// A tape as a picture: boxes in columns from left to right, operands without gradient among them, and the lines
/// between.
/// </summary>
internal sealed class TapeGraph
{
    private readonly Dictionary<Node, Box> _boxOf = [];
    private readonly List<Box> _boxes = [];
    private readonly List<Line> _lines = [];

    /// <param name="tape">The tape.</param>
    /// <param name="most">How many nodes are shown at most: those recorded last.</param>
    public TapeGraph(Tape tape, int most)
    {
        LeftOut = Math.Max(0, tape.Count - most);
        Dictionary<Tensor, Box> constants = new(ReferenceEqualityComparer.Instance);
        foreach (Node node in tape.Skip(LeftOut))
        {
            List<Box?> inputs = [];
            IReadOnlyList<TapeOperand> operands = tape.OperandsOf(node);
            foreach (TapeOperand operand in operands)
            {
                Box? from = operand.Node is { } input ? _boxOf.GetValueOrDefault(input) : Constant(operand);
                inputs.Add(from);
            }

            Box box = Add(new(node is LeafNode ? BoxKind.Leaf : BoxKind.Operation, NameOf(node), node, null, null,
                _boxes.Count) { Inputs = inputs });
            _boxOf[node] = box;
            for (int i = 0; i < inputs.Count; i++)
            {
                if (inputs[i] is { } from)
                {
                    _lines.Add(new(from, box, i));
                }
            }
        }

        GraphLayout.Place(_boxes, _lines);

        Box Constant(TapeOperand operand)
        {
            if (operand.Tensor is { } tensor && constants.TryGetValue(tensor, out Box? known))
            {
                return known;
            }

            string name = operand.Tensor?.Name ?? $"c{_boxes.Count(static box => box.Kind == BoxKind.Constant)}";
            Box box = Add(new(BoxKind.Constant, name, null, operand.Value, operand.Reason, _boxes.Count));
            if (operand.Tensor is not null)
            {
                constants[operand.Tensor] = box;
            }

            return box;
        }
    }

    /// <summary>How many of the earliest nodes are not shown.</summary>
    public int LeftOut { get; }

    public IReadOnlyList<Box> Boxes => _boxes;

    public IReadOnlyList<Line> Lines => _lines;

    public Box? this[Node node] => _boxOf.GetValueOrDefault(node);

    private Box Add(Box box)
    {
        _boxes.Add(box);
        return box;
    }

    private string NameOf(Node node) => node is LeafNode { Tensor.Name: { Length: > 0 } given } ? given
        : $"%{_boxOf.Count + LeftOut}";
}

internal enum BoxKind
{
    Leaf,
    Operation,
    Constant,
}

/// <summary>What a graph shows of one tensor.</summary>
internal sealed record Box(BoxKind Kind, string Name, Node? Node, Tensor? Constant, NoGradientReason? Reason, int Id)
{
    /// <summary>Where the operands stand; null for one that is left out.</summary>
    public IReadOnlyList<Box?> Inputs { get; init; } = [];

    public int Column { get; set; }

    public double Row { get; set; }

    public bool Equals(Box? other) => ReferenceEquals(this, other);

    public override int GetHashCode() => Id;
}

/// <summary>A line from a tensor to an operation that takes it.</summary>
internal sealed record Line(Box From, Box To, int Operand)
{
    /// <summary>The rows in which it passes the columns between.</summary>
    public List<double> Rows { get; } = [];
}
