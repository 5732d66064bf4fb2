using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Operations;

/// <summary>
/// The reductions, each from an elementwise formula, a monoid and, where it is not the fold that is wanted, a function
/// of it.
/// </summary>
internal static class Folds
{
    /// <summary>x₁ + x₂ + ...</summary>
    public static Fold<Identity, Add> Sum => default;

    /// <summary>x₁ x₂ ...</summary>
    public static Fold<Identity, Mul> Product => default;

    /// <summary>The largest; NaN if any is NaN.</summary>
    public static Fold<Identity, Maximum> Max => default;

    /// <summary>The smallest; NaN if any is NaN.</summary>
    public static Fold<Identity, Minimum> Min => default;

    /// <summary>ln(e^x₁ + e^x₂ + ...), two at a time.</summary>
    public static Fold<Identity, LogAddExp> LogSumExp => default;

    /// <summary>The sum of what is not NaN.</summary>
    public static Fold<NanToZero, Add> NanSum => default;

    /// <summary>|x₁| + |x₂| + ...</summary>
    public static Fold<Abs, Add> SumOfMagnitudes => default;

    /// <summary>The largest magnitude; NaN if any is NaN.</summary>
    public static Fold<Abs, Maximum> MaxMagnitude => default;

    /// <summary>The smallest magnitude; NaN if any is NaN.</summary>
    public static Fold<Abs, Minimum> MinMagnitude => default;

    /// <summary>x₁² + x₂² + ...</summary>
    public static Fold<Square, Add> SumOfSquares => default;

    /// <summary>|x₁|ᵖ + |x₂|ᵖ + ...</summary>
    public static Fold<AbsPow, Add> SumOfPowers(double p) => new(new(p), default);

    /// <summary>(x₁ + x₂ + ...) / n.</summary>
    public static FinishedSum<Identity, HomogeneousFinish<Held<Op2<Div>, Second>>> Mean(double count) =>
        new(default, new(DividedBy(count), 1));

    /// <summary>√(x₁² + x₂² + ...).</summary>
    public static FinishedSum<Square, HomogeneousFinish<Of1<Sqrt>>> Norm => new(default, new(default, 1));

    /// <summary>(|x₁|ᵖ + |x₂|ᵖ + ...)^(1/p).</summary>
    public static FinishedSum<AbsPow, HomogeneousFinish<Held<Op2<Pow>, Second>>> PowerNorm(double p) =>
        new(new(p), new(new(default, 1 / p), 1));

    /// <summary>(d₁² + d₂² + ...) / n of deviations from a mean.</summary>
    public static FinishedSum<Square, HomogeneousFinish<Held<Op2<Div>, Second>>> Variance(double freedom) =>
        new(default, new(DividedBy(freedom), 2));

    /// <summary>√((d₁² + d₂² + ...) / n) of deviations from a mean.</summary>
    public static FinishedSum<Square, HomogeneousFinish<Of1<RootOfQuotient>>> Deviation(double freedom) =>
        new(default, new(new(new(freedom)), 1));

    /// <summary>1 / √((d₁² + d₂² + ...) / n + ε): what normalises deviations from a mean.</summary>
    public static FinishedSum<Square, InverseDeviation> InverseDeviation(double count, double eps) =>
        new(default, new(count, eps));

    private static Held<Op2<Div>, Second> DividedBy(double count) => new(default, count);
}

/// <summary>y = x.</summary>
internal readonly struct Identity : IHomogeneous
{
    double IHomogeneous.Degree => 1;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => x;
}

/// <summary>y = √(x / n).</summary>
internal readonly struct RootOfQuotient(double count) : IUnaryFormula
{
    private readonly Constant _count = count;

    [MethodImpl(AggressiveInlining)] public S F<S>(S x) where S : IReal<S> => S.Sqrt(x / S.Const(_count));
}

/// <summary>y = 1 / √(x / n + ε).</summary>
internal readonly struct InverseDeviation(double count, double eps) : IFinish
{
    private readonly Constant _count = count, _eps = eps;

    [MethodImpl(AggressiveInlining)]
    public S F<S>(S x) where S : IReal<S> => RealMath.Rsqrt(x / S.Const(_count) + S.Const(_eps));

    public S F<S>(S x, S exponent) where S : IReal<S> =>
        S.Const(1) / RealMath.Hypot(S.ScaleB(S.Sqrt(x / S.Const(_count)), exponent), S.Sqrt(S.Const(_eps)));
}
