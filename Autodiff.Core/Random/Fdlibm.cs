namespace Autodiff;

/// <summary>
/// Elementary functions whose last bit the published streams depend on and which .NET lacks:
/// <see cref="double.LogP1(double)"/> is log(x + 1), which loses small x.
/// </summary>
internal static class Fdlibm
{
    private const double Ln2High = 6.93147180369123816490e-01;
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>
    /// log(1 + x), within 1 ulp: the method of Sun Microsystems' fdlibm (1993) with the polynomial grouped and the
    /// multiply-adds fused as glibc has them on machines with FMA.
    /// 1 + x = 2^k (1 + f) with sqrt(1/2) &lt; 1 + f &lt; sqrt(2), c the rounding error of 1 + x; then
    /// log(1 + f) = f - (f²/2 - s (f²/2 + R(s²))), s = f / (2 + f).
    /// </summary>
    internal static double Log1P(double x)
    {
        int high = HighWord(x);
        int magnitude = high & 0x7FFFFFFF;
        if (magnitude >= 0x7FF00000 || x <= -1)
        {
            return x == -1 ? double.NegativeInfinity : x < -1 ? double.NaN : x;
        }

        if (magnitude < 0x3E200000)
        {
            // |x| < 2^-29, and below 2^-54 the square is out of reach.
            return magnitude < 0x3C900000 ? x : x - (x * x * 0.5);
        }

        double k = 0;
        double f = x;
        double c = 0;
        bool tiny = false;
        bool alreadyReduced = high < 0x3FDA827A && (high > 0 || high <= unchecked((int)0xBFD2BEC3));
        if (!alreadyReduced)
        {
            double u = high < 0x43400000 ? 1 + x : x;
            int mantissa = HighWord(u);
            int exponent = (mantissa >> 20) - 1023;
            if (high < 0x43400000)
            {
                c = (exponent > 0 ? 1 - (u - x) : x - (u - 1)) / u;
            }

            mantissa &= 0x000FFFFF;
            if (mantissa < 0x6A09E)
            {
                u = WithHighWord(u, mantissa | 0x3FF00000);
            }
            else
            {
                exponent++;
                u = WithHighWord(u, mantissa | 0x3FE00000);
                mantissa = (0x00100000 - mantissa) >> 2;
            }

            k = exponent;
            f = u - 1;
            tiny = mantissa == 0;
        }

        c = Math.FusedMultiplyAdd(k, Ln2Low, c);
        double halfSquare = 0.5 * f * f;
        if (tiny)
        {
            // |f| < 2^-20.
            if (f == 0)
            {
                return Math.FusedMultiplyAdd(k, Ln2High, c);
            }

            double r = halfSquare * Math.FusedMultiplyAdd(-0.66666666666666666, f, 1);
            return k == 0 ? f - r : Math.FusedMultiplyAdd(k, Ln2High, -((r - c) - f));
        }

        double s = f / (2 + f);
        double z = s * s;
        double z2 = z * z;
        double z4 = z2 * z2;
        double r2 = Math.FusedMultiplyAdd(z, 2.857142874366239149e-01, 3.999999999940941908e-01);
        double r3 = Math.FusedMultiplyAdd(z, 1.818357216161805012e-01, 2.222219843214978396e-01);
        double r4 = Math.FusedMultiplyAdd(z, 1.479819860511658591e-01, 1.531383769920937332e-01);
        double tail = Math.FusedMultiplyAdd(z, 6.666666666666735130e-01, z2 * r2);
        tail = Math.FusedMultiplyAdd(z4, r3, tail);
        tail = Math.FusedMultiplyAdd(z2 * z4, r4, tail);
        double correction = (tail + halfSquare) * s;
        return k == 0
            ? f - (halfSquare - correction)
            : Math.FusedMultiplyAdd(k, Ln2High, -((halfSquare - (c + correction)) - f));
    }

    private static int HighWord(double x) => (int)(BitConverter.DoubleToInt64Bits(x) >> 32);

    private static double WithHighWord(double x, int high) =>
        BitConverter.Int64BitsToDouble(((long)high << 32) | (BitConverter.DoubleToInt64Bits(x) & 0xFFFFFFFFL));
}
