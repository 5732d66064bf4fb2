using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// log x = e ln 2 + log(1 + f) with x = (1 + f) 2^e and f around zero. The float's polynomial is in f itself, |f| <= 1/3;
// the double's is fdlibm's (Sun Microsystems 1993) in s = f / (2 + f), |s| <= 0.172, where half as many coefficients do.
public static partial class RealMath
{
    /// <summary>The logarithm to base 2, exact at powers of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Log2<S>(S x) where S : IReal<S>
    {
        S e = CenteredExponent(x);
        S y = S.FusedMultiplyAdd(S.Log(S.ScaleB(x, -e)), S.Const(Log2E), e);
        return SelectNormal(x, y, S.Log(x) * S.Const(Log2E));
    }

    /// <summary>The logarithm to base 10.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Log10<S>(S x) where S : IReal<S>
    {
        const double Log10E = 0.4342944819032518;

        // log10(2) in two pieces, the first short enough that its product with an exponent is exact.
        S high = S.Const(0.301025390625), low = S.Const(4.605038981195214e-06);
        S e = CenteredExponent(x);
        S y = S.FusedMultiplyAdd(S.Log(S.ScaleB(x, -e)), S.Const(Log10E), e * low);
        return SelectNormal(x, S.FusedMultiplyAdd(e, high, y), S.Log(x) * S.Const(Log10E));
    }

    /// <summary>log(1 + e^x), without overflow: the smooth relu.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Softplus<S>(S x) where S : IReal<S>
    {
        S zero = S.Const(0);
        return S.SelectLess(zero, x, x, zero) + S.Log1p(S.Exp(S.SelectLess(zero, x, -x, x)));
    }

    /// <summary>log(1 / (1 + e^-x)), accurate on both sides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S LogSigmoid<S>(S x) where S : IReal<S> => -Softplus(-x);

    /// <summary>log(e^a + e^b), without overflow; two equal infinities give that infinity.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S LogAddExp<S>(S a, S b) where S : IReal<S>
    {
        S high = Max(a, b), low = S.SelectLess(a, b, a, b);
        return S.SelectEqual(S.Abs(high), S.Const(double.PositiveInfinity), high, high + S.Log1p(S.Exp(low - high)));
    }

    /// <summary>Error below 1 unit in the last place, subnormal arguments included; -infinity at zero, NaN below.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S LogDefault<S>(S x) where S : IReal<S>
    {
        S f = Significand(x, out S e);
        return SelectLogarithm(x, LogOfProduct(f, e));
    }

    /// <summary>Error below 1.5 units in the last place; -infinity at -1, NaN below, and -0 stays -0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static S Log1pDefault<S>(S x) where S : IReal<S>
    {
        // The exponent of 1 + x, and then f from x itself, so that nothing of a small x is lost: (1 + x) 2^-e - 1.
        S one = S.Const(1), u = one + x;
        S e = S.Exponent(u * S.Const(S.IsDouble ? HalfRootTwo : 0.75)) + one;
        S f = S.ScaleB(x, -e) + (S.ScaleB(one, -e) - one);
        return S.SelectEqual(x, S.Const(0), x, SelectLogarithm(u, LogOfProduct(f, e)));
    }

    private const double HalfRootTwo = 0.7071067811865476;

    /// <summary>x = (1 + f) 2^e for any positive x; 1 + f lies in [2/3, 4/3), or in [1/sqrt 2, sqrt 2) for double.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S Significand<S>(S x, out S e) where S : IReal<S>
    {
        // Subnormal numbers are scaled up first: their exponent field says nothing. The exponent read from c x is that of x
        // less one, or less two if x is below the interval; so the number made with it is 2 (1 + f).
        S tiny = S.Const(S.IsDouble ? 2.2250738585072014e-308 : 1.17549435e-38);
        S normal = S.SelectLess(x, tiny, x * S.Const(S.IsDouble ? 18014398509481984.0 : 16777216.0), x);
        S below = S.Exponent(normal * S.Const(S.IsDouble ? HalfRootTwo : 0.75));
        e = below + S.SelectLess(x, tiny, S.Const(S.IsDouble ? -53 : -23), S.Const(1));
        return S.FusedMultiplyAdd(S.ScaleB(normal, -below), S.Const(0.5), S.Const(-1));
    }

    /// <summary>The logarithm of (1 + f) 2^e.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S LogOfProduct<S>(S f, S e) where S : IReal<S>
    {
        S y;
        if (!S.IsDouble)
        {
            // log(1 + f) = f - f^2/2 + f^3 P(f) for |f| <= 1/3, degree 8, error 2^-30.0.
            S p = Horner(f, S.Const(0.119754873), -0.128330633, 0.107659787, -0.121986747, 0.143029496);
            p = Horner(f, p, -0.166793555, 0.199996769, -0.249998257, 0.333333343);
            S z = f * f;
            y = S.FusedMultiplyAdd(e, S.Const(Ln2LowSingle), f * z * p);
            y = f + S.FusedMultiplyAdd(z, S.Const(-0.5), y);
        }
        else
        {
            // log(1 + f) = f - (f^2/2 - s (f^2/2 + R)), R = z P(z), z = s^2 <= 0.02947: degree 6, error 2^-58.5.
            S s = f / (f + S.Const(2)), z = s * s, half = f * f * S.Const(0.5);
            S p = Horner(z, S.Const(0.1479822787356283), 0.15313835021740607, 0.18183572252764993, 0.22222198430726706);
            p = Horner(z, p, 0.28571428743672517, 0.3999999999940939, 0.6666666666666735);
            y = S.FusedMultiplyAdd(s, S.FusedMultiplyAdd(z, p, half), e * S.Const(Ln2LowDouble));
            y = f - (half - y);
        }

        return S.FusedMultiplyAdd(e, S.Const(Ln2), y);
    }

    /// <summary>y, the logarithm of a finite positive x; elsewhere what a logarithm is by definition.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S SelectLogarithm<S>(S x, S y) where S : IReal<S>
    {
        S zero = S.Const(0);
        S outside = S.SelectEqual(x, zero, S.Const(double.NegativeInfinity), S.Const(double.NaN));
        return S.SelectLess(zero, x, S.SelectLess(x, S.Const(double.PositiveInfinity), y, x), outside);
    }

    // The exponent of x for a significand in [2/3, 4/3); x positive and normal.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S CenteredExponent<S>(S x) where S : IReal<S> => S.Exponent(x * S.Const(0.75)) + S.Const(1);

    // Chooses y where the exponent of x and of 3/4 x can be read from their bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S SelectNormal<S>(S x, S y, S otherwise) where S : IReal<S> =>
        S.SelectLess(S.Const(S.IsDouble ? 4.5e-308 : 2.4e-38), x, S.SelectLess(x, S.Const(double.PositiveInfinity), y, otherwise), otherwise);
}
