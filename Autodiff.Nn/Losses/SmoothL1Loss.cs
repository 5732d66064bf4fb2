using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The smooth L1 loss: the mean (or sum) of d²/(2β) for |d| &lt; β, else |d| - β/2, d = x - t (Girshick, 2015). With β = 0 it is the L1 loss.</summary>
public class SmoothL1Loss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="beta">β, where the parabola becomes a line; at least 0.</param>
    public SmoothL1Loss(Reduction reduction = Reduction.Mean, double beta = 1) : base(reduction)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        Beta = beta;
    }

    /// <summary>β, where the parabola becomes a line; at least 0.</summary>
    public double Beta { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.SmoothL1Loss(input, target, Reduction, Beta);
}

public static partial class Functional
{
    /// <summary>The smooth L1 loss: the mean (or sum) of d²/(2β) for |d| &lt; β, else |d| - β/2, d = x - t (Girshick, 2015). With β = 0 it is the L1 loss.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="beta">β, where the parabola becomes a line; at least 0.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="beta"/> is out of range.</exception>
    public static Tensor SmoothL1Loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(beta);
        RequireSameShape(nameof(SmoothL1Loss), input, target);
        return (beta == 0 ? Tensor.Map(default(AbsoluteError), input, target) : Tensor.Map(new SmoothL1Error(beta), input, target)).Reduce(reduction);
    }
}
