namespace Autodiff.Nn;

/// <summary>
/// The triplet loss: max(0, |a - p| - |a - n| + margin): an anchor a should lie nearer to a positive p than to a negative n
/// (Balntas et al., "Learning local feature descriptors with triplets", 2016).
/// </summary>
public class TripletMarginLoss : Module
{
    /// <summary>Makes the loss.</summary>
    /// <param name="margin">By how much nearer.</param>
    /// <param name="p">The norm's degree.</param>
    /// <param name="eps">Added to differences, against norms of zero.</param>
    /// <param name="swap">Whether the negative's distance to the positive counts where it is smaller.</param>
    /// <param name="reduction">What is made of the losses of single triplets.</param>
    public TripletMarginLoss(double margin = 1, double p = 2, double eps = 1e-6, bool swap = false, Reduction reduction = Reduction.Mean)
    {
        Margin = margin;
        P = p;
        Eps = eps;
        Swap = swap;
        Reduction = reduction;
    }

    /// <summary>By how much nearer.</summary>
    public double Margin { get; }

    /// <summary>The norm's degree.</summary>
    public double P { get; }

    /// <summary>Added to differences.</summary>
    public double Eps { get; }

    /// <summary>Whether the negative's distance to the positive counts where it is smaller.</summary>
    public bool Swap { get; }

    /// <summary>What is made of the losses of single triplets.</summary>
    public Reduction Reduction { get; }

    /// <inheritdoc cref="Functional.TripletMarginLoss"/>
    public Tensor Forward(Tensor anchor, Tensor positive, Tensor negative) =>
        Functional.TripletMarginLoss(anchor, positive, negative, Margin, P, Eps, Swap, Reduction);
}

public static partial class Functional
{
    /// <summary>The triplet loss: max(0, |a - p| - |a - n| + margin).</summary>
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
        Tensor anchor, Tensor positive, Tensor negative, double margin = 1, double p = 2, double eps = 1e-6, bool swap = false,
        Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(TripletMarginLoss), anchor, positive, "anchor", "positive");
        RequireSameShape(nameof(TripletMarginLoss), anchor, negative, "anchor", "negative");
        Tensor near = PairwiseDistance(anchor, positive, p, eps), far = PairwiseDistance(anchor, negative, p, eps);
        if (swap)
        {
            far = far.Minimum(PairwiseDistance(positive, negative, p, eps));
        }

        return (near - far + margin).ClampMin(0).Reduce(reduction);
    }
}
