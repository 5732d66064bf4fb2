namespace Autodiff.Tests.Elementwise;

/// <summary>What System.Math lacks, in double precision: slow and obvious.</summary>
internal static class ReferenceMath
{
    public static double Expm1(double x)
    {
        // Kahan: the rounding errors of u and of log u cancel.
        double u = Math.Exp(x);
        return u == 1 ? x : u - 1 == -1 ? -1 : double.IsInfinity(u) ? u : (u - 1) * x / Math.Log(u);
    }

    public static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : double.IsInfinity(u) ? u : Math.Log(u) * x / (u - 1);
    }

    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    public static double Softplus(double x) => Math.Max(x, 0) + Log1p(Math.Exp(-Math.Abs(x)));

    public static double Erf(double x)
    {
        if (Math.Abs(x) > 2.5)
        {
            return x < 0 ? Erfc(-x) - 1 : 1 - Erfc(x);
        }

        // 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (1·3·5···(2n+1)): all terms of one sign.
        double term = x, sum = x;
        for (int n = 1; Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }

        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }

    public static double Erfc(double x)
    {
        if (x < 0.5)
        {
            return 1 - Erf(x);
        }

        // Laplace's continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + ...))), from far inside out.
        double f = x;
        for (int k = 2000; k >= 1; k--)
        {
            f = x + k * 0.5 / f;
        }

        return Math.Exp(-x * x) / (Math.Sqrt(Math.PI) * f);
    }

    public static double Remainder(double a, double b)
    {
        double r = Math.IEEERemainder(a, b);
        return r != 0 && r < 0 != b < 0 ? r + b : r;
    }
}
