using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>
/// The binary cross entropy of scores: -w (p t ln σ(x) + (1 - t) ln(1 - σ(x))), σ the sigmoid, accurate for any score.
/// </summary>
public class BCEWithLogitsLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    /// <param name="posWeight">p, the weight of positive targets, broadcast to the input; null for 1.</param>
    public BCEWithLogitsLoss(Reduction reduction = Reduction.Mean, Tensor? weight = null, Tensor? posWeight = null) : base(reduction)
    {
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        PosWeight = posWeight is null ? null : RegisterBuffer("pos_weight", posWeight);
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>p, or null.</summary>
    public Tensor? PosWeight { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.BCEWithLogitsLoss(input, target, Reduction, Weight, PosWeight);
}

public static partial class Functional
{
    /// <summary>The binary cross entropy of scores: -w (p t ln σ(x) + (1 - t) ln(1 - σ(x))), σ the sigmoid.</summary>
    /// <param name="input">x, scores, any shape.</param>
    /// <param name="target">t, in [0, 1], the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    /// <param name="posWeight">p, the weight of positive targets, broadcast to the input; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor BCEWithLogitsLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null, Tensor? posWeight = null)
    {
        RequireSameShape(nameof(BCEWithLogitsLoss), input, target);
        Tensor losses = posWeight is null
            ? Tensor.Map(default(BinaryCrossEntropyWithLogits), input, target)
            : Tensor.Map(default(WeightedBinaryCrossEntropyWithLogits), input, target, posWeight);
        return losses.Weighted(weight).Reduce(reduction);
    }
}
