namespace Autodiff;

public sealed partial class Tape
{
    private readonly TapeRecorder? _recorder;

    private Tape(List<Node> nodes, TapeRecorder recorder)
    {
        _nodes = nodes;
        _recorder = recorder;
    }

    /// <summary>
    /// Runs a function forward and backward and keeps what happens on the way: every value and gradient, where
    /// operations were called, what each rule kept and when it let go of it, the operands that get no gradient and why,
    /// and finite differences. For looking at (<see cref="ToHtml"/>) and for debugging: it copies every value.
    /// </summary>
    /// <param name="function">
    /// The function, usually a loss. It is called once for the record, and then again for the finite differences, with
    /// the default generator's numbers repeated.
    /// </param>
    /// <param name="gradient">The upstream gradient, of the result's shape; 1 for a result of one element.</param>
    /// <param name="checkedElements">
    /// How many elements of each leaf are checked by finite differences; 0 for none.
    /// </param>
    /// <remarks>
    /// As after Backward, what the rules had kept is gone, also that of operations computed before the function. A rule
    /// of <see cref="Autograd.Function"/> is called for unit vectors, too.
    /// </remarks>
    /// <returns>The tape, complete. The leaves' <see cref="Tensor.Grad"/> stays as it was.</returns>
    /// <exception cref="InvalidOperationException">
    /// The result requires no grad, or has several elements and no gradient is given.
    /// </exception>
    /// <exception cref="ArgumentException">The gradient's shape is not that of the result.</exception>
    /// <example><code>File.WriteAllText("vjp.html", Tape.Record(() => (x * x).Sin()).ToHtml());</code></example>
    public static Tape Record(Func<Tensor> function, Tensor? gradient = null, int checkedElements = 64)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentOutOfRangeException.ThrowIfNegative(checkedElements);
        byte[] numbers = TorchGenerator.Default.GetState();
        TapeRecorder recorder = new();
        Tensor root = recorder.Run(function);
        Node node = Autograd.Root(root, "the function's result");
        Tensor seed = Autograd.Seed(root, gradient);
        Tape survivors = Of(root), tape = new(survivors._nodes, recorder);
        recorder.Conclude(tape, survivors);
        Dictionary<Node, Tensor?> leaves = tape._nodes.OfType<LeafNode>()
            .Where(static leaf => leaf.Tensor.RequiresGrad && !leaf.IsClosed)
            .ToDictionary(static leaf => (Node)leaf, static _ => (Tensor?)null);
        Backpropagation.Run([node], [seed], retainGraph: false, createGraph: false, leaves, recorder);
        (tape.Differences, tape.DifferencesNote) =
            DifferenceCheck.Of(tape, function, seed, root, numbers, checkedElements);
        return tape;
    }

    /// <summary>
    /// Whether the tape is one of <see cref="Record"/>, which has everything; <see cref="Of"/> has what survived.
    /// </summary>
    public bool IsRecorded => _recorder is not null;

    /// <summary>
    /// The steps of the backward pass in their order; none unless the tape is one of <see cref="Record"/>.
    /// </summary>
    public IReadOnlyList<BackwardVisit> Visits => _recorder?.Visits ?? [];

    /// <summary>
    /// The leaves' derivatives beside finite differences; none unless the tape is one of <see cref="Record"/>.
    /// </summary>
    public IReadOnlyList<FiniteDifference> Differences { get; private set; } = [];

    /// <summary>Why there are no finite differences, or not for all elements; null where there are.</summary>
    public string? DifferencesNote { get; private set; }

    internal TapeRecorder? Recorder => _recorder;

    /// <summary>The gradient of a leaf, by its tensor.</summary>
    /// <returns>The gradient; null where there is none, or the tensor is no leaf of this tape.</returns>
    /// <param name="leaf">A tensor that requires grad.</param>
    public Tensor? GradientOf(Tensor leaf)
    {
        ArgumentNullException.ThrowIfNull(leaf);
        return _nodes.Find(node => node is LeafNode known && ReferenceEquals(known.Tensor, leaf)) is { } found
            ? GradientOf(found) : null;
    }

    /// <summary>
    /// The operands of an operation, those without gradient and the reason for it too where the tape is one of
    /// <see cref="Record"/>.
    /// </summary>
    /// <param name="node">One of the tape's nodes.</param>
    public IReadOnlyList<TapeOperand> OperandsOf(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return _recorder?.OperandsOf(node)
            ?? [.. Enumerable.Range(0, node.InputCount).Select(i => new TapeOperand(
                node.Input(i), null, node.Input(i) is { } from ? ValueOf(from) : null, node.Input(i) is null
                    ? NoGradientReason.Constant : null))];
    }

    /// <summary>
    /// What an operation kept for its rules when the function had run, where the tape is one of <see cref="Record"/>;
    /// what it keeps now otherwise.
    /// </summary>
    /// <param name="node">One of the tape's nodes.</param>
    public IReadOnlyList<SavedOperand> SavedBy(Node node)
    {
        ArgumentNullException.ThrowIfNull(node);
        return _recorder is { } recorder ? recorder.SavedBy(node) : node.SavedOperands;
    }
}
