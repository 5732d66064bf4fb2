using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>
/// Functions of a real number that every carrier shares, each written once over <see cref="IReal{S}"/>.
/// </summary>
/// <remarks>
/// Errors are stated in units in the last place of the carrier's precision (<see cref="IReal{S}.IsDouble"/>). Every
/// function returns NaN for NaN, is free of branches, and differentiates soundly when the carrier is a
/// <see cref="Dual{S}"/>. Text (<see cref="IReal{S}.IsText"/>) has the function's name, not its insides: a question
/// that the compiler answers.
/// </remarks>
public static partial class RealMath
{
    /// <summary>-1, 0 or 1; NaN stays NaN.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Sign<S>(S x) where S : IReal<S> =>
        S.IsText
            ? S.Named("sign", x)
            : S.SelectLess(x, S.Const(0), S.Const(-1), S.SelectLess(S.Const(0), x, S.Const(1), x));

    /// <summary>The larger of two; NaN if either is NaN (IEEE 754-2019 maximum, but for the sign of zero).</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Max<S>(S a, S b) where S : IReal<S> =>
        S.IsText ? S.Named("max", a, b) : S.SelectLess(a, b, b, S.SelectEqual(b, b, a, b));

    /// <summary>The smaller of two; NaN if either is NaN.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Min<S>(S a, S b) where S : IReal<S> =>
        S.IsText ? S.Named("min", a, b) : S.SelectLess(b, a, b, S.SelectEqual(b, b, a, b));

    /// <summary>
    /// weight x, where a weight of 0 takes away an infinite x too: 0 ∞ = 0, the convention of sums over probabilities.
    /// NaN stays.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Weigh<S>(S weight, S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return weight * x;
        }

        // Only the infinity is replaced, never the product, so that the slope along the weight stays x at 0.
        S zero = S.Const(0);
        return weight
            * S.SelectEqual(weight, zero, S.SelectEqual(S.Abs(x), S.Const(double.PositiveInfinity), zero, x), x);
    }

    /// <summary>The integer part, towards zero.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Trunc<S>(S x) where S : IReal<S> =>
        S.IsText ? S.Named("trunc", x) : S.CopySign(S.Floor(S.Abs(x)), x);

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Sigmoid<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Const(1) / (S.Const(1) + S.Exp(-x)); // as every text has it
        }

        // Through e^-|x|, so that neither the left tail nor its derivative meets an overflow.
        S zero = S.Const(0), one = S.Const(1), e = S.Exp(S.SelectLess(zero, x, -x, x));
        return S.SelectLess(zero, x, one, e) / (one + e);
    }

    /// <summary>
    /// What <see cref="IReal{S}.BranchLessEqual{TRare}(S, S, S, TRare, S)"/> gives where some lane is rare; not
    /// inlined, so that a loop stays short.
    /// </summary>
    [MethodImpl(NoInlining | AggressiveOptimization)]
    internal static S Rarely<S, TRare>(S a, S b, S usual, TRare rare, S x)
        where S : IReal<S> where TRare : struct, IUnaryFormula =>
        S.SelectLessEqual(a, b, usual, rare.F(x));

    /// <inheritdoc cref="Rarely{S, TRare}(S, S, S, TRare, S)"/>
    [MethodImpl(NoInlining | AggressiveOptimization)]
    internal static S Rarely<S, TRare>(S a, S b, S usual, TRare rare, S x, S y)
        where S : IReal<S> where TRare : struct, IBinaryFormula =>
        S.SelectLessEqual(a, b, usual, rare.F(x, y));

    /// <summary>1 / sqrt(x).</summary>
    [MethodImpl(AggressiveInlining)] public static S Rsqrt<S>(S x) where S : IReal<S> => S.Const(1) / S.Sqrt(x);

    /// <summary>Of what every carrier has; vectors look at the sign's bit.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S CopySignDefault<S>(S x, S sign) where S : IReal<S>
    {
        S zero = S.Const(0), magnitude = S.Abs(x);
        sign = S.SelectEqual(sign, zero, S.Const(1) / sign, sign); // only a reciprocal tells -0 from 0
        return S.SelectLess(sign, zero, -magnitude, magnitude);
    }

    /// <summary>
    /// x rounded to a number of decimals, halves to even; a negative number rounds to tens, hundreds, ...
    /// </summary>
    [MethodImpl(AggressiveInlining)] public static S RoundDecimals<S>(S x, int decimals) where S : IReal<S> =>
        RoundScaled(x, decimals, S.Const(Math.Pow(10, Math.Abs((double)decimals))), S.Const(RoundingRoot(decimals)),
            S.Const(RoundingRest(decimals)));

    /// <summary>
    /// One of two powers of ten whose product is that of so many decimals, where this itself leaves the range.
    /// </summary>
    internal static double RoundingRoot(int decimals) =>
        Math.Pow(10, Math.Abs((double)decimals) - Math.Floor(Math.Abs((double)decimals) / 2));

    /// <summary>The other one.</summary>
    internal static double RoundingRest(int decimals) => Math.Pow(10, Math.Floor(Math.Abs((double)decimals) / 2));

    /// <summary>
    /// x rounded to a multiple of <paramref name="scale"/>, or of its reciprocal where decimals are positive.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S RoundScaled<S>(S x, int decimals, S scale, S root, S rest) where S : IReal<S>
    {
        if (S.IsText)
        {
            return decimals < 0 ? S.Round(x / scale) * scale : S.Round(x * scale) / scale;
        }

        S largest = S.Const(S.IsDouble ? double.MaxValue : float.MaxValue);
        int most = S.IsDouble ? 308 : 38; // the exponent of the largest power of ten
        if (decimals < 0)
        {
            // No number reaches half of a power of ten that leaves the range; 0 times an infinity or NaN is none.
            return decimals >= -most
                ? S.Round(x / scale) * scale
                : S.SelectLessEqual(S.Abs(x), largest, x * S.Const(0), x);
        }

        // A product that leaves the range belongs to a number that has no further decimals.
        S scaled = decimals <= most ? x * scale : x * root * rest, whole = S.Round(scaled);
        S y = decimals <= most ? whole / scale : whole / root / rest;
        return S.SelectLessEqual(S.Abs(scaled), largest, y, x);
    }

    /// <summary>2/sqrt(pi) e^(-x^2), the derivative of erf.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S ErfSlope<S>(S x) where S : IReal<S> => S.Const(1.1283791670955126) * S.Exp(-(x * x));

    /// <summary>p x^(p-1), and 0 where p is 0 whatever x is.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S PowSlopeBase<S>(S x, S p) where S : IReal<S>
    {
        S zero = S.Const(0), less = p - S.Const(1);
        if (S.IsText)
        {
            return S.SelectEqual(p, zero, zero, p * S.Pow(x, less));
        }

        // 0 times x^0 instead of 0 times an infinite power; and the largest factor instead of an infinite one, which a
        // power of 0 may meet.
        S power = S.Pow(x, S.SelectEqual(p, zero, S.SelectLess(S.Const(1e-30), S.Abs(x), less, zero), less));
        return Clamp(p, S.IsDouble ? double.MinValue : float.MinValue, S.IsDouble ? double.MaxValue : float.MaxValue)
            * power;
    }

    /// <summary>
    /// x^p log x, and 0 where x is 0 and p is not negative, as PyTorch has it, and where x is infinite and p negative.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S PowSlopeExponent<S>(S x, S p) where S : IReal<S> => PowSlopeExponent(x, p, S.Pow(x, p));

    /// <summary>The same from the power, where that is known.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S PowSlopeExponent<S>(S x, S p, S power) where S : IReal<S>
    {
        if (S.IsText)
        {
            return power * S.Log(x);
        }

        // There the logarithm is that of 1, so that neither the slope nor its own derivative meets 0 times infinity.
        S zero = S.Const(0), one = S.Const(1);
        S safe = S.SelectEqual(x, zero, S.SelectLessEqual(zero, p, one, x),
            S.SelectEqual(x, S.Const(double.PositiveInfinity), S.SelectLess(p, zero, one, x), x));
        return power * S.Log(safe);
    }

    /// <summary>
    /// x as a factor of what is 0 for every |x| beyond 10^4, infinities included: 0 there, since only that gives 0.
    /// </summary>
    [MethodImpl(AggressiveInlining)] internal static S FactorOfVanishing<S>(S x) where S : IReal<S> =>
        S.IsText ? x : S.SelectLess(S.Abs(x), S.Const(1e4), x, S.Const(0));

    /// <summary>
    /// x, but no farther out than 10^4, where a function has long been as good as constant; NaN stays NaN.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S NotFar<S>(S x) where S : IReal<S> => S.IsText ? x : Clamp(x, -1e4, 1e4);

    /// <summary>x f for a factor that vanishes towards -infinity faster than x grows: 0 there.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S TimesVanishing<S>(S x, S factor) where S : IReal<S>
    {
        if (S.IsText)
        {
            return x * factor;
        }

        S least = S.Const(S.IsDouble ? double.MinValue : float.MinValue);
        return S.SelectLess(x, least, least, x) * factor;
    }
}
