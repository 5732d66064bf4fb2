using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>The largest power of two that is not above x, and 1 where there is none (0, ∞, NaN).</summary>
internal readonly struct Binade : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S zero = S.Const(0), one = S.Const(1), power = S.ScaleB(one, S.Exponent(x));
        return S.SelectLess(zero, x, S.SelectLess(x, S.Const(double.PositiveInfinity), power, one), one);
    }
}

/// <summary>y = a^b.</summary>
public readonly struct Pow : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => S.Pow(a, b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.PowSlopeBase(a, b);

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.PowSlopeExponent(a, b, y);
}

/// <summary>y = |x|ᵖ.</summary>
internal readonly struct AbsPow(double p) : IHomogeneous
{
    private readonly double _p = p;

    double IHomogeneous.Degree => _p;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Pow(S.Abs(x), S.Const(_p));
}

/// <summary>y = x².</summary>
public readonly struct Square : IUnaryOp, IHomogeneous
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x * x;
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (x + x);

    double IHomogeneous.Degree => 2;
}

/// <summary>y = x³.</summary>
public readonly struct Cube : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x * x * x;
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (S.Const(3) * (x * x));
}

/// <summary>y = √x.</summary>
public readonly struct Sqrt : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Sqrt(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (y + y);
}

/// <summary>y = 1 / √x.</summary>
public readonly struct Rsqrt : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Rsqrt(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(-0.5) * (y * y * y);
}

/// <summary>y = x^(1/2): √x, but for -∞, whose powers are those of ∞, and for -0.</summary>
internal readonly struct PowHalf : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> =>
        S.IsText
            ? S.Pow(x, S.Const(0.5))
            : S.SelectEqual(x, S.Const(double.NegativeInfinity), S.Const(double.PositiveInfinity),
                S.Sqrt(x) + S.Const(0));

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (y + y);
}

/// <summary>y = x^(-1/2): 1 / √x, but for -∞ and -0.</summary>
internal readonly struct PowMinusHalf : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.IsText ? S.Pow(x, S.Const(-0.5)) : S.Const(1) / default(PowHalf).F(x);

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * S.Const(-0.5) * (y * y * y);
}

/// <summary>y = √(a² + b²).</summary>
public readonly struct Hypot : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.Hypot(a, b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.HypotSlope(a, y);

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.HypotSlope(b, y);
}
