using Autodiff.Compilation;

namespace Autodiff;

/// <summary>One run of reverse-mode differentiation over a graph.</summary>
/// <remarks>
/// Nodes are visited in decreasing sequence number, so a node's gradient is complete when its turn comes. Nothing is
/// recursive, and everything is linear in the number of nodes.
/// </remarks>
internal sealed class Backpropagation
{
    [ThreadStatic]
    private static Backpropagation? t_idle;

    private readonly List<Node> _order = [];
    private readonly Stack<Node> _pending = new();
    private bool _createGraph;
    private bool _retainGraph;
    private bool _watch;
    private Dictionary<Node, Tensor?>? _wanted;

    private Backpropagation()
    {
    }

    internal static string Consumed(string operation) =>
        $"Backward: the graph was already consumed by Backward() (at {operation}); its saved tensors were freed. Pass retainGraph: true the first time.";

    /// <summary>Sends <paramref name="gradients"/> from <paramref name="roots"/> to the leaves, or only to <paramref name="wanted"/> where that is given.</summary>
    public static void Run(
        ReadOnlySpan<Node> roots, ReadOnlySpan<Tensor> gradients, bool retainGraph, bool createGraph, Dictionary<Node, Tensor?>? wanted = null)
    {
        // A training step runs here every time, so the lists are kept; a Backward inside a hook makes its own.
        Backpropagation run = t_idle ?? new();
        t_idle = null;
        run._retainGraph = retainGraph;
        run._createGraph = createGraph;
        run._wanted = wanted;
        run._watch = AnomalyMode.IsEnabled;
        using GradMode.Scope mode = GradMode.Set(createGraph);
        try
        {
            run.Reach(roots);
            for (int i = 0; i < roots.Length; i++)
            {
                run.Accumulate(roots[i], gradients[i], owned: false);
            }

            foreach (Node node in run._order)
            {
                run.Visit(node);
            }
        }
        finally
        {
            foreach (Node node in run._order)
            {
                node.Run = null;
                node.Gradient = null;
            }

            foreach (Node node in run._pending)
            {
                node.Run = null;
            }

            run._order.Clear();
            run._pending.Clear();
            run._wanted = null;
            if (run._order.Capacity <= 1 << 16)
            {
                t_idle = run; // one long chain must not keep its lists for good
            }
        }
    }

    /// <summary>Adds <paramref name="g"/> to what <paramref name="node"/> has received; <paramref name="owned"/> if nobody else can see its storage.</summary>
    public void Accumulate(Node node, Tensor g, bool owned)
    {
        // The gradient of a broadcast operand is summed back to the operand's shape, and cast back to its type.
        if (!g.Layout.SameShape(node.Layout))
        {
            g = g.SumTo(node.Layout);
            owned = true;
        }

        if (g.DType != node.DType)
        {
            g = g.To(node.DType);
            owned = true;
        }

        if (node.Gradient is not { } sum)
        {
            node.Gradient = g;
            node.OwnsGradient = owned;
        }
        else if (node.OwnsGradient && !_createGraph && sum.IsContiguous)
        {
            sum.AddInto(g);
        }
        else
        {
            node.Gradient = sum + g;
            node.OwnsGradient = true;
        }
    }

    /// <summary>Adds <paramref name="g"/> to the part of what <paramref name="node"/> has received that <paramref name="view"/> shows.</summary>
    public void AccumulatePart(Node node, Tensor g, Func<Tensor, Tensor> view)
    {
        if (node.Gradient is { } sum && node.OwnsGradient && !_createGraph && sum.IsContiguous)
        {
            view(sum).AddInto(g);
        }
        else
        {
            Accumulate(node, Tensor.Embed("Embed", g, node.Layout, view), owned: true);
        }
    }

    /// <summary>Adds a finished gradient to a leaf's <see cref="Tensor.Grad"/>.</summary>
    public void AccumulateLeaf(LeafNode node, Tensor g)
    {
        if (_wanted is not null)
        {
            return;
        }

        Tensor leaf = node.Tensor;
        if (g.DType != leaf.DType || !ReferenceEquals(g.Device, leaf.Device))
        {
            g = g.To(leaf.DType).To(leaf.Device); // the leaf was converted or moved after the forward pass
        }

        StepRecorder.Current?.NoteStart(leaf);
        if (leaf.GradInside is not { } before)
        {
            Tensor own = _createGraph || (node.OwnsGradient && g.IsContiguous && !g.IsNumber && !g.RequiresGrad) ? g : g.Detach().Clone();
            leaf.SetGrad(own, isUnseen: !_createGraph && StepRecorder.Current is null);
        }
        else if (_createGraph || before.RequiresGrad)
        {
            leaf.SetGrad(before + g);
        }
        else
        {
            before.AddInto(g);
        }

        StepRecorder.Current?.Gradients[leaf] = leaf.GradInside!;
        node.OwnsGradient = false;
    }

    private void Visit(Node node)
    {
        if (node.Gradient is not { } g)
        {
            return;
        }

        if (node.Hooks is { } hooks)
        {
            // A copy, since a hook may remove itself or register another.
            foreach (Func<Tensor, Tensor?> hook in hooks.ToArray())
            {
                g = hook(g) ?? g;
                if (!g.Layout.SameShape(node.Layout))
                {
                    throw new InvalidOperationException(
                        $"Backward: a hook on {node} returned a gradient of shape {g.Shape}; it must have the shape {node.Shape} of the tensor.");
                }
            }

            node.Gradient = g;
            node.OwnsGradient = false; // a hook may have kept it
        }

        if (_wanted is not null && _wanted.ContainsKey(node))
        {
            _wanted[node] = g;
            node.OwnsGradient = false;
        }

        node.Backward(g, this);
        if (_watch)
        {
            Watch(node);
        }

        if (!_retainGraph)
        {
            node.Free();
        }

        node.Gradient = null;
        if (node.OwnsGradient && !_createGraph)
        {
            Recycle(node, g);
        }
    }

    /// <summary>Gives an inner node's gradient back, unless a view of it travels on as an input's gradient.</summary>
    private static void Recycle(Node node, Tensor g)
    {
        for (int i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i)?.Gradient is { } next && ReferenceEquals(next.Storage, g.Storage))
            {
                return;
            }
        }

        g.Dispose();
    }

    private static void Watch(Node node)
    {
        for (int i = 0; i < node.InputCount; i++)
        {
            if (node.Input(i)?.Gradient is { } g && !g.AllFinite())
            {
                string place = node.CallSite is null ? "" : $", called at {node.CallSite}";
                throw new AnomalyException(node.Name, node.CallSite,
                    $"Backward: the gradient that {node.Name} sends to its input {i} holds NaN or infinity; "
                    + $"{node.Name} gave a result of shape {node.Shape}{place}.");
            }
        }
    }

    /// <summary>Finds the nodes that the roots depend on, latest first.</summary>
    private void Reach(ReadOnlySpan<Node> roots)
    {
        foreach (Node root in roots)
        {
            Claim(root);
        }

        bool ordered = true;
        long last = long.MaxValue;
        while (_pending.TryPop(out Node? node))
        {
            ordered &= node.Sequence < last;
            last = node.Sequence;
            _order.Add(node);
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { } input)
                {
                    Claim(input);
                }
            }
        }

        if (!ordered)
        {
            _order.Sort(static (a, b) => b.Sequence.CompareTo(a.Sequence));
        }
    }

    private void Claim(Node node)
    {
        if (ReferenceEquals(node.Run, this))
        {
            return;
        }

        if (Interlocked.CompareExchange(ref node.Run, this, null) is not null)
        {
            throw new InvalidOperationException(
                $"Backward: {node} belongs to a graph that another Backward() is walking right now, on another thread or in a hook.");
        }

        _pending.Push(node);
    }
}
