namespace Autodiff.Nn;

/// <summary>What batch norms of one, two and three dimensions share.</summary>
public abstract class BatchNorm : ChannelNorm
{
    private readonly int[] _ranks;

    private protected BatchNorm(
        string shape, int[] ranks, int numFeatures, double eps, double? momentum, bool affine, bool trackRunningStats,
        DType type, Device? device)
        : base(shape, numFeatures, eps, momentum, affine, trackRunningStats, type, device) => _ranks = ranks;

    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (!_ranks.Contains(x.Rank) || x.Size(1) != NumFeatures)
        {
            throw new ArgumentException($"{GetType().Name}: input {x.Shape} must be {Fits}.", nameof(x));
        }

        bool training = IsTraining || RunningMean is null;
        Functional.CheckBatchNorm(x, RunningMean, RunningVar, Weight, Bias, training); // before a batch is counted
        Tensor? momentum = null;
        if (IsTraining && NumBatchesTracked is not null)
        {
            // The average of all batches is counted where the layer is, so that a compiled step counts too.
            NumBatchesTracked.AddInPlace(1);
            momentum = Momentum is { } given ? given : 1 / NumBatchesTracked.To(RunningMean!.DType);
        }

        return Functional.CheckedBatchNorm(x, RunningMean, RunningVar, Weight, Bias, training, momentum, Eps);
    }
}

public static partial class Functional
{
    /// <summary>
    /// Normalises each channel over the batch: (x - mean) / √(var + ε) · w + b; in evaluation with the running mean and
    /// variance (Ioffe and Szegedy, "Batch normalization", 2015). An empty tensor comes back as it is.
    /// </summary>
    /// <param name="x">[N, C, ...].</param>
    /// <param name="runningMean">[C]: used in evaluation; in training moved towards the batch's mean. Or null.</param>
    /// <param name="runningVar">[C]: likewise, with the batch's variance by N - 1. Or null.</param>
    /// <param name="weight">w, [C], or null.</param>
    /// <param name="bias">b, [C], or null.</param>
    /// <param name="training">Whether the batch's own mean and variance (by N) normalise it.</param>
    /// <param name="momentum">How far the running figures move.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <exception cref="ArgumentException">There is no dimension of channels, a batch has one value a channel in
    /// training, running figures are missing in evaluation, or the parameters have another shape, or another floating
    /// type than <paramref name="x"/>.</exception>
    public static Tensor BatchNorm(
        Tensor x, Tensor? runningMean, Tensor? runningVar, Tensor? weight = null, Tensor? bias = null,
        bool training = false, double momentum = 0.1,
        double eps = 1e-5)
    {
        CheckBatchNorm(x, runningMean, runningVar, weight, bias, training);
        return CheckedBatchNorm(x, runningMean, runningVar, weight, bias, training, momentum, eps);
    }

    /// <summary>Refuses what does not fit, before anything is changed.</summary>
    internal static void CheckBatchNorm(
        Tensor x, Tensor? runningMean, Tensor? runningVar, Tensor? weight, Tensor? bias, bool training)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.ElementCount == 0)
        {
            return;
        }

        if (x.Rank < 2)
        {
            throw new ArgumentException($"BatchNorm: input {x.Shape} must be [N, C, ...].", nameof(x));
        }

        RequireChannels(nameof(BatchNorm), x, weight, bias, runningMean, runningVar);
        if (!training && (runningMean is null || runningVar is null))
        {
            throw new ArgumentException(
                "BatchNorm: evaluation needs a running mean and variance.", nameof(runningMean));
        }

        if (training && x.ElementCount == x.Size(1))
        {
            throw new ArgumentException(
                $"BatchNorm: input {x.Shape} has one value a channel, which has no variance; in training use a larger "
                    + "batch, or Eval().",
                nameof(x));
        }
    }

    /// <summary>The same of what has been checked; the momentum is there where running figures move.</summary>
    internal static Tensor CheckedBatchNorm(
        Tensor x, Tensor? runningMean, Tensor? runningVar, Tensor? weight, Tensor? bias, bool training,
        Tensor? momentum, double eps)
    {
        if (x.ElementCount == 0)
        {
            return x;
        }

        if (!training)
        {
            Tensor factor = PerChannel((runningVar! + eps).Rsqrt(), x)!, shifted = x - PerChannel(runningMean, x)!;
            return (shifted * factor).Affine(PerChannel(weight, x), PerChannel(bias, x));
        }

        long count = x.ElementCount / x.Size(1);
        Tensor.NormPlan plan = Tensor.NormPlan.Batch(x);
        if (x.Standardized("BatchNorm", plan, weight, bias, eps, centre: true, out Tensor? figures) is { } fused)
        {
            Follow(runningMean, runningVar, figures![0] + figures[1], figures[3], count, momentum);
            return fused;
        }

        int[] dims = [0, .. Enumerable.Range(2, x.Rank - 2)];
        Tensor centred = x.Centred(dims, out Tensor mean);
        Tensor inverse = centred.InverseDeviation(dims, eps, out Tensor variance);
        Follow(runningMean, runningVar, mean.Detach().Reshape(-1), variance.Reshape(-1), count, momentum);
        return (centred * inverse).Affine(PerChannel(weight, x), PerChannel(bias, x));
    }

    /// <summary>Moves running figures towards a batch's; its variance, by N, is taken by N - 1.</summary>
    private static void Follow(
        Tensor? runningMean, Tensor? runningVar, Tensor mean, Tensor variance, long count, Tensor? momentum)
    {
        using (Tensor.Unrecorded())
        {
            runningMean?.LerpInPlace(mean, momentum!);
            runningVar?.LerpInPlace(variance * ((double)count / (count - 1)), momentum!);
        }
    }
}
