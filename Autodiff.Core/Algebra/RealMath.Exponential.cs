using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// e^x = 2^n e^r with n = round(x / ln 2) and |r| <= ln(2)/2, after Cody and Waite (Software Manual for the Elementary
// Functions, 1980): n ln 2 is subtracted in two pieces, the first of them exactly thanks to the fused multiply-add.
// Every polynomial of this class is a minimax fit (Remez's exchange, then Lawson's reweighted least squares while the
// coefficients are rounded to the carrier's precision one after another, lowest first); "error" is its largest relative
// error in the stated interval, before the rounding of the evaluation.
public static partial class RealMath
{
    private const double Log2E = 1.4426950408889634;
    private const double Ln2 = 0.6931471805599453;

    /// <summary>2^x, exact where x is integral; overflows to infinity and underflows gradually.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Exp2<S>(S x) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("exp2", x);
        }

        // Beyond these bounds the result is 0 or infinity; within them x - n keeps an infinity from becoming NaN.
        S t = Clamp(x, S.IsDouble ? -1080 : -160, S.IsDouble ? 1030 : 130);
        S n = S.Round(t);
        return S.ScaleB(S.Exp((t - n) * S.Const(Ln2)), n);
    }

    /// <summary>
    /// Error below 1 unit in the last place; infinity above, 0 below, subnormal results rounded correctly.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S ExpDefault<S>(S x) where S : IReal<S>
    {
        S t = ClampExponent(x);
        S n = RoundProduct(t, Log2E);
        return S.ScaleB(S.Const(1) + Expm1Kernel(ReduceExponent(t, n)), n);
    }

    /// <summary>
    /// e^(hi + lo) times factor, with |lo| small beside 1: what powers and the error function's tail are made of.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S ExpOfSum<S>(S hi, S lo, S factor) where S : IReal<S>
    {
        S n = RoundProduct(hi, Log2E);
        S r = ReduceExponent(hi, n) + lo;
        return S.ScaleB(S.FusedMultiplyAdd(factor, Expm1Kernel(r), factor), n);
    }

    /// <summary>Error below 1 unit in the last place; -1 far below zero, and -0 stays -0.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S Expm1Default<S>(S x) where S : IReal<S>
    {
        S t = Clamp(x, -64, S.IsDouble ? 710 : 89);
        S n = RoundProduct(t, Log2E);

        // For n = 1 half the digits of the sum below cancel, so the reduced argument keeps its rounding error, rest.
        S head = S.FusedMultiplyAdd(n, S.Const(-Ln2), t);
        S low = S.Const(S.IsDouble ? -Ln2LowDouble : -Ln2LowSingle);
        S r = S.FusedMultiplyAdd(n, low, head);
        S rest = S.FusedMultiplyAdd(n, low, head - r);
        S p = S.FusedMultiplyAdd(r * r, Expm1Polynomial(r), rest);

        // 2^n (r + p) + 2^n - 1, halved so that 2^n does not overflow before the result does; the sum of the two large
        // terms keeps its rounding error as well.
        S half = S.ScaleB(S.Const(0.5), n), start = half - S.Const(0.5);
        S sum = S.FusedMultiplyAdd(half, r, start);
        rest = S.FusedMultiplyAdd(half, r, start - sum);
        S y = sum + S.FusedMultiplyAdd(half, p, rest);

        // A tiny x is its own answer, zeros of both signs included, and must not be halved into the subnormal numbers.
        return S.SelectLess(S.Abs(x), S.Const(8.673617379884035e-19), x, y + y);
    }

    /// <summary>The integer nearest to factor x, as long as it has two digits to spare: adding a number whose unit in
    /// the last place is 1 rounds to integers, and in a fused multiply-add it rounds the exact product.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S RoundProduct<S>(S x, double factor) where S : IReal<S>
    {
        S shift = S.Const(S.IsDouble ? 6755399441055744.0 : 12582912.0);
        return S.FusedMultiplyAdd(x, S.Const(factor), shift) - shift;
    }

    /// <summary>x held between two bounds; NaN stays NaN.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S Clamp<S>(S x, double low, double high) where S : IReal<S>
    {
        S bound = S.Const(high);
        x = S.SelectLess(bound, x, bound, x);
        bound = S.Const(low);
        return S.SelectLess(x, bound, bound, x);
    }

    // Outside these bounds e^x rounds to 0 or to infinity.
    [MethodImpl(AggressiveInlining)] private static S ClampExponent<S>(S x) where S : IReal<S> =>
        Clamp(x, S.IsDouble ? -746 : -104, S.IsDouble ? 710 : 89);

    // What the rounding of ln 2 to each precision leaves. (float)Ln2 is above ln 2.
    private const double Ln2LowDouble = 2.3190468138462996e-17;
    private const double Ln2LowSingle = -1.9046542121259336e-9;

    /// <summary>x - n ln 2.</summary>
    [MethodImpl(AggressiveInlining)] private static S ReduceExponent<S>(S x, S n) where S : IReal<S> =>
        S.FusedMultiplyAdd(n, S.Const(S.IsDouble ? -Ln2LowDouble : -Ln2LowSingle),
            S.FusedMultiplyAdd(n, S.Const(-Ln2), x));

    /// <summary>e^r - 1 for |r| up to ln(2)/2 and a little.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S Expm1Kernel<S>(S r) where S : IReal<S> => S.FusedMultiplyAdd(r * r, Expm1Polynomial(r), r);

    /// <summary>
    /// (e^r - 1 - r) / r^2 for |r| up to 0.3483. Degree 5, error of e^r - 1 2^-31.1; double: degree 10, 2^-61.5.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S Expm1Polynomial<S>(S r) where S : IReal<S>
    {
        if (!S.IsDouble)
        {
            return Horner(r, S.Const(0.000197638787), 0.0013932772, 0.00833354425, 0.0416664891, 0.166666657, 0.5);
        }

        S p = Horner(r, S.Const(2.0887024163639416e-09), 2.510929774148475e-08, 2.755735895015399e-07,
            2.75572435846962e-06,
            2.480158723456352e-05, 0.00019841269886633828);
        return Horner(r, p, 0.0013888888888921793, 0.008333333333321457, 0.04166666666666662, 0.16666666666666677, 0.5);
    }
}
