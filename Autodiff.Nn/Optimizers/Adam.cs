using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adam"/>.</summary>
public record AdamOptions : AdamFamilyOptions
{
    /// <summary>Divide by the largest second moment so far rather than the current one.</summary>
    public bool AmsGrad { get; set; }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Flag("amsgrad", AmsGrad, v => AmsGrad = v);
    }
}

/// <summary>Adam: steps of about the learning rate, whatever the scale of the gradients.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// m = β₁ m + (1 - β₁) g
/// v = β₂ v + (1 - β₂) g²
/// w = w - η / (1 - β₁ᵗ) · m / (√v / √(1 - β₂ᵗ) + ε)        (AMSGrad: the largest v so far)
/// </code>
/// D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, arXiv:1412.6980; AMSGrad: S. Reddi et
/// al., "On the Convergence of Adam and Beyond", ICLR 2018, arXiv:1904.09237, with the largest v taken before its bias
/// is corrected, as PyTorch does.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="beta1">β₁, of the running mean of gradients.</param>
/// <param name="beta2">β₂, of the running mean of squared gradients.</param>
/// <param name="epsilon">ε, which keeps the divisor away from 0.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty; <see cref="AdamW"/> decays apart from the
/// gradient.</param>
/// <param name="amsGrad">Divide by the largest second moment so far.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
public sealed class Adam(IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9,
    double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool amsGrad = false, bool maximize = false)
    : Optimizer<AdamOptions>(parameters, new()
    {
        LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay,
        AmsGrad = amsGrad, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<AdamOptions> group)
    {
        if (group.Options.AmsGrad)
        {
            UpdatePenalized<AdamRule<On>>(group);
        }
        else
        {
            UpdatePenalized<AdamRule<Off>>(group);
        }
    }
}

internal readonly struct AdamRule<TAmsGrad> : IOptimizerRule<AdamOptions> where TAmsGrad : struct, ISwitch
{
    public static int StateCount => AdamStep<TAmsGrad>.StateCount;

    public static int CoefficientCount => AdamStep<TAmsGrad>.CoefficientCount;

    public static ReadOnlySpan<string> StateNames => AdamStep<TAmsGrad>.StateNames;

    public static void Prepare(AdamOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        AdamStep<TAmsGrad>.Prepare(options, state.Step, k);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S> =>
        AdamStep<TAmsGrad>.Apply(k, g, ref w, ref s0, ref s1, ref s2);
}
