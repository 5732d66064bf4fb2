using System.Collections;
using System.Globalization;
using System.Text;

namespace Autodiff;

/// <summary>The recorded operations that a tensor came from, earliest first: the tape, for looking at.</summary>
/// <remarks>Made on demand; the engine itself keeps no list.</remarks>
public sealed partial class Tape : IReadOnlyList<Node>
{
    private readonly List<Node> _nodes;
    private readonly Dictionary<Node, Tensor> _values = [];

    private Tape(List<Node> nodes) => _nodes = nodes;

    /// <summary>
    /// Lets operations remember where they were called (<see cref="Node.CallSite"/>), until the scope is disposed:
    /// those of the code inside it, also after an <c>await</c> and in tasks begun there. Slow: for debugging.
    /// </summary>
    /// <returns>The scope.</returns>
    public static IDisposable RecordCallSites() => CallSites.OfTape.Begin(true);

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
        Tape tape = new(nodes);
        tape.FindValues(root);
        return tape;
    }

    /// <summary>
    /// The value of an operation's result. On a tape of <see cref="Record"/> that is what it was when it had been
    /// computed; otherwise there is one where somebody still keeps it: a leaf, the root, or what a rule saved and
    /// nobody has changed since.
    /// </summary>
    /// <returns>The value, in shared memory and without history; null where nobody keeps it.</returns>
    /// <param name="node">One of the tape's nodes.</param>
    public Tensor? ValueOf(Node node) =>
        (_recorder is { } recorder ? recorder.ValueOf(node) : _values.GetValueOrDefault(node))?.Detach();

    /// <summary>
    /// The gradient of an operation's result. On a tape of <see cref="Record"/> that is what its backward pass gave;
    /// otherwise the gradient that Backward left: of a leaf, or of a result for which <see cref="Tensor.RetainGrad"/>
    /// was called.
    /// </summary>
    /// <returns>The gradient; null where there is none or nobody keeps it.</returns>
    /// <param name="node">One of the tape's nodes.</param>
    public Tensor? GradientOf(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        if (_recorder is { } recorder)
        {
            return recorder.GradientOf(node);
        }

        Tensor? keeper = node is LeafNode leaf
            ? leaf.Tensor
            : node.Hooks?.Find(static hook => hook.Keeper is not null)?.Keeper;
        return keeper?.Grad;
    }

    private void FindValues(Tensor root)
    {
        Add(root);
        foreach (Node node in _nodes)
        {
            if (node is LeafNode leaf)
            {
                _values[leaf] = leaf.Tensor;
            }

            foreach (SavedOperand saved in node.Kept())
            {
                if (!saved.IsChanged)
                {
                    Add(saved.Source!);
                }
            }
        }

        void Add(Tensor tensor)
        {
            if (tensor.NodeForInput() is { } from && tensor.Layout.SameShape(from.Layout))
            {
                _values.TryAdd(from, tensor);
            }
        }
    }

    /// <inheritdoc/>
    public int Count => _nodes.Count;

    /// <inheritdoc/>
    public Node this[int index] => _nodes[index];

    public IEnumerator<Node> GetEnumerator() => _nodes.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>
    /// One line an operation, with its formula where it is one, its rule, what that reads or else what is saved for it,
    /// and where it was called if that is known:
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
            text.Append(node.Formula is { } formula ? $"  y = {formula}" : "")
                .Append(node is LeafNode ? "" : $"  {node.Rule}");
            string kept = node.Reads is { } reads
                ? reads
                : string.Join(", ", node.Kept().Select(static saved => saved.Role));
            text.Append(kept.Length == 0 ? "" : node.Reads is null ? $"  saves {kept}" : $"  reads {kept}");
            text.Append(node.CallSite is { } place ? $"  at {place}" : "").AppendLine();
        }

        return text.ToString();
    }
}
