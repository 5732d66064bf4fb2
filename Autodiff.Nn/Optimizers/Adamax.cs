using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adamax"/>.</summary>
public sealed record AdamaxOptions : AdamFamilyOptions
{
    /// <summary>The defaults: a learning rate of 0.002, β₁ = 0.9, β₂ = 0.999, ε = 1e-8.</summary>
    public AdamaxOptions() => LearningRate = 2e-3;
}

/// <summary>Adamax: Adam with the largest recent gradient in place of the root mean square.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// m = β₁ m + (1 - β₁) g
/// u = max(β₂ u, |g| + ε)
/// w = w - η / (1 - β₁ᵗ) · m / u
/// </code>
/// D. Kingma, J. Ba, "Adam: A Method for Stochastic Optimization", ICLR 2015, section 7.1, arXiv:1412.6980.
/// </remarks>
public sealed class Adamax : Optimizer<AdamaxOptions>
{
    /// <summary>Adamax.</summary>
    /// <param name="parameters">What to optimize.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="beta1">β₁, of the running mean of gradients.</param>
    /// <param name="beta2">β₂, with which the largest gradient is forgotten.</param>
    /// <param name="epsilon">ε, which keeps the divisor away from 0.</param>
    /// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
    /// <param name="maximize">Go uphill.</param>
    /// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
    public Adamax(IEnumerable<Tensor> parameters, double learningRate = 2e-3, double beta1 = 0.9, double beta2 = 0.999,
        double epsilon = 1e-8, double weightDecay = 0, bool maximize = false)
        : this(parameters, new AdamaxOptions
        {
            LearningRate = learningRate,
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
            WeightDecay = weightDecay,
            Maximize = maximize,
        })
    {
    }

    /// <summary>Adamax with the given options.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    public Adamax(IEnumerable<Tensor> parameters, AdamaxOptions options) : base(parameters, options)
    {
    }

    /// <inheritdoc/>
    protected override void Step(ParameterGroup<AdamaxOptions> group) => Update<AdamaxRule>(group);
}

internal readonly struct AdamaxRule(AdamaxOptions options, long step) : IOptimizerRule<AdamaxRule, AdamaxOptions>
{
    private static readonly string[] s_names = ["exp_avg", "exp_inf"];

    private readonly PenalizedGradient _gradient = new(options);
    private readonly MovingAverage _first = new(options.Beta1);
    private readonly double _forget = options.Beta2;
    private readonly double _epsilon = options.Epsilon;
    private readonly double _step = -options.LearningRate / (1 - Math.Pow(options.Beta1, step));

    public static int StateCount => 2;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static AdamaxRule Create(AdamaxOptions options, ParameterState state) => new(options, state.Step);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<S>(S g, ref S w, ref S s0, ref S s1, ref S s2) where S : IReal<S>
    {
        g = _gradient.Of(g, w);
        s0 = _first.Of(s0, g);
        s1 = RealMath.Max(s1 * S.Const(_forget), S.Abs(g) + S.Const(_epsilon));
        w = w + S.Const(_step) * s0 / s1;
    }
}
