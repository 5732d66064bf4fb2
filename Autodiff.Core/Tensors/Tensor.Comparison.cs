using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    // Operands of different types are compared in the type that they promote to, as in PyTorch: beside a floating
    // tensor integers and plain numbers are rounded to its type. Integers and a plain number are compared as the real
    // numbers they are.

    /// <summary>a = b, elementwise and broadcast: a bool tensor. False where either is NaN.</summary>
    /// <remarks>
    /// An integer tensor and a plain number are compared exactly; tensors of two types in the type that they promote
    /// to.
    /// </remarks>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Eq(Tensor other) => Compare(default(Equal), this, other);

    /// <summary>a ≠ b, elementwise and broadcast: a bool tensor. True where either is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Ne(Tensor other) => Compare(default(NotEqual), this, other);

    /// <summary>a &lt; b, elementwise and broadcast: a bool tensor. False where either is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Lt(Tensor other) => Compare(default(Less), this, other);

    /// <summary>a ≤ b, elementwise and broadcast: a bool tensor. False where either is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Le(Tensor other) => Compare(default(LessEqual), this, other);

    /// <summary>a > b, elementwise and broadcast: a bool tensor. False where either is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Gt(Tensor other) => Compare(default(Less), other, this);

    /// <summary>a ≥ b, elementwise and broadcast: a bool tensor. False where either is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Ge(Tensor other) => Compare(default(LessEqual), other, this);

    /// <summary>
    /// Whether two tensors have the same shape and the same elements (PyTorch's <c>torch.equal</c>). NaN equals
    /// nothing.
    /// </summary>
    public static bool Equal(Tensor a, Tensor b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        return a._layout.SameShape(b._layout) && a.Eq(b).AllTrue();
    }

    /// <summary>|a - b| ≤ atol + rtol |b|, elementwise; equal infinities are close.</summary>
    /// <param name="other">b.</param>
    /// <param name="rtol">The relative tolerance.</param>
    /// <param name="atol">The absolute tolerance.</param>
    /// <param name="equalNan">Whether NaN is close to NaN.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor IsClose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false)
    {
        ArgumentNullException.ThrowIfNull(other);
        DType type = TypePromotion.Result(this, other);
        DType compute = type.IsFloatingPoint() && !IntegerAndNumber(this, other) && !(IsNumber && other.IsNumber)
            ? type
            : DType.Float64;
        Tensor close = rtol == 0 && atol == 0
            ? Eq(other)
            : MapRaw(new IsClose(rtol, atol), this, other, compute, DType.Bool);
        return equalNan ? close.LogicalOr(IsNaN().LogicalAnd(other.IsNaN())) : close;
    }

    /// <summary>Whether all elements are close: see <see cref="IsClose"/>.</summary>
    /// <inheritdoc cref="IsClose"/>
    public bool AllClose(Tensor other, double rtol = 1e-5, double atol = 1e-8, bool equalNan = false) =>
        IsClose(other, rtol, atol, equalNan).AllTrue();

    /// <summary>Whether an element is neither infinite nor NaN, a bool tensor.</summary>
    public Tensor IsFinite() => DType.IsFloatingPoint() ? Test(default(IsFinite)) : Full(Shape, 1, DType.Bool, Device);

    /// <summary>Whether an element is infinite, a bool tensor.</summary>
    public Tensor IsInf() => DType.IsFloatingPoint() ? Test(default(IsInf)) : Full(Shape, 0, DType.Bool, Device);

    /// <summary>Whether an element is NaN, a bool tensor.</summary>
    public Tensor IsNaN() => Test(default(IsNaN));

    /// <summary>Whether both are not 0, of any type: a bool tensor.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor LogicalAnd(Tensor other) => Test(default(LogicalAnd), this, other);

    /// <summary>Whether one at least is not 0, of any type: a bool tensor.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor LogicalOr(Tensor other) => Test(default(LogicalOr), this, other);

    /// <summary>Whether one and only one is not 0, of any type: a bool tensor.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor LogicalXor(Tensor other) => Test(default(LogicalXor), this, other);

    /// <summary>Whether an element is 0: a bool tensor.</summary>
    public Tensor LogicalNot() => Test(default(LogicalNot));

    /// <summary>The bits set in both; on bool the logical operation.</summary>
    /// <exception cref="NotSupportedException">An operand is of floating type.</exception>
    public Tensor BitwiseAnd(Tensor other) => Bits(nameof(BitwiseAnd), default(BitwiseAnd), other);

    /// <summary>The bits set in either; on bool the logical operation.</summary>
    /// <exception cref="NotSupportedException">An operand is of floating type.</exception>
    public Tensor BitwiseOr(Tensor other) => Bits(nameof(BitwiseOr), default(BitwiseOr), other);

    /// <summary>The bits set in one only; on bool the logical operation.</summary>
    /// <exception cref="NotSupportedException">An operand is of floating type.</exception>
    public Tensor BitwiseXor(Tensor other) => Bits(nameof(BitwiseXor), default(BitwiseXor), other);

    /// <summary>The bits not set; on bool the logical not.</summary>
    /// <exception cref="NotSupportedException">The elements are of floating type.</exception>
    public Tensor BitwiseNot() =>
        DType == DType.Bool ? LogicalNot() : Bits(nameof(BitwiseNot), default(BitwiseXor), -1);

    private Tensor Bits<TOp>(string operation, TOp op, Tensor other) where TOp : unmanaged, Algebra.IBinaryFormula
    {
        ArgumentNullException.ThrowIfNull(other);
        DType type = TypePromotion.Result(this, other);
        return type.IsFloatingPoint()
            ? throw new NotSupportedException(
                $"{operation}: bits are defined on integers and bool; {Describe()} is {DType.DisplayName()} and "
                    + $"{other.Describe()} {other.DType.DisplayName()}. LogicalAnd, LogicalOr and LogicalXor take any "
                    + "type.")
            : MapRaw(op, this, other, Computing(type), type);
    }

    private static Tensor Compare<TOp>(TOp op, Tensor a, Tensor b) where TOp : unmanaged, Algebra.IBinaryFormula
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        if (IntegerAndNumber(a, b) && !double.IsNaN(b.NumberValue))
        {
            return a.Test(new AgainstNumber<TOp>(op, b, false), DType.Int64);
        }

        if (IntegerAndNumber(b, a) && !double.IsNaN(a.NumberValue))
        {
            return b.Test(new AgainstNumber<TOp>(op, a, true), DType.Int64);
        }

        DType type = TypePromotion.Result(a, b);
        return MapRaw(op, a, b, a.IsNumber && b.IsNumber && type.IsFloatingPoint() ? DType.Float64 : Computing(type),
            DType.Bool);
    }

    /// <summary>Whether a holds integers and b is a number that their type may lack.</summary>
    private static bool IntegerAndNumber(Tensor a, Tensor b) =>
        b.IsNumber && !a.DType.IsFloatingPoint()
            && (b.DType.IsFloatingPoint() || (a.DType == DType.Int32 && IsWide(b)));

    // Of a tensor of zeros and ones.
    private bool AllTrue() => ReduceRaw(Folds.Min, DType.Int32).Item() > 0;

    private bool AnyTrue() => ReduceRaw(Folds.Max, DType.Int32).Item() > 0;
}
