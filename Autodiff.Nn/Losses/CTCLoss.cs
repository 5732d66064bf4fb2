using Autodiff.Operations;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.CTCLoss(Tensor, Tensor, Tensor, Tensor, int, Reduction, bool)"/>
public class CTCLoss(int blank = 0, Reduction reduction = Reduction.Mean, bool zeroInfinity = false) : Module
{
    /// <summary>The class that stands for no label.</summary>
    public int Blank { get; } = blank;

    /// <summary>What is made of the losses of single sequences.</summary>
    public Reduction Reduction { get; } = reduction;

    /// <summary>Whether a sequence that can't be read as its target counts for nothing.</summary>
    public bool ZeroInfinity { get; } = zeroInfinity;

    /// <inheritdoc cref="Functional.CTCLoss(Tensor, Tensor, Tensor, Tensor, int, Reduction, bool)"/>
    public Tensor Forward(Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths) =>
        Functional.CTCLoss(logProbs, targets, inputLengths, targetLengths, Blank, Reduction, ZeroInfinity);

    /// <inheritdoc cref="Functional.CTCLoss(Tensor, Tensor, Tensor, Tensor, int, Reduction, bool)"/>
    public Tensor Forward(
        Tensor logProbs, Tensor targets, ReadOnlySpan<int> inputLengths, ReadOnlySpan<int> targetLengths) =>
        Functional.CTCLoss(logProbs, targets, inputLengths, targetLengths, Blank, Reduction, ZeroInfinity);
}

public static partial class Functional
{
    /// <summary>
    /// The connectionist temporal classification loss: -ln Σ Π_t p_t(π_t) over all ways π to read the target from a
    /// sequence, one class a step, where a label may last several steps and blanks may stand between labels (and must
    /// between equal ones).
    /// </summary>
    /// <remarks>
    /// <para>A. Graves, S. Fernández, F. Gomez and J. Schmidhuber, "Connectionist temporal classification" (2006): with
    /// the target's labels between blanks, l', α_t(s) = p_t(l'_s) (α_(t-1)(s) + α_(t-1)(s-1) + α_(t-1)(s-2)), the last
    /// where l'_s is no blank and differs from l'_(s-2); in logarithms.</para>
    /// <para>As in PyTorch the gradient takes the input for what a log softmax gave: e^x - (the probability that the
    /// class is read at the step). Behind <see cref="Tensor.LogSoftmax"/> it is the derivative, to any order. It takes
    /// memory for T · N · (2 S + 1) numbers a few times. Without <paramref name="zeroInfinity"/> the gradient of an
    /// infinite loss is NaN.</para>
    /// </remarks>
    /// <param name="logProbs">x, logarithms of probabilities: [T, N, C], or [T, C] for one sequence.</param>
    /// <param name="targets">Labels of an integer type: [N, S] with padding, or [Σ lengths], all in a row; [S] for one
    /// sequence.</param>
    /// <param name="inputLengths">How many steps each sequence has, at most T: integers, [N], or [] for one.</param>
    /// <param name="targetLengths">How many labels each target has: integers, [N], or [] for one.</param>
    /// <param name="blank">The class that stands for no label.</param>
    /// <param name="reduction">What is made of the losses of single sequences. The mean divides each by the length of
    /// its target (at least 1) first.</param>
    /// <param name="zeroInfinity">Whether a loss is 0, and its gradient too, where there is no way to read the target:
    /// the sequence is too short.</param>
    /// <returns>[], or [N] without a reduction.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit, an operand has not the type it must have, or a length
    /// is out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="blank"/> or a label is no class, or a label is the
    /// blank.</exception>
    public static Tensor CTCLoss(
        Tensor logProbs, Tensor targets, Tensor inputLengths, Tensor targetLengths, int blank = 0,
        Reduction reduction = Reduction.Mean, bool zeroInfinity = false)
    {
        ArgumentNullException.ThrowIfNull(logProbs);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(inputLengths);
        ArgumentNullException.ThrowIfNull(targetLengths);
        bool isBatch = logProbs.Rank != 2;
        AlignmentTarget target = new(logProbs, targets, inputLengths, targetLengths, blank);
        Tensor x = isBatch ? logProbs : logProbs.Unsqueeze(1);
        Tensor beyond = RnnUtils.Range(x.Size(0), x.Device).Unsqueeze(1).Ge(target.InputLengths);
        x = x.MaskedFill(beyond.Unsqueeze(-1), 0);
        Tensor likelihoods = target.Align(x), sums = x.Exp().Sum([0, 2]);
        Tensor? impossible = zeroInfinity ? likelihoods.Eq(double.NegativeInfinity) : null;
        if (impossible is not null)
        {
            likelihoods = likelihoods.MaskedFill(impossible, 0);
        }

        Tensor losses = Tensor.Map(default(NegativeLikelihood), likelihoods, sums);
        if (impossible is not null)
        {
            losses = losses.MaskedFill(impossible, 0);
        }

        return (reduction == Reduction.Mean ? losses / target.Lengths.ClampMin(1).To(x.DType)
            : isBatch ? losses : losses.Squeeze(0)).Reduce(reduction);
    }

    /// <inheritdoc cref="CTCLoss(Tensor, Tensor, Tensor, Tensor, int, Reduction, bool)"/>
    public static Tensor CTCLoss(
        Tensor logProbs, Tensor targets, ReadOnlySpan<int> inputLengths, ReadOnlySpan<int> targetLengths,
        int blank = 0, Reduction reduction = Reduction.Mean, bool zeroInfinity = false)
    {
        ArgumentNullException.ThrowIfNull(logProbs);
        return CTCLoss(logProbs, targets, RnnUtils.Table(inputLengths, logProbs.Device),
            RnnUtils.Table(targetLengths, logProbs.Device), blank, reduction, zeroInfinity);
    }
}
