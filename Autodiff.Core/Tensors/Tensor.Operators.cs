using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>A plain number as a tensor operand; it takes its partner's type.</summary>
    public static implicit operator Tensor(double value) => Number(value);

    /// <summary>A plain integer as a tensor operand; it takes its partner's type.</summary>
    public static implicit operator Tensor(int value) => Number((long)value);

    /// <inheritdoc cref="op_Implicit(int)"/>
    public static implicit operator Tensor(long value) => Number(value);

    /// <summary>a + b, elementwise.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);

    /// <summary>a - b, elementwise.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => a.Sub(b);

    /// <summary>a b, elementwise.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => a.Mul(b);

    /// <summary>a / b, elementwise; integers divide to float32.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => a.Div(b);

    /// <summary>The remainder with the sign of b, as Python's <c>%</c>: <see cref="Remainder(Tensor)"/>.</summary>
    public static Tensor operator %(Tensor a, Tensor b) => a.Remainder(b);

    /// <summary>-x.</summary>
    public static Tensor operator -(Tensor x) => x.Neg();

    /// <summary>a &lt; b, a bool tensor.</summary>
    public static Tensor operator <(Tensor a, Tensor b) => a.Lt(b);

    /// <summary>a > b, a bool tensor.</summary>
    public static Tensor operator >(Tensor a, Tensor b) => a.Gt(b);

    /// <summary>a ≤ b, a bool tensor.</summary>
    public static Tensor operator <=(Tensor a, Tensor b) => a.Le(b);

    /// <summary>a ≥ b, a bool tensor.</summary>
    public static Tensor operator >=(Tensor a, Tensor b) => a.Ge(b);

    /// <summary>And: of truth values for bool, of bits for integers.</summary>
    public static Tensor operator &(Tensor a, Tensor b) => a.BitwiseAnd(b);

    /// <summary>Or: of truth values for bool, of bits for integers.</summary>
    public static Tensor operator |(Tensor a, Tensor b) => a.BitwiseOr(b);

    /// <summary>Exclusive or: of truth values for bool, of bits for integers.</summary>
    public static Tensor operator ^(Tensor a, Tensor b) => a.BitwiseXor(b);

    /// <summary>Whether x is zero: the logical not, a bool tensor.</summary>
    public static Tensor operator !(Tensor x) => x.LogicalNot();

    /// <summary>Not: of truth values for bool, of bits for integers.</summary>
    public static Tensor operator ~(Tensor x) => x.BitwiseNot();

    /// <summary>Adds in place, as PyTorch's <c>+=</c>.</summary>
    public void operator +=(Tensor other) => AddInPlace(other);

    /// <summary>Subtracts in place.</summary>
    public void operator -=(Tensor other) => SubInPlace(other);

    /// <summary>Multiplies in place.</summary>
    public void operator *=(Tensor other) => MulInPlace(other);

    /// <summary>Divides in place.</summary>
    public void operator /=(Tensor other) => DivInPlace(other);
}
