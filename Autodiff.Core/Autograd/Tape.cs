using System.Collections;
using System.Globalization;
using System.Text;

namespace Autodiff;

/// <summary>The recorded operations that a tensor came from, earliest first: the tape, for looking at.</summary>
/// <remarks>Made on demand; the engine itself keeps no list.</remarks>
public sealed class Tape : IReadOnlyList<Node>
{
    private readonly List<Node> _nodes;

    private Tape(List<Node> nodes) => _nodes = nodes;

    /// <summary>The operations behind <paramref name="root"/>; none where it requires no grad.</summary>
    public static Tape Of(Tensor root)
    {
        ArgumentNullException.ThrowIfNull(root);
        List<Node> nodes = [];
        HashSet<Node> seen = [];
        Stack<Node> pending = new();
        if (root.NodeForInput() is { } node)
        {
            pending.Push(node);
            seen.Add(node);
        }

        while (pending.TryPop(out node))
        {
            nodes.Add(node);
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { } input && seen.Add(input))
                {
                    pending.Push(input);
                }
            }
        }

        nodes.Sort(static (a, b) => a.Sequence.CompareTo(b.Sequence));
        return new(nodes);
    }

    /// <inheritdoc/>
    public int Count => _nodes.Count;

    /// <inheritdoc/>
    public Node this[int index] => _nodes[index];

    /// <inheritdoc/>
    public IEnumerator<Node> GetEnumerator() => _nodes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// One line an operation, with the formula, the rule and what it reads where they are one expression:
    /// <c>%3 = Sigmoid(%2)  [100, 1]  y = 1 / (1 + exp(-x))  x̄ = g * (1 - y) * y  reads y</c>.
    /// </summary>
    public override string ToString()
    {
        Dictionary<Node, string> names = [];
        StringBuilder text = new();
        foreach (Node node in _nodes)
        {
            string name = node is LeafNode { Tensor.Name: { } given } ? given : $"%{names.Count}";
            names[node] = name;
            text.Append(CultureInfo.InvariantCulture, $"{name} = {node.Name}(");
            for (int i = 0; i < node.InputCount; i++)
            {
                text.Append(i == 0 ? "" : ", ").Append(node.Input(i) is { } input ? names[input] : "·");
            }

            text.Append(CultureInfo.InvariantCulture, $")  {node.Shape}");
            text.Append(node.Formula is { } formula ? $"  y = {formula}" : "").Append(node.Rule is { } rule ? $"  {rule}" : "");
            text.Append(node.Reads is { Length: > 0 } reads ? $"  reads {reads}" : "").AppendLine();
        }

        return text.ToString();
    }
}
