using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// sin and cos share one path: x = n pi/2 + r with |r| <= pi/4, then the sine's or the cosine's polynomial by n mod 4.
// Where x is too large for the subtraction that finds r, RealMath.FarReduction.cs finds it.
public static partial class RealMath
{
    /// <summary>Error below 1 unit in the last place, whatever the size of x; NaN at infinities. -0 stays -0.</summary>
    [MethodImpl(AggressiveInlining)] internal static S SinDefault<S>(S x) where S : IReal<S> => SinOfQuarterTurns(x, 0);

    /// <summary>As <see cref="SinDefault{S}"/>.</summary>
    [MethodImpl(AggressiveInlining)] internal static S CosDefault<S>(S x) where S : IReal<S> => SinOfQuarterTurns(x, 1);

    /// <summary>Error below 2.5 units in the last place; NaN at infinities.</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S TanDefault<S>(S x) where S : IReal<S>
    {
        S y = TanOf(QuarterTurns(x, out S r, out S rest), r, rest);
        return S.BranchLessEqual(S.Abs(x), LastNear<S>(), S.SelectEqual(x, S.Const(0), x, y), default(FarTan), x);
    }

    /// <summary>tan(n pi/2 + r + rest).</summary>
    [MethodImpl(AggressiveInlining)]
    private static S TanOf<S>(S n, S r, S rest) where S : IReal<S>
    {
        // tan r, or -1 / tan r after an odd number of quarter turns; half turns change nothing.
        n *= S.Const(0.5);
        S halves = S.Floor(n);
        if (S.IsDouble)
        {
            SinCos(r, rest, out S sin, out S cos);
            return S.SelectEqual(n, halves, sin, -cos) / S.SelectEqual(n, halves, cos, sin);
        }

        // tan r = r + r^3 P(z), degree 6, error 2^-29.0; tan(r + rest) = tan r + rest (1 + tan^2 r), to the digits that
        // count.
        S z = r * r, p = Horner(z, S.Const(0.00459224591), -0.000342430198, 0.011170811, 0.021155756);
        p = Horner(z, p, 0.05408369, 0.133324623, 0.333333552);
        S t = r + S.FusedMultiplyAdd(r * z, p, S.FusedMultiplyAdd(rest, z, rest));
        return S.SelectEqual(n, halves, t, S.Const(-1) / t);
    }

    /// <summary>sin(x + turns pi/2).</summary>
    [MethodImpl(AggressiveInlining)]
    private static S SinOfQuarterTurns<S>(S x, int turns) where S : IReal<S>
    {
        S y = SinOf(QuarterTurns(x, out S r, out S rest), r, rest, turns);
        y = turns == 0 ? S.SelectEqual(x, S.Const(0), x, y) : y;
        return S.BranchLessEqual(S.Abs(x), LastNear<S>(), y, new FarSin(turns), x);
    }

    /// <summary>sin((n + turns) pi/2 + r + rest).</summary>
    [MethodImpl(AggressiveInlining)]
    private static S SinOf<S>(S n, S r, S rest, int turns) where S : IReal<S>
    {
        SinCos(r, rest, out S sin, out S cos);

        // The quarter turn's parity picks the function, the half turn's parity the sign.
        S quarter = (turns == 0 ? n : n + S.Const(turns)) * S.Const(0.5), halves = S.Floor(quarter),
            pair = halves * S.Const(0.5);
        S y = S.SelectEqual(quarter, halves, sin, cos);
        return S.SelectEqual(pair, S.Floor(pair), y, -y);
    }

    /// <summary>The largest magnitude for which pi/2 in three words is fine enough: 2^20 (double: 2^48).</summary>
    [MethodImpl(AggressiveInlining)]
    private static S LastNear<S>() where S : IReal<S> => S.Const(S.IsDouble ? 281474976710656.0 : 1048576.0);

    /// <summary>The n of x = n pi/2 + r + rest.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S QuarterTurns<S>(S x, out S r, out S rest) where S : IReal<S>
    {
        // n pi/2 is subtracted word by word. The first difference is exact; the second is taken in two parts, r and
        // rest, so that nothing is lost however close x is to a multiple of pi/2.
        S n = RoundProduct(x, 0.6366197723675814);
        S head = S.FusedMultiplyAdd(n, S.Const(-HalfPi), x);
        S word = S.Const(S.IsDouble ? -HalfPiLowDouble : -HalfPiLowSingle);
        S next = n * word;
        r = head + next;
        rest = S.FusedMultiplyAdd(n, S.Const(S.IsDouble ? 1.4973849048591698e-33 : 1.7151245100058819e-15),
            S.FusedMultiplyAdd(n, word, -next));
        rest = (head - r) + next + rest;
        return n;
    }

    /// <summary>The sine and the cosine of r + rest.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void SinCos<S>(S r, S rest, out S sin, out S cos) where S : IReal<S>
    {
        S z = r * r;
        if (!S.IsDouble)
        {
            // |r| <= 0.8011: sin r = r + r^3 P(z), degree 2, error 2^-27.8; cos r = 1 - z/2 + z^2 Q(z), degree 2,
            // 2^-32.9.
            sin = Horner(z, S.Const(-0.000195056244), 0.00833209604, -0.166666538);
            cos = Horner(z, S.Const(2.4428211e-5), -0.00138872885, 0.0416666456);
        }
        else
        {
            // Degree 5, error 2^-57.6; degree 5, 2^-63.8.
            sin = Horner(z, S.Const(1.5890558195970255e-10), -2.505065285053935e-08, 2.755731303846382e-06,
                -0.0001984126982799443,
                0.008333333333320267, -0.16666666666666624);
            cos = Horner(z, S.Const(-1.135509130448496e-11), 2.0875636602363354e-09, -2.7557313726477733e-07,
                2.4801587287364527e-05,
                -0.0013888888888870827, 0.04166666666666658);
        }

        // sin(r + rest) = sin r + rest and cos(r + rest) = cos r - r rest, to the digits that count.
        sin = r + S.FusedMultiplyAdd(r * z, sin, rest);
        S one = S.Const(1), w = S.FusedMultiplyAdd(z, S.Const(-0.5), one);
        S low = S.FusedMultiplyAdd(-r, rest, S.FusedMultiplyAdd(z, S.Const(-0.5), one - w));
        cos = w + S.FusedMultiplyAdd(z * z, cos, low);
    }
}
