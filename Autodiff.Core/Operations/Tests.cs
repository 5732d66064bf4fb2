using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>a &lt; b.</summary>
internal readonly struct Less : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(a, b, S.Const(1), S.Const(0));
}

/// <summary>a ≤ b.</summary>
internal readonly struct LessEqual : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLessEqual(a, b, S.Const(1), S.Const(0));
}

/// <summary>a = b.</summary>
internal readonly struct Equal : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(1), S.Const(0));
}

/// <summary>a ≠ b.</summary>
internal readonly struct NotEqual : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, b, S.Const(0), S.Const(1));
}

/// <summary>|a - b| ≤ atol + rtol |b| with a finite difference, or a = b.</summary>
internal readonly struct IsClose(double rtol, double atol) : IBinaryFormula
{
    private readonly Constant _rtol = rtol;
    private readonly Constant _atol = atol;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
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
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, S.Const(0), S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)));
}

/// <summary>One at least is not 0.</summary>
internal readonly struct LogicalOr : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)), S.Const(1));
}

/// <summary>One and only one is not 0.</summary>
internal readonly struct LogicalXor : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(a, S.Const(0), S.SelectEqual(b, S.Const(0), S.Const(0), S.Const(1)), S.SelectEqual(b, S.Const(0), S.Const(1), S.Const(0)));
}

/// <summary>x = 0.</summary>
internal readonly struct LogicalNot : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, S.Const(0), S.Const(1), S.Const(0));
}

/// <summary>Neither infinite nor NaN; a question to floating-point numbers only.</summary>
internal readonly struct IsFinite : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectLess(S.Abs(x), S.Const(double.PositiveInfinity), S.Const(1), S.Const(0));
}

/// <summary>Infinite; a question to floating-point numbers only.</summary>
internal readonly struct IsInf : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(S.Abs(x), S.Const(double.PositiveInfinity), S.Const(1), S.Const(0));
}

/// <summary>Not a number.</summary>
internal readonly struct IsNaN : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, x, S.Const(0), S.Const(1));
}

// In two's complement the other bitwise operations follow from "and".

/// <summary>The bits set in both integers.</summary>
internal readonly struct BitwiseAnd : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.And(a, b);
}

/// <summary>The bits set in either.</summary>
internal readonly struct BitwiseOr : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => a + b - S.And(a, b);
}

/// <summary>The bits set in one only.</summary>
internal readonly struct BitwiseXor : IBinaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => a + b - S.Const(2) * S.And(a, b);
}

/// <summary>The bits not set.</summary>
internal readonly struct BitwiseNot : IUnaryFormula
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.Const(-1) - x;
}
