using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Length and direction of the point (a, b), and their slopes, without squares that leave the range.
public static partial class RealMath
{
    /// <summary>
    /// sqrt(a^2 + b^2) without overflow or underflow on the way; infinite if either is, even beside NaN.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    public static S Hypot<S>(S a, S b) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Named("hypot", a, b);
        }

        // Scaled by the power of two of the larger, which changes no digit.
        S infinity = S.Const(double.PositiveInfinity), u = S.Abs(a), v = S.Abs(b);
        S e = S.Exponent(S.SelectLess(u, v, v, u) + S.Const(S.IsDouble ? 2.3e-308 : 1.2e-38)); // finite for zeros, too
        S x = S.ScaleB(a, -e), y = S.ScaleB(b, -e);
        S r = S.ScaleB(S.Sqrt(S.FusedMultiplyAdd(x, x, y * y)), e);
        return S.SelectEqual(u, infinity, infinity, S.SelectEqual(v, infinity, infinity, r));
    }

    /// <summary>
    /// The root of x^2 + 1 or x^2 - 1, given that: |x| where it makes no difference, and x^2 may be infinite.
    /// </summary>
    [MethodImpl(AggressiveInlining)]
    internal static S RootOrMagnitude<S>(S x, S square) where S : IReal<S>
    {
        if (S.IsText)
        {
            return S.Sqrt(square);
        }

        S size = S.Abs(x);
        return S.SelectLess(S.Const(1e15), size, size, S.Sqrt(square));
    }

    /// <summary>a / h, the slope along a of the length h; by 1 where that is 0, since a is then 0, too.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S HypotSlope<S>(S a, S h) where S : IReal<S> =>
        S.IsText ? a / h : a / S.SelectEqual(h, S.Const(0), S.Const(1), h);

    /// <summary>a / (a^2 + b^2), the slope of the angle.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S AngleSlope<S>(S a, S b, S square) where S : IReal<S>
    {
        if (S.IsText)
        {
            return a / square;
        }

        S bound = S.SelectLessEqual(S.Const(S.IsDouble ? 1e-289 : 1e-30), square,
            S.Const(S.IsDouble ? double.MaxValue : float.MaxValue), S.Const(-1));
        return S.BranchLessEqual(square, bound, a / square, default(FarAngleSlope), a, b);
    }

    private readonly struct FarAngleSlope : IBinaryFormula
    {
        public S F<S>(S a, S b) where S : IReal<S>
        {
            S h = Hypot(a, b);
            return S.SelectEqual(h, S.Const(double.PositiveInfinity), S.Const(0), a / h / h);
        }
    }
}
