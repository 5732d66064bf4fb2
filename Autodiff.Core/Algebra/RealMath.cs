using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

/// <summary>Functions of a real number that every carrier shares, each written once over <see cref="IReal{S}"/>.</summary>
/// <remarks>
/// Errors are stated in units in the last place of the carrier's precision (<see cref="IReal{S}.IsDouble"/>). Every function
/// returns NaN for NaN, is free of branches, and differentiates soundly when the carrier is a <see cref="Dual{S}"/>. A
/// <see cref="Formula"/> shows the function's name, not its insides: a question about a type that the compiler answers.
/// </remarks>
public static partial class RealMath
{
    /// <summary>-1, 0 or 1; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Sign<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("sign", x);
        }

        return S.SelectLess(x, S.Const(0), S.Const(-1), S.SelectLess(S.Const(0), x, S.Const(1), x));
    }

    /// <summary>The larger of two; NaN if either is NaN (IEEE 754-2019 maximum, but for the sign of zero).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Max<S>(S a, S b) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("max", a, b);
        }

        return S.SelectLess(a, b, b, S.SelectEqual(b, b, a, b));
    }

    /// <summary>The smaller of two; NaN if either is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Min<S>(S a, S b) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("min", a, b);
        }

        return S.SelectLess(b, a, b, S.SelectEqual(b, b, a, b));
    }

    /// <summary>weight x, where a weight of 0 takes away an infinite x too: 0 ∞ = 0, the convention of sums over probabilities. NaN stays.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S Weigh<S>(S weight, S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return weight * x;
        }

        // Only the infinity is replaced, never the product, so that the slope along the weight stays x at 0.
        S zero = S.Const(0);
        return weight * S.SelectEqual(weight, zero, S.SelectEqual(S.Abs(x), S.Const(double.PositiveInfinity), zero, x), x);
    }

    /// <summary>The integer part, towards zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Trunc<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("trunc", x);
        }

        return S.CopySign(S.Floor(S.Abs(x)), x);
    }

    /// <summary>1 / (1 + e^-x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Sigmoid<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return S.Const(1) / (S.Const(1) + S.Exp(-x)); // as every text has it
        }

        // Through e^-|x|, so that neither the left tail nor its derivative meets an overflow.
        S zero = S.Const(0), one = S.Const(1), e = S.Exp(S.SelectLess(zero, x, -x, x));
        return S.SelectLess(zero, x, one, e) / (one + e);
    }

    /// <summary>1 / sqrt(x).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Rsqrt<S>(S x) where S : IReal<S> => S.Const(1) / S.Sqrt(x);

    /// <summary>sqrt(a^2 + b^2) without overflow or underflow on the way; infinite if either is, even beside NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Hypot<S>(S a, S b) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("hypot", a, b);
        }

        // Scaled by the power of two of the larger, which changes no digit.
        S infinity = S.Const(double.PositiveInfinity), u = S.Abs(a), v = S.Abs(b);
        S e = S.Exponent(S.SelectLess(u, v, v, u) + S.Const(S.IsDouble ? 2.3e-308 : 1.2e-38)); // finite for zeros, too
        S x = S.ScaleB(a, -e), y = S.ScaleB(b, -e);
        S r = S.ScaleB(S.Sqrt(S.FusedMultiplyAdd(x, x, y * y)), e);
        return S.SelectEqual(u, infinity, infinity, S.SelectEqual(v, infinity, infinity, r));
    }

    /// <summary>Of what every carrier has; vectors look at the sign's bit.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S CopySignDefault<S>(S x, S sign) where S : IReal<S>
    {
        S zero = S.Const(0), magnitude = S.Abs(x);
        sign = S.SelectEqual(sign, zero, S.Const(1) / sign, sign); // only a reciprocal tells -0 from 0
        return S.SelectLess(sign, zero, -magnitude, magnitude);
    }

    /// <summary>The remainder a - n b with n = a / b towards zero, so with the sign of a (C's fmod).</summary>
    /// <remarks>Exact while |a / b| is below 2^47 (double: 2^105).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Fmod<S>(S a, S b) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("fmod", a, b);
        }

        // Zero divisors, infinite dividends and NaN make a NaN here that stays to the end.
        S zero = S.Const(0), u = S.Abs(a), v = S.Abs(b), quotient = u / v;
        S r = S.FusedMultiplyAdd(-S.Floor(quotient), v, u);
        S exact = S.Const(S.IsDouble ? 4503599627370496.0 : 8388608.0);
        if (!S.AllLessEqual(quotient, S.SelectLessEqual(zero, r, exact, S.Const(-1))))
        {
            // A quotient with more digits than the type leaves too much, but exactly, so that a second division finishes. One
            // that was rounded up to an integer leaves a negative remainder. And nothing is left of 0 times infinity.
            r = S.FusedMultiplyAdd(-S.Floor(r / v), v, r);
            r = S.SelectLess(r, zero, r + v, r);
            r = S.SelectLess(u, v, u, r);
        }

        return S.CopySign(r, a);
    }

    /// <summary>The remainder a - n b with n = floor(a / b), so with the sign of b (Python's %).</summary>
    /// <remarks>Exact while |a / b| is below 2^47 (double: 2^105).</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Remainder<S>(S a, S b) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("remainder", a, b);
        }

        S zero = S.Const(0), r = Fmod(a, b);
        S up = S.SelectLess(r, zero, r + b, r), down = S.SelectLess(zero, r, r + b, r);
        return S.SelectLess(b, zero, down, up);
    }

    /// <summary>x rounded to a number of decimals, halves to even; a negative number rounds to tens, hundreds, ...</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S RoundDecimals<S>(S x, int decimals) where S : IReal<S> =>
        RoundScaled(x, decimals, S.Const(Math.Pow(10, Math.Abs((double)decimals))), S.Const(RoundingRoot(decimals)), S.Const(RoundingRest(decimals)));

    /// <summary>One of two powers of ten whose product is that of so many decimals, where this itself leaves the range.</summary>
    internal static double RoundingRoot(int decimals) => Math.Pow(10, Math.Abs((double)decimals) - Math.Floor(Math.Abs((double)decimals) / 2));

    /// <summary>The other one.</summary>
    internal static double RoundingRest(int decimals) => Math.Pow(10, Math.Floor(Math.Abs((double)decimals) / 2));

    /// <summary>x rounded to a multiple of <paramref name="scale"/>, or of its reciprocal where decimals are positive.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S RoundScaled<S>(S x, int decimals, S scale, S root, S rest) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return decimals < 0 ? S.Round(x / scale) * scale : S.Round(x * scale) / scale;
        }

        S largest = S.Const(S.IsDouble ? double.MaxValue : float.MaxValue);
        int most = S.IsDouble ? 308 : 38; // the exponent of the largest power of ten
        if (decimals < 0)
        {
            // No number reaches half of a power of ten that leaves the range; 0 times an infinity or NaN is none.
            return decimals >= -most ? S.Round(x / scale) * scale : S.SelectLessEqual(S.Abs(x), largest, x * S.Const(0), x);
        }

        // A product that leaves the range belongs to a number that has no further decimals.
        S scaled = decimals <= most ? x * scale : x * root * rest, whole = S.Round(scaled);
        S y = decimals <= most ? whole / scale : whole / root / rest;
        return S.SelectLessEqual(S.Abs(scaled), largest, y, x);
    }

    /// <summary>2/sqrt(pi) e^(-x^2), the derivative of erf.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S ErfSlope<S>(S x) where S : IReal<S> => S.Const(1.1283791670955126) * S.Exp(-(x * x));

    /// <summary>p x^(p-1), and 0 where p is 0 whatever x is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S PowSlopeBase<S>(S x, S p) where S : IReal<S>
    {
        S zero = S.Const(0), less = p - S.Const(1);
        if (typeof(S) != typeof(Formula))
        {
            less = S.SelectEqual(p, zero, p, less); // the slope of what is not selected counts nothing, but must be finite for that
        }

        return S.SelectEqual(p, zero, zero, p * S.Pow(x, less));
    }

    /// <summary>x^p log x, and 0 where x is 0 and p is not negative, as PyTorch has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S PowSlopeExponent<S>(S x, S p) where S : IReal<S> => PowSlopeExponent(x, p, S.Pow(x, p));

    /// <summary>The same from the power, where that is known.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S PowSlopeExponent<S>(S x, S p, S power) where S : IReal<S>
    {
        S slope = power * S.Log(x);
        return S.SelectEqual(x, S.Const(0), S.SelectLessEqual(S.Const(0), p, S.Const(0), slope), slope);
    }
}
