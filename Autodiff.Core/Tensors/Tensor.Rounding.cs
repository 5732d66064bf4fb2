using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>The largest integer not above x. Integers stay as they are.</summary>
    public Tensor Floor() => Map(default(Floor), DType);

    /// <summary>The smallest integer not below x. Integers stay as they are.</summary>
    public Tensor Ceil() => Map(default(Ceil), DType);

    /// <summary>The integer part of x, towards zero. Integers stay as they are.</summary>
    public Tensor Trunc() => Map(default(Trunc), DType);

    /// <summary>x - trunc x, with the sign of x.</summary>
    public Tensor Frac() => Map(default(Frac), DType);

    /// <summary>-1, 0 or 1 (PyTorch's <c>sign</c> and <c>sgn</c>); NaN stays NaN.</summary>
    public Tensor Sign() => Map(default(Sign), DType);

    /// <summary>
    /// The nearest integer, halves to even; or x rounded to a number of decimals. Integers stay as they are.
    /// </summary>
    /// <param name="decimals">How many; negative for tens, hundreds, ...</param>
    public Tensor Round(int decimals = 0) => decimals == 0 || !DType.IsFloatingPoint()
        ? Map(default(Round), DType)
        : Map(new RoundDecimals(decimals), DType);

    /// <summary>|x| with the sign of <paramref name="other"/>, that of a zero included.</summary>
    /// <param name="other">Where the sign comes from.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor CopySign(Tensor other) => Map(default(CopySign), this, other);

    /// <summary>
    /// The quotient rounded as asked: <see cref="RoundingMode.Floor"/> or <see cref="RoundingMode.Trunc"/>. Integers
    /// stay integers.
    /// </summary>
    /// <param name="other">The divisor.</param>
    /// <param name="rounding">How the quotient becomes integral.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    /// <exception cref="DivideByZeroException">The operands are integers and the divisor holds a zero.</exception>
    public Tensor Div(Tensor other, RoundingMode rounding) => rounding == RoundingMode.Floor
        ? Quotient(nameof(FloorDivide), other, default(FloorDivide), default(Div))
        : Quotient("Div", other, default(TruncDivide), default(IntegerTruncDivide));

    /// <summary>⌊a / b⌋, Python's <c>//</c>. Integers stay integers.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    /// <exception cref="DivideByZeroException">The operands are integers and the divisor holds a zero.</exception>
    public Tensor FloorDivide(Tensor other) => Div(other, RoundingMode.Floor);

    /// <summary>a - b trunc(a / b): the remainder with the sign of a, as C's <c>fmod</c>.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    /// <exception cref="DivideByZeroException">The operands are integers and the divisor holds a zero.</exception>
    public Tensor Fmod(Tensor other) => Quotient(nameof(Fmod), other, default(Fmod), default(IntegerFmod));

    /// <summary>a - b ⌊a / b⌋: the remainder with the sign of b, as Python's <c>%</c>.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    /// <exception cref="DivideByZeroException">The operands are integers and the divisor holds a zero.</exception>
    public Tensor Remainder(Tensor other) =>
        Quotient(nameof(Remainder), other, default(Remainder), default(IntegerRemainder));

    private Tensor Quotient<TFloat, TInteger>(string operation, Tensor other, TFloat real, TInteger integer)
        where TFloat : unmanaged, Algebra.IBinaryOp where TInteger : unmanaged, Algebra.IBinaryFormula
    {
        DType type = TypePromotion.Result(this, other);
        if (type.IsFloatingPoint())
        {
            return Map(real, this, other, type);
        }

        if (other.LogicalNot().AnyTrue())
        {
            throw new DivideByZeroException(
                $"{operation}: the {other.DType.DisplayName()} divisor {other.Describe()} holds a zero, and integers "
                    + "have no infinity. Convert to a floating type, or replace the zeros with Where.");
        }

        return MapRaw(integer, this, other, Computing(type), Computing(type));
    }
}
