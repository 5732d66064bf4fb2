using Autodiff.Algebra;
using Autodiff.Steps;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// Whether operations on this tensor are recorded and Backward computes its gradient. Settable on leaves of
    /// floating type; a tensor computed from one that requires grad requires it too.
    /// </summary>
    /// <exception cref="InvalidOperationException">Set on a tensor that was computed, or on one of a type without
    /// gradients.</exception>
    public bool RequiresGrad
    {
        get => Origin is not null;
        set
        {
            StepRecording.Settle(this, SettingOfGrad);
            if (value == RequiresGrad)
            {
                return;
            }

            if (!IsLeaf)
            {
                throw new InvalidOperationException(
                    $"RequiresGrad: {Describe()} was computed by {_node!.Name}; only a leaf can stop requiring grad. "
                        + "Use Detach() for a tensor without history.");
            }

            if (!DType.IsFloatingPoint())
            {
                throw new InvalidOperationException(
                    $"RequiresGrad: only floating tensors have gradients; this one is {DType.DisplayName()}. Convert "
                        + "it with To(DType.Float32).");
            }

            LeafNode? before = value ? _frozen : _node as LeafNode;
            _frozen = value ? null : before;
            // graphs recorded before it was frozen end at the same node; not those of a transform that is done
            _node = !value ? null : before is { IsClosed: false } ? before : LeafFrom(before);
            StepConfiguration.Changed();
        }
    }

    /// <summary>
    /// The gradient that Backward accumulated here; null before the first. Same shape and type as the tensor.
    /// </summary>
    /// <exception cref="ArgumentException">Set to a tensor of another shape, type or device.</exception>
    public Tensor? Grad
    {
        get
        {
            _gradIsUnseen = false;
            StepRecording.ReadGradient(this);
            return _grad;
        }

        set
        {
            if (value is not null && (value.Shape != Shape || value.DType != DType || value.Device != Device))
            {
                throw new ArgumentException(
                    $"Grad: the gradient of {Describe()} {DType.DisplayName()} on {Device} must agree with it; this is "
                        + $"{value.Shape} {value.DType.DisplayName()} on {value.Device}.", nameof(value));
            }

            StepRecording.ResetGradient(this);
            if (_gradIsUnseen && !StepRecording.IsHere && !ReferenceEquals(value, _grad))
            {
                _grad!.Storage.Release(); // the next Backward gets the same memory, still warm
            }

            SetGrad(value);
        }
    }

    /// <summary>Whether the tensor was made rather than computed from others that require grad.</summary>
    public bool IsLeaf => Origin is null or LeafNode;

    /// <summary>The recorded operation this tensor is the result of; null for a leaf.</summary>
    public Node? GradFn => IsLeaf ? null : _node;

    /// <summary>The same elements without history: shares storage, requires no grad.</summary>
    public Tensor Detach() => Alias();

    /// <summary>Sets <see cref="RequiresGrad"/> and returns the tensor, for use in an initialiser.</summary>
    public Tensor RequireGrad(bool requiresGrad = true)
    {
        RequiresGrad = requiresGrad;
        return this;
    }

    /// <summary>
    /// Keeps the gradient of a computed tensor in <see cref="Grad"/>, as Backward does for leaves: what all hooks leave
    /// of it and, after a change in place, that of the changed tensor.
    /// </summary>
    public void RetainGrad()
    {
        if (!IsLeaf && !_retainsGrad)
        {
            _retainsGrad = true;
            RetainGradAt(_node!);
        }
    }

    /// <summary>A node for this leaf, with the hooks of the one of before.</summary>
    private LeafNode LeafFrom(LeafNode? before) => new(this) { Hooks = before?.Hooks };

    private void RetainGradAt(Node node) => (node.Hooks ??= []).Add(new(
        g =>
        {
            // Recorded under createGraph, as a leaf's gradient is.
            _grad = _grad is null ? g.Clone() : _grad + g;
            return null;
        },
        isOurs: true, keeper: this));

    /// <summary>
    /// Calls <paramref name="hook"/> with the gradient of this tensor each time Backward has it; what the hook returns
    /// (unless null) takes its place. For a leaf the gradient is that of the current pass, before it is added to
    /// <see cref="Grad"/>.
    /// </summary>
    /// <remarks>
    /// The hook gets a copy of its own: it may keep it, or change it in place, which is as good as returning the
    /// changed one. What it returns is copied. It runs in Backward's grad mode: recording only under
    /// <c>createGraph</c>.
    /// </remarks>
    /// <returns>Disposing it removes the hook.</returns>
    /// <exception cref="InvalidOperationException">The tensor does not require grad.</exception>
    public IDisposable RegisterHook(Func<Tensor, Tensor?> hook)
    {
        ArgumentNullException.ThrowIfNull(hook);
        Node node = NodeForInput()
            ?? throw new InvalidOperationException(
                $"RegisterHook: {Describe()} does not require grad, so no gradient will come.");
        GradientHook registered = new(hook, isOurs: false);
        List<GradientHook> hooks = node.Hooks ??= [];
        int keeper = hooks.FindIndex(static other => other.Keeper is not null); // keepers come last
        hooks.Insert(keeper < 0 ? hooks.Count : keeper, registered);
        StepConfiguration.Changed();
        return new HookRegistration(node, registered);
    }

    internal void SetNode(Node? node) => _node = node;

    /// <summary>The gradient for the engine's own use: reading it here doesn't hand it out.</summary>
    internal Tensor? GradInside => _grad;

    /// <summary>Whether an operation gave it, as far as its node says now.</summary>
    internal bool IsComputed => _node is not (null or LeafNode);

    /// <param name="grad">The gradient.</param>
    /// <param name="isUnseen">Whether nobody else can reach its memory.</param>
    internal void SetGrad(Tensor? grad, bool isUnseen = false)
    {
        _grad = grad;
        _gradIsUnseen = isUnseen;
    }

    internal Tensor WithNode(Node node)
    {
        Tensor alias = Alias();
        alias._node = node;
        return alias;
    }

    private sealed class HookRegistration(Node node, GradientHook hook) : IDisposable
    {
        public void Dispose()
        {
            node.Hooks?.Remove(hook);
            StepConfiguration.Changed();
        }
    }
}
