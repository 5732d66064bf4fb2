using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>
    /// x^p elementwise, broadcast. Integers stay integers if both are. Exponents such as 2, 3, 0.5 and -1 given as
    /// plain numbers take their short forms.
    /// </summary>
    /// <param name="exponent">p.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast, or an integer would be raised to a negative
    /// integer.</exception>
    public Tensor Pow(Tensor exponent)
    {
        ArgumentNullException.ThrowIfNull(exponent);
        DType type = TypePromotion.Result(this, exponent);
        if (!exponent.IsNumber || exponent.RequiresGrad || IsNumber)
        {
            return Map(default(Pow), this, exponent, type);
        }

        RequirePower(exponent, type);
        return exponent.NumberValue switch
        {
            1 when type == DType => Clone(),
            2 => Map(default(Square), type),
            3 => Map(default(Cube), type),
            0.5 => Map(default(PowHalf), type),
            -0.5 => Map(default(PowMinusHalf), type),
            -1 => Map(default(Reciprocal), type),
            _ => Map(default(Pow), this, exponent, type),
        };
    }

    /// <summary>Refuses a plain number below 0 as the exponent of integers.</summary>
    private void RequirePower(Tensor exponent, DType type)
    {
        if (exponent.IsNumber && !type.IsFloatingPoint() && exponent.NumberValue is < 0 and double power)
        {
            throw new ArgumentException(
                $"Pow: {Describe()} is {type.DisplayName()}, and an integer to the power {power} is no integer. "
                    + "Convert it to a floating type.", nameof(exponent));
        }
    }

    /// <summary>x^p elementwise; for a number to the power of a tensor.</summary>
    /// <inheritdoc cref="Pow(Tensor)"/>
    /// <param name="x">x.</param>
    public static Tensor Pow(Tensor x, Tensor exponent)
    {
        ArgumentNullException.ThrowIfNull(x);
        return x.Pow(exponent);
    }

    /// <summary>x^p computed and returned in float64.</summary>
    /// <param name="exponent">p.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor FloatPower(Tensor exponent)
    {
        ArgumentNullException.ThrowIfNull(exponent);
        return To(DType.Float64).Pow(exponent.IsNumber ? exponent.NumberValue : exponent.To(DType.Float64));
    }

    /// <summary>x².</summary>
    public Tensor Square() => Map(default(Square), DType);

    /// <summary>√x; NaN below 0.</summary>
    public Tensor Sqrt() => Map(default(Sqrt));

    /// <summary>1 / √x.</summary>
    public Tensor Rsqrt() => Map(default(Rsqrt));

    /// <summary>√(a² + b²), without overflow on the way.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Hypot(Tensor other) => Map(default(Hypot), this, other);

    /// <summary>e^x.</summary>
    public Tensor Exp() => Map(default(Exp));

    /// <summary>2^x.</summary>
    public Tensor Exp2() => Map(default(Exp2));

    /// <summary>e^x - 1, accurate near 0.</summary>
    /// <remarks>
    /// The gradient y + 1 is computed from the rounded result, as in PyTorch: 0 where y rounds to -1 (x &lt; -17 in
    /// float32, -37 in float64). <c>x.Exp() - 1</c> has the gradient e^x with all its digits there.
    /// </remarks>
    public Tensor Expm1() => Map(default(Expm1));

    /// <summary>The natural logarithm; -∞ at 0, NaN below.</summary>
    public Tensor Log() => Map(default(Log));

    /// <summary>The logarithm to base 2.</summary>
    public Tensor Log2() => Map(default(Log2));

    /// <summary>The logarithm to base 10.</summary>
    public Tensor Log10() => Map(default(Log10));

    /// <summary>ln(1 + x), accurate near 0.</summary>
    public Tensor Log1p() => Map(default(Log1p));

    /// <summary>ln(e^a + e^b), without overflow.</summary>
    /// <remarks>The gradient is shared evenly where a = b, also at infinities.</remarks>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor LogAddExp(Tensor other) => Map(default(LogAddExp), this, other);

    /// <summary>x ln y; 0 where x is 0, unless y is NaN.</summary>
    /// <param name="other">y.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor XLogY(Tensor other) => Map(default(XLogY), this, other);

    /// <summary>The inverse of the sigmoid: ln(x / (1 - x)); NaN outside [0, 1].</summary>
    /// <param name="eps">If given, x is first held between eps and 1 - eps.</param>
    public Tensor Logit(double? eps = null) =>
        (eps is { } e ? To(TypePromotion.Float(DType)).Clamp(e, 1 - e) : this).Map(default(Logit));

    /// <summary>The error function erf x = 2/√π ∫₀ˣ e^(-t²) dt.</summary>
    public Tensor Erf() => Map(default(Erf));

    /// <summary>1 - erf x, accurate in the right tail.</summary>
    public Tensor Erfc() => Map(default(Erfc));
}
