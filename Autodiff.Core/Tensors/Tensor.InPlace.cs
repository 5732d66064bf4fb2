using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>x = x + other, in place (PyTorch's <c>add_</c>, as all methods in place are <c>xxx_</c>).</summary>
    public Tensor AddInPlace(Tensor other) => MapInPlace(default(Add), other);

    /// <summary>x = x + α other, in place.</summary>
    public Tensor AddInPlace(Tensor other, double alpha) => AddScaledInPlace(other, alpha);

    /// <summary>x = x - other, in place.</summary>
    public Tensor SubInPlace(Tensor other) => MapInPlace(default(Sub), other);

    /// <summary>x = x - α other, in place.</summary>
    public Tensor SubInPlace(Tensor other, double alpha) => AddScaledInPlace(other, -alpha);

    /// <summary>x = x other, in place.</summary>
    public Tensor MulInPlace(Tensor other) => MapInPlace(default(Mul), other);

    /// <summary>x = x / other, in place; floating types only.</summary>
    public Tensor DivInPlace(Tensor other) => FloatInPlace(default(Div), other);

    /// <summary>x = x^p, in place.</summary>
    /// <exception cref="ArgumentException">An integer would be raised to a negative integer.</exception>
    public Tensor PowInPlace(Tensor exponent)
    {
        ArgumentNullException.ThrowIfNull(exponent);
        RequirePower(exponent, TypePromotion.Result(this, exponent));
        return exponent is { IsNumber: true, RequiresGrad: false, NumberValue: 2 }
            ? SquareInPlace()
            : MapInPlace(default(Pow), exponent);
    }

    /// <summary>x = x + α b c, in place.</summary>
    public Tensor AddCMulInPlace(Tensor tensor1, Tensor tensor2, double value = 1)
    {
        RequireIntegral(nameof(AddCMul), value, TypePromotion.Result(this, tensor1, tensor2));
        return MapInPlace(new AddCMul(value), tensor1, tensor2);
    }

    /// <summary>x = x + α b / c, in place; floating types only.</summary>
    public Tensor AddCDivInPlace(Tensor tensor1, Tensor tensor2, double value = 1) =>
        FloatInPlace(new AddCDiv(value), tensor1, tensor2);

    /// <summary>x = x + w (end - x), in place; floating types only.</summary>
    public Tensor LerpInPlace(Tensor end, Tensor weight) => FloatInPlace(default(Lerp), end, weight);

    /// <summary>x = -x, in place.</summary>
    public Tensor NegInPlace() => MapInPlace(default(Neg));

    /// <summary>x = |x|, in place.</summary>
    public Tensor AbsInPlace() => MapInPlace(default(Abs));

    /// <summary>x = x², in place.</summary>
    public Tensor SquareInPlace() => MapInPlace(default(Square));

    /// <summary>x = ⌊x⌋, in place.</summary>
    public Tensor FloorInPlace() => MapInPlace(default(Floor));

    /// <summary>x = ⌈x⌉, in place.</summary>
    public Tensor CeilInPlace() => MapInPlace(default(Ceil));

    /// <summary>x = trunc x, in place.</summary>
    public Tensor TruncInPlace() => MapInPlace(default(Trunc));

    /// <summary>x = max(x, 0), in place.</summary>
    public Tensor ReluInPlace() => MapInPlace(default(Relu));

    /// <summary>x = min(max(x, 0), 6), in place.</summary>
    public Tensor Relu6InPlace() => MapInPlace(default(Relu6));

    /// <summary>x rounded to a number of decimals, halves to even, in place.</summary>
    public Tensor RoundInPlace(int decimals = 0) =>
        decimals == 0 || !DType.IsFloatingPoint()
            ? MapInPlace(default(Round))
            : MapInPlace(new RoundDecimals(decimals));

    /// <summary>x held between two bounds, in place.</summary>
    public Tensor ClampInPlace(Tensor? min = null, Tensor? max = null) => (min, max) switch
    {
        (null, null) => throw new ArgumentException("Clamp: give min, max or both."),
        (null, { } high) => ClampMaxInPlace(high),
        ({ } low, null) => ClampMinInPlace(low),
        ({ } low, { } high) => MapInPlace(default(Clamp), low, high),
    };

    /// <summary>x = max(x, min), in place.</summary>
    public Tensor ClampMinInPlace(Tensor min) => MapInPlace(default(ClampMin), min);

    /// <summary>x = min(x, max), in place.</summary>
    public Tensor ClampMaxInPlace(Tensor max) => MapInPlace(default(ClampMax), max);

    /// <summary>x with numbers in place of NaN and of infinities, in place.</summary>
    public Tensor NanToNumInPlace(double nan = 0, double? posInf = null, double? negInf = null) =>
        DType.IsFloatingPoint() ? MapInPlace(Finite(nan, posInf, negInf)) : this;

    /// <summary>x = √x, in place; floating types only.</summary>
    public Tensor SqrtInPlace() => FloatInPlace(default(Sqrt));

    /// <summary>x = 1 / √x, in place; floating types only.</summary>
    public Tensor RsqrtInPlace() => FloatInPlace(default(Rsqrt));

    /// <summary>x = 1 / x, in place; floating types only.</summary>
    public Tensor ReciprocalInPlace() => FloatInPlace(default(Reciprocal));

    /// <summary>x = e^x, in place; floating types only.</summary>
    public Tensor ExpInPlace() => FloatInPlace(default(Exp));

    /// <summary>x = e^x - 1, in place; floating types only.</summary>
    public Tensor Expm1InPlace() => FloatInPlace(default(Expm1));

    /// <summary>x = ln x, in place; floating types only.</summary>
    public Tensor LogInPlace() => FloatInPlace(default(Log));

    /// <summary>x = ln(1 + x), in place; floating types only.</summary>
    public Tensor Log1pInPlace() => FloatInPlace(default(Log1p));

    /// <summary>x = log₂ x, in place; floating types only.</summary>
    public Tensor Log2InPlace() => FloatInPlace(default(Log2));

    /// <summary>x = log₁₀ x, in place; floating types only.</summary>
    public Tensor Log10InPlace() => FloatInPlace(default(Log10));

    /// <summary>x = sin x, in place; floating types only.</summary>
    public Tensor SinInPlace() => FloatInPlace(default(Sin));

    /// <summary>x = cos x, in place; floating types only.</summary>
    public Tensor CosInPlace() => FloatInPlace(default(Cos));

    /// <summary>x = tan x, in place; floating types only.</summary>
    public Tensor TanInPlace() => FloatInPlace(default(Tan));

    /// <summary>x = tanh x, in place; floating types only.</summary>
    public Tensor TanhInPlace() => FloatInPlace(default(Tanh));

    /// <summary>x = 1 / (1 + e^-x), in place; floating types only.</summary>
    public Tensor SigmoidInPlace() => FloatInPlace(default(Sigmoid));

    /// <summary>x = erf x, in place; floating types only.</summary>
    public Tensor ErfInPlace() => FloatInPlace(default(Erf));

    /// <summary>x = SELU(x), in place; floating types only.</summary>
    public Tensor SeluInPlace() => FloatInPlace(default(Selu));

    /// <summary>x = x / (1 + e^-x), in place; floating types only.</summary>
    public Tensor SiluInPlace() => FloatInPlace(default(Silu));

    /// <summary>x = x tanh(ln(1 + e^x)), in place; floating types only.</summary>
    public Tensor MishInPlace() => FloatInPlace(default(Mish));

    /// <summary>x = x min(max(x + 3, 0), 6) / 6, in place; floating types only.</summary>
    public Tensor HardswishInPlace() => FloatInPlace(default(Hardswish));

    /// <summary>x = min(max(x + 3, 0), 6) / 6, in place; floating types only.</summary>
    public Tensor HardsigmoidInPlace() => FloatInPlace(default(Hardsigmoid));

    /// <summary>x for x > 0, else slope x, in place; floating types only.</summary>
    public Tensor LeakyReluInPlace(double negativeSlope = 0.01) => FloatInPlace(new LeakyRelu(negativeSlope));

    /// <summary>x for x > 0, else α (e^x - 1), in place; floating types only.</summary>
    public Tensor EluInPlace(double alpha = 1) => FloatInPlace(new Elu(alpha));

    /// <summary>CELU, in place; floating types only.</summary>
    public Tensor CeluInPlace(double alpha = 1) =>
        FloatInPlace(new Celu(RequireDivisor(nameof(CeluInPlace), nameof(alpha), alpha)));

    /// <summary>x held between two bounds, in place, with slope 0 on and beyond them.</summary>
    public Tensor HardtanhInPlace(double min = -1, double max = 1) => FloatInPlace(new Hardtanh(min, max));

    /// <summary>x for x above the threshold, else a value, in place.</summary>
    public Tensor ThresholdInPlace(double threshold, double value) => MapInPlace(new Threshold(threshold, value));

    private Tensor AddScaledInPlace(Tensor other, double alpha)
    {
        RequireIntegral(nameof(Add), alpha, TypePromotion.Result(this, other));
        return MapInPlace(new AddScaled(alpha), other);
    }

    private Tensor FloatInPlace<TOp>(TOp op) where TOp : unmanaged, Algebra.IUnaryOp =>
        HoldingFloats<TOp>().MapInPlace(op);

    private Tensor FloatInPlace<TOp>(TOp op, Tensor other) where TOp : unmanaged, Algebra.IBinaryOp =>
        HoldingFloats<TOp>().MapInPlace(op, other);

    private Tensor FloatInPlace<TOp>(TOp op, Tensor b, Tensor c) where TOp : unmanaged, Algebra.ITernaryOp =>
        HoldingFloats<TOp>().MapInPlace(op, b, c);

    // Operations that leave the integers refuse to write into them.
    private Tensor HoldingFloats<TOp>() where TOp : unmanaged
    {
        RequireResultFits(OperationName.Of<TOp>(), TypePromotion.Float(DType));
        return this;
    }
}
