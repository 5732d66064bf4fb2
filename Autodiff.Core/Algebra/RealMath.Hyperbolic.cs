using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// The odd functions are computed on one side of zero and mirrored by a selection that leaves both zeros and the derivative
// at zero as they are; |x| would do neither.
public static partial class RealMath
{
    /// <summary>The hyperbolic tangent, (e^2x - 1) / (e^2x + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Tanh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("tanh", x);
        }

        // t / (t + 2) with t = e^(2|x|) - 1 below 1/2, and 1 - 2 / (t + 2) above, where t no longer needs all its digits and
        // the derivative's relative accuracy survives in the tail. The bound is where that derivative is all but 0.
        S a = Magnitude(x), bound = S.Const(S.IsDouble ? 700 : 80), two = S.Const(2), twice = a + a;
        S t = S.Expm1(S.SelectLess(bound, twice, bound, twice));
        S top = S.SelectLess(t, two, t, -two), shift = S.SelectLess(t, two, S.Const(-0.0), S.Const(1));
        return Mirror(x, shift + top / (t + two));
    }

    /// <summary>The hyperbolic sine, (e^x - e^-x) / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Sinh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("sinh", x);
        }

        // 2 sinh(a/2) cosh(a/2), where for h = e^(a/2) - 1 and w = 1 - e^(-a/2) = h / (1 + h) twice the sine is h + w and the
        // cosine 1 + h w / 2: nothing overflows before the result does. Beyond the bound it has.
        S a = Magnitude(x), half = S.Const(0.5), bound = S.Const(S.IsDouble ? 712 : 91);
        S h = S.Expm1(S.SelectLess(bound, a, bound, a) * half), w = h / (S.Const(1) + h), s = h + w;
        return Mirror(x, S.FusedMultiplyAdd(s * half, h * w, s));
    }

    /// <summary>The hyperbolic cosine, (e^x + e^-x) / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Cosh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("cosh", x);
        }

        S a = Magnitude(x), half = S.Const(0.5), root = S.Exp(a * half);
        return S.FusedMultiplyAdd(root * half, root, S.Exp(-a) * half);
    }

    /// <summary>The inverse hyperbolic sine, log(x + sqrt(x^2 + 1)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Asinh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("asinh", x);
        }

        S a = Magnitude(x), one = S.Const(1), huge = S.Const(HugeArgument);
        S root = S.Sqrt(S.FusedMultiplyAdd(a, a, one));
        S y = S.Log1p(S.SelectLess(a, huge, a * (one + a / (one + root)), a));
        return Mirror(x, y + S.SelectLess(a, huge, S.Const(-0.0), S.Const(Ln2)));
    }

    /// <summary>The inverse hyperbolic cosine, log(x + sqrt(x^2 - 1)); NaN below 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Acosh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("acosh", x);
        }

        S one = S.Const(1), t = x - one, huge = S.Const(HugeArgument);
        S y = S.Log1p(S.SelectLess(x, huge, t + S.Sqrt(t * (t + S.Const(2))), t));
        y += S.SelectLess(x, huge, S.Const(0), S.Const(Ln2));
        return S.SelectLess(x, one, S.Const(double.NaN), y);
    }

    /// <summary>The inverse hyperbolic tangent, log((1 + x) / (1 - x)) / 2; infinite at -1 and 1, NaN beyond.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static S Atanh<S>(S x) where S : IReal<S>
    {
        if (typeof(S) == typeof(Formula))
        {
            return Formula.Call("atanh", x);
        }

        S a = Magnitude(x);
        return Mirror(x, S.Log1p((a + a) / (S.Const(1) - a)) * S.Const(0.5));
    }

    // From here on x^2 + 1 is x^2, and x^2 does not yet overflow in either precision.
    private const double HugeArgument = 1152921504606846976.0;

    // |x| but for zeros, which change their sign twice: here and in Mirror.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S Magnitude<S>(S x) where S : IReal<S> => S.SelectLess(S.Const(0), x, x, -x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S Mirror<S>(S x, S y) where S : IReal<S> => S.SelectLess(S.Const(0), x, y, -y);
}
