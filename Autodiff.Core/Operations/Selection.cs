using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a ? b : c, where a is a tensor of zeros and ones.</summary>
public readonly struct Where : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => S.SelectEqual(a, S.Const(0), c, b);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> => Gradient.Zero(g);
    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> => S.SelectEqual(a, S.Const(0), S.Const(0), g);

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => S.SelectEqual(a, S.Const(0), g, S.Const(0));
}

/// <summary>y = the larger of a and b, NaN if either is NaN. Where they are equal each has slope 1/2.</summary>
public readonly struct Maximum : IBinaryOp, IMonoid
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Max(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLess(a, b, S.Const(0), S.SelectEqual(a, b, g * S.Const(0.5), g));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLess(b, a, S.Const(0), S.SelectEqual(a, b, g * S.Const(0.5), g));

    [MethodImpl(AggressiveInlining)] S IMonoid.Identity<S>() => S.Const(double.NegativeInfinity);
}

/// <summary>y = the smaller of a and b, NaN if either is NaN. Where they are equal each has slope 1/2.</summary>
public readonly struct Minimum : IBinaryOp, IMonoid
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Min(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLess(b, a, S.Const(0), S.SelectEqual(a, b, g * S.Const(0.5), g));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLess(a, b, S.Const(0), S.SelectEqual(a, b, g * S.Const(0.5), g));

    [MethodImpl(AggressiveInlining)] S IMonoid.Identity<S>() => S.Const(double.PositiveInfinity);
}

/// <summary>y = the larger of a and b, the other if one is NaN. Where they are equal a has slope 1.</summary>
public readonly struct Fmax : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(a, b, b, S.SelectEqual(a, a, a, b));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLessEqual(b, a, g, S.SelectEqual(b, b, S.Const(0), g));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLessEqual(b, a, S.Const(0), S.SelectEqual(b, b, g, S.Const(0)));
}

/// <summary>y = the smaller of a and b, the other if one is NaN. Where they are equal a has slope 1.</summary>
public readonly struct Fmin : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectLess(b, a, b, S.SelectEqual(a, a, a, b));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLessEqual(a, b, g, S.SelectEqual(b, b, S.Const(0), g));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> =>
        S.SelectLessEqual(a, b, S.Const(0), S.SelectEqual(b, b, g, S.Const(0)));
}

/// <summary>
/// y = min(max(a, b), c): a held between b and c, and c where b is above it. On a bound the slope goes to a.
/// </summary>
public readonly struct Clamp : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b, S c) where S : IReal<S> => RealMath.Min(RealMath.Max(a, b), c);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S c) where S : IReal<S> =>
        S.SelectLessEqual(b, a, S.SelectLessEqual(a, c, g, S.Const(0)), S.Const(0));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S c) where S : IReal<S> =>
        S.SelectLess(a, b, S.SelectLess(b, c, g, S.Const(0)), S.Const(0));

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S g, S a, S b, S c) where S : IReal<S> => S.SelectLess(c, a, g, S.SelectLess(c, b, g, S.Const(0)));
}

/// <summary>y = max(a, b), with slope 1 in a where they are equal.</summary>
public readonly struct ClampMin : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Max(a, b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLessEqual(b, a, g, S.Const(0));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLess(a, b, g, S.Const(0));
}

/// <summary>y = min(a, b), with slope 1 in a where they are equal.</summary>
public readonly struct ClampMax : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Min(a, b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLessEqual(a, b, g, S.Const(0));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => S.SelectLess(b, a, g, S.Const(0));
}

/// <summary>y = x held to [-1, 1], for an x that only rounding takes beyond: the slope is 1 there too.</summary>
internal readonly struct HeldToOne : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.Min(RealMath.Max(x, S.Const(-1)), S.Const(1));

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g;
}

/// <summary>y = x, and 0 in place of NaN, where the slope is 0.</summary>
internal readonly struct NanToZero : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, x, x, S.Const(0));
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectEqual(x, x, g, S.Const(0));
}

/// <summary>y = x, with numbers in place of NaN and infinities, where the slope is 0.</summary>
/// <param name="nan">For NaN.</param>
/// <param name="posInf">For +∞.</param>
/// <param name="negInf">For -∞.</param>
public readonly struct NanToNum(double nan, double posInf, double negInf) : IUnaryOp
{
    private readonly Constant _nan = nan;
    private readonly Constant _posInf = posInf;
    private readonly Constant _negInf = negInf;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.SelectEqual(
        x, x,
        S.SelectEqual(x, S.Const(double.PositiveInfinity), S.Const(_posInf),
            S.SelectEqual(x, S.Const(double.NegativeInfinity), S.Const(_negInf), x)),
        S.Const(_nan));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => S.SelectEqual(x - x, S.Const(0), g, S.Const(0));
}
