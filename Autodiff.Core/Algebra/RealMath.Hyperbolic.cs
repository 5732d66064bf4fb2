using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// The odd functions are computed on one side of zero and mirrored by a selection that leaves both zeros and the
// derivative at zero as they are; |x| would do neither.
public static partial class RealMath
{
    /// <summary>The hyperbolic tangent, (e^2x - 1) / (e^2x + 1).</summary>
    [MethodImpl(AggressiveInlining)] public static S Tanh<S>(S x) where S : IReal<S> => S.Tanh(x);

    [MethodImpl(AggressiveInlining)]
    internal static S TanhDefault<S>(S x) where S : IReal<S>
    {
        if (!S.IsDouble)
        {
            // Near zero, where the difference cancels, x + x^3 P(x^2): degree 4, error 2^-29.7. The limit is for the
            // tail, as the bound below is.
            S size = S.Abs(x), z = x * x, one = S.Const(1), limit = S.Const(40),
                least = S.SelectLess(limit, size, limit, size);
            S p = Horner(z, S.Const(-0.00626036851), 0.0210609864, -0.0538494252, 0.133325547);
            S near = x * Horner(z, p, -0.333333164, 1);
            S far = one - S.Const(2) / (S.Exp(least + least) + one);
            return S.SelectLess(size, S.Const(0.55), near, S.CopySign(far, x));
        }

        // t / (t + 2) with t = e^(2|x|) - 1 below 1/2, and 1 - 2 / (t + 2) above, where t no longer needs all its
        // digits and the derivative's relative accuracy survives in the tail. The bound is where that derivative is all
        // but 0.
        S a = Magnitude(x), bound = S.Const(700), two = S.Const(2), twice = a + a;
        S t = S.Expm1(S.SelectLess(bound, twice, bound, twice));
        S top = S.SelectLess(t, two, t, -two), shift = S.SelectLess(t, two, S.Const(-0.0), S.Const(1));
        return Mirror(x, shift + top / (t + two));
    }

    /// <summary>x - tanh x, with all digits near zero.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Tanhshrink<S>(S x) where S : IReal<S>
    {
        S far = x - Tanh(x);
        if (S.IsText)
        {
            return far;
        }

        // Near zero, where the difference cancels, x^3 P(x^2).
        S z = x * x, p;
        if (!S.IsDouble)
        {
            // Degree 5, error 2^-29.7.
            p = Horner(z, S.Const(-0.0025263907105745136), 0.00852633305780133, -0.021818449128639904);
            p = Horner(z, p, 0.0539647004451583, -0.13333324200007313, 0.3333333329502591);
        }
        else
        {
            // Degree 11, error 2^-63.5.
            p = Horner(z, S.Const(-8.859223816010494e-06), 3.514809431531453e-05, -9.544524503270839e-05,
                0.00023878930525840224);
            p = Horner(z, p, -0.0005899749383754306, 0.0014558289383351634, -0.0035921276627198383, 0.0088632355135931);
            p = Horner(z, p, -0.02186948853573452, 0.05396825396824835, -0.1333333333333333, 0.3333333333333333);
        }

        return S.SelectLess(S.Abs(x), S.Const(0.5), x * (z * p), far);
    }

    /// <summary>The hyperbolic sine, (e^x - e^-x) / 2.</summary>
    [MethodImpl(AggressiveInlining)] public static S Sinh<S>(S x) where S : IReal<S> => S.Sinh(x);

    [MethodImpl(AggressiveInlining)]
    internal static S SinhDefault<S>(S x) where S : IReal<S>
    {
        // Near zero, where the two powers cancel, x + x^3 P(x^2). The root of e^a overflows no earlier than the result
        // does.
        S a = Magnitude(x), half = S.Const(0.5), one = S.Const(1), root = S.Exp(a * half), inverse = one / root,
            z = a * a, p;
        if (!S.IsDouble)
        {
            // Degree 3, error 2^-31.6.
            p = Horner(z, S.Const(2.78407947e-6), 0.000198426205, 0.00833331142, 0.166666672);
        }
        else
        {
            // Degree 6, error 2^-61.7.
            p = Horner(z, S.Const(7.77390349389566e-13), 1.605674368148105e-10, 2.5052129995580255e-08,
                2.755731911231105e-06);
            p = Horner(z, p, 0.0001984126984157942, 0.008333333333332924, 0.16666666666666669);
        }

        S far = S.FusedMultiplyAdd(root * half, root, inverse * S.Const(-0.5) * inverse);
        return Mirror(x, S.SelectLess(a, one, S.FusedMultiplyAdd(a * z, p, a), far));
    }

    /// <summary>The hyperbolic cosine, (e^x + e^-x) / 2.</summary>
    [MethodImpl(AggressiveInlining)] public static S Cosh<S>(S x) where S : IReal<S> => S.Cosh(x);

    [MethodImpl(AggressiveInlining)]
    internal static S CoshDefault<S>(S x) where S : IReal<S>
    {
        S a = Magnitude(x), half = S.Const(0.5), root = S.Exp(a * half), inverse = S.Const(1) / root;
        return S.FusedMultiplyAdd(root * half, root, inverse * half * inverse);
    }

    /// <summary>The inverse hyperbolic sine, log(x + sqrt(x^2 + 1)).</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Asinh<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("asinh", x);
        }

        S a = Magnitude(x), one = S.Const(1), huge = S.Const(HugeArgument);
        S root = S.Sqrt(S.FusedMultiplyAdd(a, a, one));
        S y = S.Log1p(S.SelectLess(a, huge, a * (one + a / (one + root)), a));
        return Mirror(x, y + S.SelectLess(a, huge, S.Const(-0.0), S.Const(Ln2)));
    }

    /// <summary>The inverse hyperbolic cosine, log(x + sqrt(x^2 - 1)); NaN below 1.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Acosh<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("acosh", x);
        }

        S one = S.Const(1), t = x - one, huge = S.Const(HugeArgument);
        S y = S.Log1p(S.SelectLess(x, huge, t + S.Sqrt(t * (t + S.Const(2))), t));
        y += S.SelectLess(x, huge, S.Const(0), S.Const(Ln2));
        return S.SelectLess(x, one, S.Const(double.NaN), y);
    }

    /// <summary>The inverse hyperbolic tangent, log((1 + x) / (1 - x)) / 2; infinite at -1 and 1, NaN beyond.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Atanh<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("atanh", x);
        }

        S a = Magnitude(x);
        return Mirror(x, S.Log1p((a + a) / (S.Const(1) - a)) * S.Const(0.5));
    }

    // From here on x^2 + 1 is x^2, and x^2 does not yet overflow in either precision.
    private const double HugeArgument = 1152921504606846976.0;

    // |x| but for zeros, which change their sign twice: here and in Mirror.
    [MethodImpl(AggressiveInlining)]
    private static S Magnitude<S>(S x) where S : IReal<S> => S.SelectLess(S.Const(0), x, x, -x);

    [MethodImpl(AggressiveInlining)]
    private static S Mirror<S>(S x, S y) where S : IReal<S> => S.SelectLess(S.Const(0), x, y, -y);
}
