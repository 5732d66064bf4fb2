namespace Autodiff;

/// <summary>
/// A recorded operation whose rule is written with tensor operations, one function per input, and so is differentiable
/// itself.
/// </summary>
internal sealed class FunctionNode : Node
{
    private readonly string _name, _words;
    private readonly Node?[] _inputs;
    private readonly SavedTensor[] _saved;
    private readonly Func<Tensor, Tensor?[]>? _together;
    private readonly Func<Tensor, Tensor?>[] _rules;

    /// <param name="name">The operation.</param>
    /// <param name="words">The rules in words.</param>
    /// <param name="y">The result.</param>
    /// <param name="inputs">The nodes of the operands; null for one that needs no gradient.</param>
    /// <param name="rules">The rule of each operand; none where there is <paramref name="together"/>.</param>
    /// <param name="saved">What the rules read.</param>
    /// <param name="together">The rule that gives the gradients of all operands at once, or null.</param>
    public FunctionNode(
        string name, string words, Tensor y, Node?[] inputs, Func<Tensor, Tensor?>[] rules, SavedTensor[] saved,
        Func<Tensor, Tensor?[]>? together = null) : base(y)
    {
        (_name, _words) = (name, words);
        _inputs = inputs;
        (_rules, _together) = (rules, together);
        _saved = saved;
        foreach (SavedTensor s in saved)
        {
            s.Attach(name, this, y);
        }
    }

    public override string Name => _name;

    public override string Rule => _words;

    public override int InputCount => _inputs.Length;

    public override Node? Input(int i) => _inputs[i];

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor?[]? all = _together?.Invoke(g);
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (_inputs[i] is { } input && run.Leads(input) && (all is null ? _rules[i](g) : all[i]) is { } gradient)
            {
                run.Accumulate(input, gradient, Owned(gradient, g));
            }
        }
    }

    internal override void Free()
    {
        // Rules that captured saved values go with them; a rule that needs only g can serve again.
        foreach (SavedTensor saved in _saved)
        {
            saved.Free();
        }
    }

    internal override IEnumerable<SavedOperand> Kept() => _saved.SelectMany(static saved => saved.Shown());

    private bool Owned(Tensor gradient, Tensor g)
    {
        if (ReferenceEquals(gradient.Storage, g.Storage))
        {
            return false;
        }

        foreach (SavedTensor saved in _saved)
        {
            if (saved.IsStorageOf(gradient))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>
/// A value kept for a rule written as a function. <see cref="Value"/> checks that it is still what was saved.
/// </summary>
internal sealed class SavedTensor(Tensor tensor, string role)
{
    private Saved _saved = new(tensor);
    private string _operation = "the operation";
    private Node? _node;

    public Tensor Value => _saved.Get(_operation, role, _node);

    public void Attach(string operation, Node node, Tensor result)
    {
        _operation = operation;
        if (ReferenceEquals(tensor, result))
        {
            _node = node;
        }

        tensor = null!; // from here on only the checked value counts
    }

    public void Free() => _saved.Free();

    public IEnumerable<SavedOperand> Shown() => _saved.Shown(role);

    public bool IsStorageOf(Tensor other) => _saved.IsStorageOf(other);
}

/// <summary>Recording of operations whose rules are functions.</summary>
internal static class Recording
{
    /// <summary>Whether an operation on <paramref name="x"/> must be recorded.</summary>
    public static bool Needed(Tensor x) => x.NodeForInput() is not null && GradMode.IsEnabled;

    /// <inheritdoc cref="Needed(Tensor)"/>
    public static bool Needed(Tensor x, Tensor y) =>
        (x.NodeForInput() is not null | y.NodeForInput() is not null) && GradMode.IsEnabled;

    /// <inheritdoc cref="Needed(Tensor)"/>
    public static bool Needed(ReadOnlySpan<Tensor> inputs)
    {
        bool needed = false;
        if (GradMode.IsEnabled)
        {
            foreach (Tensor x in inputs)
            {
                needed |= x.NodeForInput() is not null; // of each: one may refuse, and that before anything is changed
            }
        }

        return needed;
    }

    /// <summary>
    /// Records <paramref name="y"/> = name(x); <paramref name="rule"/> takes the gradient of y to that of x, as
    /// <paramref name="words"/> say: <c>x̄ = g, flipped back</c>.
    /// </summary>
    public static Tensor Record(this Tensor y, string name, string words, Tensor x, Func<Tensor, Tensor?> rule,
        params SavedTensor[] saved) =>
        y.Record(name, words, [x], [rule], saved);

    /// <summary>Records <paramref name="y"/> = name(a, b).</summary>
    public static Tensor Record(
        this Tensor y, string name, string words, Tensor a, Tensor b, Func<Tensor, Tensor?> ruleA,
        Func<Tensor, Tensor?> ruleB, params SavedTensor[] saved) =>
        y.Record(name, words, [a, b], [ruleA, ruleB], saved);

    /// <summary>
    /// Records <paramref name="y"/> = name(inputs), with one rule for each input. Does nothing where no input needs a
    /// gradient.
    /// </summary>
    public static Tensor Record(this Tensor y, string name, string words, ReadOnlySpan<Tensor> inputs,
        Func<Tensor, Tensor?>[] rules, params SavedTensor[] saved) =>
        y.Record(name, words, inputs, rules, together: null, saved);

    /// <summary>Records <paramref name="y"/> = name(inputs), with one rule that gives the gradients of all inputs
    /// together.</summary>
    public static Tensor RecordTogether(
        this Tensor y, string name, string words, ReadOnlySpan<Tensor> inputs, Func<Tensor, Tensor?[]> rule,
        params SavedTensor[] saved) =>
        y.Record(name, words, inputs, [], rule, saved);

    private static Tensor Record(
        this Tensor y, string name, string words, ReadOnlySpan<Tensor> inputs, Func<Tensor, Tensor?>[] rules,
        Func<Tensor, Tensor?[]>? together, SavedTensor[] saved)
    {
        if (!Needed(inputs) || !y.DType.IsFloatingPoint())
        {
            return y;
        }

        Node?[] nodes = new Node?[inputs.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            nodes[i] = inputs[i].NodeForInput();
        }

        FunctionNode node = new(name, words, y, nodes, rules, saved, together);
        node.ShowOperands(inputs);
        y.SetNode(node);
        return y;
    }

    /// <summary>Keeps <paramref name="x"/> for a rule.</summary>
    public static SavedTensor Save(this Tensor x, string role) => new(x, role);
}
