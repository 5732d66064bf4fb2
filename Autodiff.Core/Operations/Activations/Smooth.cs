using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = 1 / (1 + e^-x).</summary>
public readonly struct Sigmoid : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Sigmoid(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (S.Const(1) - y) * y;
}

/// <summary>y = ln(1 / (1 + e^-x)).</summary>
public readonly struct LogSigmoid : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.LogSigmoid(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * RealMath.Sigmoid(-x);
}

/// <summary>y = ln(1 + e^(βx)) / β, and x where βx is above a threshold.</summary>
/// <param name="beta">β, the sharpness of the bend.</param>
/// <param name="threshold">Where the function counts as linear.</param>
public readonly struct Softplus(double beta, double threshold) : IUnaryOp
{
    private readonly Constant _beta = beta;
    private readonly Constant _threshold = threshold;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S t = x * S.Const(_beta);
        return S.SelectLess(S.Const(_threshold), t, x, RealMath.Softplus(t) / S.Const(_beta));
    }

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S t = x * S.Const(_beta);
        return S.SelectLess(S.Const(_threshold), t, g, g * RealMath.Sigmoid(t));
    }
}

/// <summary>y = x / (1 + |x|).</summary>
public readonly struct Softsign : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S one = S.Const(1), d = one + S.Abs(x), y = x / d;
        return S.IsText ? y : S.SelectEqual(d, S.Const(double.PositiveInfinity), S.CopySign(one, x), y);
    }

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        // Squared after the division: at infinity the slope's own slope would be 0 times an infinite square.
        S d = S.Const(1) + S.Abs(x), inverse = S.Const(1) / d;
        return S.IsText ? g / (d * d) : g * inverse * inverse;
    }
}

/// <summary>y = x - tanh x.</summary>
public readonly struct Tanhshrink : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Tanhshrink(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S t = RealMath.Tanh(x);
        return g * (t * t);
    }
}

/// <summary>y = x / (1 + e^-x), also called swish (Elfwing et al. 2017).</summary>
public readonly struct Silu : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.TimesVanishing(x, RealMath.Sigmoid(x));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S one = S.Const(1), s = RealMath.Sigmoid(x);
        return g * s * S.FusedMultiplyAdd(RealMath.FactorOfVanishing(x), one - s, one);
    }
}

/// <summary>y = x tanh(ln(1 + e^x)) (Misra 2019).</summary>
public readonly struct Mish : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.TimesVanishing(x, TanhSoftplus(x));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S t = TanhSoftplus(x);
        return g
            * S.FusedMultiplyAdd(RealMath.FactorOfVanishing(x) * RealMath.Sigmoid(x),
                S.FusedMultiplyAdd(-t, t, S.Const(1)), t);
    }

    /// <summary>
    /// tanh(ln(1 + e^x)) = n / (n + 2) with n = e^x (e^x + 2), in powers of e^-|x| so that nothing overflows.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S TanhSoftplus<S>(S x) where S : IReal<S>
    {
        S zero = S.Const(0), two = S.Const(2), e = S.Exp(S.SelectLess(zero, x, -x, x)), square = e * e;
        S right = S.FusedMultiplyAdd(e, two, S.Const(1)), left = S.FusedMultiplyAdd(e, two, square);
        return S.SelectLess(zero, x, right / (right + square * two), left / (left + two));
    }
}

/// <summary>y = x Φ(x), Φ the standard normal distribution function (Hendrycks and Gimpel 2016).</summary>
public readonly struct Gelu : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.TimesVanishing(x, Normal(x));
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S near = RealMath.FactorOfVanishing(x),
            density = S.Const(0.3989422804014327) * S.Exp(near * near * S.Const(-0.5));
        return g * S.FusedMultiplyAdd(near, density, Normal(x));
    }

    // Through erfc, which keeps its digits in the left tail, where 1 + erf has none left.
    [MethodImpl(AggressiveInlining)]
    private static S Normal<S>(S x) where S : IReal<S> => S.Const(0.5) * S.Erfc(x * S.Const(-0.7071067811865476));
}

/// <summary>y = x/2 (1 + tanh(√(2/π) (x + 0.044715 x³))), an approximation of <see cref="Gelu"/>.</summary>
public readonly struct GeluTanh : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.TimesVanishing(x, RealMath.Sigmoid(Angle(x)));

    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        x = RealMath.NotFar(x);
        S one = S.Const(1), s = RealMath.Sigmoid(Angle(x));
        S slope = S.FusedMultiplyAdd(x * x, S.Const(3 * Cubic), S.Const(Linear));
        return g * s * S.FusedMultiplyAdd(x * slope, one - s, one);
    }

    // (1 + tanh u) / 2 is the sigmoid of 2u; these are the coefficients of 2u.
    private const double Linear = 1.5957691216057308, Cubic = 0.044715 * Linear;

    [MethodImpl(AggressiveInlining)]
    private static S Angle<S>(S x) where S : IReal<S> => x * S.FusedMultiplyAdd(x * x, S.Const(Cubic), S.Const(Linear));
}
