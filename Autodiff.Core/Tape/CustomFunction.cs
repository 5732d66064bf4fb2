namespace Autodiff;

public static partial class Autograd
{
    /// <summary>
    /// Records an operation of the caller's own: <paramref name="forward"/> computes its value unrecorded,
    /// <paramref name="vjp"/> its vector-Jacobian product (PyTorch's <c>autograd.Function</c>).
    /// </summary>
    /// <param name="name">The operation's name on the tape.</param>
    /// <param name="inputs">Its operands.</param>
    /// <param name="forward">From the operands to the value.</param>
    /// <param name="vjp">From upstream gradient, operands and value to one gradient for each operand (null where there
    /// is none). Written with tensor operations, it is differentiable itself.</param>
    /// <param name="rule">The rule in words, for <see cref="Tape"/> and <see cref="Node.Rule"/>:
    /// <c>x̄ = g * 3 * x^2</c>.</param>
    /// <returns>The value; without history where it is of an integer type.</returns>
    /// <remarks>
    /// The rule's upstream gradient is its own to change, and what it returns is copied, so it may use one buffer again
    /// and again. The forward function runs under <see cref="Tensor.NoGrad"/>, the rule in Backward's grad mode:
    /// recording only under <c>createGraph</c>. For an elementwise formula,
    /// <see cref="Tensor.MapByDual{TFormula}(TFormula)"/> is shorter and faster.
    /// </remarks>
    public static Tensor Function(
        string name, Tensor[] inputs, Func<Tensor[], Tensor> forward, Func<Tensor, Tensor[], Tensor, Tensor?[]> vjp,
        string? rule = null)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(forward);
        ArgumentNullException.ThrowIfNull(vjp);
        Tensor value;
        using (GradMode.SetForUserCode(false))
        {
            // a handle of its own: the function may have returned a tensor that others hold
            value = forward(inputs).Detach();
            value.LooseFrom(inputs);
        }

        if (Recording.Needed(inputs) && value.DType.IsFloatingPoint())
        {
            Node?[] nodes = Array.ConvertAll(inputs, static x => x.NodeForInput());
            value.SetNode(new CustomNode(name, inputs, nodes, value, vjp, rule));
        }

        return value;
    }

    private sealed class CustomNode : Node
    {
        private readonly string _name;
        private readonly string? _words;
        private readonly Node?[] _nodes;
        private readonly Saved[] _inputs;
        private readonly Func<Tensor, Tensor[], Tensor, Tensor?[]> _vjp;
        private Saved _value;

        public CustomNode(string name, Tensor[] inputs, Node?[] nodes, Tensor value,
            Func<Tensor, Tensor[], Tensor, Tensor?[]> vjp, string? words) : base(value)
        {
            _name = name;
            _words = words;
            _nodes = nodes;
            _inputs = Array.ConvertAll(inputs, static x => new Saved(x));
            _value = new(value);
            _vjp = vjp;
            ShowOperands(inputs);
        }

        public override string Name => _name;

        public override string Rule =>
            _words ?? (InputCount == 1 ? "x̄ = the function's own" : "each operand: the function's own");

        public override int InputCount => _nodes.Length;

        public override Node? Input(int i) => _nodes[i];

        internal override void Backward(Tensor g, Backpropagation run)
        {
            Tensor[] inputs = new Tensor[_inputs.Length];
            for (int i = 0; i < inputs.Length; i++)
            {
                inputs[i] = _inputs[i].Get(_name, $"operand {i}");
            }

            Tensor value = _value.Get(_name, "output", this);
            bool isRecorded = GradMode.IsEnabled;
            Tensor own = OwnsGradient ? g : g.Clone(); // the caller's rule may change it in place, or hold on to it
            OwnsGradient = false;
            Tensor?[] gradients;
            using (GradMode.SetForUserCode(isRecorded))
            {
                gradients = _vjp(own, inputs, value);
            }

            if (gradients.Length != _nodes.Length)
            {
                throw new InvalidOperationException(
                    $"{_name}: the rule gave {gradients.Length} gradients for {_nodes.Length} operands; give null "
                        + "where there is none.");
            }

            for (int i = 0; i < gradients.Length; i++)
            {
                if (_nodes[i] is { } node && gradients[i] is { } gradient)
                {
                    if (!Broadcasting.CanExpand(node.Layout, gradient.Layout))
                    {
                        throw new InvalidOperationException(
                            $"{_name}: the rule gave a gradient of shape {gradient.Shape} for operand {i}, which has "
                                + $"shape {node.Shape}; they must agree.");
                    }

                    if (run.Leads(node))
                    {
                        run.Accumulate(node, gradient.Clone(), owned: true);
                    }
                }
            }
        }

        internal override IEnumerable<SavedOperand> Kept() =>
            [.. _inputs.SelectMany(static (saved, i) => saved.Shown($"operand {i}")), .. _value.Shown("output")];

        internal override void Free()
        {
            for (int i = 0; i < _inputs.Length; i++)
            {
                _inputs[i].Free();
            }

            _value.Free();
        }
    }
}
