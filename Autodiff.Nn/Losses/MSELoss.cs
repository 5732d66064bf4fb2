using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The mean squared error: the mean (or sum) of (x - t)².</summary>
public class MSELoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    public MSELoss(Reduction reduction = Reduction.Mean) : base(reduction)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.MSELoss(input, target, Reduction);
}

public static partial class Functional
{
    /// <summary>The mean squared error: the mean (or sum) of (x - t)².</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MSELoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(MSELoss), input, target);
        return Tensor.Map(default(SquaredError), input, target).Reduce(reduction);
    }
}
