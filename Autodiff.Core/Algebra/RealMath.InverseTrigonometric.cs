using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

public static partial class RealMath
{
    private const double HalfPi = 1.5707963267948966;

    // What the rounding of pi/2 to each precision leaves.
    private const double HalfPiLowDouble = 6.123233995736766e-17, HalfPiLowSingle = -4.3711388286737929e-8;

    /// <summary>The arc sine, 2 atan(x / (1 + sqrt(1 - x^2))); NaN outside [-1, 1].</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Asin<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("asin", x);
        }

        S one = S.Const(1);
        S half = S.Atan(x / (one + S.Sqrt((one - x) * (one + x))));
        return half + half;
    }

    /// <summary>The arc cosine, 2 atan(sqrt((1 - x) / (1 + x))); NaN outside [-1, 1].</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Acos<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("acos", x);
        }

        S one = S.Const(1);
        S half = S.Atan(S.Sqrt((one - x) / (one + x)));
        return half + half;
    }

    /// <summary>
    /// The angle of the point (x, y), in [-pi, pi], with IEEE 754's answers for zeros of either sign and infinities.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static S Atan2<S>(S y, S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("atan2", y, x);
        }

        S zero = S.Const(0);

        // Only a reciprocal tells -0 from 0. Folding by the sign rather than by |x| keeps the derivative on the axes.
        S signX = S.SelectEqual(x, zero, S.Const(1) / x, x), signY = S.SelectEqual(y, zero, S.Const(1) / y, y);
        S a = S.SelectLess(signX, zero, -x, x), b = S.SelectLess(signY, zero, -y, y);
        S small = S.SelectLess(a, b, a, b), large = S.SelectLess(a, b, b, a), one = S.Const(1),
            infinity = S.Const(double.PositiveInfinity);
        S ratio = small / S.SelectEqual(large, zero, one, large);
        ratio = S.SelectEqual(small, infinity, S.SelectEqual(large, infinity, one, large), ratio);

        S angle = S.Atan(ratio);
        S low = S.Const(S.IsDouble ? HalfPiLowDouble : HalfPiLowSingle);
        angle = S.SelectLess(a, b, S.Const(HalfPi) - (angle - low), angle);
        angle = S.SelectLess(signX, zero, S.Const(2 * HalfPi) - (angle - (low + low)), angle);
        return S.SelectLess(signY, zero, -angle, angle);
    }

    /// <summary>Error below 1.5 units in the last place; -0 stays -0.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S AtanDefault<S>(S x) where S : IReal<S>
    {
        S one = S.Const(1), a = S.Abs(x), t = S.SelectLess(one, a, one / a, a), z = t * t, p;

        // atan t = t + t^3 P(z) for t in [0, 1].
        if (!S.IsDouble)
        {
            // Degree 8, error 2^-28.5.
            p = Horner(z, S.Const(-0.00179006695), 0.0108983256, -0.0311466977, 0.057925351, -0.0840149745);
            p = Horner(z, p, 0.109514877, -0.142641008, 0.19998534, -0.333332986);
        }
        else
        {
            // Degree 19, error 2^-57.6.
            p = Horner(z, S.Const(1.3218784418092799e-05), -0.00015209336284625712, 0.0008309874807598924,
                -0.002883903915853565, 0.007194393434797955, -0.01389737263809988);
            p = Horner(z, p, 0.02198123457440699, -0.02990070864360547, 0.036639785278303034, -0.04219067219692097,
                0.04722276500263461);
            p = Horner(z, p, -0.05253504079633659, 0.05880524309344571, -0.06666403419666787, 0.07692279754333099,
                -0.0909090699502253);
            p = Horner(z, p, 0.1111111100652888, -0.14285714282556203, 0.19999999999951082, -0.33333333333333065);
        }

        S y = S.FusedMultiplyAdd(t * z, p, t);
        y = S.SelectLess(one, a, S.Const(HalfPi) - (y - S.Const(S.IsDouble ? HalfPiLowDouble : HalfPiLowSingle)), y);
        return SelectOdd(x, y);
    }

    /// <summary>Extends y, the value of an odd function at |x|, to both sides; zeros and NaN stay themselves.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S SelectOdd<S>(S x, S y) where S : IReal<S>
    {
        S zero = S.Const(0);
        return S.SelectLess(zero, x, y, S.SelectLess(x, zero, -y, x));
    }
}
