using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff;

/// <summary>The rule of a unary operation as a formula of its own, so that a backward pass is one loop.</summary>
internal readonly struct UnaryVjp<TOp>(TOp op) : ITernaryFormula where TOp : unmanaged, IUnaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S x, S y) where S : IReal<S> => _op.Vjp(g, x, y);
}

internal readonly struct BinaryVjpA<TOp>(TOp op) : IQuaternaryFormula where TOp : unmanaged, IBinaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S a, S b, S y) where S : IReal<S> => _op.VjpA(g, a, b, y);
}

internal readonly struct BinaryVjpB<TOp>(TOp op) : IQuaternaryFormula where TOp : unmanaged, IBinaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S a, S b, S y) where S : IReal<S> => _op.VjpB(g, a, b, y);
}

internal readonly struct TernaryVjpA<TOp>(TOp op) : IQuaternaryFormula where TOp : unmanaged, ITernaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S a, S b, S c) where S : IReal<S> => _op.VjpA(g, a, b, c);
}

internal readonly struct TernaryVjpB<TOp>(TOp op) : IQuaternaryFormula where TOp : unmanaged, ITernaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S a, S b, S c) where S : IReal<S> => _op.VjpB(g, a, b, c);
}

internal readonly struct TernaryVjpC<TOp>(TOp op) : IQuaternaryFormula where TOp : unmanaged, ITernaryOp
{
    private readonly TOp _op = op;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S g, S a, S b, S c) where S : IReal<S> => _op.VjpC(g, a, b, c);
}

/// <summary>A recorded elementwise operation of one tensor.</summary>
internal sealed class UnaryNode<TOp> : Node where TOp : unmanaged, IUnaryOp
{
    private readonly TOp _op;
    private readonly Node _input;
    private readonly Operands _reads;
    private Saved _x, _y;

    /// <param name="op">The operation.</param>
    /// <param name="x">Its operand.</param>
    /// <param name="input">Where the operand came from.</param>
    /// <param name="y">Its result.</param>
    /// <param name="changes">How many changes in place the result's storage is about to see: 1 if y is x itself.</param>
    public UnaryNode(TOp op, Tensor x, Node input, Tensor y, int changes) : base(y.Layout, y.DType)
    {
        _op = op;
        _input = input;
        _reads = RuleReads.Of(op)[0];
        if ((_reads & Operands.A) != 0)
        {
            _x = new(x);
        }

        if ((_reads & Operands.Output) != 0)
        {
            _y = new(y, changes);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.Of(_op);

    public override string Rule => $"x̄ = {Algebra.Formula.OfVjp(_op)}";

    public override string Reads => _reads.Names("x");

    public override int InputCount => 1;

    public override Node? Input(int i) => _input;

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor x = (_reads & Operands.A) != 0 ? _x.Get(Name, "input") : Unread.For(g);
        Tensor y = (_reads & Operands.Output) != 0 ? _y.Get(Name, "output", this) : Unread.For(g);
        if (GradMode.IsEnabled || _reads == Operands.None)
        {
            Tensor gradient = _op.Vjp(g, x, y).ExpandTo(Layout); // a constant slope may come as a plain number
            run.Accumulate(_input, gradient, owned: !ReferenceEquals(gradient.Storage, g.Storage));
        }
        else
        {
            run.Accumulate(_input, Tensor.MapRaw(new UnaryVjp<TOp>(_op), g, x, y, DType, into: Spare(g)), owned: true);
        }
    }

    internal override void Free()
    {
        _x.Free();
        _y.Free();
    }
}

/// <summary>A recorded elementwise operation of two tensors.</summary>
internal sealed class BinaryNode<TOp> : Node where TOp : unmanaged, IBinaryOp
{
    private readonly TOp _op;
    private readonly Node? _inputA, _inputB;
    private readonly RuleReads _rules;
    private readonly Operands _reads;
    private Saved _a, _b, _y;

    /// <inheritdoc cref="UnaryNode{TOp}(TOp, Tensor, Node, Tensor, int)"/>
    public BinaryNode(TOp op, Tensor a, Tensor b, Node? inputA, Node? inputB, Tensor y, int changes) : base(y.Layout, y.DType)
    {
        _op = op;
        _inputA = inputA;
        _inputB = inputB;
        _rules = RuleReads.OfBinary(op);
        _reads = (inputA is null ? Operands.None : _rules[0]) | (inputB is null ? Operands.None : _rules[1]);
        if ((_reads & Operands.A) != 0)
        {
            _a = new(a);
        }

        if ((_reads & Operands.B) != 0)
        {
            _b = new(b);
        }

        if ((_reads & Operands.Output) != 0)
        {
            _y = new(y, changes);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.OfBinary(_op);

    public override string Rule => Algebra.Formula.OfBinaryVjp(_op);

    public override string Reads => _reads.Names("a", "b");

    public override int InputCount => 2;

    public override Node? Input(int i) => i == 0 ? _inputA : _inputB;

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor a = (_reads & Operands.A) != 0 ? _a.Get(Name, "first operand") : Unread.For(g);
        Tensor b = (_reads & Operands.B) != 0 ? _b.Get(Name, "second operand") : Unread.For(g);
        Tensor y = (_reads & Operands.Output) != 0 ? _y.Get(Name, "output", this) : Unread.For(g);
        bool asTensors = GradMode.IsEnabled;
        if (_inputA is not null && run.Leads(_inputA))
        {
            if (asTensors || _rules[0] == Operands.None)
            {
                Send(_inputA, _op.VjpA(g, a, b, y));
            }
            else
            {
                run.Accumulate(_inputA, Tensor.MapRaw(new BinaryVjpA<TOp>(_op), g, a, b, y, DType, into: _inputB is null ? Spare(g) : null), owned: true);
            }
        }

        if (_inputB is not null && run.Leads(_inputB))
        {
            if (asTensors || _rules[1] == Operands.None)
            {
                Send(_inputB, _op.VjpB(g, a, b, y));
            }
            else
            {
                // The first operand may have got the gradient itself.
                bool isShared = _inputA?.Gradient is { } first && ReferenceEquals(first.Storage, g.Storage);
                run.Accumulate(_inputB, Tensor.MapRaw(new BinaryVjpB<TOp>(_op), g, a, b, y, DType, into: isShared ? null : Spare(g)), owned: true);
            }
        }

        void Send(Node input, Tensor gradient) =>
            run.Accumulate(input, gradient.ExpandTo(Layout), owned: !ReferenceEquals(gradient.Storage, g.Storage) && !_a.IsStorageOf(gradient) && !_b.IsStorageOf(gradient));
    }

    internal override void Free()
    {
        _a.Free();
        _b.Free();
        _y.Free();
    }
}

/// <summary>A recorded elementwise operation of three tensors.</summary>
internal sealed class TernaryNode<TOp> : Node where TOp : unmanaged, ITernaryOp
{
    private readonly TOp _op;
    private readonly Node?[] _inputs;
    private readonly RuleReads _rules;
    private readonly Operands _reads;
    private Saved _a, _b, _c;

    public TernaryNode(TOp op, Tensor a, Tensor b, Tensor c, Node?[] inputs, Tensor y) : base(y.Layout, y.DType)
    {
        _op = op;
        _inputs = inputs;
        _rules = RuleReads.OfTernary(op);
        _reads = (inputs[0] is null ? Operands.None : _rules[0]) | (inputs[1] is null ? Operands.None : _rules[1])
            | (inputs[2] is null ? Operands.None : _rules[2]);
        if ((_reads & Operands.A) != 0)
        {
            _a = new(a);
        }

        if ((_reads & Operands.B) != 0)
        {
            _b = new(b);
        }

        if ((_reads & Operands.C) != 0)
        {
            _c = new(c);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.OfTernary(_op);

    public override string Reads => _reads.Names("a", "b", "c");

    public override int InputCount => 3;

    public override Node? Input(int i) => _inputs[i];

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor a = (_reads & Operands.A) != 0 ? _a.Get(Name, "first operand") : Unread.For(g);
        Tensor b = (_reads & Operands.B) != 0 ? _b.Get(Name, "second operand") : Unread.For(g);
        Tensor c = (_reads & Operands.C) != 0 ? _c.Get(Name, "third operand") : Unread.For(g);
        bool asTensors = GradMode.IsEnabled;
        if (_inputs[0] is { } toA && run.Leads(toA))
        {
            Send(toA, asTensors || _rules[0] == Operands.None ? _op.VjpA(g, a, b, c) : Tensor.MapRaw(new TernaryVjpA<TOp>(_op), g, a, b, c, DType));
        }

        if (_inputs[1] is { } toB && run.Leads(toB))
        {
            Send(toB, asTensors || _rules[1] == Operands.None ? _op.VjpB(g, a, b, c) : Tensor.MapRaw(new TernaryVjpB<TOp>(_op), g, a, b, c, DType));
        }

        if (_inputs[2] is { } toC && run.Leads(toC))
        {
            Send(toC, asTensors || _rules[2] == Operands.None ? _op.VjpC(g, a, b, c) : Tensor.MapRaw(new TernaryVjpC<TOp>(_op), g, a, b, c, DType));
        }

        void Send(Node input, Tensor gradient) =>
            run.Accumulate(input, gradient.ExpandTo(Layout), owned: !ReferenceEquals(gradient.Storage, g.Storage)
                && !_a.IsStorageOf(gradient) && !_b.IsStorageOf(gradient) && !_c.IsStorageOf(gradient));
    }

    internal override void Free()
    {
        _a.Free();
        _b.Free();
        _c.Free();
    }
}

/// <summary>The name of an operation: that of its struct.</summary>
internal static class OperationName
{
    public static string Of<TOp>() => Cache<TOp>.Name;

    private static class Cache<TOp>
    {
        public static readonly string Name = Plain(typeof(TOp));

        private static string Plain(Type type)
        {
            string name = type.Name;
            int tick = name.IndexOf('`', StringComparison.Ordinal);
            name = tick < 0 ? name : name[..tick];

            // A wrapper (an operation with a constant, a formula with an automatic rule) bears the wrapped operation's name.
            return type.IsGenericType && type.GenericTypeArguments is [Type inner, ..] ? Plain(inner) : name;
        }
    }
}
