using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>y = a / b, and 0 where b is 0: the quotient of a rule whose subgradient at zero is zero.</summary>
internal readonly struct DivOrZero : IBinaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S a, S b) where S : IReal<S> => S.SelectEqual(b, S.Const(0), S.Const(0), a / b);

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => F(g, b);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -g * F(F(a, b), b);
}

// A softmax does not change when all of x is shifted, so its gradient sums to zero. Where one probability is nearly 1,
// its own gradient is a difference of nearly equal numbers; minus the sum of the others' is the same number with all
// its digits.

/// <summary>
/// y (g - s), and 0 where y dominates: the rule of softmax, where s is the sum of g y along the dimension.
/// </summary>
internal readonly struct SoftmaxRule : ITernaryOp
{
    /// <summary>A probability above this is the only one.</summary>
    public const double Dominant = 0.75;

    [MethodImpl(AggressiveInlining)] public S F<S>(S g, S y, S s) where S : IReal<S> => Other(y, y * (g - s));
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, h * y);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, h * (g - s));
    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, -(h * y));
    [MethodImpl(AggressiveInlining)]
    private static S Other<S>(S y, S value) where S : IReal<S> => S.SelectLess(S.Const(Dominant), y, S.Const(0), value);
}

/// <summary>
/// g - eʸ s, and 0 where eʸ dominates: the rule of log-softmax, where s is the sum of g along the dimension.
/// </summary>
internal readonly struct LogSoftmaxRule : ITernaryOp
{
    /// <summary>The logarithm of a probability that is the only one so large: ln 0.7788.</summary>
    public const double Dominant = -0.25;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S g, S y, S s) where S : IReal<S> => Other(y, S.FusedMultiplyAdd(-S.Exp(y), s, g));

    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, h);
    [MethodImpl(AggressiveInlining)]
    public S VjpB<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, -(h * (S.Exp(y) * s)));

    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S h, S g, S y, S s) where S : IReal<S> => Other(y, -(h * S.Exp(y)));

    [MethodImpl(AggressiveInlining)]
    private static S Other<S>(S y, S value) where S : IReal<S> => S.SelectLess(S.Const(Dominant), y, S.Const(0), value);
}

/// <summary>
/// The others' gradients, and where y is above a bound minus their sum s: gradients that sum to zero along the
/// dimension.
/// </summary>
/// <param name="bound">Above it there is at most one y.</param>
internal readonly struct ZeroSum(double bound) : ITernaryOp
{
    private readonly Constant _bound = bound;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S r, S y, S s) where S : IReal<S> => S.SelectLess(S.Const(_bound), y, S.Const(0) - s, r);

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S h, S r, S y, S s) where S : IReal<S> => S.SelectLess(S.Const(_bound), y, S.Const(0), h);

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S h, S r, S y, S s) where S : IReal<S> => Gradient.Zero(h);
    [MethodImpl(AggressiveInlining)]
    public S VjpC<S>(S h, S r, S y, S s) where S : IReal<S> => S.SelectLess(S.Const(_bound), y, -h, S.Const(0));
}

/// <summary>g eˣ⁻ʸ: the rule of log-sum-exp.</summary>
internal readonly struct LogSumExpRule : ITernaryOp
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S g, S x, S y) where S : IReal<S> => g * S.Exp(RealMath.LogRatio(x, y));

    [MethodImpl(AggressiveInlining)]
    public S VjpA<S>(S h, S g, S x, S y) where S : IReal<S> => h * S.Exp(RealMath.LogRatio(x, y));

    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S h, S g, S x, S y) where S : IReal<S> => h * F(g, x, y);
    [MethodImpl(AggressiveInlining)] public S VjpC<S>(S h, S g, S x, S y) where S : IReal<S> => -(h * F(g, x, y));
}

/// <summary>e^(a - b): 0 for a = -∞, and 1 where both are ∞.</summary>
internal readonly struct ExpRatio : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => S.Exp(RealMath.LogRatio(a, b));
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => g * y;
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => -(g * y);
}

/// <summary>x 2^n for whole numbers n.</summary>
internal readonly struct ScaleByPower : IBinaryOp
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> => S.ScaleB(a, b);
    [MethodImpl(AggressiveInlining)] public S VjpA<S>(S g, S a, S b, S y) where S : IReal<S> => S.ScaleB(g, b);
    [MethodImpl(AggressiveInlining)] public S VjpB<S>(S g, S a, S b, S y) where S : IReal<S> => Gradient.Zero(g);
}

/// <summary>The power of two nearest to |x|, as its exponent; 0 where there is none (0, ∞, NaN).</summary>
internal readonly struct NearestExponent : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S zero = S.Const(0), one = S.Const(1), size = S.Abs(x);
        S e = S.Exponent(x) + S.SelectLess(S.Const(1.4142135623730951), S.Mantissa(x), one, zero);
        return S.SelectLess(zero, size, S.SelectLess(size, S.Const(double.PositiveInfinity), e, zero), zero);
    }
}

/// <summary>1 where x is 0, subnormal, infinite or NaN: where a product's digits or more may be lost.</summary>
internal readonly struct IsLost : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S>
    {
        S size = S.Abs(x), least = S.Const(S.IsDouble ? 2.2250738585072014e-308 : 1.17549435e-38f);
        return S.SelectLessEqual(least, size,
            S.SelectLess(size, S.Const(double.PositiveInfinity), S.Const(0), S.Const(1)), S.Const(1));
    }
}

/// <summary>1 where the operands are equal or both NaN, else 0: who attained an extreme.</summary>
internal readonly struct Same : IBinaryFormula
{
    [MethodImpl(AggressiveInlining)] public S F<S>(S a, S b) where S : IReal<S> =>
        S.SelectEqual(a, b, S.Const(1), S.SelectEqual(a, a, S.Const(0), S.SelectEqual(b, b, S.Const(0), S.Const(1))));
}

/// <summary>1 where x is neither zero nor false; NaN counts.</summary>
internal readonly struct NonZero : IUnaryFormula
{
    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => S.SelectEqual(x, S.Const(0), S.Const(0), S.Const(1));
}
