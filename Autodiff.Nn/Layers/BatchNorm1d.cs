namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.BatchNorm" path="/summary"/>
public class BatchNorm1d : Module
{
    /// <summary>Makes the layer, with w = 1 and b = 0.</summary>
    /// <param name="numFeatures">How many channels: the size of dimension 1.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <param name="momentum">The weight of a new batch in the running figures; null for the plain average of all
    /// batches.</param>
    /// <param name="affine">Whether w and b are there.</param>
    /// <param name="trackRunningStats">Whether running figures are kept; without them evaluation uses the batch
    /// too.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    public BatchNorm1d(
        int numFeatures, double eps = 1e-5, double? momentum = 0.1, bool affine = true, bool trackRunningStats = true,
        DType type = DType.Float32,
        Device? device = null)
    {
        NumFeatures = numFeatures;
        Eps = eps;
        Momentum = momentum;
        if (affine)
        {
            Weight = RegisterParameter("weight", Tensor.Ones([numFeatures], type, device));
            Bias = RegisterParameter("bias", Tensor.Zeros([numFeatures], type, device));
        }

        if (trackRunningStats)
        {
            RunningMean = RegisterBuffer("running_mean", Tensor.Zeros([numFeatures], type, device));
            RunningVar = RegisterBuffer("running_var", Tensor.Ones([numFeatures], type, device));
            NumBatchesTracked = RegisterBuffer("num_batches_tracked", Tensor.Zeros([], DType.Int64, device));
        }
    }

    /// <summary>How many channels there are.</summary>
    public int NumFeatures { get; }

    /// <summary>ε, against variances of zero.</summary>
    public double Eps { get; }

    /// <summary>The weight of a new batch in the running figures, or null.</summary>
    public double? Momentum { get; }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>b, or null.</summary>
    public Tensor? Bias { get; }

    /// <summary>The running mean of each channel, or null.</summary>
    public Tensor? RunningMean { get; }

    /// <summary>The running variance of each channel (with Bessel's correction), or null.</summary>
    public Tensor? RunningVar { get; }

    /// <summary>How many batches the running figures have seen, or null.</summary>
    public Tensor? NumBatchesTracked { get; }

    /// <inheritdoc/>
    protected override string Settings =>
        $"{NumFeatures}, eps={Format.Number(Eps)}, momentum={(Momentum is { } m ? Format.Number(m) : "None")}, "
            + $"affine={Weight is not null}, track_running_stats={RunningMean is not null}";

    /// <inheritdoc/>
    /// <param name="x">[N, C] or [N, C, L].</param>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank is not (2 or 3) || x.Size(1) != NumFeatures)
        {
            throw new ArgumentException(
                $"BatchNorm1d: input {x.Shape} must be [N, {NumFeatures}] or [N, {NumFeatures}, L].", nameof(x));
        }

        double momentum = Momentum ?? 0;
        if (IsTraining && NumBatchesTracked is not null)
        {
            NumBatchesTracked.AddInPlace(1);
            momentum = Momentum ?? 1 / NumBatchesTracked.Item();
        }

        return Functional.BatchNorm(x, RunningMean, RunningVar, Weight, Bias, IsTraining || RunningMean is null,
            momentum, Eps);
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
    /// training, running figures are missing in evaluation, or the parameters have another floating type than
    /// <paramref name="x"/>.</exception>
    public static Tensor BatchNorm(
        Tensor x, Tensor? runningMean, Tensor? runningVar, Tensor? weight = null, Tensor? bias = null,
        bool training = false, double momentum = 0.1,
        double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.ElementCount == 0)
        {
            return x;
        }

        if (x.Rank < 2)
        {
            throw new ArgumentException($"BatchNorm: input {x.Shape} must be [N, C, ...].", nameof(x));
        }

        Tensor.RequireLayerType(nameof(BatchNorm), x, weight, bias, runningMean, runningVar);
        if (!training)
        {
            if (runningMean is null || runningVar is null)
            {
                throw new ArgumentException("BatchNorm: evaluation needs a running mean and variance.",
                    nameof(runningMean));
            }

            return ((x - PerChannel(runningMean, x)!) * PerChannel((runningVar + eps).Rsqrt(), x)!)
                .Affine(PerChannel(weight, x), PerChannel(bias, x));
        }

        long count = x.ElementCount / x.Size(1);
        if (count == 1)
        {
            throw new ArgumentException(
                $"BatchNorm: input {x.Shape} has one value a channel, which has no variance; in training use a larger "
                    + "batch, or Eval().", nameof(x));
        }

        int[] dims = [0, .. Enumerable.Range(2, x.Rank - 2)];
        Tensor mean = x.Mean(dims, keepDim: true), centred = x - mean,
            inverse = centred.InverseDeviation(dims, eps, out Tensor variance);
        using (Tensor.Unrecorded())
        {
            runningMean?.LerpInPlace(mean.Detach().Reshape(-1), momentum);
            runningVar?.LerpInPlace(variance.Reshape(-1) * ((double)count / (count - 1)), momentum);
        }

        return (centred * inverse).Affine(PerChannel(weight, x), PerChannel(bias, x));
    }
}
