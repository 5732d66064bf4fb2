using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The hinge embedding loss: x where t is 1, max(0, margin - x) where t is -1.</summary>
public class HingeEmbeddingLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="margin">How far apart unlike things should be.</param>
    public HingeEmbeddingLoss(Reduction reduction = Reduction.Mean, double margin = 1) : base(reduction)
    {
        Margin = margin;
    }

    /// <summary>How far apart unlike things should be.</summary>
    public double Margin { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.HingeEmbeddingLoss(input, target, Reduction, Margin);
}

public static partial class Functional
{
    /// <summary>The hinge embedding loss: x where t is 1, max(0, margin - x) where t is -1.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape, of 1 and -1.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="margin">How far apart unlike things should be.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor HingeEmbeddingLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double margin = 1)
    {
        RequireSameShape(nameof(HingeEmbeddingLoss), input, target);
        return Tensor.MapByDual(new HingeEmbedding(margin), input, target).Reduce(reduction);
    }
}
