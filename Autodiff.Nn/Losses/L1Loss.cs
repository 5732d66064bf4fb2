using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The mean absolute error: the mean (or sum) of |x - t|.</summary>
public class L1Loss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    public L1Loss(Reduction reduction = Reduction.Mean) : base(reduction)
    {
    }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.L1Loss(input, target, Reduction);
}

public static partial class Functional
{
    /// <summary>The mean absolute error: the mean (or sum) of |x - t|.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor L1Loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(L1Loss), input, target);
        return Tensor.Map(default(AbsoluteError), input, target).Reduce(reduction);
    }
}
