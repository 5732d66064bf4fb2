using System.Runtime.CompilerServices;
using Autodiff.Cpu;
using Autodiff.Steps;

namespace Autodiff;

/// <summary>One run of reverse-mode differentiation over a graph.</summary>
/// <remarks>
/// In short: of the nodes that have received a gradient the latest is visited next. All that could add to it came
/// later, so it is complete. Nothing is recursive, and each node is touched once, when it is warm in the cache.
/// </remarks>
internal sealed class Backpropagation
{
    [ThreadStatic]
    private static Backpropagation? t_idle;

    private readonly NodeQueue _pending = new();
    private Node? _visited;
    private bool _createGraph;
    private bool _retainGraph;
    private bool _watch;
    private TapeRecorder? _recorder;
    private Dictionary<Node, Tensor?>? _wanted;
    private long _earliestWanted;

    private Backpropagation()
    {
    }

    internal static string Consumed(string operation) =>
        $"Backward: the graph was already consumed by Backward() (at {operation}); its saved tensors were freed. Pass "
            + "retainGraph: true the first time.";

    /// <summary>
    /// Sends <paramref name="gradients"/> from <paramref name="roots"/> to the leaves, or only to
    /// <paramref name="wanted"/> where that is given.
    /// </summary>
    public static void Run(
        ReadOnlySpan<Node> roots, ReadOnlySpan<Tensor> gradients, bool retainGraph, bool createGraph,
        Dictionary<Node, Tensor?>? wanted = null, TapeRecorder? recorder = null)
    {
        // A training step runs here every time, so the lists are kept; a Backward inside a hook makes its own.
        Backpropagation run = t_idle ?? new();
        t_idle = null;
        run._retainGraph = retainGraph;
        run._createGraph = createGraph;
        run._wanted = wanted;
        run._earliestWanted = wanted is null ? 0 : EarliestOf(wanted);
        run._watch = AnomalyMode.IsEnabled;
        run._recorder = recorder;
        using GradMode.EngineScope mode = GradMode.SetInside(createGraph);
        try
        {
            for (int i = 0; i < roots.Length; i++)
            {
                run.Accumulate(roots[i], gradients[i], owned: false);
            }

            while (run._pending.TryTake(out run._visited))
            {
                run.Visit(run._visited);
                run._visited.Run = null;
            }
        }
        finally
        {
            // All is done, unless something went wrong on the way.
            for (Node? node = run._visited; node is not null || run._pending.TryTake(out node); node = null)
            {
                node.Run = null;
                node.Gradient = null;
            }

            run._visited = null;
            run._wanted = null;
            run._recorder = null;
            run._pending.Trim();
            t_idle = run;
        }
    }

    /// <summary>
    /// Sends <paramref name="g"/> through the rules of <paramref name="node"/> alone, for the recorder to see what
    /// comes out.
    /// </summary>
    public static void Through(Node node, Tensor g, TapeRecorder recorder)
    {
        Backpropagation run = new() { _recorder = recorder };
        using GradMode.EngineScope mode = GradMode.SetInside(false);
        try
        {
            node.OwnsGradient = false;
            node.Backward(g, run);
        }
        finally
        {
            while (run._pending.TryTake(out Node? input))
            {
                (input.Run, input.Gradient, input.OwnsGradient) = (null, null, false);
            }
        }
    }

    /// <summary>
    /// Whether a gradient at <paramref name="node"/> may be of use. What was recorded before all that is wanted can't
    /// lead to any of it: so a transform stays inside its function and leaves alone the graphs that the function took
    /// tensors from.
    /// </summary>
    public bool Leads(Node node) => _wanted is null || LeadsToWanted(node);

    /// <summary>
    /// Adds <paramref name="g"/> to what <paramref name="node"/> has received; <paramref name="owned"/> if nobody else
    /// can see its storage.
    /// </summary>
    public void Accumulate(Node node, Tensor g, bool owned)
    {
        if (!Leads(node))
        {
            return;
        }

        _recorder?.Arrives(node, g, ReferenceEquals(node.Run, this) ? node.Gradient : null);

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

        if (!ReferenceEquals(node.Run, this))
        {
            Claim(node);
            node.Gradient = g;
            node.OwnsGradient = owned;
            _pending.Add(node);
            _recorder?.Arrived(g, g);
            return;
        }

        Tensor sum = node.Gradient!;
        if (node.OwnsGradient && !_createGraph && sum.IsContiguous)
        {
            sum.AddInto(g);
        }
        else
        {
            node.Gradient = sum + g;
            node.OwnsGradient = true;
        }

        _recorder?.Arrived(g, node.Gradient!);
    }

    /// <summary>
    /// Adds <paramref name="g"/> to the part of what <paramref name="node"/> has received that <paramref name="view"/>
    /// shows.
    /// </summary>
    public void AccumulatePart(Node node, Tensor g, Func<Tensor, Tensor> view)
    {
        if (!Leads(node))
        {
            return;
        }

        if (_recorder is null && ReferenceEquals(node.Run, this) && node.Gradient is { } sum && node.OwnsGradient
            && !_createGraph && sum.IsContiguous)
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
        if (_wanted is not null || node.IsClosed)
        {
            return;
        }

        Tensor leaf = node.Tensor;
        if (!leaf.RequiresGrad)
        {
            return; // frozen after the forward pass
        }

        if (g.DType != leaf.DType || !ReferenceEquals(g.Device, leaf.Device))
        {
            g = g.To(leaf.DType).To(leaf.Device); // the leaf was converted or moved after the forward pass
        }

        StepRecording.BeforeGradient(leaf);
        if (leaf.GradInside is not { } before)
        {
            bool isOwn = node.OwnsGradient && g.IsContiguous && !g.IsNumber && (_createGraph || !g.RequiresGrad);
            Tensor own = isOwn ? g : g.Clone(); // the copy is recorded under createGraph only
            leaf.SetGrad(own, isUnseen: !_createGraph && !StepRecording.IsHere);
        }
        else if (_createGraph || before.RequiresGrad || before.Layout.SharesPlaces || before.Overlaps(g))
        {
            leaf.SetGrad(before + g); // in place that would be recorded nowhere, or count some places twice
        }
        else
        {
            before.AddInto(g);
        }

        StepRecording.AfterGradient(leaf);
        node.OwnsGradient = false;
    }

    private void Visit(Node node)
    {
        if (!ReferenceEquals(node.Run, this) || node.Gradient is not { } g)
        {
            throw Elsewhere(node);
        }

        if (node.Hooks is { } hooks)
        {
            // A copy, since a hook may remove itself or register another.
            foreach (GradientHook hook in hooks.ToArray())
            {
                node.Gradient = g = AfterHook(node, g, hook);
            }
        }

        if (_wanted is not null && _wanted.ContainsKey(node))
        {
            // The caller may change what it gets, which the gradients of other tensors, or the upstream one, may share.
            _wanted[node] = node.OwnsGradient ? g : g.Clone();
            node.OwnsGradient = false;
        }

        _recorder?.Begin(node, g);
        node.Backward(g, this);
        if (_watch)
        {
            Watch(node);
        }

        if (!_retainGraph)
        {
            node.Free();
        }

        _recorder?.End();
        node.Gradient = null;
        if (node.OwnsGradient && !_createGraph)
        {
            Recycle(node, g);
        }
    }

    /// <summary>
    /// The gradient after a hook. A user's hook sees a copy, so that neither what it changes nor what it keeps is
    /// anyone else's.
    /// </summary>
    private Tensor AfterHook(Node node, Tensor g, GradientHook hook)
    {
        if (hook.IsOurs)
        {
            _ = hook.Call(g);
            return g;
        }

        using GradMode.UserCodeScope mode = GradMode.SetForUserCode(_createGraph);
        Tensor seen = g.Clone();
        int version = seen.Storage.Version;
        Tensor? returned = hook.Call(seen);
        if (returned is null)
        {
            if (seen.Storage.Version == version && seen.Storage is not CpuStorage { IsExposed: true })
            {
                return g;
            }

            returned = seen;
        }
        else if (!returned.Layout.SameShape(node.Layout))
        {
            throw new InvalidOperationException(
                $"Backward: a hook on {node} returned a gradient of shape {returned.Shape}; it must have the shape "
                    + $"{node.Shape} of the tensor.");
        }

        node.OwnsGradient = true;
        return returned.DType == node.DType ? returned.Clone() : returned.To(node.DType);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // a training step never asks
    private bool LeadsToWanted(Node node) =>
        node.Sequence >= _earliestWanted && (node is not LeafNode || _wanted!.ContainsKey(node));

    private static long EarliestOf(Dictionary<Node, Tensor?> wanted)
    {
        long earliest = long.MaxValue;
        foreach (Node node in wanted.Keys)
        {
            earliest = Math.Min(earliest, node.Sequence);
        }

        return earliest;
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

    /// <remarks>
    /// Not interlocked, which would cost a chain a third of its speed: of two threads that write at once, one finds the
    /// other's mark at its visit.
    /// </remarks>
    private void Claim(Node node)
    {
        if (node.Run is not null)
        {
            throw Elsewhere(node);
        }

        node.Run = this;
    }

    private static InvalidOperationException Elsewhere(Node node) =>
        new($"Backward: {node} belongs to a graph that another Backward() is walking right now, on another thread or "
            + "in a hook.");
}
