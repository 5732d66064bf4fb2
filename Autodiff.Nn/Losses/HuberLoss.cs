using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The Huber loss: the mean (or sum) of d²/2 for |d| ≤ δ, else δ (|d| - δ/2), d = x - t (Huber, 1964).</summary>
public class HuberLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="delta">δ, where the parabola becomes a line; above 0.</param>
    public HuberLoss(Reduction reduction = Reduction.Mean, double delta = 1) : base(reduction)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delta);
        Delta = delta;
    }

    /// <summary>δ, where the parabola becomes a line; above 0.</summary>
    public double Delta { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.HuberLoss(input, target, Reduction, Delta);
}

public static partial class Functional
{
    /// <summary>The Huber loss: the mean (or sum) of d²/2 for |d| ≤ δ, else δ (|d| - δ/2), d = x - t (Huber, 1964).</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="delta">δ, where the parabola becomes a line; above 0.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="delta"/> is out of range.</exception>
    public static Tensor HuberLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double delta = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(delta);
        RequireSameShape(nameof(HuberLoss), input, target);
        return Tensor.Map(new HuberError(delta), input, target).Reduce(reduction);
    }
}
