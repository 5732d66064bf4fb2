using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>a + b, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Add(Tensor other) => Map(default(Add), this, other, TypePromotion.Result(this, other));

    /// <summary>a + α b, rounded once and broadcast.</summary>
    /// <param name="other">b.</param>
    /// <param name="alpha">α; integral if a and b are integers.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Add(Tensor other, double alpha) => AddScaled(other, alpha);

    /// <summary>a - b, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Sub(Tensor other) => Map(default(Sub), this, other, TypePromotion.Result(this, other));

    /// <summary>a - α b, rounded once and broadcast.</summary>
    /// <param name="other">b.</param>
    /// <param name="alpha">α; integral if a and b are integers.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Sub(Tensor other, double alpha) => AddScaled(other, -alpha);

    /// <summary>a b elementwise, broadcast.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Mul(Tensor other) => Map(default(Mul), this, other, TypePromotion.Result(this, other));

    /// <summary>a / b elementwise, broadcast; always floating (PyTorch's <c>div</c> and <c>true_divide</c>).</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Div(Tensor other) => Map(default(Div), this, other);

    /// <summary>-x.</summary>
    public Tensor Neg() => Map(default(Neg), DType);

    /// <summary>|x|, with slope 0 at 0.</summary>
    public Tensor Abs() => Map(default(Abs), DType);

    /// <summary>1 / x.</summary>
    public Tensor Reciprocal() => Map(default(Reciprocal));

    /// <summary>Degrees to radians: π/180 x.</summary>
    public Tensor Deg2Rad() => Map(default(Deg2Rad));

    /// <summary>Radians to degrees: 180/π x.</summary>
    public Tensor Rad2Deg() => Map(default(Rad2Deg));

    /// <summary>x + α b c elementwise (PyTorch's <c>addcmul</c>), broadcast.</summary>
    /// <param name="tensor1">b.</param>
    /// <param name="tensor2">c.</param>
    /// <param name="value">α; integral if the tensors are integers.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor AddCMul(Tensor tensor1, Tensor tensor2, double value = 1)
    {
        RequireIntegral(nameof(AddCMul), value, TypePromotion.Result(this, tensor1, tensor2));
        return Map(new AddCMul(value), this, tensor1, tensor2);
    }

    /// <summary>x + α b / c elementwise (PyTorch's <c>addcdiv</c>), broadcast; always floating.</summary>
    /// <param name="tensor1">b.</param>
    /// <param name="tensor2">c.</param>
    /// <param name="value">α.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor AddCDiv(Tensor tensor1, Tensor tensor2, double value = 1) =>
        Map(new AddCDiv(value), this, tensor1, tensor2,
            TypePromotion.Float(TypePromotion.Result(this, tensor1, tensor2)));

    /// <summary>
    /// x + w (end - x): from x at weight 0 to <paramref name="end"/> at weight 1, both met exactly; broadcast.
    /// </summary>
    /// <param name="end">The value at weight 1.</param>
    /// <param name="weight">w, a number or a tensor.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Lerp(Tensor end, Tensor weight) =>
        Map(default(Lerp), this, end, weight, TypePromotion.Float(TypePromotion.Result(this, end, weight)));

    private Tensor AddScaled(Tensor other, double alpha)
    {
        DType type = TypePromotion.Result(this, other);
        RequireIntegral(nameof(Add), alpha, type);
        return Map(new AddScaled(alpha), this, other, type);
    }

    /// <summary>This tensor times a plain number, in its own type.</summary>
    private Tensor Times(string operation, double factor)
    {
        RequireIntegral(operation, factor, DType);
        return factor == 1 ? this : this * (DType.IsFloatingPoint() ? Number(factor) : Number((long)factor));
    }

    // A factor is rounded to the type it multiplies, which must not turn 0.5 into 0.
    private static void RequireIntegral(string operation, double factor, DType type)
    {
        if (!type.IsFloatingPoint() && factor != Math.Floor(factor))
        {
            throw new ArgumentException(
                $"{operation}: the factor {factor} is not integral, but the result is {type.DisplayName()}. Convert an "
                    + "operand to a floating type.", nameof(factor));
        }
    }
}
