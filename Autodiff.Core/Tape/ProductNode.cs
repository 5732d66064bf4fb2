namespace Autodiff;

/// <summary>
/// A recorded matrix product y = a b + bias, or a wᵀ + bias for a layer's weight, which is kept transposed.
/// </summary>
internal sealed class ProductNode : Node
{
    private readonly string _name;
    private readonly bool _transposed, _hasBias;
    private readonly Node? _inputA, _inputB, _inputBias;
    private Saved _a, _b;

    public ProductNode(string name, Tensor a, Tensor b, bool transposed, Tensor? bias, Tensor y)
        : base(y)
    {
        _name = name;
        _transposed = transposed;
        _hasBias = bias is not null;
        _inputA = a.NodeForInput();
        _inputB = b.NodeForInput();
        _inputBias = bias?.NodeForInput();
        if (_inputB is not null)
        {
            _a = new(a);
        }

        if (_inputA is not null)
        {
            _b = new(b);
        }

        if (bias is null)
        {
            ShowOperands(a, b);
        }
        else
        {
            ShowOperands(a, b, bias);
        }
    }

    public override string Name => _name;

    public override string Formula => (_transposed ? "a @ bᵀ" : "a @ b") + (_hasBias ? " + c" : "");

    public override string Rule =>
        (_transposed ? "ā = g @ b, b̄ = gᵀ @ a" : "ā = g @ bᵀ, b̄ = aᵀ @ g")
            + (_hasBias ? ", c̄ = g, summed over the rows" : "");

    /// <summary>Whether the second factor is kept transposed: y = a bᵀ.</summary>
    internal bool IsTransposed => _transposed;

    public override int InputCount => _hasBias ? 3 : 2;

    public override Node? Input(int i) => i switch { 0 => _inputA, 1 => _inputB, _ => _inputBias };

    internal override void Backward(Tensor g, Backpropagation run)
    {
        if (_inputA is not null && run.Leads(_inputA))
        {
            Tensor b = _b.Get(_name, _transposed ? "weight" : "second factor");
            run.Accumulate(_inputA, g.MatMul(_transposed ? b : b.SwapLast()), owned: true);
        }

        if (_inputB is not null && run.Leads(_inputB))
        {
            Tensor a = _a.Get(_name, _transposed ? "input" : "first factor");
            run.Accumulate(_inputB, _transposed ? g.SwapLast().MatMul(a) : a.SwapLast().MatMul(g), owned: true);
        }

        if (_inputBias is not null)
        {
            run.Accumulate(_inputBias, g, owned: false); // summed over the rows on its way
        }
    }

    internal override IEnumerable<SavedOperand> Kept() =>
        [.. _a.Shown(_transposed ? "input" : "first factor"), .. _b.Shown(_transposed ? "weight" : "second factor")];

    internal override void Free()
    {
        _a.Free();
        _b.Free();
    }
}
