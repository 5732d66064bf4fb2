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
        if ((op.Saves & Saves.Input) != 0)
        {
            _x = new(x);
        }

        if ((op.Saves & Saves.Output) != 0)
        {
            _y = new(y, changes);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.Of(_op);

    public override string Rule => $"x̄ = {Algebra.Formula.OfVjp(_op)}";

    public override int InputCount => 1;

    public override Node? Input(int i) => _input;

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor x = (_op.Saves & Saves.Input) != 0 ? _x.Get(Name, "input") : g;
        Tensor y = (_op.Saves & Saves.Output) != 0 ? _y.Get(Name, "output", this) : g;
        if (GradMode.IsEnabled || _op.Saves == Saves.None)
        {
            Tensor gradient = _op.Vjp(g, x, y).ExpandTo(Layout); // a constant slope may come as a plain number
            run.Accumulate(_input, gradient, owned: !ReferenceEquals(gradient.Storage, g.Storage));
        }
        else
        {
            run.Accumulate(_input, Tensor.MapRaw(new UnaryVjp<TOp>(_op), g, x, y, DType, into: Spare(g)), owned: true);
        }
    }

    internal override IEnumerable<SavedOperand> Kept() => [.. _x.Shown("input"), .. _y.Shown("output")];

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
    private readonly Saves _saves;
    private Saved _a, _b, _y;

    /// <inheritdoc cref="UnaryNode{TOp}(TOp, Tensor, Node, Tensor, int)"/>
    public BinaryNode(TOp op, Tensor a, Tensor b, Node? inputA, Node? inputB, Tensor y, int changes) : base(y.Layout, y.DType)
    {
        _op = op;
        _inputA = inputA;
        _inputB = inputB;
        _saves = (inputA is null ? Saves.None : op.SavesA) | (inputB is null ? Saves.None : op.SavesB);
        if ((_saves & Saves.A) != 0)
        {
            _a = new(a);
        }

        if ((_saves & Saves.B) != 0)
        {
            _b = new(b);
        }

        if ((_saves & Saves.Output) != 0)
        {
            _y = new(y, changes);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.OfBinary(_op);

    public override string Rule => Algebra.Formula.OfBinaryVjp(_op);

    public override int InputCount => 2;

    public override Node? Input(int i) => i == 0 ? _inputA : _inputB;

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor a = (_saves & Saves.A) != 0 ? _a.Get(Name, "first operand") : g;
        Tensor b = (_saves & Saves.B) != 0 ? _b.Get(Name, "second operand") : g;
        Tensor y = (_saves & Saves.Output) != 0 ? _y.Get(Name, "output", this) : g;
        bool asTensors = GradMode.IsEnabled;
        if (_inputA is not null && run.Leads(_inputA))
        {
            if (asTensors || _op.SavesA == Saves.None)
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
            if (asTensors || _op.SavesB == Saves.None)
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

    internal override IEnumerable<SavedOperand> Kept() =>
        [.. _a.Shown("first operand"), .. _b.Shown("second operand"), .. _y.Shown("output")];

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
    private readonly Saves _saves;
    private Saved _a, _b, _c;

    public TernaryNode(TOp op, Tensor a, Tensor b, Tensor c, Node?[] inputs, Tensor y) : base(y.Layout, y.DType)
    {
        _op = op;
        _inputs = inputs;
        _saves = (inputs[0] is null ? Saves.None : op.SavesA) | (inputs[1] is null ? Saves.None : op.SavesB)
            | (inputs[2] is null ? Saves.None : op.SavesC);
        if ((_saves & Saves.A) != 0)
        {
            _a = new(a);
        }

        if ((_saves & Saves.B) != 0)
        {
            _b = new(b);
        }

        if ((_saves & Saves.C) != 0)
        {
            _c = new(c);
        }
    }

    public override string Name => OperationName.Of<TOp>();

    public override string Formula => Algebra.Formula.OfTernary(_op);

    public override string Rule => Algebra.Formula.OfTernaryVjp(_op);

    public override int InputCount => 3;

    public override Node? Input(int i) => _inputs[i];

    internal override void Backward(Tensor g, Backpropagation run)
    {
        Tensor a = (_saves & Saves.A) != 0 ? _a.Get(Name, "first operand") : g;
        Tensor b = (_saves & Saves.B) != 0 ? _b.Get(Name, "second operand") : g;
        Tensor c = (_saves & Saves.C) != 0 ? _c.Get(Name, "third operand") : g;
        bool asTensors = GradMode.IsEnabled;
        if (_inputs[0] is { } toA && run.Leads(toA))
        {
            Send(toA, asTensors || _op.SavesA == Saves.None ? _op.VjpA(g, a, b, c) : Tensor.MapRaw(new TernaryVjpA<TOp>(_op), g, a, b, c, DType));
        }

        if (_inputs[1] is { } toB && run.Leads(toB))
        {
            Send(toB, asTensors || _op.SavesB == Saves.None ? _op.VjpB(g, a, b, c) : Tensor.MapRaw(new TernaryVjpB<TOp>(_op), g, a, b, c, DType));
        }

        if (_inputs[2] is { } toC && run.Leads(toC))
        {
            Send(toC, asTensors || _op.SavesC == Saves.None ? _op.VjpC(g, a, b, c) : Tensor.MapRaw(new TernaryVjpC<TOp>(_op), g, a, b, c, DType));
        }

        void Send(Node input, Tensor gradient) =>
            run.Accumulate(input, gradient.ExpandTo(Layout), owned: !ReferenceEquals(gradient.Storage, g.Storage)
                && !_a.IsStorageOf(gradient) && !_b.IsStorageOf(gradient) && !_c.IsStorageOf(gradient));
    }

    internal override IEnumerable<SavedOperand> Kept() =>
        [.. _a.Shown("first operand"), .. _b.Shown("second operand"), .. _c.Shown("third operand")];

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
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Operations.Fold<,>))
            {
                string monoid = Plain(type.GenericTypeArguments[1]);
                return type.GenericTypeArguments[0] == typeof(Operations.Identity) ? monoid : $"{monoid}Of{Plain(type.GenericTypeArguments[0])}";
            }

            string name = type.Name;
            int tick = name.IndexOf('`', StringComparison.Ordinal);
            name = tick < 0 ? name : name[..tick];

            // A wrapper (an operation with a constant, a formula with an automatic rule) bears the wrapped operation's name.
            return type.IsGenericType && type.GenericTypeArguments is [Type inner, ..] ? Plain(inner) : name;
        }
    }
}
