using System.Buffers;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.MultiMarginLoss"/>
public class MultiMarginLoss : Loss
{
    /// <inheritdoc cref="Functional.MultiMarginLoss"/>
    public MultiMarginLoss(
        double p = 1, double margin = 1, Tensor? weight = null, Reduction reduction = Reduction.Mean) : base(reduction)
    {
        (P, Margin) = (p, margin);
        Weight = weight is null ? null : RegisterBuffer("weight", weight);
    }

    /// <summary>The degree of the hinge, 1 or 2.</summary>
    public double P { get; }

    /// <summary>How far the right class should be ahead.</summary>
    public double Margin { get; }

    /// <summary>A weight for each class, or null.</summary>
    public Tensor? Weight { get; }

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.MultiMarginLoss(input, target, P, Margin, Weight, Reduction);
}

/// <inheritdoc cref="Functional.MultiLabelMarginLoss"/>
public class MultiLabelMarginLoss(Reduction reduction = Reduction.Mean) : Loss(reduction)
{
    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.MultiLabelMarginLoss(input, target, Reduction);
}

/// <inheritdoc cref="Functional.MultiLabelSoftMarginLoss"/>
public class MultiLabelSoftMarginLoss : Loss
{
    /// <inheritdoc cref="Functional.MultiLabelSoftMarginLoss"/>
    public MultiLabelSoftMarginLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) : base(reduction) =>
        Weight = weight is null ? null : RegisterBuffer("weight", weight);

    /// <summary>A weight for each class, or null.</summary>
    public Tensor? Weight { get; }

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.MultiLabelSoftMarginLoss(input, target, Weight, Reduction);
}

/// <inheritdoc cref="Functional.TripletMarginWithDistanceLoss"/>
public class TripletMarginWithDistanceLoss(Func<Tensor, Tensor, Tensor>? distanceFunction = null, double margin = 1,
    bool swap = false, Reduction reduction = Reduction.Mean) : Module
{
    /// <summary>The distance of two tensors, or null for <see cref="Functional.PairwiseDistance"/>.</summary>
    public Func<Tensor, Tensor, Tensor>? DistanceFunction { get; } = distanceFunction;

    /// <summary>By how much nearer.</summary>
    public double Margin { get; } = margin;

    /// <summary>Whether the negative's distance to the positive counts where it is smaller.</summary>
    public bool Swap { get; } = swap;

    /// <summary>What is made of the losses of single triplets.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <inheritdoc cref="Functional.TripletMarginWithDistanceLoss"/>
    public Tensor Forward(Tensor anchor, Tensor positive, Tensor negative) =>
        Functional.TripletMarginWithDistanceLoss(anchor, positive, negative, DistanceFunction, Margin, Swap, Reduction);
}

public static partial class Functional
{
    /// <summary>
    /// The multi-class hinge loss: w_t Σ_{i ≠ t} max(0, margin - x_t + x_i)ᵖ / C: every class should lie behind the
    /// right one by the margin (Crammer and Singer, 2001).
    /// </summary>
    /// <param name="input">x, [N, C] or [C].</param>
    /// <param name="target">t, class numbers, [N] or [].</param>
    /// <param name="p">The hinge's degree, 1 or 2.</param>
    /// <param name="margin">How far the right class should be ahead.</param>
    /// <param name="weight">w, a weight for each class, [C].</param>
    /// <param name="reduction">What is made of the losses of the rows; the mean is over the rows, whatever their
    /// weights.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or the target holds no integers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class, or <paramref name="p"/> is neither 1 nor
    /// 2.</exception>
    public static Tensor MultiMarginLoss(Tensor input, Tensor target, double p = 1, double margin = 1,
        Tensor? weight = null, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (p is not (1 or 2))
        {
            throw new ArgumentOutOfRangeException(nameof(p), p, "MultiMarginLoss: the degree p must be 1 or 2.");
        }

        RequireRows(nameof(MultiMarginLoss), input);
        ClassTarget classes = new(nameof(MultiMarginLoss), input, target, weight, ignoreIndex: long.MinValue);
        target = target.To(DType.Int64);
        Tensor right = target.Unsqueeze(-1);
        Tensor isRight = Tensor.Zeros(input.Shape, DType.Bool, input.Device)
            .Scatter(-1, right, Tensor.Ones(right.Shape, DType.Bool, input.Device));

        // The right class is taken out first: infinitely far ahead it would be NaN, and its slope too.
        Tensor hinges = (input - classes.Pick(input).Unsqueeze(-1) + margin).MaskedFill(isRight, 0).Relu();
        Tensor losses = (p == 1 ? hinges : hinges * hinges).Sum(-1) / input.Size(-1);
        return losses.Weighted(weight?.Gather(0, target.Reshape(-1)).Reshape(target.Shape)).Reduce(reduction);
    }

    /// <summary>
    /// The hinge loss of several classes a row: Σ_j Σ_i max(0, 1 - (x_{t_j} - x_i)) / C over the right classes t_j and
    /// the wrong ones i.
    /// </summary>
    /// <remarks>Takes C numbers of memory for each right class of the row that has the most; in a compiled step C times
    /// C numbers a row.</remarks>
    /// <param name="input">x, [N, C] or [C].</param>
    /// <param name="target">t, the same shape: in each row class numbers up to the first -1; what follows does not
    /// count.</param>
    /// <param name="reduction">What is made of the losses of the rows.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the target holds no integers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A target is not a class.</exception>
    public static Tensor MultiLabelMarginLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(target);
        const string name = nameof(MultiLabelMarginLoss);
        RequireRows(name, input);
        if (target.Shape != input.Shape || target.DType.IsFloatingPoint() || target.DType == DType.Bool)
        {
            throw new ArgumentException(
                $"{name}: the target must hold class numbers (int64), ended by -1, in the input's shape "
                    + $"{input.Shape}; it is {target.Shape} of {target.DType.DisplayName()}.", nameof(target));
        }

        int classes = input.Size(-1);
        int capacity = StepRecording.IsHere ? classes : 0; // a replay may bring rows with more right classes
        int most = StepRecording.Look(target, labels => Math.Max(MostLabels(labels, classes), capacity));
        target = target.To(DType.Int64);
        Tensor counts = target.Lt(0).To(DType.Int64).CumSum(-1).Eq(0),
            index = target.MaskedFill(counts.LogicalNot(), 0);
        Tensor isRight = Tensor.Zeros(input.Shape, DType.Int64, input.Device)
            .ScatterAdd(-1, index, counts.To(DType.Int64)).Gt(0);
        Tensor first = index.Narrow(-1, 0, most), chosen = input.Gather(-1, first);
        Tensor hinges = (1 - chosen.Unsqueeze(-1) + input.Unsqueeze(-2)).Relu();
        Tensor leftOut = counts.Narrow(-1, 0, most).LogicalNot().Unsqueeze(-1).LogicalOr(isRight.Unsqueeze(-2));
        return (hinges.MaskedFill(leftOut, 0).Sum([-2, -1]) / classes).Reduce(reduction);
    }

    /// <summary>
    /// The cross entropy of several yes-or-no questions a row: -Σ_i w_i (t_i ln σ(x_i) + (1 - t_i) ln σ(-x_i)) / C.
    /// </summary>
    /// <param name="input">x, [..., C].</param>
    /// <param name="target">t, the same shape, from 0 to 1.</param>
    /// <param name="weight">w, broadcast to the input: one for each class, [C].</param>
    /// <param name="reduction">What is made of the losses of the rows.</param>
    /// <exception cref="ArgumentException">The shapes differ, or the weights do not broadcast to them.</exception>
    public static Tensor MultiLabelSoftMarginLoss(Tensor input, Tensor target, Tensor? weight = null,
        Reduction reduction = Reduction.Mean)
    {
        RequireSameShape(nameof(MultiLabelSoftMarginLoss), input, target);
        if (input.Rank == 0)
        {
            throw new ArgumentException(
                "MultiLabelSoftMarginLoss: the input is a single number; it needs a dimension of classes.",
                nameof(input));
        }

        RequireWeight(nameof(MultiLabelSoftMarginLoss), input, weight);
        Tensor losses = BCEWithLogitsLoss(input, target, Reduction.None).Weighted(weight);
        return losses.Mean(-1).Reduce(reduction);
    }

    /// <summary>
    /// The triplet loss with any distance: max(0, d(a, p) - d(a, n) + margin).
    /// </summary>
    /// <param name="anchor">a, [N, D] or what the distance takes.</param>
    /// <param name="positive">p, the same shape.</param>
    /// <param name="negative">n, the same shape.</param>
    /// <param name="distanceFunction">d; <see cref="PairwiseDistance"/> if null.</param>
    /// <param name="margin">By how much nearer, at least 0.</param>
    /// <param name="swap">Whether d(p, n) counts where it is smaller than d(a, n).</param>
    /// <param name="reduction">What is made of the losses of single triplets.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="margin"/> is negative.</exception>
    public static Tensor TripletMarginWithDistanceLoss(Tensor anchor, Tensor positive, Tensor negative,
        Func<Tensor, Tensor, Tensor>? distanceFunction = null, double margin = 1, bool swap = false,
        Reduction reduction = Reduction.Mean)
    {
        const string name = nameof(TripletMarginWithDistanceLoss);
        RequireSameShape(name, anchor, positive, "anchor", "positive");
        RequireSameShape(name, anchor, negative, "anchor", "negative");
        NotNegative(margin);
        distanceFunction ??= static (x, y) => PairwiseDistance(x, y);
        Tensor near = distanceFunction(anchor, positive), far = distanceFunction(anchor, negative);
        if (swap)
        {
            far = far.Minimum(distanceFunction(positive, negative));
        }

        return (near - far + margin).ClampMin(0).Reduce(reduction);
    }

    private static void RequireRows(string loss, Tensor input)
    {
        if (input.Rank is not (1 or 2) || input.Size(-1) == 0)
        {
            throw new ArgumentException(
                $"{loss}: input {input.Shape} must be [N, classes] or [classes], with at least one class.",
                nameof(input));
        }
    }

    /// <summary>How many right classes the row has that has the most; refuses what is no class.</summary>
    private static int MostLabels(Tensor target, int classes)
    {
        long[] borrowed = ArrayPool<long>.Shared.Rent(
            Sizes.Entries(nameof(MultiLabelMarginLoss), target.ElementCount, DType.Int64));
        try
        {
            Span<long> labels = borrowed.AsSpan(0, (int)target.ElementCount);
            target.CopyTo(labels);
            int most = 0;
            for (; labels.Length > 0; labels = labels[classes..])
            {
                ReadOnlySpan<long> row = labels[..classes];
                int end = row.IndexOf(-1);
                row = end < 0 ? row : row[..end];
                int wrong = row.IndexOfAnyExceptInRange(0, classes - 1);
                if (wrong >= 0)
                {
                    throw new ArgumentOutOfRangeException(nameof(target), row[wrong],
                        $"MultiLabelMarginLoss: target {row[wrong]} is not a class; the classes are 0 to "
                            + $"{classes - 1}, and -1 ends a row.");
                }

                most = Math.Max(most, row.Length);
            }

            return most;
        }
        finally
        {
            ArrayPool<long>.Shared.Return(borrowed);
        }
    }
}
