namespace Autodiff.Nn;

/// <summary>What instance norms of one, two and three dimensions share.</summary>
public abstract class InstanceNorm : ChannelNorm
{
    private readonly int _rank;

    private protected InstanceNorm(
        string shape, int[] ranks, int numFeatures, double eps, double? momentum, bool affine, bool trackRunningStats,
        DType type, Device? device)
        : base(shape, numFeatures, eps, momentum, affine, trackRunningStats, type, device) => _rank = ranks[0];

    /// <inheritdoc/>
    /// <remarks>A single sample may come without the dimension N.</remarks>
    public override Tensor Forward(Tensor x)
    {
        ArgumentNullException.ThrowIfNull(x);
        bool isBatch = x.Rank == _rank;
        if ((!isBatch && x.Rank != _rank - 1)
            || (x.Size(isBatch ? 1 : 0) != NumFeatures && (Weight is not null || RunningMean is not null)))
        {
            throw new ArgumentException(
                $"{GetType().Name}: input {x.Shape} must be {Fits}, or that without N.", nameof(x));
        }

        Tensor y = Functional.InstanceNorm(
            isBatch ? x : x.Unsqueeze(0), RunningMean, RunningVar, Weight, Bias,
            IsTraining || RunningMean is null, Momentum ?? 0, Eps);
        return isBatch ? y : y.Squeeze(0);
    }
}

public static partial class Functional
{
    /// <summary>
    /// Normalises each channel of each sample: (x - mean) / √(var + ε) · w + b (Ulyanov, Vedaldi and Lempitsky,
    /// "Instance normalization", 2016).
    /// </summary>
    /// <inheritdoc cref="BatchNorm"
    /// path="/param[@name != 'runningMean' and @name != 'runningVar' and @name != 'training']"/>
    /// <param name="runningMean">[C]: used without <paramref name="useInputStats"/>, else moved towards the mean over
    /// the samples. Or null.</param>
    /// <param name="runningVar">[C]: likewise, with the mean of the samples' variances by their size - 1. Or
    /// null.</param>
    /// <param name="useInputStats">Whether the samples' own figures normalise them; else the running ones.</param>
    /// <exception cref="ArgumentException">There is no dimension besides samples and channels, a channel has one value,
    /// running figures are missing where they are used, or the parameters have another shape, or another floating type
    /// than <paramref name="x"/>.</exception>
    public static Tensor InstanceNorm(
        Tensor x, Tensor? runningMean = null, Tensor? runningVar = null, Tensor? weight = null, Tensor? bias = null,
        bool useInputStats = true, double momentum = 0.1, double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank < 3)
        {
            throw new ArgumentException(
                $"InstanceNorm: input {x.Shape} must be [N, C, ...], with a dimension besides these.", nameof(x));
        }

        if (x.ElementCount == 0)
        {
            return x;
        }

        if (!useInputStats)
        {
            return BatchNorm(x, runningMean, runningVar, weight, bias, training: false, momentum, eps);
        }

        RequireChannels(nameof(InstanceNorm), x, weight, bias, runningMean, runningVar);
        long count = x.ElementCount / x.Size(0) / x.Size(1);
        if (count == 1)
        {
            throw new ArgumentException(
                $"InstanceNorm: input {x.Shape} has one value for each channel of a sample, which has no variance.",
                nameof(x));
        }

        Tensor? y = x.Standardized(
            "InstanceNorm", Tensor.NormPlan.Group(x, x.Size(1)), weight, bias, eps, centre: true, out Tensor? figures);
        Tensor mean, variance;
        if (y is null)
        {
            int[] dims = [.. Enumerable.Range(2, x.Rank - 2)];
            Tensor centred = x.Centred(dims, out mean);
            Tensor standard = centred * centred.InverseDeviation(dims, eps, out variance);
            y = standard.Affine(PerChannel(weight, x), PerChannel(bias, x));
        }
        else
        {
            (mean, variance) = (figures![0] + figures[1], figures[3]);
        }

        if (runningMean is not null || runningVar is not null)
        {
            int[] channels = [x.Size(0), x.Size(1)];
            Follow(
                runningMean, runningVar, mean.Detach().Reshape(channels).Mean(0), variance.Reshape(channels).Mean(0),
                count, momentum);
        }

        return y;
    }
}
