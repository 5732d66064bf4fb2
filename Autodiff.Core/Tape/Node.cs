using System.Diagnostics;

namespace Autodiff;

/// <summary>One recorded operation: what it was, what it came from, and how a gradient flows back through it.</summary>
/// <remarks>A graph is alive as long as a tensor that came out of it is; no list keeps it.</remarks>
public abstract class Node
{
    private static long s_sequence;
    private Notes? _notes; // what few nodes have: long chains of small nodes go through the caches faster

    /// <param name="y">The operation's result, with its value.</param>
    /// <remarks>The nodes of its operands have been asked for before: that may record a view again.</remarks>
    internal Node(Tensor y)
    {
        Layout = y.Layout;
        DType = y.DType;
        Sequence = Interlocked.Increment(ref s_sequence);
        if (CallSites.AreKept)
        {
            _notes = new() { CallSite = CallSites.Here() };
            TapeRecorder.Here?.KeepValue(this, y);
        }
    }

    /// <summary>
    /// The operation's name: <c>MatMul</c>, <c>Sigmoid</c>, ...; <c>Leaf</c> for a tensor that was not computed.
    /// </summary>
    public abstract string Name { get; }

    /// <summary>Counts recorded operations: a node's inputs have smaller numbers.</summary>
    public long Sequence { get; }

    /// <summary>The number of the node that was recorded last: what is recorded from now on has greater ones.</summary>
    internal static long LatestSequence => Interlocked.Read(ref s_sequence);

    /// <summary>The shape of the operation's result.</summary>
    public Shape Shape => Layout.Shape;

    /// <summary>The element type of the operation's result.</summary>
    public DType DType { get; }

    /// <summary>How many operands were recorded.</summary>
    public abstract int InputCount { get; }

    /// <summary>Where operand <paramref name="i"/> came from; null if it needs no gradient.</summary>
    public abstract Node? Input(int i);

    /// <summary>
    /// The operation's formula as text, for example <c>1 / (1 + exp(-x))</c>; null where it is no single formula.
    /// </summary>
    public virtual string? Formula => null;

    /// <summary>
    /// The rule in words, gradient by gradient, where g is the result's: <c>x̄ = g * y * (1 - y)</c>,
    /// <c>ā = g @ bᵀ, b̄ = aᵀ @ g</c>, <c>x̄ = g, flipped back</c>.
    /// </summary>
    public abstract string Rule { get; }

    /// <summary>
    /// What the rules read besides g, and the tape therefore keeps, by the names that they have in <see cref="Rule"/>:
    /// <c>y</c>, <c>a, b</c>; empty where g is enough, null where the rule is no single formula.
    /// </summary>
    public virtual string? Reads => null;

    /// <summary>
    /// Where the operation was called; null unless that was asked for (<see cref="Tape.RecordCallSites"/>,
    /// <see cref="AnomalyMode"/>). What a method returns from its last call, the compiler may turn into a jump: once it
    /// has optimized the method, such a call is found at the method's caller.
    /// </summary>
    public string? CallSite => _notes?.CallSite;

    /// <summary>What the operation keeps for its rule; nothing once Backward has used it.</summary>
    public IReadOnlyList<SavedOperand> SavedOperands => [.. Kept()];

    internal virtual IEnumerable<SavedOperand> Kept() => [];

    internal List<GradientHook>? Hooks
    {
        get => _notes?.Hooks;
        set
        {
            if (value is not null)
            {
                (_notes ??= new()).Hooks = value;
            }
        }
    }

    internal Layout Layout { get; }

    // What a running Backward keeps here. A node belongs to one run at a time.
    internal Backpropagation? Run;
    internal Tensor? Gradient;
    internal bool OwnsGradient;

    /// <summary>Reports the operands to the recorder, those that need no gradient too.</summary>
    internal void ShowOperands(params ReadOnlySpan<Tensor> x)
    {
        if (_notes is not null)
        {
            TapeRecorder.Here?.KeepOperands(this, x);
        }
    }

    /// <summary>Sends gradients to the inputs, given the finished one of the result.</summary>
    internal abstract void Backward(Tensor g, Backpropagation run);

    /// <summary>Lets go of what was saved for the rule.</summary>
    internal virtual void Free()
    {
    }

    public override string ToString() => $"{Name} {Shape}";

    /// <summary>
    /// The finished gradient as a place for an input's, which is computed from it element by element: where nobody else
    /// sees it.
    /// </summary>
    internal Tensor? Spare(Tensor g) => OwnsGradient && g.IsContiguous && g.DType == DType ? g : null;

    private sealed class Notes
    {
        public string? CallSite;
        public List<GradientHook>? Hooks;
    }
}

/// <summary>What a gradient passes through when it is complete.</summary>
/// <param name="call">From the gradient to what takes its place, or null.</param>
/// <param name="isOurs">Whether it is the engine's own, which changes and keeps nothing of what it is shown.</param>
/// <param name="keeper">The tensor whose <see cref="Tensor.Grad"/> gets what passes; null for other hooks.</param>
internal sealed class GradientHook(Func<Tensor, Tensor?> call, bool isOurs, Tensor? keeper = null)
{
    public bool IsOurs => isOurs;

    public Tensor? Keeper => keeper;

    public Tensor? Call(Tensor g) => call(g);
}

/// <summary>The end of the graph at a tensor that was not computed: its gradient is kept.</summary>
internal sealed class LeafNode(Tensor tensor) : Node(tensor)
{
    public Tensor Tensor { get; } = tensor;

    /// <summary>Whether it is what a transform differentiates by. Once that is done, it is a constant.</summary>
    public bool IsVariable { get; init; }

    /// <summary>Whether Backward leaves the tensor without gradient: its transform is done.</summary>
    public bool IsClosed { get; set; }

    public override string Name => "Leaf";

    public override string Rule => "Grad = Grad + g";

    public override int InputCount => 0;

    public override Node? Input(int i) => null;

    internal override void Backward(Tensor g, Backpropagation run) => run.AccumulateLeaf(this, g);

    public override string ToString() => $"{Tensor.Name ?? Name} {Shape}";
}
