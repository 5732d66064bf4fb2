namespace Autodiff;

/// <summary>
/// Standard normals by the ziggurat method of Marsaglia and Tsang (2000): the area under exp(-x²/2) covered by 256
/// steps of equal area, the lowest with the tail.
/// </summary>
internal static partial class Ziggurat
{
    /// <summary>Where the tail begins: x_255.</summary>
    internal const double TailStart = 3.6541528853610087963519472518;

    private const double InverseTailStart = 0.27366123732975827203338247596;

    /// <summary>
    /// Draws one word for 99.3 % of the values: 8 bits for the step, 1 for the sign, 52 for the place in the step.
    /// </summary>
    internal static double StandardNormal<TBits>(ref TBits bits) where TBits : struct, IBitGenerator
    {
        while (true)
        {
            ulong word = bits.Next64();
            int step = (int)(word & 0xFF);
            bool negative = (word & 0x100) != 0;
            ulong mantissa = (word >> 9) & 0x000FFFFFFFFFFFFF;
            double x = mantissa * Widths[step];
            x = negative ? -x : x;
            if (mantissa < Inside[step])
            {
                return x;
            }

            if (step == 0)
            {
                // The tail takes its sign from a bit of the mantissa.
                double tail = Tail(ref bits);
                return (mantissa & 0x100) != 0 ? -tail : tail;
            }

            double height = ((Heights[step - 1] - Heights[step]) * bits.NextDouble()) + Heights[step];
            if (height < Math.Exp(-0.5 * x * x))
            {
                return x;
            }
        }
    }

    /// <summary>Row i of the tables as numbers: the edge x_i, the height f_i, the share x_{i-1} / x_i.</summary>
    internal static (double Edge, double Height, double Share) Step(int i) =>
        (Widths[i] * (1L << 52), Heights[i], Inside[i] / (double)(1L << 52));

    // Marsaglia's tail: x exponential with rate TailStart, kept where a second exponential y has 2y > x².
    private static double Tail<TBits>(ref TBits bits) where TBits : struct, IBitGenerator
    {
        double x, y;
        do
        {
            x = -InverseTailStart * Fdlibm.Log1P(-bits.NextDouble());
            y = -Fdlibm.Log1P(-bits.NextDouble());
        }
        while (!(y + y > x * x));

        return TailStart + x;
    }
}
