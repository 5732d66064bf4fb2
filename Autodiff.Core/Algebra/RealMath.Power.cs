using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// x^p = e^(p log|x|). An error of the logarithm grows by p log|x|, up to 745, so the logarithm is kept as an
// unevaluated sum of two numbers, in the manner of Dekker (1971) and of fdlibm's pow, with the fused multiply-add for
// exact products.
public static partial class RealMath
{
    /// <summary>
    /// Error below 1 unit in the last place. IEEE 754's special values: x^0 = 1 and 1^p = 1 whatever the other is, even
    /// NaN; an odd integral p keeps the sign of x, zeros and infinities included; NaN for a negative finite x and a p
    /// that is not integral.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S PowDefault<S>(S x, S p) where S : IReal<S>
    {
        S zero = S.Const(0), one = S.Const(1), infinity = S.Const(double.PositiveInfinity), a = S.Abs(x);

        // log(1 + f) = 2s + s^3 (2/3 + z Q(z)), s = f / (2 + f), z = s^2; all but Q in two parts, high and low.
        S f = CenteredSignificand(x, out S e) - one, d = f + S.Const(2), dLow = f - (d - S.Const(2));

        // The division doubles as the test of the sign of a zero, which only a reciprocal tells.
        S inverse = one / S.SelectEqual(x, zero, x, d);
        S s = f * inverse;
        S sLow = S.FusedMultiplyAdd(-s, dLow, S.FusedMultiplyAdd(-s, d, f)) * inverse;
        S z = s * s, zLow = S.FusedMultiplyAdd(s + s, sLow, S.FusedMultiplyAdd(s, s, -z));

        S third = S.Const(2.0 / 3), q = z * LogTail(z);
        S u = third + q, uLow = (third - u) + q + S.Const(S.IsDouble ? 3.700743415417188e-17 : -1.9868215e-8);
        S t = z * u, tLow = S.FusedMultiplyAdd(zLow, u, S.FusedMultiplyAdd(z, uLow, S.FusedMultiplyAdd(z, u, -t)));
        S w = s * t, wLow = S.FusedMultiplyAdd(sLow, t, S.FusedMultiplyAdd(s, tLow, S.FusedMultiplyAdd(s, t, -w)));
        S m = S.FusedMultiplyAdd(s, S.Const(2), w);
        S mLow = S.FusedMultiplyAdd(s, S.Const(2), -m) + w + S.FusedMultiplyAdd(sLow, S.Const(2), wLow);

        // Adding e ln 2, in two pieces of which the first is short enough to make the product with e exact. For zero
        // and infinity the infinite exponent decides.
        S turns = e * S.Const(Ln2Short);
        S log = S.SelectEqual(x, zero, turns, turns + m);
        S logLow = ((turns - log) + m) + S.FusedMultiplyAdd(e, S.Const(Ln2Rest), mLow);

        // Where the power overflows or vanishes, or nothing finite came in, the low part is meaningless.
        S high = p * log;
        S low = S.FusedMultiplyAdd(p, logLow, S.FusedMultiplyAdd(p, log, -high));
        low = S.SelectLess(S.Abs(high), S.Const(S.IsDouble ? 800 : 128), low, zero);
        S y = S.SelectEqual(a, one, one, ExpOfSum(ClampExponent(high), low, one));

        // A negative base: an odd power is negative, an even one positive, any other not real.
        S half = p * S.Const(0.5);
        S integral = S.SelectEqual(S.Floor(half), half, y, -y);
        S other = S.SelectLess(zero, a, S.SelectLess(a, infinity, S.Const(double.NaN), y), y);
        S negative = S.SelectEqual(S.Floor(p), p, integral, other);
        y = S.SelectLess(S.SelectEqual(x, zero, inverse, x), zero, negative, y);
        return S.SelectEqual(p, zero, one, y);
    }

    private const double Ln2Short = 0.693145751953125, Ln2Rest = 1.4286068203094173e-06;

    /// <summary>
    /// (log((1 + s) / (1 - s)) - 2s - 2/3 s^3) / s^5 for z = s^2 up to 0.0401 (double: 0.02947); errors are those of
    /// the logarithm.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S LogTail<S>(S z) where S : IReal<S>
    {
        if (!S.IsDouble)
        {
            // Degree 2, error 2^-34.5.
            return Horner(z, S.Const(0.238759026), 0.28525427, 0.40000394);
        }

        // Degree 7, error 2^-73.5.
        S p = Horner(z, S.Const(0.11982747408444301), 0.11675668647007834, 0.13336269584806074, 0.15384558310349417);
        return Horner(z, p, 0.18181818845464195, 0.2222222221778054, 0.28571428571443863, 0.3999999999999998);
    }
}
