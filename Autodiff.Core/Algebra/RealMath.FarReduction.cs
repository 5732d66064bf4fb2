using System.Runtime.CompilerServices;

namespace Autodiff.Algebra;

// Sine, cosine and tangent of arguments so large that a multiple of pi/2 cannot be subtracted from them any more, by
// the way of Payne and Hanek (Radian reduction for trigonometric functions, SIGNUM 1983): x times 2/pi, of whose digits
// only those take part that are neither below the answer's last digit nor so high that, times x, they make whole turns.
public static partial class RealMath
{
    /// <summary>Words of 2/pi that take part: the window.</summary>
    private const int Window = 5;

    // The binary digits of 2/pi in integers of 24 and of 53 bits, the most significant first.
    private static readonly double[] s_digits24 =
    [
        10680707, 7228996, 1387004, 2578385, 16069853, 12639074, 9804092, 4427841, 16666979,
    ];

    private static readonly double[] s_digits53 =
    [
        5734161139222658, 5814151408469972, 7440259586542284, 5563773718881558, 2066796102992750, 2563573915284664,
        55291115753100, 5098427330010289, 1465545334474430, 5835026907506289, 6776677510095004, 7069188010357663,
        2595984518904818, 2831001892290551, 4552804911380620, 3195225570766134, 4461702110328553, 8190251822055336,
        6397593724909042, 8751785341853560, 5811081437509311, 3456741467624832, 7180050975382879,
    ];

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
        Words<S> words = WordsFrom(c);

        // x 2/pi as a sum of three numbers; every product is taken exactly, in two parts.
        S head = S.Const(0), low = head, last = head;
        for (int k = 0; k < Window; k++)
        {
            S word = words[k] * S.Const(Math.ScaleB(1, -bits * k)), product = y * word;
            S error = S.FusedMultiplyAdd(y, word, -product);
            Add(k < 2 ? WithoutTurns(product) : product, ref head, ref low, ref last);
            if (k < Window - 1)
            {
                Add(k < 1 ? WithoutTurns(error) : error, ref head, ref low, ref last);
            }
        }

        S n = S.Round(head), fraction = TwoSum(head - n, low, out low);
        S halfPi = S.Const(1.5707963267948966),
            halfPiLow = S.Const(S.IsDouble ? 6.123233995736766e-17 : -4.3711388286737929e-8);
        r = fraction * halfPi;
        rest = S.FusedMultiplyAdd(fraction, halfPi, -r)
            + S.FusedMultiplyAdd(fraction, halfPiLow, (low + last) * halfPi);
        return n;
    }

    /// <summary>
    /// Words c - 1, c, ... of 2/pi, where c is integral and differs from lane to lane: moved down by the binary digits
    /// of c.
    /// </summary>
    private static Words<S> WordsFrom<S>(S c) where S : IReal<S>
    {
        ReadOnlySpan<double> digits = S.IsDouble ? s_digits53 : s_digits24;
        Words<S> words = default;
        for (int i = 0; i <= digits.Length; i++)
        {
            words[i] = S.Const(i == 0 ? 0 : digits[i - 1]);
        }

        for (int step = S.IsDouble ? 16 : 4; step > 0; step /= 2)
        {
            S limit = S.Const(step);
            for (int i = 0; i < Window + step - 1 && i + step <= digits.Length; i++)
            {
                words[i] = S.SelectLess(c, limit, words[i], words[i + step]);
            }

            c = S.SelectLess(c, limit, c, c - limit);
        }

        return words;
    }

    /// <summary>x without a multiple of 4, exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S WithoutTurns<S>(S x) where S : IReal<S> =>
        S.FusedMultiplyAdd(S.Round(x * S.Const(0.25)), S.Const(-4), x);

    /// <summary>Adds x to an unevaluated sum of three numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<S>(S x, ref S head, ref S low, ref S last) where S : IReal<S>
    {
        head = TwoSum(head, x, out S error);
        low = TwoSum(low, error, out error);
        last += error;
    }

    /// <summary>a + b and what its rounding leaves (Knuth).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static S TwoSum<S>(S a, S b, out S error) where S : IReal<S>
    {
        S sum = a + b, second = sum - a;
        error = (a - (sum - second)) + (b - second);
        return sum;
    }

    [InlineArray(24)]
    private struct Words<S>
    {
        private S _first;
    }
}
