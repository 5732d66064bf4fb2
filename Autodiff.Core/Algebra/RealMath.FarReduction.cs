using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Sine, cosine and tangent of arguments so large that a multiple of pi/2 cannot be subtracted from them any more, by
// the way of Payne and Hanek (Radian reduction for trigonometric functions, SIGNUM 1983): x times 2/pi, of whose digits
// only those take part that are neither below the answer's last digit nor so high that, times x, they make whole turns.
public static partial class RealMath
{
    /// <summary>Words of 2/pi that take part: the window.</summary>
    private const int Window = 5;

    /// <summary>sin(x + turns pi/2).</summary>
    private readonly struct FarSin(int turns) : IUnaryFormula
    {
        private readonly int _turns = turns;

        public S F<S>(S x) where S : IReal<S> => SinOf(FarQuarterTurns(x, out S r, out S rest), r, rest, _turns);
    }

    private readonly struct FarTan : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => TanOf(FarQuarterTurns(x, out S r, out S rest), r, rest);
    }

    /// <summary>
    /// The n of x = n pi/2 + r + rest, up to a multiple of 4, for |x| from 4 on; NaN for infinities and NaN.
    /// </summary>
    private static S FarQuarterTurns<S>(S x, out S r, out S rest) where S : IReal<S>
    {
        // x = y 2^(bits c) with 4 <= |y| < 2^(bits + 2), so that y is a multiple of 2^(3 - bits). Word j of 2/pi counts
        // 2^(-bits (j + 1)): words before c - 1 give multiples of 8, and five words from there on leave an error of
        // 2^(1 - 3 bits).
        int bits = S.IsDouble ? 53 : 24;
        S c = S.Floor((S.Exponent(x) - S.Const(1.5)) * S.Const(1.0 / bits)), y = S.ScaleB(x, c * S.Const(-bits));

        // x 2/pi as a sum of three numbers; every product is taken exactly, in two parts. A loop, so that a kernel
        // stays short.
        S head = S.Const(0), low = head, last = head, scale = S.Const(1);
        for (int k = 0; k < Window; k++)
        {
            S word = WordAt(c) * scale, product = y * word;
            S error = S.FusedMultiplyAdd(y, word, -product);
            Add(k < 2 ? WithoutTurns(product) : product, ref head, ref low, ref last);
            if (k < Window - 1)
            {
                Add(k < 1 ? WithoutTurns(error) : error, ref head, ref low, ref last);
            }

            c += S.Const(1);
            scale *= S.Const(S.IsDouble ? 1.1102230246251565e-16 : 5.9604644775390625e-08);
        }

        S n = S.Round(head), fraction = TwoSum(head - n, low, out low);
        S halfPi = S.Const(HalfPi), halfPiLow = S.Const(S.IsDouble ? HalfPiLowDouble : HalfPiLowSingle);
        r = fraction * halfPi;
        rest = S.FusedMultiplyAdd(fraction, halfPi, -r)
            + S.FusedMultiplyAdd(fraction, halfPiLow, (low + last) * halfPi);
        return n;
    }

    /// <summary>
    /// Word c - 1 of 2/pi, where c is integral, from 0 on, and differs from lane to lane: selected by the digits of c.
    /// </summary>
    /// <remarks>
    /// Written out: a table that is read by a variable index would lie in a kernel's slowest memory. The words are the
    /// binary digits of 2/pi in integers of 53 bits and of 24, the most significant first, behind a word of zero.
    /// </remarks>
    private static S WordAt<S>(S c) where S : IReal<S>
    {
        S of8 = S.IsDouble ? Rest(c, 16) : c, of4 = Rest(of8, 8), of2 = Rest(of4, 4), of1 = Rest(of2, 2);
        S w0 = OneOf(of2, of1, Digit<S>(0, 0), Digit<S>(5734161139222658, 10680707),
            Digit<S>(5814151408469972, 7228996), Digit<S>(7440259586542284, 1387004));
        S w4 = OneOf(of2, of1, Digit<S>(5563773718881558, 2578385), Digit<S>(2066796102992750, 16069853),
            Digit<S>(2563573915284664, 12639074), Digit<S>(55291115753100, 9804092));
        S w8 = OneOf(of2, of1, Digit<S>(5098427330010289, 4427841), Digit<S>(1465545334474430, 16666979),
            Digit<S>(5835026907506289, 0), Digit<S>(6776677510095004, 0));
        S four = S.Const(4), eight = S.Const(8);
        if (!S.IsDouble)
        {
            return S.SelectLess(of8, eight, S.SelectLess(of4, four, w0, w4), w8);
        }

        S w12 = OneOf(of2, of1, S.Const(7069188010357663), S.Const(2595984518904818),
            S.Const(2831001892290551), S.Const(4552804911380620));
        S w16 = OneOf(of2, of1, S.Const(3195225570766134), S.Const(4461702110328553),
            S.Const(8190251822055336), S.Const(6397593724909042));
        S w20 = OneOf(of2, of1, S.Const(8751785341853560), S.Const(5811081437509311),
            S.Const(3456741467624832), S.Const(7180050975382879));
        S low = S.SelectLess(of8, eight, S.SelectLess(of4, four, w0, w4), S.SelectLess(of4, four, w8, w12));
        return S.SelectLess(c, S.Const(16), low, S.SelectLess(of4, four, w16, w20));
    }

    /// <summary>A word of 2/pi in the carrier's precision.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S Digit<S>(double ofDouble, double ofSingle)
        where S : IReal<S> => S.Const(S.IsDouble ? ofDouble : ofSingle);

    /// <summary>One of four words by two binary digits.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S OneOf<S>(S of2, S of1, S a, S b, S c, S d) where S : IReal<S>
    {
        S one = S.Const(1);
        return S.SelectLess(of2, S.Const(2), S.SelectLess(of1, one, a, b), S.SelectLess(of1, one, c, d));
    }

    /// <summary>What is left of c behind a binary digit.</summary>
    [MethodImpl(AggressiveInlining)]
    private static S Rest<S>(S c, double places) where S : IReal<S>
    {
        S limit = S.Const(places);
        return S.SelectLess(c, limit, c, c - limit);
    }

    /// <summary>x without a multiple of 4, exactly.</summary>
    [MethodImpl(AggressiveInlining)] private static S WithoutTurns<S>(S x) where S : IReal<S> =>
        S.FusedMultiplyAdd(S.Round(x * S.Const(0.25)), S.Const(-4), x);

    /// <summary>Adds x to an unevaluated sum of three numbers.</summary>
    [MethodImpl(AggressiveInlining)]
    private static void Add<S>(S x, ref S head, ref S low, ref S last) where S : IReal<S>
    {
        head = TwoSum(head, x, out S error);
        low = TwoSum(low, error, out error);
        last += error;
    }

    /// <summary>a + b and what its rounding leaves (Knuth).</summary>
    [MethodImpl(AggressiveInlining)]
    internal static S TwoSum<S>(S a, S b, out S error) where S : IReal<S>
    {
        S sum = a + b, second = sum - a;
        error = (a - (sum - second)) + (b - second);
        return sum;
    }
}
