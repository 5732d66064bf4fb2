using Autodiff.Operations;

namespace Autodiff.Nn;

/// <summary>The negative log likelihood of counts t under a Poisson distribution: e^x - t x for a log mean x, or x - t ln(x + ε) for a mean x.</summary>
public class PoissonNLLLoss : Loss
{
    /// <summary>Makes the loss.</summary>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="logInput">Whether the input is the logarithm of the mean.</param>
    /// <param name="full">Whether ln t! is added, by Stirling's approximation, where t &gt; 1.</param>
    /// <param name="eps">ε, which keeps the logarithm of 0 away.</param>
    public PoissonNLLLoss(Reduction reduction = Reduction.Mean, bool logInput = true, bool full = false, double eps = 1e-8) : base(reduction)
    {
        LogInput = logInput;
        Full = full;
        Eps = eps;
    }

    /// <summary>Whether the input is the logarithm of the mean.</summary>
    public bool LogInput { get; }

    /// <summary>Whether ln t! is added.</summary>
    public bool Full { get; }

    /// <summary>ε, which keeps the logarithm of 0 away.</summary>
    public double Eps { get; }

    /// <inheritdoc/>
    public override Tensor Forward(Tensor input, Tensor target) => Functional.PoissonNLLLoss(input, target, Reduction, LogInput, Full, Eps);
}

public static partial class Functional
{
    /// <summary>The negative log likelihood of counts t under a Poisson distribution: e^x - t x for a log mean x, or x - t ln(x + ε) for a mean x.</summary>
    /// <param name="input">x, any shape.</param>
    /// <param name="target">t, the same shape.</param>
    /// <param name="reduction">What is made of the losses of single elements.</param>
    /// <param name="logInput">Whether the input is the logarithm of the mean.</param>
    /// <param name="full">Whether ln t! is added, by Stirling's approximation, where t &gt; 1.</param>
    /// <param name="eps">ε, which keeps the logarithm of 0 away.</param>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor PoissonNLLLoss(
        Tensor input, Tensor target, Reduction reduction = Reduction.Mean, bool logInput = true, bool full = false, double eps = 1e-8)
    {
        RequireSameShape(nameof(PoissonNLLLoss), input, target);
        Tensor losses = logInput ? Tensor.Map(default(PoissonOfLogarithm), input, target) : Tensor.Map(new Poisson(eps), input, target);
        return (full ? losses + target.MapByDual(default(LogFactorial)) : losses).Reduce(reduction);
    }
}
