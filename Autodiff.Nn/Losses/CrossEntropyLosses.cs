using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.CrossEntropyLoss"/>
public class CrossEntropyLoss : Loss
{
    /// <inheritdoc cref="Functional.CrossEntropyLoss"/>
    public CrossEntropyLoss(
        Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100, double labelSmoothing = 0)
            : base(reduction)
    {
        LabelSmoothing = Functional.Smoothing(labelSmoothing);
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        IgnoreIndex = ignoreIndex;
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>A class number that counts for nothing.</summary>
    public long IgnoreIndex { get; }

    /// <summary>How much of the target's probability is spread evenly.</summary>
    public double LabelSmoothing { get; }

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.CrossEntropyLoss(input, target, Reduction, Weight, IgnoreIndex, LabelSmoothing);
}

/// <inheritdoc cref="Functional.NLLLoss"/>
public class NLLLoss : Loss
{
    /// <inheritdoc cref="Functional.NLLLoss"/>
    public NLLLoss(Reduction reduction = Reduction.Mean, Tensor? weight = null, long ignoreIndex = -100)
        : base(reduction)
    {
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        IgnoreIndex = ignoreIndex;
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>A target that counts for nothing.</summary>
    public long IgnoreIndex { get; }

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.NLLLoss(input, target, Reduction, Weight, IgnoreIndex);
}

/// <inheritdoc cref="Functional.BCELoss"/>
public class BCELoss : Loss
{
    /// <inheritdoc cref="Functional.BCELoss"/>
    public BCELoss(Reduction reduction = Reduction.Mean, Tensor? weight = null) : base(reduction) =>
        Weight = weight is null ? null : RegisterBuffer("weight", weight);

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    public override Tensor Forward(Tensor input, Tensor target) => Functional.BCELoss(input, target, Reduction, Weight);
}

/// <inheritdoc cref="Functional.BCEWithLogitsLoss"/>
public class BCEWithLogitsLoss : Loss
{
    /// <inheritdoc cref="Functional.BCEWithLogitsLoss"/>
    public BCEWithLogitsLoss(Reduction reduction = Reduction.Mean, Tensor? weight = null, Tensor? posWeight = null)
        : base(reduction)
    {
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
        PosWeight = posWeight is null ? null : RegisterBuffer("pos_weight", posWeight);
    }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>p, or null.</summary>
    public Tensor? PosWeight { get; }

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.BCEWithLogitsLoss(input, target, Reduction, Weight, PosWeight);
}

/// <inheritdoc cref="Functional.SoftMarginLoss"/>
public class SoftMarginLoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    public override Tensor Forward(Tensor input, Tensor target) => Functional.SoftMarginLoss(input, target, Reduction);
}

public static partial class Functional
{
    /// <summary>
    /// The cross entropy between a softmax of scores and the target, which is a class number, or a probability for each
    /// class: -Σ w[c] t[c] ln softmax(x)[c].
    /// </summary>
    /// <param name="input">x, scores: [classes], [N, classes] or [N, classes, ...].</param>
    /// <param name="target">Class numbers of an integer type, [], [N] or [N, ...]; or probabilities in the shape of the
    /// input.</param>
    /// <param name="reduction">What is made of the losses of single elements. With class numbers the mean is over the
    /// weights of the targets, with probabilities over the elements.</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A class number that counts for nothing.</param>
    /// <param name="labelSmoothing">How much of the target's probability is spread evenly over all classes, in [0, 1]
    /// (Szegedy et al., "Rethinking the Inception architecture", 2016).</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target is no integer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is no class, or <paramref name="labelSmoothing"/> is not
    /// in [0, 1].</exception>
    public static Tensor CrossEntropyLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null,
        long ignoreIndex = -100, double labelSmoothing = 0)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        Smoothing(labelSmoothing);
        int dim = ClassTarget.Dimension(nameof(CrossEntropyLoss), input), classes = input.Size(dim);
        ClassTarget.RequireWeight(nameof(CrossEntropyLoss), weight, classes);
        if (weight is not null && input.Rank > 2)
        {
            weight = weight.Reshape([classes, .. Enumerable.Repeat(1, input.Rank - 2)]);
        }

        if (target.DType.IsFloatingPoint() && target.Layout.SameShape(input.Layout))
        {
            Tensor probabilities = labelSmoothing == 0
                ? target
                : target * (1 - labelSmoothing) + labelSmoothing / classes;
            Tensor losses = -input.LogSoftmax(dim).Weighted(probabilities).Weighted(weight).Sum(dim);
            return losses.Reduce(reduction);
        }

        ClassTarget picked = new(nameof(CrossEntropyLoss), input, target, weight?.Reshape(classes), ignoreIndex);
        Tensor logarithms = input.LogSoftmax(dim);
        Tensor right = -picked.Pick(logarithms);
        return labelSmoothing == 0
            ? picked.Reduce(right, reduction)
            : picked.Reduce(right.Weighted(1 - labelSmoothing), reduction,
                picked.Keep(logarithms.Weighted(weight).Sum(dim)) * (-labelSmoothing / classes));
    }

    /// <summary>
    /// The negative log likelihood of the right class: -w[t] x[t] for log probabilities x. The mean is over the
    /// weights: Σ -w[t] x[t] / Σ w[t].
    /// </summary>
    /// <param name="input">x, log probabilities: [classes], [N, classes] or [N, classes, ...].</param>
    /// <param name="target">t, class numbers of an integer type: [], [N] or [N, ...].</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, one number for each class; null for 1.</param>
    /// <param name="ignoreIndex">A target that counts for nothing.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target is no integer.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is no class.</exception>
    public static Tensor NLLLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null,
        long ignoreIndex = -100)
    {
        ClassTarget classes = new(nameof(NLLLoss), input, target, weight, ignoreIndex);
        return classes.Reduce(-classes.Pick(input), reduction);
    }

    /// <summary>
    /// The binary cross entropy of probabilities: -w (t ln x + (1 - t) ln(1 - x)), with the logarithms cut off at -100
    /// as in PyTorch.
    /// </summary>
    /// <remarks>
    /// Prefer <see cref="BCEWithLogitsLoss"/>, which takes the scores before the sigmoid and keeps all digits.
    /// </remarks>
    /// <param name="input">x, probabilities, any shape.</param>
    /// <param name="target">t, of the same shape; in [0, 1], which is not checked (as in PyTorch), since it would cost
    /// a sweep at every step.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes differ, or weights do not broadcast to them.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An element of <paramref name="input"/> is outside [0, 1] or
    /// NaN.</exception>
    public static Tensor BCELoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean,
        Tensor? weight = null)
    {
        RequireSameShape(nameof(BCELoss), input, target);
        RequireWeight(nameof(BCELoss), input, weight);
        RequireProbabilities(input);
        return Tensor.Map(default(BinaryCrossEntropy), input, target).Weighted(weight).Reduce(reduction);
    }

    /// <summary>
    /// The binary cross entropy of scores: -w (p t ln σ(x) + (1 - t) ln(1 - σ(x))), σ the sigmoid, accurate for any
    /// score.
    /// </summary>
    /// <param name="input">x, scores, any shape.</param>
    /// <param name="target">t, in [0, 1], the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="weight">w, broadcast to the input; null for 1.</param>
    /// <param name="posWeight">p, the weight of positive targets, broadcast to the input; null for 1.</param>
    /// <exception cref="ArgumentException">The shapes differ, or weights do not broadcast to them.</exception>
    public static Tensor BCEWithLogitsLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, Tensor? weight = null,
        Tensor? posWeight = null)
    {
        RequireSameShape(nameof(BCEWithLogitsLoss), input, target);
        RequireWeight(nameof(BCEWithLogitsLoss), input, weight);
        RequireWeight(nameof(BCEWithLogitsLoss), input, posWeight, nameof(posWeight));
        Tensor losses = posWeight is null
            ? Tensor.Map(default(BinaryCrossEntropyWithLogits), input, target)
            : Tensor.Map(default(WeightedBinaryCrossEntropyWithLogits), input, target, posWeight);
        return losses.Weighted(weight).Reduce(reduction);
    }

    /// <summary>The two-class logistic loss: ln(1 + e^(-t x)).</summary>
    /// <inheritdoc cref="HingeEmbeddingLoss" path="//param[not(@name='margin')]|//exception"/>
    public static Tensor SoftMarginLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
        Reduced(nameof(SoftMarginLoss), default(SoftMargin), input, target, reduction);

    /// <summary>The value, if it is a part of a probability.</summary>
    internal static double Smoothing(double labelSmoothing) => labelSmoothing is >= 0 and <= 1
        ? labelSmoothing
        : throw new ArgumentOutOfRangeException(nameof(labelSmoothing), labelSmoothing,
            "CrossEntropyLoss: label smoothing must lie in [0, 1].");

    private static void RequireProbabilities(Tensor input) => StepRecording.Look(input, static values =>
    {
        // Both are NaN where an element is.
        double low = 0, high = 0;
        if (values.ElementCount > 0)
        {
            low = values.ReduceRaw(Folds.Min, values.DType).Item();
            high = values.ReduceRaw(Folds.Max, values.DType).Item();
        }

        return low >= 0 && high <= 1
            ? true
            : throw new ArgumentOutOfRangeException(nameof(input), double.IsNaN(low) ? low : low < 0 ? low : high,
                $"BCELoss: the prediction must hold probabilities; its elements lie in [{low}, {high}]. Apply "
                    + "Sigmoid() first, or use BCEWithLogitsLoss for scores.");
    });
}
