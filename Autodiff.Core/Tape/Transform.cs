namespace Autodiff;

/// <summary>
/// One call of a transform (<see cref="Autograd.Grad(Func{Tensor, Tensor}, Tensor)"/> and its kin): the variables that
/// its function is called with, and what of its results can be differentiated further.
/// </summary>
/// <remarks>
/// Everything recorded since the call began is the function's own; whatever its graph reaches beyond that (an argument
/// that requires grad, a parameter or an outer transform's variable that the function captured) makes the results
/// depend on it, so they keep their graph. Where nothing is reached, no graph is kept, and none is built for the
/// gradients.
/// </remarks>
internal sealed class Transform : IDisposable
{
    private readonly bool _isRecordedOutside = GradMode.IsEnabled;
    private readonly long _begin = Node.LatestSequence;
    private readonly GradMode.UserCodeScope _mode = GradMode.SetForUserCode(true);

    /// <param name="inputs">Where to differentiate.</param>
    public Transform(params ReadOnlySpan<Tensor> inputs)
    {
        try
        {
            Variables = new Tensor[inputs.Length];
            Nodes = new Node[inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                Tensor x = inputs[i];
                ArgumentNullException.ThrowIfNull(x, nameof(inputs));
                KeepsGraph |= _isRecordedOutside && x.RequiresGrad;
                Variables[i] = _isRecordedOutside && x.RequiresGrad ? x.Same() : x.AsVariable();
                // the function may change its argument in place; this is where it began
                Nodes[i] = Variables[i].NodeForInput()!;
            }
        }
        catch
        {
            _mode.Dispose();
            throw;
        }
    }

    /// <summary>
    /// What the function is called with: fresh leaves or, for arguments that require grad, recorded copies of the
    /// handles.
    /// </summary>
    public Tensor[] Variables { get; }

    /// <summary>Where the variables stand in the graph.</summary>
    public Node[] Nodes { get; }

    /// <summary>
    /// Whether the results depend on something outside that requires grad, so that gradients are recorded.
    /// </summary>
    public bool KeepsGraph { get; private set; }

    /// <summary>Looks at what the function gave, or at another tensor that the results will be made of.</summary>
    public Tensor Follow(Tensor x)
    {
        KeepsGraph = KeepsGraph || (_isRecordedOutside && ReachesOutside(x));
        return x;
    }

    /// <summary>
    /// A tensor as the transform returns it: with its history where that leads outside, else without.
    /// </summary>
    public Tensor Result(Tensor x) => !x.RequiresGrad || (KeepsGraph && ReachesOutside(x)) ? x : x.Detach();

    /// <summary>Ends the transform: its variables are constants from now on.</summary>
    public void Dispose()
    {
        foreach (Node node in Nodes)
        {
            if (node is LeafNode leaf)
            {
                leaf.IsClosed = true;
            }
        }

        _mode.Dispose();
    }

    /// <summary>
    /// Latest first, so that each node is looked at once: what is added twice comes out twice in a row.
    /// </summary>
    private bool ReachesOutside(Tensor x)
    {
        if (x.NodeForInput() is not { } root)
        {
            return false;
        }

        NodeQueue pending = new();
        pending.Add(root);
        Node? before = null;
        while (pending.TryTake(out Node? node))
        {
            if (ReferenceEquals(node, before))
            {
                continue;
            }

            if (node.Sequence <= _begin || node is LeafNode { IsVariable: false })
            {
                return true;
            }

            before = node;
            for (int i = 0; i < node.InputCount; i++)
            {
                if (node.Input(i) is { } input)
                {
                    pending.Add(input);
                }
            }
        }

        return false;
    }
}

public sealed partial class Tensor
{
    /// <summary>Another handle on the same elements, which a graph can tell from this one.</summary>
    internal Tensor Same() => Alias().RecordView("Identity", "x̄ = g", this, static x => x.Same(), static g => g);

    /// <summary>A leaf with the same elements, for a transform to differentiate by.</summary>
    internal Tensor AsVariable()
    {
        Tensor variable = Alias();
        variable.RequiresGrad = true;
        variable._node = new LeafNode(variable) { IsVariable = true };
        return variable;
    }
}
