using System.Globalization;

namespace Autodiff.Nn;

/// <summary>What batch and instance norms share: parameters and running figures of each channel.</summary>
public abstract class ChannelNorm : Module
{
    private readonly string _shape;

    /// <summary>Makes the layer, with w = 1 and b = 0.</summary>
    /// <param name="shape">The shape of inputs in words: [N, C, H, W].</param>
    /// <param name="numFeatures">How many channels: the size of dimension 1.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <param name="momentum">The weight of a new batch in the running figures, or null.</param>
    /// <param name="affine">Whether w and b are there.</param>
    /// <param name="trackRunningStats">Whether running figures are kept; without them evaluation uses the input
    /// too.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    private protected ChannelNorm(
        string shape, int numFeatures, double eps, double? momentum, bool affine, bool trackRunningStats,
        DType type, Device? device)
    {
        _shape = shape;
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

    /// <summary>How many batches the running figures have seen, or null; an instance norm does not count.</summary>
    public Tensor? NumBatchesTracked { get; }

    protected override string Settings => $"{NumFeatures}, eps={Format.Number(Eps)}, "
        + $"momentum={(Momentum is { } m ? Format.Number(m) : "None")}, affine={Weight is not null}, "
        + $"track_running_stats={RunningMean is not null}";

    /// <summary>PyTorch's states have a count of batches since version 0.4.1 only.</summary>
    private protected override bool MayLack(string name) => name == "num_batches_tracked";

    /// <summary>The shape that inputs must have, with the channels' number.</summary>
    private protected string Fits =>
        _shape.Replace("C", NumFeatures.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}

public static partial class Functional
{
    /// <summary>Refuses parameters and running figures that have not a number for each channel of x.</summary>
    private static void RequireChannels(
        string norm, Tensor x, Tensor? weight, Tensor? bias, Tensor? runningMean = null, Tensor? runningVar = null)
    {
        int[] channels = [x.Size(1)];
        RequireShape(norm, x, nameof(weight), weight, channels);
        RequireShape(norm, x, nameof(bias), bias, channels);
        RequireShape(norm, x, nameof(runningMean), runningMean, channels);
        RequireShape(norm, x, nameof(runningVar), runningVar, channels);
        Tensor.RequireLayerType(norm, x, weight, bias, runningMean, runningVar);
    }

    /// <summary>Refuses what a norm would read beyond its end, or broadcast.</summary>
    private static void RequireShape(string norm, Tensor x, string name, Tensor? parameter, Shape shape)
    {
        if (parameter is not null && parameter.Shape != shape)
        {
            throw new ArgumentException(
                $"{norm}: {name} {parameter.Shape} must be {shape} for input {x.Shape}.", name);
        }
    }
}
