using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Remainders are exact: where the quotient has more digits than the type, it is found a word at a time, as in long
// division.
public static partial class RealMath
{
    /// <summary>The remainder a - n b with n = a / b towards zero, so with the sign of a (C's fmod): exact.</summary>
    [MethodImpl(AggressiveInlining)]
    public static S Fmod<S>(S a, S b) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("fmod", a, b);
        }

        S r = ShortDivision(a, b, out S quotient, out S bound);
        return S.BranchLessEqual(quotient, bound, r, default(LongFmod), a, b);
    }

    /// <summary>
    /// The remainder a - n b with n = floor(a / b), so with the sign of b (Python's %): exact but for one rounding
    /// where the signs differ.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static S Remainder<S>(S a, S b) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("remainder", a, b);
        }

        S r = ShortDivision(a, b, out S quotient, out S bound);
        return S.BranchLessEqual(quotient, bound, WithSignOf(b, r), default(LongRemainder), a, b);
    }

    /// <summary>
    /// The remainder with the sign of a, right where the magnitude of the quotient is at most the bound.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    private static S ShortDivision<S>(S a, S b, out S quotient, out S bound) where S : IReal<S>
    {
        S u = S.Abs(a), v = S.Abs(b);
        quotient = u / v;
        S r = S.FusedMultiplyAdd(-S.Floor(quotient), v, u);

        // A quotient that was rounded up to an integer leaves a negative remainder, and nothing is left of 0 times
        // infinity.
        bound = S.SelectLessEqual(S.Const(0), r, S.Const(S.IsDouble ? 4503599627370496.0 : 8388608.0), S.Const(-1));
        return S.CopySign(r, a);
    }

    /// <summary>The remainder with the sign of b instead of the dividend's.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S WithSignOf<S>(S b, S r) where S : IReal<S>
    {
        S zero = S.Const(0), up = S.SelectLess(r, zero, r + b, r), down = S.SelectLess(zero, r, r + b, r);
        return S.SelectLess(b, zero, down, up);
    }

    private readonly struct LongFmod : IBinaryFormula
    {
        public S F<S>(S a, S b) where S : IReal<S> => S.CopySign(LongDivision(S.Abs(a), S.Abs(b)), a);
    }

    private readonly struct LongRemainder : IBinaryFormula
    {
        public S F<S>(S a, S b) where S : IReal<S> => WithSignOf(b, default(LongFmod).F(a, b));
    }

    /// <summary>The remainder of u by v, both not negative; NaN for an infinite u, for v = 0 and for NaN.</summary>
    private static S LongDivision<S>(S u, S v) where S : IReal<S>
    {
        // Where there is no remainder, 0 by 1 keeps the loop short.
        S zero = S.Const(0), nan = S.Const(double.NaN), infinity = S.Const(double.PositiveInfinity);
        S divisor = S.SelectLess(zero, v, v, S.Const(1)),
            r = S.SelectLess(zero, v, S.SelectLess(u, infinity, u, zero), zero);
        r = S.Repeat(r, divisor, S.IsDouble ? 44 : 15, default(DivisionStep));
        r = S.SelectEqual(r, divisor, zero, r);
        return S.SelectLess(zero, v, S.SelectLess(u, infinity, r, nan), nan);
    }

    /// <summary>
    /// u less a multiple of v that takes at least 50 (float: 21) bits off its exponent, exactly; u where it is less
    /// than v.
    /// </summary>
    private readonly struct DivisionStep : IBinaryFormula
    {
        public S F<S>(S u, S v) where S : IReal<S>
        {
            S zero = S.Const(0), shift = S.Exponent(u) - S.Exponent(v) - S.Const(S.IsDouble ? 51 : 22);
            S w = S.ScaleB(v, S.SelectLess(zero, shift, shift, zero));
            S r = S.FusedMultiplyAdd(-S.Floor(u / w), w, u);
            r = S.SelectLess(r, zero, r + w, r); // the quotient may have been rounded up
            return S.SelectLess(u, v, u, r);
        }
    }
}
