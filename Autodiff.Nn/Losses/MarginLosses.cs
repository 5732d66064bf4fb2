using Autodiff.Operations;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.HingeEmbeddingLoss"/>
public class HingeEmbeddingLoss(Reduction reduction = Reduction.Mean, double margin = 1) : Loss(reduction)
{
    /// <summary>How far apart unlike things should be.</summary>
    public double Margin { get; } = margin;

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.HingeEmbeddingLoss(input, target, Reduction, Margin);
}

/// <inheritdoc cref="Functional.MarginRankingLoss"/>
public class MarginRankingLoss(double margin = 0, Reduction reduction = Reduction.Mean) : Module
{
    /// <summary>By how much one should rank higher.</summary>
    public double Margin { get; } = margin;

    /// <summary>What is made of the losses of single elements.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <inheritdoc cref="Functional.MarginRankingLoss"/>
    public Tensor Forward(Tensor input1, Tensor input2, Tensor target) =>
        Functional.MarginRankingLoss(input1, input2, target, Margin, Reduction);
}

/// <inheritdoc cref="Functional.CosineEmbeddingLoss"/>
public class CosineEmbeddingLoss(double margin = 0, Reduction reduction = Reduction.Mean) : Module
{
    /// <summary>The cosine that unlike things may have.</summary>
    public double Margin { get; } = margin;

    /// <summary>What is made of the losses of single pairs.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <inheritdoc cref="Functional.CosineEmbeddingLoss"/>
    public Tensor Forward(Tensor input1, Tensor input2, Tensor target) =>
        Functional.CosineEmbeddingLoss(input1, input2, target, Margin, Reduction);
}

/// <inheritdoc cref="Functional.TripletMarginLoss"/>
public class TripletMarginLoss(double margin = 1, double p = 2, double eps = 1e-6, bool swap = false,
    Reduction reduction = Reduction.Mean) : Module
{
    /// <summary>By how much nearer.</summary>
    public double Margin { get; } = margin;

    /// <summary>The norm's degree.</summary>
    public double P { get; } = p;

    /// <summary>Added to differences.</summary>
    public double Eps { get; } = eps;

    /// <summary>Whether the negative's distance to the positive counts where it is smaller.</summary>
    public bool Swap { get; } = swap;

    /// <summary>What is made of the losses of single triplets.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <inheritdoc cref="Functional.TripletMarginLoss"/>
    public Tensor Forward(Tensor anchor, Tensor positive, Tensor negative) =>
        Functional.TripletMarginLoss(anchor, positive, negative, Margin, P, Eps, Swap, Reduction);
}

public static partial class Functional
{
    /// <summary>The hinge embedding loss: x where t is 1, max(0, margin - x) where t is -1.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape, of 1 and -1.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="margin">How far apart unlike things should be.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor HingeEmbeddingLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean,
        double margin = 1)
    {
        RequireSameShape(nameof(HingeEmbeddingLoss), input, target);
        return Tensor.MapByDual(new HingeEmbedding(margin), input, target).Reduce(reduction);
    }

    /// <summary>
    /// The margin ranking loss: max(0, -t (x₁ - x₂) + margin), where t = 1 says that x₁ should rank higher and t = -1
    /// that x₂ should.
    /// </summary>
    /// <param name="input1">x₁, any shape.</param>
    /// <param name="input2">x₂, the same shape.</param>
    /// <param name="target">t, the same shape, of 1 and -1.</param>
    /// <param name="margin">By how much one should rank higher.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor MarginRankingLoss(Tensor input1, Tensor input2, Tensor target, double margin = 0,
        Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(MarginRankingLoss), input1, input2, "input1", "input2");
        RequireSameShape(nameof(MarginRankingLoss), input1, target, "input1");
        return ((input2 - input1) * target + margin).ClampMin(0).Reduce(reduction);
    }

    /// <summary>
    /// The cosine embedding loss: 1 - cos(x₁, x₂) where t = 1, max(0, cos(x₁, x₂) - margin) where t = -1. Squares of
    /// lengths count with 10⁻¹² more, as in PyTorch.
    /// </summary>
    /// <param name="input1">x₁, [N, D] or [D].</param>
    /// <param name="input2">x₂, the same shape.</param>
    /// <param name="target">t, [N] or [], of 1 and -1.</param>
    /// <param name="margin">The cosine that unlike things may have, -1 to 1.</param>
    /// <param name="reduction">What is made of the losses of single pairs.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static Tensor CosineEmbeddingLoss(Tensor input1, Tensor input2, Tensor target, double margin = 0,
        Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(CosineEmbeddingLoss), input1, input2, "input1", "input2");
        ArgumentNullException.ThrowIfNull(target);
        if (input1.Rank is not (1 or 2) || target.Shape != (Shape)input1.Shape.AsSpan()[..^1].ToArray())
        {
            throw new ArgumentException(
                "CosineEmbeddingLoss: inputs [N, D] need a target [N], and inputs [D] a single number; these are "
                    + $"{input1.Shape} and {target.Shape}.", nameof(target));
        }

        Tensor cosine = (input1 / Length(input1) * (input2 / Length(input2))).Sum(-1).Map(default(HeldToOne));
        Tensor alike = Tensor.Where(target.Eq(1), 1 - cosine, 0);
        Tensor unlike = Tensor.Where(target.Eq(-1), (cosine - margin).ClampMin(0), 0);
        return (alike + unlike).Reduce(reduction);

        // √(|x|² + ε) with PyTorch's ε of 10⁻¹²: the length with one more coordinate, whose square cannot overflow.
        static Tensor Length(Tensor x)
        {
            Tensor guard = Tensor.Full([.. x.Shape.AsSpan()[..^1], 1], 1e-6, x.DType, x.Device);
            return Tensor.Cat([x, guard], -1).Norm(2, -1, keepDim: true);
        }
    }

    /// <summary>
    /// The triplet loss: max(0, |a - p| - |a - n| + margin): an anchor a should lie nearer to a positive p than to a
    /// negative n (Balntas et al., "Learning local feature descriptors with triplets", 2016).
    /// </summary>
    /// <param name="anchor">a, [N, D] or [D].</param>
    /// <param name="positive">p, the same shape.</param>
    /// <param name="negative">n, the same shape.</param>
    /// <param name="margin">By how much nearer.</param>
    /// <param name="p">The norm's degree.</param>
    /// <param name="eps">Added to differences, against norms of zero.</param>
    /// <param name="swap">Whether the negative's distance to the positive counts where it is smaller.</param>
    /// <param name="reduction">What is made of the losses of single triplets.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor TripletMarginLoss(
        Tensor anchor, Tensor positive, Tensor negative, double margin = 1, double p = 2, double eps = 1e-6,
        bool swap = false,
        Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(TripletMarginLoss), anchor, positive, "anchor", "positive");
        RequireSameShape(nameof(TripletMarginLoss), anchor, negative, "anchor", "negative");
        Tensor near = anchor.PairwiseDistance(positive, p, eps), far = anchor.PairwiseDistance(negative, p, eps);
        if (swap)
        {
            far = far.Minimum(positive.PairwiseDistance(negative, p, eps));
        }

        return (near - far + margin).ClampMin(0).Reduce(reduction);
    }
}
