using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="NAdam"/>.</summary>
public sealed record NAdamOptions : AdamFamilyOptions
{
    /// <summary>ψ, with which the momentum approaches β₁; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double MomentumDecay { get; set => field = AtLeast(0, value); }

    /// <summary>
    /// Take μₜ twice into the product that corrects m, as PyTorch before 2.0 did by mistake (its pull request 92699):
    /// for reproducing runs of that time. Off by default.
    /// </summary>
    public bool DoubledMomentum { get; set; }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("momentum_decay", MomentumDecay, v => MomentumDecay = v);
        exchange.Flag("doubled_momentum", DoubledMomentum, v => DoubledMomentum = v);
    }
}

/// <summary>NAdam: Adam with Nesterov's look ahead.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// μₜ = β₁ (1 - 0.96^(t ψ) / 2)
/// m = β₁ m + (1 - β₁) g
/// v = β₂ v + (1 - β₂) g²
/// w = w - η ((1 - μₜ) / (1 - Π μᵢ, i ≤ t) g + μₜ₊₁ / (1 - Π μᵢ, i ≤ t + 1) m) / (√(v / (1 - β₂ᵗ)) + ε)
/// </code>
/// T. Dozat, "Incorporating Nesterov Momentum into Adam", ICLR workshop 2016. The product of momenta is kept in double
/// precision.
/// </remarks>
/// <inheritdoc cref="Adam" path="//param[@name != 'weightDecay' and @name != 'amsGrad']|//exception"/>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
/// <param name="momentumDecay">ψ.</param>
/// <param name="doubledMomentum"><inheritdoc cref="NAdamOptions.DoubledMomentum" path="/summary/node()"/></param>
public sealed class NAdam(IEnumerable<Tensor> parameters, double learningRate = 2e-3, double beta1 = 0.9,
    double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, double momentumDecay = 4e-3,
    bool maximize = false, bool doubledMomentum = false)
    : Optimizer<NAdamOptions>(parameters, new()
    {
        LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay,
        MomentumDecay = momentumDecay, Maximize = maximize, DoubledMomentum = doubledMomentum,
    })
{
    protected override IReadOnlyCollection<string> StateNumbers { get; } = [NAdamRule.MomentumProduct];

    protected override void Step(ParameterGroup<NAdamOptions> group) => UpdatePenalized<NAdamRule>(group);
}

internal readonly struct NAdamRule : IOptimizerRule<NAdamOptions>
{
    internal const string MomentumProduct = "mu_product";

    private const int Correction = Moments.Count, Epsilon = Correction + 1, GradientStep = Correction + 2,
        MomentStep = Correction + 3;

    private static readonly string[] s_names = ["exp_avg", "exp_avg_sq"];

    public static int StateCount => 2;

    public static int CoefficientCount => MomentStep + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(NAdamOptions options, ParameterState state, Span<double> k)
    {
        double now = Momentum(options, state.Step), next = Momentum(options, state.Step + 1);
        double product = state.Number(MomentumProduct, 1) * now;
        state.SetNumber(MomentumProduct, product);
        PenalizedGradient.Prepare(options, k);
        Moments.Prepare(options, k);
        k[Correction] = 1 - Math.Pow(options.Beta2, state.Step);
        k[Epsilon] = options.Epsilon;
        k[GradientStep] = -options.LearningRate * (1 - now) / (1 - product);
        k[MomentStep] = -options.LearningRate * next / (1 - product * next * (options.DoubledMomentum ? now : 1));
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = Moments.First(k, s0, g);
        s1 = Moments.Second(k, s1, g);
        S scale = S.Sqrt(s1 / k[Correction]) + k[Epsilon];
        w = w + k[GradientStep] * g / scale + k[MomentStep] * s0 / scale;
    }

    private static double Momentum(NAdamOptions options, long step) =>
        options.Beta1 * (1 - 0.5 * Math.Pow(0.96, step * options.MomentumDecay));
}
