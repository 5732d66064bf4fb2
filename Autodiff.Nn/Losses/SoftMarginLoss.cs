using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The two-class logistic loss: ln(1 + e^(-t x)).</summary>
public class SoftMarginLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    public SoftMarginLoss(Reduction reduction = Reduction.Mean) : base(reduction)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.SoftMarginLoss(input, target, Reduction);
}

public static partial class Functional
{
    /// <summary>The two-class logistic loss: ln(1 + e^(-t x)).</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape, of 1 and -1.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor SoftMarginLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(SoftMarginLoss), input, target);
        return Tensor.Map(default(SoftMargin), input, target).Reduce(reduction);
    }
}
