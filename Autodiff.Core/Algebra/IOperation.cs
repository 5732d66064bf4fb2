using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>A position among operands, as a type: each one's rule is then compiled by itself.</summary>
internal interface IPosition
{
    static abstract int Index { get; }
}

internal readonly struct First : IPosition
{
    public static int Index => 0;
}

internal readonly struct Second : IPosition
{
    public static int Index => 1;
}

internal readonly struct Third : IPosition
{
    public static int Index => 2;
}

/// <summary>
/// A differentiable elementwise operation of any number of operands, as the engine takes it. Whoever writes one states
/// it as <see cref="IUnaryOp"/>, <see cref="IBinaryOp"/> or <see cref="ITernaryOp"/>.
/// </summary>
internal interface IOperation : IFormula
{
    /// <summary>Whether the rules may read the result.</summary>
    static abstract bool HasOutput { get; }

    /// <summary>What the rules read.</summary>
    RuleReads Reads { get; }

    /// <summary>The gradient that flows to operand K.</summary>
    /// <param name="g">The gradient of the result.</param>
    /// <param name="x">The operands, and behind them the result.</param>
    S Vjp<S, X, K>(S g, X x) where S : IReal<S> where X : struct, IOperands<S> where K : struct, IPosition;
}

/// <summary>An operation of one operand.</summary>
internal readonly struct Op1<TOp>(TOp op) : IOperation where TOp : unmanaged, IUnaryOp
{
    private readonly TOp _op = op;

    public static int Arity => 1;

    public static bool HasOutput => true;

    public RuleReads Reads => RuleReads.Of(this);

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0]);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S, X, K>(S g, X x) where S : IReal<S> where X : struct, IOperands<S> where K : struct, IPosition =>
        _op.Vjp(g, x[0], x[1]);
}

/// <summary>An operation of two operands.</summary>
internal readonly struct Op2<TOp>(TOp op) : IOperation where TOp : unmanaged, IBinaryOp
{
    private readonly TOp _op = op;

    public static int Arity => 2;

    public static bool HasOutput => true;

    public RuleReads Reads => RuleReads.Of(this);

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0], x[1]);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S, X, K>(S g, X x) where S : IReal<S> where X : struct, IOperands<S> where K : struct, IPosition =>
        K.Index == 0 ? _op.VjpA(g, x[0], x[1], x[2]) : _op.VjpB(g, x[0], x[1], x[2]);
}

/// <summary>An operation of three operands.</summary>
internal readonly struct Op3<TOp>(TOp op) : IOperation where TOp : unmanaged, ITernaryOp
{
    private readonly TOp _op = op;

    public static int Arity => 3;

    public static bool HasOutput => false;

    public RuleReads Reads => RuleReads.Of(this);

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0], x[1], x[2]);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S, X, K>(S g, X x) where S : IReal<S> where X : struct, IOperands<S> where K : struct, IPosition =>
        K.Index == 0
            ? _op.VjpA(g, x[0], x[1], x[2])
            : K.Index == 1 ? _op.VjpB(g, x[0], x[1], x[2]) : _op.VjpC(g, x[0], x[1], x[2]);
}

/// <summary>
/// An operation whose operand K is a plain number: one of the others, with the same formula and rules.
/// </summary>
/// <param name="op">The operation.</param>
/// <param name="value">The number.</param>
internal readonly struct Held<TOp, K>(TOp op, Constant value) : IOperation
    where TOp : unmanaged, IOperation where K : unmanaged, IPosition
{
    private readonly TOp _op = op;
    private readonly Constant _value = value;

    public static int Arity
    {
        [MethodImpl(AggressiveInlining)] get => TOp.Arity - 1;
    }

    public static bool HasOutput
    {
        [MethodImpl(AggressiveInlining)] get => TOp.HasOutput;
    }

    public RuleReads Reads => _op.Reads.Without(K.Index, TOp.Arity);

    [MethodImpl(AggressiveInlining)] public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> =>
        _op.F<S, With<S, X>>(new(x, _value));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S, X, J>(S g, X x) where S : IReal<S> where X : struct, IOperands<S> where J : struct, IPosition =>
        _op.Vjp<S, With<S, X>, Beyond<J>>(g, new(x, _value));

    /// <summary>
    /// The operands with the number among them, which becomes a value where it is read: of a tensor that is an object.
    /// </summary>
    private readonly struct With<S, X>(X others, Constant value) : IOperands<S>
        where S : IReal<S> where X : struct, IOperands<S>
    {
        public S this[int k]
        {
            [MethodImpl(AggressiveInlining)] get => k == K.Index ? S.Const(value) : others[k < K.Index ? k : k - 1];
        }
    }

    /// <summary>Where operand J of this is among the operation's own.</summary>
    private readonly struct Beyond<J> : IPosition where J : struct, IPosition
    {
        public static int Index => J.Index < K.Index ? J.Index : J.Index + 1;
    }
}

/// <summary>
/// The rule of an operation for operand K as a formula of the gradient, the operands and the result, so that a backward
/// pass is one loop.
/// </summary>
/// <param name="op">The operation.</param>
internal readonly struct Rule<TOp, K>(TOp op) : IFormula
    where TOp : unmanaged, IOperation where K : unmanaged, IPosition
{
    private readonly TOp _op = op;

    public static int Arity
    {
        [MethodImpl(AggressiveInlining)] get => 1 + TOp.Arity + (TOp.HasOutput ? 1 : 0);
    }

    [MethodImpl(AggressiveInlining)] public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> =>
        _op.Vjp<S, Behind<S, X>, K>(x[0], new(x));

    /// <summary>What comes behind the gradient.</summary>
    private readonly struct Behind<S, X>(X x) : IOperands<S> where S : IReal<S> where X : struct, IOperands<S>
    {
        public S this[int k]
        {
            [MethodImpl(AggressiveInlining)] get => x[k + 1];
        }
    }
}
