using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// log x = e ln 2 + log(1 + f) with x = (1 + f) 2^e and f around zero. The float's polynomial is in f itself, |f| <=
// 1/3; the double's is fdlibm's (Sun Microsystems 1993) in s = f / (2 + f), |s| <= 0.172, where half as many
// coefficients do.
public static partial class RealMath
{
    /// <summary>log(1 + e^x), without overflow: the smooth relu.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Softplus<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("softplus", x);
        }

        S zero = S.Const(0);
        return S.SelectLess(zero, x, x, zero) + S.Log1p(S.Exp(S.SelectLess(zero, x, -x, x)));
    }

    /// <summary>log(1 / (1 + e^-x)), accurate on both sides.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S LogSigmoid<S>(S x) where S : IReal<S> =>
        S.IsText ? S.Named("logsigmoid", x) : -Softplus(-x);

    /// <summary>log(e^a + e^b), without overflow; two equal infinities give that infinity.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S LogAddExp<S>(S a, S b) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("logaddexp", a, b);
        }

        S high = Max(a, b), low = S.SelectLess(a, b, a, b);
        return S.SelectEqual(S.Abs(high), S.Const(double.PositiveInfinity), high, high + S.Log1p(S.Exp(low - high)));
    }

    /// <summary>
    /// The logarithm of the ratio e^a / e^b; -infinity for e^a = 0, e^b = 0 included; 0 where both are infinite.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S LogRatio<S>(S a, S b) where S : IReal<S>
    {
        S nothing = S.Const(double.NegativeInfinity);
        return S.IsText ? a - b : S.SelectEqual(a, nothing, nothing, LogOdds(a, b));
    }

    /// <summary>a - b, and 0 for the same infinity.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S LogOdds<S>(S a, S b) where S : IReal<S>
    {
        if (S.IsText)
        {
            return a - b;
        }

        // Where a - b is a number it is chosen whether a = b or not: the slope of a difference is never 0.
        S difference = a - b;
        return S.SelectEqual(difference, difference, difference, S.SelectEqual(a, b, S.Const(0), difference));
    }

    /// <summary>
    /// Error below 1 unit in the last place, subnormal arguments included; -infinity at zero, NaN below.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S LogDefault<S>(S x) where S : IReal<S>
    {
        // Zero and infinity need no care: their infinite exponent decides.
        S m = CenteredSignificand(x, out S e);
        return NanBelowZero(x, LogOfProduct(m - S.Const(1), e));
    }

    /// <summary>Error below 2 units in the last place.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Log2Default<S>(S x) where S : IReal<S>
    {
        S log = LogOfProduct(CenteredSignificand(x, out S e) - S.Const(1), S.Const(0));
        return NanBelowZero(x, S.FusedMultiplyAdd(log, S.Const(Log2E), e));
    }

    /// <summary>Error below 2.5 units in the last place.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Log10Default<S>(S x) where S : IReal<S>
    {
        // log10(2) in two pieces, the first short enough that its product with an exponent is exact.
        S log = LogOfProduct(CenteredSignificand(x, out S e) - S.Const(1), S.Const(0));
        S y = S.FusedMultiplyAdd(log, S.Const(0.4342944819032518), e * S.Const(4.605038981195214e-06));
        return NanBelowZero(x, S.FusedMultiplyAdd(e, S.Const(0.301025390625), y));
    }

    /// <summary>Error below 1.5 units in the last place; -infinity at -1, NaN below, and -0 stays -0.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Log1pDefault<S>(S x) where S : IReal<S>
    {
        // The exponent e of 1 + x, and then f from x itself, so that nothing of a small x is lost: (1 + x) 2^-e - 1.
        // Where e is infinite, at x = -1 and infinity, no such power exists and e alone decides. It is -e that is
        // computed, and 1 - 2^-e, since their zeros then leave alone the sign of the zero that they are taken from.
        S one = S.Const(1), u = one + x;
        S down = S.Const(-1) - S.Exponent(u * S.Const(S.IsDouble ? HalfRootTwo : 0.75));
        S scale = S.ScaleB(one, down), f = x * scale - (one - scale);
        f = S.SelectLess(S.Abs(down), S.Const(double.PositiveInfinity), f, S.Const(0));
        return NanBelowZero(u, LogOfProduct(f, down, -1));
    }

    private const double HalfRootTwo = 0.7071067811865476;

    /// <summary>x = m 2^e for any positive x, with m in (2/3, 4/3], or in (1/sqrt 2, sqrt 2] for double.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S CenteredSignificand<S>(S x, out S e) where S : IReal<S>
    {
        S m = S.Mantissa(x), middle = S.Const(S.IsDouble ? 2 * HalfRootTwo : 4.0 / 3);
        e = S.Exponent(x);
        e = S.SelectLess(middle, m, e + S.Const(1), e);
        return S.SelectLess(middle, m, m * S.Const(0.5), m);
    }

    [MethodImpl(AggressiveInlining)] private static S NanBelowZero<S>(S x, S y) where S : IReal<S> =>
        S.SelectLess(x, S.Const(0), S.Const(double.NaN), y);

    /// <summary>The logarithm of (1 + f) 2^e, or of (1 + f) 2^-e for a turn of -1.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S LogOfProduct<S>(S f, S e, int turn = 1) where S : IReal<S>
    {
        if (!S.IsDouble)
        {
            // log(1 + f) = f + f^2 P(f) for |f| <= 1/3, degree 8, error 2^-27.7. The rounding of ln 2 costs 1/20 of a
            // unit.
            S q = Horner(f, S.Const(-0.128867388), 0.13987276, -0.121853389, 0.140052736);
            q = Horner(f, q, -0.166804016, 0.20010446, -0.249998003, 0.333332151, -0.5);
            return S.FusedMultiplyAdd(e, S.Const(turn * Ln2), S.FusedMultiplyAdd(f * f, q, f));
        }

        // log(1 + f) = f - (f^2/2 - s (f^2/2 + R)), R = z P(z), z = s^2 <= 0.02947: degree 6, error 2^-58.5.
        S s = f / (f + S.Const(2)), z = s * s, half = f * f * S.Const(0.5);
        S p = Horner(z, S.Const(0.1479822787356283), 0.15313835021740607, 0.18183572252764993, 0.22222198430726706);
        p = Horner(z, p, 0.28571428743672517, 0.3999999999940939, 0.6666666666666735);
        S y = S.FusedMultiplyAdd(s, S.FusedMultiplyAdd(z, p, half), e * S.Const(turn * Ln2LowDouble));
        return S.FusedMultiplyAdd(e, S.Const(turn * Ln2), f - (half - y));
    }
}
