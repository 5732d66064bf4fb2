using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>What rules share.</summary>
internal static class Gradient
{
    /// <summary>Zero in the shape of <paramref name="g"/>, even where g is not finite.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Zero<S>(S g) where S : IReal<S> => S.SelectLess(g, g, g, S.Const(0));
}

/// <summary>y = ⌊x⌋, with slope 0.</summary>
public readonly struct Floor : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Floor(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = ⌈x⌉, with slope 0.</summary>
public readonly struct Ceil : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => -S.Floor(-x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = the nearest integer, halves to even, with slope 0.</summary>
public readonly struct Round : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Round(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = x rounded to a number of decimals, halves to even, with slope 0.</summary>
/// <param name="decimals">How many; negative for tens, hundreds, ...</param>
public readonly struct RoundDecimals(int decimals) : IUnaryOp
{
    private readonly Constant _scale = Math.Pow(10, Math.Abs((double)decimals));
    private readonly Constant _root = RealMath.RoundingRoot(decimals);
    private readonly Constant _rest = RealMath.RoundingRest(decimals);
    private readonly int _decimals = decimals;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> =>
        RealMath.RoundScaled(x, _decimals, S.Const(_scale), S.Const(_root), S.Const(_rest));

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = the integer part of x, towards zero, with slope 0.</summary>
public readonly struct Trunc : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Trunc(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = x - trunc x, with slope 1.</summary>
public readonly struct Frac : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x - RealMath.Trunc(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g;
}

/// <summary>The sign of x: -1, 0 or 1, with slope 0.</summary>
public readonly struct Sign : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Sign(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>y = |a| with the sign of b. Where a is 0 the slope is 0.</summary>
public readonly struct CopySign : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(b, b, S.CopySign(a, b), S.Abs(a));

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.Sign(a) * F(S.Const(1), b);

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
}
