using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = e^x.</summary>
public readonly struct Exp : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Exp(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * y;
}

/// <summary>y = 2^x.</summary>
public readonly struct Exp2 : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => RealMath.Exp2(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S>
    {
        S usual = g * y * S.Const(0.6931471805599453);
        return S.IsText ? usual
            : S.BranchLessEqual(y, S.Const(S.IsDouble ? double.MaxValue : float.MaxValue), usual,
                default(SlopeOfInfinite), g, x);
    }

    /// <summary>The slope, smaller than the power, is still finite where that has just become infinite.</summary>
    private readonly struct SlopeOfInfinite : IBinaryFormula
    {
        public S F<S>(S g, S x) where S : IReal<S> => g * (RealMath.Exp2(x - S.Const(1)) * S.Const(1.3862943611198906));
    }
}

/// <summary>y = e^x - 1.</summary>
public readonly struct Expm1 : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Expm1(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g * (y + S.Const(1));
}

/// <summary>y = ln x.</summary>
public readonly struct Log : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Log(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / x;
}

/// <summary>y = log₂ x.</summary>
public readonly struct Log2 : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Log2(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (x * S.Const(0.6931471805599453));
}

/// <summary>y = log₁₀ x.</summary>
public readonly struct Log10 : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Log10(x);
    [MethodImpl(AggressiveInlining)]
    public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (x * S.Const(2.302585092994046));
}

/// <summary>y = ln(1 + x).</summary>
public readonly struct Log1p : IUnaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Log1p(x);
    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (x + S.Const(1));
}

/// <summary>y = ln(e^a + e^b).</summary>
public readonly struct LogAddExp : IBinaryOp, IMonoid
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => RealMath.LogAddExp(a, b);
    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.Sigmoid(RealMath.LogOdds(a, b));

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => g * RealMath.Sigmoid(RealMath.LogOdds(b, a));

    [MethodImpl(AggressiveInlining)] S IMonoid.Identity<S>() => S.Const(double.NegativeInfinity);
}

/// <summary>y = a ln b, and 0 where a is 0 and b is not NaN.</summary>
public readonly struct XLogY : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(b, b, S.SelectEqual(a, S.Const(0), S.Const(0), a * S.Log(b)), b);

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        S zero = S.Const(0), slope = g * S.Log(b);
        return S.SelectEqual(a, zero, S.SelectLessEqual(b, zero, Gradient.Zero(g), slope), slope);
    }

    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S>
    {
        if (S.IsText)
        {
            return g * (a / b);
        }

        // By 1 where both are 0: with a = 0 the function is 0 whatever b is.
        S zero = S.Const(0);
        return g * (a / S.SelectEqual(a, zero, S.SelectEqual(b, zero, S.Const(1), b), b));
    }
}

/// <summary>y = ln(x / (1 - x)), the inverse of the sigmoid.</summary>
public readonly struct Logit : IUnaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        // ln of the odds through log1p on the side where they are at least one, so that no digit is lost around 1/2.
        S one = S.Const(1), half = S.Const(0.5), rest = one - x, margin = one - (x + x);
        S odds = S.SelectLess(x, half, margin / x, -margin / rest), y = S.Log1p(odds);
        y = S.SelectLess(x, half, -y, y);
        return S.IsText
            ? y
            : S.BranchLessEqual(odds, S.Const(S.IsDouble ? double.MaxValue : float.MaxValue), y, default(InfiniteOdds),
                x);
    }

    /// <summary>The odds of a subnormal x are beyond the range; its logarithm is not.</summary>
    private readonly struct InfiniteOdds : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => S.Log(x) - S.Log1p(-x);
    }

    [MethodImpl(AggressiveInlining)] public S Vjp<S>(S g, S x, S y) where S : IReal<S> => g / (x * (S.Const(1) - x));
}
