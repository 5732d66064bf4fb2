using Autodiff.Operations;

namespace Autodiff;

public sealed partial class Tensor
{
    /// <summary>condition ? x : other, elementwise and broadcast. The gradient flows to the chosen side only.</summary>
    /// <remarks>
    /// Both sides are computed everywhere. Where the side that is not taken has an infinite or undefined slope, its
    /// gradient is 0 times that: NaN, as in PyTorch. <c>Where(x.Eq(0), 1, x.Sin() / x)</c> has the right value at 0 and
    /// the gradient NaN. Make the side harmless where it is not taken:
    /// <c>Tensor v = Where(x.Eq(0), 1, x); Where(x.Eq(0), 1, v.Sin() / v)</c>.
    /// </remarks>
    /// <param name="condition">A bool tensor.</param>
    /// <param name="x">Where it is true.</param>
    /// <param name="other">Where it is false.</param>
    /// <exception cref="ArgumentException">The condition is not bool, or the shapes do not broadcast.</exception>
    public static Tensor Where(Tensor condition, Tensor x, Tensor other)
    {
        ArgumentNullException.ThrowIfNull(condition);
        return condition.DType == DType.Bool
            ? Map(default(Where), condition, x, other, TypePromotion.Result(x, other))
            : throw new ArgumentException(
                $"Where: the condition {condition.Describe()} is {condition.DType.DisplayName()}; a bool tensor is "
                    + "needed, for example condition.Ne(0).", nameof(condition));
    }

    /// <summary>The larger of two, NaN if either is NaN. Equal elements share the gradient half and half.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Maximum(Tensor other) => Map(default(Maximum), this, other, TypePromotion.Result(this, other));

    /// <summary>The smaller of two, NaN if either is NaN. Equal elements share the gradient half and half.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Minimum(Tensor other) => Map(default(Minimum), this, other, TypePromotion.Result(this, other));

    /// <summary>The larger of two; the other one where one is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Fmax(Tensor other) => Map(default(Fmax), this, other, TypePromotion.Result(this, other));

    /// <summary>The smaller of two; the other one where one is NaN.</summary>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor Fmin(Tensor other) => Map(default(Fmin), this, other, TypePromotion.Result(this, other));

    /// <summary>
    /// min(max(x, min), max): x held between two bounds, numbers or tensors; either may be left out. Where min > max
    /// the result is max.
    /// </summary>
    /// <param name="min">The lower bound.</param>
    /// <param name="max">The upper bound.</param>
    /// <remarks>
    /// The gradient passes where min ≤ x ≤ max; beyond a bound that is a tensor it flows to the bound.
    /// </remarks>
    /// <exception cref="ArgumentException">Neither bound is given, or the shapes do not broadcast.</exception>
    public Tensor Clamp(Tensor? min = null, Tensor? max = null) => (min, max) switch
    {
        (null, null) => throw new ArgumentException("Clamp: give min, max or both."),
        (null, { } high) => ClampMax(high),
        ({ } low, null) => ClampMin(low),
        ({ } low, { } high) => Map(default(Clamp), this, low, high),
    };

    /// <summary>max(x, min), with slope 1 in x where they are equal.</summary>
    /// <param name="min">The lower bound.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor ClampMin(Tensor min) => Map(default(ClampMin), this, min, TypePromotion.Result(this, min));

    /// <summary>min(x, max), with slope 1 in x where they are equal.</summary>
    /// <param name="max">The upper bound.</param>
    /// <exception cref="ArgumentException">The shapes do not broadcast.</exception>
    public Tensor ClampMax(Tensor max) => Map(default(ClampMax), this, max, TypePromotion.Result(this, max));

    /// <summary>x with numbers in place of NaN and of infinities.</summary>
    /// <param name="nan">For NaN.</param>
    /// <param name="posInf">For +∞; the largest finite number of the type if not given.</param>
    /// <param name="negInf">For -∞; the smallest finite number of the type if not given.</param>
    public Tensor NanToNum(double nan = 0, double? posInf = null, double? negInf = null) =>
        DType.IsFloatingPoint() ? Map(Finite(nan, posInf, negInf)) : Clone();

    private NanToNum Finite(double nan, double? posInf, double? negInf)
    {
        double largest = DType == DType.Float32 ? float.MaxValue : double.MaxValue;
        return new(nan, posInf ?? largest, negInf ?? -largest);
    }
}
