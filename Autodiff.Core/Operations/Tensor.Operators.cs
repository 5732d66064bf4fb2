using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>A plain number as a tensor operand; it takes its partner's type.</summary>
    public static implicit operator Tensor(double value) => Number(value);

    /// <summary>A plain integer as a tensor operand; it takes its partner's type.</summary>
    public static implicit operator Tensor(int value) => Number(value, DType.Int64);

    /// <summary>a + b, elementwise.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => a.Add(b);

    /// <summary>a - b, elementwise.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => a.Sub(b);

    /// <summary>a b, elementwise.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => a.Mul(b);

    /// <summary>a / b, elementwise; integers divide to float32.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => a.Div(b);

    /// <summary>-x.</summary>
    public static Tensor operator -(Tensor x) => x.Neg();

    /// <summary>Adds in place, as PyTorch's <c>+=</c>.</summary>
    public void operator +=(Tensor other) => AddInPlace(other);

    /// <summary>Subtracts in place.</summary>
    public void operator -=(Tensor other) => SubInPlace(other);

    /// <summary>Multiplies in place.</summary>
    public void operator *=(Tensor other) => MulInPlace(other);

    /// <summary>Divides in place.</summary>
    public void operator /=(Tensor other) => DivInPlace(other);

    /// <summary>a + b, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Add(Tensor other) => Map(default(Add), this, other, TypePromotion.Result(this, other));

    /// <summary>a - b, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Sub(Tensor other) => Map(default(Sub), this, other, TypePromotion.Result(this, other));

    /// <summary>a b elementwise, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Mul(Tensor other) => Map(default(Mul), this, other, TypePromotion.Result(this, other));

    /// <summary>a / b elementwise, broadcast; always floating.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Div(Tensor other) => Map(default(Div), this, other);

    /// <summary>-x.</summary>
    public Tensor Neg() => Map(default(Neg), DType);

    /// <summary>x², elementwise.</summary>
    public Tensor Square() => Map(default(Square), DType);

    /// <summary>x = x + other, in place (PyTorch's <c>add_</c>).</summary>
    public Tensor AddInPlace(Tensor other) => MapInPlace(default(Add), other);

    /// <summary>x = x - other, in place.</summary>
    public Tensor SubInPlace(Tensor other) => MapInPlace(default(Sub), other);

    /// <summary>x = x other, in place.</summary>
    public Tensor MulInPlace(Tensor other) => MapInPlace(default(Mul), other);

    /// <summary>x = x / other, in place.</summary>
    public Tensor DivInPlace(Tensor other) => MapInPlace(default(Div), other);
}
