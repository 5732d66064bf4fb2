using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// y = ⌊a / b⌋, the quotient that leaves <see cref="Remainder"/>, with slope 0. A zero has the sign of a / b.
/// </summary>
public readonly struct FloorDivide : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        // From the remainder that truncation leaves, since a / b may round up to the next integer.
        S zero = S.Const(0), one = S.Const(1), r = RealMath.Fmod(a, b);
        S below = S.SelectLess(r, zero, S.SelectLess(zero, b, one, zero),
            S.SelectLess(zero, r, S.SelectLess(b, zero, one, zero), zero));
        S quotient = a / b, y = S.Round((a - r) / b) - below;
        return S.SelectEqual(b, zero, quotient, S.SelectEqual(y, zero, S.CopySign(zero, quotient), y));
    }

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = trunc(a / b), with slope 0.</summary>
public readonly struct TruncDivide : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Trunc(a / b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = a - b trunc(a / b): the remainder with the sign of a.</summary>
public readonly struct Fmod : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Fmod(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * RealMath.Trunc(a / b);
}

/// <summary>y = a - b ⌊a / b⌋: the remainder with the sign of b.</summary>
public readonly struct Remainder : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Remainder(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * S.Floor(a / b);
}

// The same on integers, where / is exact and floors.

/// <summary>trunc(a / b) on integers.</summary>
internal readonly struct IntegerTruncDivide : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S>
    {
        S q = a / b, up = S.SelectEqual(q * b, a, q, q + S.Const(1));
        return S.SelectLess(q, S.Const(0), up, q);
    }
}

/// <summary>a - b ⌊a / b⌋ on integers.</summary>
internal readonly struct IntegerRemainder : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => a - a / b * b;
}

/// <summary>a - b trunc(a / b) on integers.</summary>
internal readonly struct IntegerFmod : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => a - default(IntegerTruncDivide).F(a, b) * b;
}
