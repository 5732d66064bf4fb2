using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>a &lt; b.</summary>
internal readonly struct Less : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(a, b, S.Const(1), S.Const(0));
}

/// <summary>a ≤ b.</summary>
internal readonly struct LessEqual : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLessEqual(a, b, S.Const(1), S.Const(0));
}

/// <summary>a = b.</summary>
internal readonly struct Equal : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(1), S.Const(0));
}

/// <summary>a ≠ b.</summary>
internal readonly struct NotEqual : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(0), S.Const(1));
}

/// <summary>
/// A comparison of an integer with a number that need not be one: their order, -1, 0 or 1, against 0.
/// </summary>
/// <param name="op">The comparison.</param>
/// <param name="number">A plain number, not NaN.</param>
/// <param name="first">Whether the number is the first operand.</param>
internal readonly struct AgainstNumber<TOp>(TOp op, Tensor number, bool first) : IUnaryFormula
    where TOp : unmanaged, IBinaryFormula
{
    private readonly TOp _op = op;
    private readonly Constant _floor = Floor(number); // the largest integer not above the number, where there is one
    private readonly Constant _below = first ? 1L : -1L, _above = first ? -1L : 1L;
    private readonly Constant _equal = (long)(number.DType.IsFloatingPoint() ? Math.Sign(Excess(number)) : 0)
        * (first ? 1 : -1);

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S floor = S.Const(_floor),
            order = S.SelectLess(x, floor, S.Const(_below), S.SelectEqual(x, floor, S.Const(_equal), S.Const(_above)));
        return _op.F(order, S.Const(0));
    }

    private static long Floor(Tensor number) =>
        number.DType.IsFloatingPoint()
            ? long.CreateSaturating(Math.Floor(number.NumberValue))
            : number.NumberConstant.Integer;

    // The number less its floor; doubles are sparse where int64 ends, so that its largest counts as the 2^63 that it
    // rounds to.
    private static double Excess(Tensor number) =>
        number.NumberValue >= 9223372036854775808.0 ? 1 : number.NumberValue - Floor(number);
}

/// <summary>|a - b| ≤ atol + rtol |b| with a finite difference, or a = b.</summary>
internal readonly struct IsClose(double rtol, double atol) : IBinaryFormula
{
    private readonly Constant _rtol = rtol;
    private readonly Constant _atol = atol;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        S zero = S.Const(0), one = S.Const(1), error = S.Abs(a - b);
        S close = S.SelectLessEqual(error, S.FusedMultiplyAdd(S.Const(_rtol), S.Abs(b), S.Const(_atol)), one, zero);
        return S.SelectEqual(a, b, one, S.SelectEqual(error - error, zero, close, zero));
    }
}

/// <summary>Neither is 0.</summary>
internal readonly struct LogicalAnd : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(a, S.Const(0), S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)));
}

/// <summary>One at least is not 0.</summary>
internal readonly struct LogicalOr : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(a, S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)), S.Const(1));
}

/// <summary>One and only one is not 0.</summary>
internal readonly struct LogicalXor : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(a, S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)),
            S.SelectEqual(b, S.Const(0), S.Const(1), S.Const(0)));
}

/// <summary>x = 0.</summary>
internal readonly struct LogicalNot : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, S.Const(0), S.Const(1), S.Const(0));
}

/// <summary>Neither infinite nor NaN; a question to floating-point numbers only.</summary>
internal readonly struct IsFinite : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> =>
        S.SelectLess(S.Abs(x), S.Const(double.PositiveInfinity), S.Const(1), S.Const(0));
}

/// <summary>Infinite; a question to floating-point numbers only.</summary>
internal readonly struct IsInf : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> =>
        S.SelectEqual(S.Abs(x), S.Const(double.PositiveInfinity), S.Const(1), S.Const(0));
}

/// <summary>Not a number.</summary>
internal readonly struct IsNaN : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, x, S.Const(0), S.Const(1));
}

// In two's complement the other bitwise operations follow from "and".

/// <summary>The bits set in both integers.</summary>
internal readonly struct BitwiseAnd : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => S.And(a, b);
}

/// <summary>The bits set in either.</summary>
internal readonly struct BitwiseOr : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a + b - S.And(a, b);
}

/// <summary>The bits set in one only.</summary>
internal readonly struct BitwiseXor : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a + b - S.Const(2) * S.And(a, b);
}
