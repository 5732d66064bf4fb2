using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The Kullback-Leibler divergence of the predicted distribution from the target: t (ln t - x), where x holds log probabilities.</summary>
/// <remarks>Mean divides by the number of elements; <see cref="Reduction.BatchMean"/> divides by the batch and is the mathematical definition.</remarks>
public class KLDivLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="logTarget">Whether the target holds log probabilities too.</param>
    public KLDivLoss(Reduction reduction = Reduction.Mean, bool logTarget = false) : base(reduction)
    {
        LogTarget = logTarget;
    }

    /// <summary>Whether the target holds log probabilities too.</summary>
    public bool LogTarget { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.KLDivLoss(input, target, Reduction, LogTarget);
}

public static partial class Functional
{
    /// <summary>The Kullback-Leibler divergence of the predicted distribution from the target: t (ln t - x), where x holds log probabilities.</summary>
    /// <param name="input">x, log probabilities, any shape.</param>
    /// <param name="target">t, probabilities (or their logarithms), the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="logTarget">Whether the target holds log probabilities too.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor KLDivLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, bool logTarget = false)
    {
        RequireSameShape(nameof(KLDivLoss), input, target);
        return (logTarget ? Tensor.Map(default(KLDivergenceOfLogarithms), input, target) : Tensor.Map(default(KLDivergence), input, target)).Reduce(reduction);
    }
}
