using Autodiff.Algebra;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// Quotients and square roots of float32, rounded to the nearest number, out of a device's own, which OpenCL lets be
/// wrong by 2.5 and 3 units in the last place.
/// </summary>
/// <remarks>
/// A first value for significands is moved by its residual, which a multiply-add gives; what is left of that is exact
/// and says whether the neighbour is nearer (P. Markstein, "Computation of elementary functions on the IBM RISC
/// System/6000 processor", IBM J. Res. Dev. 34, 1990). Subnormal operands and quotients are the device's own.
/// </remarks>
internal static class CorrectedSingle
{
    private const float Unit = 1.1920929e-7f; // 2^-23

    /// <summary>a / b.</summary>
    public static float Divide(float a, float b)
    {
        float x = ExactSingle.MantissaOfNormal(a), y = ExactSingle.MantissaOfNormal(b);
        float significand = Quotient(x, y, ExactSingle.OwnQuotient(x, y));
        float power = ExactSingle.Subtract(Exponent(a), Exponent(b));
        float half = ExactSingle.Floor(ExactSingle.Multiply(power, 0.5f));

        // In two factors, each of which is a number; the second rounds where the quotient is none.
        float magnitude = ExactSingle.Multiply(
            ExactSingle.Multiply(significand, ExactSingle.PowerOfTwo(half)),
            ExactSingle.PowerOfTwo(ExactSingle.Subtract(power, half)));
        return IsNormal(a) & IsNormal(b) ? ExactSingle.CopySign(magnitude, SignOfProduct(a, b))
            : ExactSingle.OwnQuotient(a, b);
    }

    /// <summary>√x.</summary>
    public static float Sqrt(float x)
    {
        float power = Exponent(x), half = ExactSingle.Floor(ExactSingle.Multiply(power, 0.5f));
        float odd = ExactSingle.Subtract(power, ExactSingle.Add(half, half));
        float significand = ExactSingle.Multiply(ExactSingle.MantissaOfNormal(x), ExactSingle.PowerOfTwo(odd));
        float root = ExactSingle.Multiply(
            Root(significand, ExactSingle.OwnRoot(significand)), ExactSingle.PowerOfTwo(half));
        return IsNormal(x) & x > 0 ? root : ExactSingle.OwnRoot(x);
    }

    /// <summary>The nearest number to x / y, both in [1, 2), from one that is a few units away.</summary>
    public static float Quotient(float x, float y, float near)
    {
        float rest = ExactSingle.MultiplyAdd(ExactSingle.Negate(near), y, x);
        float q = ExactSingle.Add(near, ExactSingle.OwnQuotient(rest, y));
        rest = ExactSingle.MultiplyAdd(ExactSingle.Negate(q), y, x);

        // A quotient is never in the middle between two numbers.
        float unit = q < 1 ? Unit / 2 : Unit, half = q < 1 ? Unit / 4 : Unit / 2;
        return ExactSingle.Abs(rest) > ExactSingle.Multiply(y, half)
            ? ExactSingle.Add(q, ExactSingle.CopySign(unit, rest)) : q;
    }

    /// <summary>The nearest number to the square root of x in [1, 4), from one that is a few units away.</summary>
    public static float Root(float x, float near)
    {
        float rest = ExactSingle.MultiplyAdd(ExactSingle.Negate(near), near, x);
        float s = ExactSingle.Add(near, ExactSingle.OwnQuotient(rest, ExactSingle.Add(near, near)));
        rest = ExactSingle.MultiplyAdd(ExactSingle.Negate(s), s, x);

        // √x > s + u/2 where x - s² > u s + u²/4; both sides but the last summand are multiples of u².
        float most = ExactSingle.Multiply(s, Unit);
        return rest > most ? ExactSingle.Add(s, Unit)
            : rest <= ExactSingle.Negate(most) ? ExactSingle.Subtract(s, Unit) : s;
    }

    private static float Exponent(float x) => ExactSingle.ExponentOfNormal(ExactSingle.Abs(x));

    private static float SignOfProduct(float a, float b) =>
        Interop.IntAsFloat(Interop.FloatAsInt(a) ^ Interop.FloatAsInt(b));

    private static bool IsNormal(float x)
    {
        uint bits = Interop.FloatAsInt(x) & 0x7FFFFFFFu;
        return bits - 0x00800000u < 0x7F000000u;
    }
}
