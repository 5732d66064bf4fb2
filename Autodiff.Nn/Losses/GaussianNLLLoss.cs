using Autodiff.Compilation;
using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The negative log likelihood of t under normal distributions of mean x and variance v: (ln v + (x - t)²/v) / 2.</summary>
public class GaussianNLLLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="full">Whether ln(2π)/2 is added.</param>
    /// <param name="eps">The smallest variance.</param>
    public GaussianNLLLoss(Reduction reduction = Reduction.Mean, bool full = false, double eps = 1e-6) : base(reduction)
    {
        Full = full;
        Eps = eps;
    }

    /// <summary>Whether ln(2π)/2 is added.</summary>
    public bool Full { get; }

    /// <summary>The smallest variance.</summary>
    public double Eps { get; }

    /// <summary>The loss with a variance of 1 everywhere.</summary>
    public override Tensor Forward(Tensor input, Tensor target) => Forward(input, target, Tensor.OnesLike(input));

    /// <summary>The loss.</summary>
    /// <param name="input">x, the means.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="variance">v: the same shape, or with its last dimension missing or 1.</param>
    public Tensor Forward(Tensor input, Tensor target, Tensor variance) => Functional.GaussianNLLLoss(input, target, variance, Reduction, Full, Eps);
}

public static partial class Functional
{
    /// <summary>The negative log likelihood of t under normal distributions of mean x and variance v: (ln v + (x - t)²/v) / 2.</summary>
    /// <param name="input">x, the means, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="variance">v: the same shape, or with its last dimension missing or 1. Values below <paramref name="eps"/> count as that.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="full">Whether ln(2π)/2 is added.</param>
    /// <param name="eps">The smallest variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A variance is negative.</exception>
    public static Tensor GaussianNLLLoss(
        Tensor input, Tensor target, Tensor variance, Reduction reduction = Reduction.Mean, bool full = false, double eps = 1e-6)
    {
        RequireSameShape(nameof(GaussianNLLLoss), input, target);
        ArgumentNullException.ThrowIfNull(variance);
        if (variance.Rank == input.Rank - 1 && variance.Shape.AsSpan().SequenceEqual(input.Shape.AsSpan()[..^1]))
        {
            variance = variance.Unsqueeze(-1);
        }
        else if (variance.Shape != input.Shape && !(variance.Rank == input.Rank && input.Rank > 0 && variance.Shape[^1] == 1
            && variance.Shape.AsSpan()[..^1].SequenceEqual(input.Shape.AsSpan()[..^1])))
        {
            throw new ArgumentException(
                $"GaussianNLLLoss: variance {variance.Shape} does not fit prediction {input.Shape}; its last dimension may be missing or 1, the others must agree.", nameof(variance));
        }

        StepRecorder.Look(variance, static values =>
            values.ElementCount == 0 || !(values.ReduceRaw(default(MinReduction), values.DType).Item() is < 0 and double low)
                ? true
                : throw new ArgumentOutOfRangeException(nameof(variance), low,
                    "GaussianNLLLoss: a variance can't be negative; let the network give its logarithm and apply Exp(), or use Softplus()."));

        Tensor losses = Tensor.Map(new GaussianLikelihood(eps), input, target, variance);
        return (full ? losses + 0.5 * Math.Log(2 * Math.PI) : losses).Reduce(reduction);
    }
}
