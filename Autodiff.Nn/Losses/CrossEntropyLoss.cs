namespace Autodiff.Nn;

/// <summary>
/// The cross entropy between a softmax of scores and the target, which is a class number, or a probability for each class:
/// -Σ w[c] t[c] ln softmax(x)[c].
/// </summary>
public class CrossEntropyLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A class number that counts for nothing.</param>
    /// <param name="labelSmoothing">How much of the target's probability is spread evenly over all classes, in [0, 1]
    /// (Szegedy et al., "Rethinking the Inception architecture", 2016).</param>
    public CrossEntropyLoss(
        Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100, double labelSmoothing = 0) : base(reduction)
    {
        Functional.RequireSmoothing(labelSmoothing);
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        IgnoreIndex = ignoreIndex;
        LabelSmoothing = labelSmoothing;
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>A class number that counts for nothing.</summary>
    public long IgnoreIndex { get; }

    /// <summary>How much of the target's probability is spread evenly.</summary>
    public double LabelSmoothing { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.CrossEntropyLoss(input, target, Reduction, Weight, IgnoreIndex, LabelSmoothing);
}

public static partial class Functional
{
    /// <summary>The cross entropy between a softmax of scores and the target: -Σ w[c] t[c] ln softmax(x)[c].</summary>
    /// <param name="input">x, scores: [classes], [N, classes] or [N, classes, ...].</param>
    /// <param name="target">Class numbers of an integer type, [], [N] or [N, ...]; or probabilities in the shape of the input.</param>
    /// <param name="reduction">What is made of the losses of single elements. With class numbers the mean is over the weights of the
    /// targets, with probabilities over the elements.</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A class number that counts for nothing.</param>
    /// <param name="labelSmoothing">How much of the target's probability is spread evenly over all classes, in [0, 1].</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target is no integer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is no class, or <paramref name="labelSmoothing"/> is not in [0, 1].</exception>
    public static Tensor CrossEntropyLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        RequireSmoothing(labelSmoothing);
        int dim = ClassTarget.Dimension(nameof(CrossEntropyLoss), input), classes = input.Size(dim);
        ClassTarget.RequireWeight(nameof(CrossEntropyLoss), weight, classes);
        if (weight is not null && input.Rank > 2)
        {
            weight = weight.Reshape([classes, .. Enumerable.Repeat(1, input.Rank - 2)]);
        }

        if (target.DType.IsFloatingPoint() && target.Layout.SameShape(input.Layout))
        {
            Tensor probabilities = labelSmoothing == 0 ? target : target * (1 - labelSmoothing) + labelSmoothing / classes;
            Tensor losses = -input.LogSoftmax(dim).Weighted(probabilities).Weighted(weight).Sum(dim);
            return losses.Reduce(reduction);
        }

        ClassTarget picked = new(nameof(CrossEntropyLoss), input, target, weight?.Reshape(classes), ignoreIndex);
        Tensor logarithms = input.LogSoftmax(dim);
        Tensor right = -picked.Pick(logarithms);
        return labelSmoothing == 0
            ? picked.Reduce(right, reduction)
            : picked.Reduce(right.Weighted(1 - labelSmoothing), reduction, picked.Keep(logarithms.Weighted(weight).Sum(dim)) * (-labelSmoothing / classes));
    }

    internal static void RequireSmoothing(double labelSmoothing)
    {
        if (!(labelSmoothing is >= 0 and <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing, "CrossEntropyLoss: label smoothing must lie in [0, 1].");
        }
    }
}
