namespace Autodiff.Nn;

/// <summary>
/// The negative log likelihood of the right class: -w[t] x[t] for log probabilities x. The mean is over the weights:
/// Σ -w[t] x[t] / Σ w[t].
/// </summary>
public class NLLLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A target that counts for nothing.</param>
    public NLLLoss(Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100) : base(reduction)
    {
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        IgnoreIndex = ignoreIndex;
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>A target that counts for nothing.</summary>
    public long IgnoreIndex { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.NLLLoss(input, target, Reduction, Weight, IgnoreIndex);
}

public static partial class Functional
{
    /// <summary>The negative log likelihood of the right class: -w[t] x[t].</summary>
    /// <param name="input">x, log probabilities: [classes], [N, classes] or [N, classes, ...].</param>
    /// <param name="target">t, class numbers of an integer type: [], [N] or [N, ...].</param>
    /// <param name="reduction">What is made of the losses of single elements; the mean is Σ -w[t] x[t] / Σ w[t].</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A target that counts for nothing.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target is no integer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is no class.</exception>
    public static Tensor NLLLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100)
    {
        ClassTarget classes = new(nameof(NLLLoss), input, target, weight, ignoreIndex);
        return classes.Reduce(-classes.Pick(input), reduction);
    }
}
