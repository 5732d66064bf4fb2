using Autodiff.Operations;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.L1Loss"/>
public class L1Loss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    public override Tensor Forward(Tensor input, Tensor target) => Functional.L1Loss(input, target, Reduction);
}

/// <inheritdoc cref="Functional.MSELoss"/>
public class MSELoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    public override Tensor Forward(Tensor input, Tensor target) => Functional.MSELoss(input, target, Reduction);
}

/// <inheritdoc cref="Functional.HuberLoss"/>
public class HuberLoss(Reduction reduction = Reduction.Mean, double delta = 1) : Loss(reduction)
{
    /// <summary>δ, where the parabola becomes a line; above 0.</summary>
    public double Delta { get; } = Functional.Positive(delta);

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.HuberLoss(input, target, Reduction, Delta);
}

/// <inheritdoc cref="Functional.SmoothL1Loss"/>
public class SmoothL1Loss(Reduction reduction = Reduction.Mean, double beta = 1) : Loss(reduction)
{
    /// <summary>β, where the parabola becomes a line; at least 0.</summary>
    public double Beta { get; } = Functional.NotNegative(beta);

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.SmoothL1Loss(input, target, Reduction, Beta);
}

public static partial class Functional
{
    /// <summary>The mean absolute error: the mean (or sum) of |x - t|.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor L1Loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
        Reduced(nameof(L1Loss), default(AbsoluteError), input, target, reduction);

    /// <summary>The mean squared error: the mean (or sum) of (x - t)².</summary>
    /// <inheritdoc cref="L1Loss" path="//param|//exception"/>
    public static Tensor MSELoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
        Reduced(nameof(MSELoss), default(SquaredError), input, target, reduction);

    /// <summary>
    /// The Huber loss: the mean (or sum) of d²/2 for |d| ≤ δ, else δ (|d| - δ/2), d = x - t (Huber, 1964).
    /// </summary>
    /// <inheritdoc cref="L1Loss" path="//param|//exception"/>
    /// <param name="delta">δ, where the parabola becomes a line; above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is out of range.</exception>
    public static Tensor HuberLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean,
        double delta = 1) =>
        Reduced(nameof(HuberLoss), new HuberError(Positive(delta)), input, target, reduction);

    /// <summary>
    /// The smooth L1 loss: the mean (or sum) of d²/(2β) for |d| &lt; β, else |d| - β/2, d = x - t (Girshick, 2015).
    /// With β = 0 it is the L1 loss.
    /// </summary>
    /// <inheritdoc cref="L1Loss" path="//param|//exception"/>
    /// <param name="beta">β, where the parabola becomes a line; at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is out of range.</exception>
    public static Tensor SmoothL1Loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean,
        double beta = 1) => NotNegative(beta) == 0
        ? Reduced(nameof(SmoothL1Loss), default(AbsoluteError), input, target, reduction)
        : Reduced(nameof(SmoothL1Loss), new SmoothL1Error(beta), input, target, reduction);
}
