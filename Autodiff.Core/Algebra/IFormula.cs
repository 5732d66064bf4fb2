using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>
/// The numbers that a formula is given (operands, or the coefficients of an update rule), read by a constant position:
/// a struct, so that a compiler sees through it, and whoever runs the formula keeps them where they are cheapest. (A
/// span or an array of numbers would not compile for every device.)
/// </summary>
/// <typeparam name="S">The carrier.</typeparam>
public interface IOperands<S> where S : IReal<S>
{
    /// <summary>The number at position <paramref name="k"/>, a constant.</summary>
    S this[int k] { get; }
}

/// <summary>
/// A formula of any number of operands, as a backend takes it. Whoever writes one states it as
/// <see cref="IUnaryFormula"/> and its kin.
/// </summary>
public interface IFormula
{
    /// <summary>How many operands it has: at most <see cref="Formulas.MostOperands"/>.</summary>
    static abstract int Arity { get; }

    /// <summary>y = f(x[0], x[1], ...).</summary>
    S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S>;
}

/// <summary>What holds of all formulas.</summary>
public static class Formulas
{
    /// <summary>The most operands: a gradient, three operands and no result, or two and the result.</summary>
    public const int MostOperands = 4;
}

/// <summary>A formula of one operand.</summary>
internal readonly struct Of1<TOp>(TOp op) : IFormula where TOp : unmanaged, IUnaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 1;

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0]);
}

/// <summary>A formula of two operands.</summary>
internal readonly struct Of2<TOp>(TOp op) : IFormula where TOp : unmanaged, IBinaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 2;

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0], x[1]);
}

/// <summary>A formula of three operands.</summary>
internal readonly struct Of3<TOp>(TOp op) : IFormula where TOp : unmanaged, ITernaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 3;

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0], x[1], x[2]);
}

/// <summary>A formula of four operands.</summary>
internal readonly struct Of4<TOp>(TOp op) : IFormula where TOp : unmanaged, IQuaternaryFormula
{
    private readonly TOp _op = op;

    public static int Arity => 4;

    [MethodImpl(AggressiveInlining)]
    public S F<S, X>(X x) where S : IReal<S> where X : struct, IOperands<S> => _op.F(x[0], x[1], x[2], x[3]);
}

/// <summary>The only operand.</summary>
internal readonly struct Single<S>(S value) : IOperands<S> where S : IReal<S>
{
    public S this[int k]
    {
        [MethodImpl(AggressiveInlining)] get => value;
    }
}

/// <summary>
/// Operands in an array, for carriers that run a formula once: text, instructions of a kernel, the reference.
/// </summary>
internal readonly struct Listed<S>(params S[] values) : IOperands<S> where S : IReal<S>
{
    public S this[int k] => values[k];
}
