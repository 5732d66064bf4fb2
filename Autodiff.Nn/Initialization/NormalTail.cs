namespace Autodiff.Nn;

/// <summary>Draws from the far tail of the normal distribution, between bounds on one side of its mean.</summary>
/// <remarks>
/// With Q(x) = 1 - Φ(x) = φ(x) M(x), M the Mills ratio, and d the distance from the nearer bound a,
/// ln(Q(a + d) / Q(a)) = -(a d + d²/2) + ln(M(a + d) / M(a)) has no cancellation, however far out the bound is.
/// </remarks>
internal static class NormalTail
{
    /// <summary>The nearest bound, in standard deviations, for which the continued fraction below is short.</summary>
    public const double Least = 2.5;

    private const int Terms = 60, MostSteps = 30;

    /// <summary>Fills a tensor: one uniform double for each element, through the inverse of ln Q.</summary>
    public static void Draw(Tensor tensor, double mean, double std, double a, double b, Generator? generator)
    {
        bool right = a > mean;
        double near = (right ? a - mean : mean - b) / std, width = (b - a) / std, least = LogRatio(near, width);
        double[] values = Tensor.Empty(tensor.Shape, DType.Float64).UniformInPlace(0, 1, generator).ToArray<double>();
        for (int i = 0; i < values.Length; i++)
        {
            double d = std * Distance(near, Log1p(values[i] * Expm1(least)));
            values[i] = Math.Clamp(right ? a + d : b - d, a, b);
        }

        tensor.CopyFrom(Tensor.From<double>(values, tensor.Shape));
        if (tensor.DType == DType.Float32)
        {
            tensor.ClampInPlace(a, b);
        }
    }

    /// <summary>
    /// The d with ln(Q(a + d) / Q(a)) = t, by Newton's method from where it would be if M were constant.
    /// </summary>
    private static double Distance(double a, double t)
    {
        double d = -2 * t / (a + Math.Sqrt((a * a) - (2 * t)));
        for (int i = 0; i < MostSteps; i++)
        {
            double step = (LogRatio(a, d) - t) * Mills(a + d);
            d = Math.Max(d + step, 0);
            if (!(Math.Abs(step) > 1e-15 * d))
            {
                break;
            }
        }

        return d;
    }

    private static double LogRatio(double a, double d) =>
        double.IsPositiveInfinity(d)
            ? double.NegativeInfinity
            : Math.Log(Mills(a + d) / Mills(a)) - (d * (a + (d / 2)));

    /// <summary>M(x) = Q(x) / φ(x) = 1 / (x + 1 / (x + 2 / (x + 3 / ...))) (Laplace).</summary>
    private static double Mills(double x)
    {
        double tail = x;
        for (int i = Terms; i > 0; i--)
        {
            tail = x + (i / tail);
        }

        return 1 / tail;
    }

    // Kahan's corrections of ln(1 + x) and e^x - 1.
    private static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * x / (u - 1);
    }

    private static double Expm1(double x)
    {
        double u = Math.Exp(x);
        return u == 1 ? x : u - 1 == -1 ? -1 : (u - 1) * x / Math.Log(u);
    }
}
