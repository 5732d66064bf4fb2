namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.GroupNorm" path="/summary"/>
public class GroupNorm : Module
{
    /// <summary>Makes the layer, with w = 1 and b = 0.</summary>
    /// <param name="numGroups">How many groups; divides the channels.</param>
    /// <param name="numChannels">How many channels: the size of dimension 1.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <param name="affine">Whether w and b are there.</param>
    /// <param name="type">float32 or float64.</param>
    /// <param name="device">Where the parameters are.</param>
    /// <exception cref="ArgumentException">The groups do not divide the channels.</exception>
    public GroupNorm(int numGroups, int numChannels, double eps = 1e-5, bool affine = true, DType type = DType.Float32,
        Device? device = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(numGroups, 1);
        if (numChannels % numGroups != 0)
        {
            throw new ArgumentException($"GroupNorm: {numGroups} groups do not divide {numChannels} channels.",
                nameof(numGroups));
        }

        NumGroups = numGroups;
        NumChannels = numChannels;
        Eps = eps;
        if (affine)
        {
            Weight = RegisterParameter("weight", Tensor.Ones([numChannels], type, device));
            Bias = RegisterParameter("bias", Tensor.Zeros([numChannels], type, device));
        }
    }

    /// <summary>How many groups there are.</summary>
    public int NumGroups { get; }

    /// <summary>How many channels there are.</summary>
    public int NumChannels { get; }

    /// <summary>ε, against variances of zero.</summary>
    public double Eps { get; }

    /// <summary>w, or null.</summary>
    public Tensor? Weight { get; }

    /// <summary>b, or null.</summary>
    public Tensor? Bias { get; }

    protected override string Settings =>
        $"{NumGroups}, {NumChannels}, eps={Format.Number(Eps)}, affine={Weight is not null}";

    public override Tensor Forward(Tensor x) => Functional.GroupNorm(x, NumGroups, Weight, Bias, Eps);
}

public static partial class Functional
{
    /// <summary>
    /// Normalises each sample over groups of channels: (x - mean) / √(var + ε) · w + b (Wu and He, "Group
    /// normalization", 2018).
    /// </summary>
    /// <param name="x">[N, C, ...].</param>
    /// <param name="numGroups">How many groups; divides C.</param>
    /// <param name="weight">w, [C], or null.</param>
    /// <param name="bias">b, [C], or null.</param>
    /// <param name="eps">ε, against variances of zero.</param>
    /// <exception cref="ArgumentException">There is no dimension of channels, the groups do not divide it or a single
    /// sample has one value in each, or the parameters have another shape or floating type.</exception>
    public static Tensor GroupNorm(Tensor x, int numGroups, Tensor? weight = null, Tensor? bias = null,
        double eps = 1e-5)
    {
        ArgumentNullException.ThrowIfNull(x);
        if (x.Rank < 2 || numGroups < 1 || x.Size(1) % numGroups != 0)
        {
            throw new ArgumentException(
                $"GroupNorm: input {x.Shape} must be [N, C, ...] with C divided by {numGroups} groups.", nameof(x));
        }

        RequireChannels(nameof(GroupNorm), x, weight, bias);
        if (x.ElementCount == numGroups)
        {
            throw new ArgumentException(
                $"GroupNorm: input {x.Shape} has one value for each of {numGroups} groups, which has no variance.",
                nameof(x));
        }

        Tensor.NormPlan plan = Tensor.NormPlan.Group(x, numGroups);
        if (x.Standardized("GroupNorm", plan, weight, bias, eps, centre: true, out _) is { } fused)
        {
            return fused;
        }

        int each = (int)(x.ElementCount / Math.Max(1, (long)x.Size(0) * numGroups));
        return LayerNorm(x.Reshape(x.Size(0), numGroups, each), [each], eps: eps).Reshape(x.Shape)
            .Affine(PerChannel(weight, x), PerChannel(bias, x));
    }

    /// <summary>
    /// One number for each channel (dimension 1), shaped so that it broadcasts against <paramref name="x"/>.
    /// </summary>
    internal static Tensor? PerChannel(Tensor? figure, Tensor x) =>
        figure is null || x.Rank == 2 ? figure : figure.Reshape([-1, .. Enumerable.Repeat(1, x.Rank - 2)]);
}
