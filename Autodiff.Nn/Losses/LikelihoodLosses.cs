using Autodiff.Operations;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <inheritdoc cref="Functional.GaussianNLLLoss"/>
public class GaussianNLLLoss(Reduction reduction = Reduction.Mean, bool full = false, double eps = 1e-6)
    : Loss(reduction)
{
    /// <summary>Whether ln(2π)/2 is added.</summary>
    public bool Full { get; } = full;

    /// <summary>The smallest variance.</summary>
    public double Eps { get; } = eps;

    /// <summary>The loss with a variance of 1 everywhere.</summary>
    public override Tensor Forward(Tensor input, Tensor target) => Forward(input, target, Tensor.OnesLike(input));

    /// <inheritdoc cref="Functional.GaussianNLLLoss"/>
    public Tensor Forward(Tensor input, Tensor target, Tensor variance) =>
        Functional.GaussianNLLLoss(input, target, variance, Reduction, Full, Eps);
}

/// <inheritdoc cref="Functional.PoissonNLLLoss"/>
public class PoissonNLLLoss(Reduction reduction = Reduction.Mean, bool logInput = true, bool full = false,
    double eps = 1e-8) : Loss(reduction)
{
    /// <summary>Whether the input is the logarithm of the mean.</summary>
    public bool LogInput { get; } = logInput;

    /// <summary>Whether ln t! is added.</summary>
    public bool Full { get; } = full;

    /// <summary>ε, which keeps the logarithm of 0 away.</summary>
    public double Eps { get; } = eps;

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.PoissonNLLLoss(input, target, Reduction, LogInput, Full, Eps);
}

/// <inheritdoc cref="Functional.KLDivLoss"/>
public class KLDivLoss(Reduction reduction = Reduction.Mean, bool logTarget = false) : Loss(reduction)
{
    /// <summary>Whether the target holds log probabilities too.</summary>
    public bool LogTarget { get; } = logTarget;

    public override Tensor Forward(Tensor input, Tensor target) =>
        Functional.KLDivLoss(input, target, Reduction, LogTarget);
}

public static partial class Functional
{
    /// <summary>
    /// The negative log likelihood of t under normal distributions of mean x and variance v: (ln v + (x - t)²/v) / 2.
    /// </summary>
    /// <param name="input">x, the means, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="variance">v: the same shape, or with its last dimension missing or 1, or a number. Values below
    /// <paramref name="eps"/> count as that.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="full">Whether ln(2π)/2 is added.</param>
    /// <param name="eps">The smallest variance.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A variance is negative.</exception>
    public static Tensor GaussianNLLLoss(
        Tensor input, Tensor target, Tensor variance, Reduction reduction = Reduction.Mean, bool full = false,
        double eps = 1e-6)
    {
        RequireSameShape(nameof(GaussianNLLLoss), input, target);
        ArgumentNullException.ThrowIfNull(variance);
        if (variance.IsNumber)
        {
            RequireNotNegative(variance);
        }
        else if (variance.Rank == input.Rank - 1 && variance.Shape.AsSpan().SequenceEqual(input.Shape.AsSpan()[..^1]))
        {
            variance = variance.Unsqueeze(-1);
        }
        else if (variance.Shape != input.Shape
            && !(variance.Rank == input.Rank && input.Rank > 0 && variance.Shape[^1] == 1
            && variance.Shape.AsSpan()[..^1].SequenceEqual(input.Shape.AsSpan()[..^1])))
        {
            throw new ArgumentException(
                $"GaussianNLLLoss: variance {variance.Shape} does not fit prediction {input.Shape}; its last dimension "
                    + "may be missing or 1, the others must agree.", nameof(variance));
        }

        if (!variance.IsNumber)
        {
            StepRecording.Look(variance, RequireNotNegative);
        }

        Tensor losses = Tensor.Map(new GaussianLikelihood(eps), input, target, variance);
        return (full ? losses + 0.5 * Math.Log(2 * Math.PI) : losses).Reduce(reduction);
    }

    private static bool RequireNotNegative(Tensor variance) =>
        variance.ElementCount == 0 || !(variance.ReduceRaw(Folds.Min, variance.DType).Item() is < 0 and double low)
            ? true
            : throw new ArgumentOutOfRangeException(nameof(variance), low,
                "GaussianNLLLoss: a variance can't be negative; let the network give its logarithm and apply "
                    + "Exp(), or use Softplus().");

    /// <summary>
    /// The negative log likelihood of counts t under a Poisson distribution: e^x - t x for a log mean x, or x - t ln(x
    /// + ε) for a mean x.
    /// </summary>
    /// <inheritdoc cref="L1Loss" path="//param|//exception"/>
    /// <param name="logInput">Whether the input is the logarithm of the mean.</param>
    /// <param name="full">Whether ln t! is added, by Stirling's approximation, where t &gt; 1.</param>
    /// <param name="eps">ε, which keeps the logarithm of 0 away.</param>
    public static Tensor PoissonNLLLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, bool logInput = true, bool full = false,
        double eps = 1e-8)
    {
        RequireSameShape(nameof(PoissonNLLLoss), input, target);
        Tensor losses = logInput
            ? Tensor.Map(default(PoissonOfLogarithm), input, target)
            : Tensor.Map(new Poisson(eps), input, target);
        return (full ? losses + target.MapByDual(default(LogFactorial)) : losses).Reduce(reduction);
    }

    /// <summary>
    /// The Kullback-Leibler divergence of the predicted distribution from the target: t (ln t - x), where x holds log
    /// probabilities.
    /// </summary>
    /// <remarks>
    /// Mean divides by the number of elements; <see cref="Reduction.BatchMean"/> divides by the batch and is the
    /// mathematical definition.
    /// </remarks>
    /// <param name="input">x, log probabilities, any shape.</param>
    /// <param name="target">t, probabilities (or their logarithms), the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="logTarget">Whether the target holds log probabilities too.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor KLDivLoss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean,
        bool logTarget = false) => logTarget
        ? Reduced(nameof(KLDivLoss), default(KLDivergenceOfLogarithms), input, target, reduction)
        : Reduced(nameof(KLDivLoss), default(KLDivergence), input, target, reduction);
}
