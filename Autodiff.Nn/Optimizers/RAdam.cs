using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="RAdam"/>.</summary>
public sealed record RAdamOptions : AdamFamilyOptions;

/// <summary>RAdam: Adam that does without its divisor until enough gradients were seen to trust it.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// m = β₁ m + (1 - β₁) g
/// v = β₂ v + (1 - β₂) g²
/// ρ∞ = 2 / (1 - β₂) - 1,    ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)
/// r = √((ρ - 4)(ρ - 2) ρ∞ / ((ρ∞ - 4)(ρ∞ - 2) ρ))
/// w = w - η / (1 - β₁ᵗ) · m · r √(1 - β₂ᵗ) / (√v + ε)    if ρ > 5
/// w = w - η / (1 - β₁ᵗ) · m                             else
/// </code>
/// L. Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond", ICLR 2020, arXiv:1908.03265, with the
/// threshold of its authors' code.
/// </remarks>
/// <inheritdoc cref="Adam" path="//param[@name != 'weightDecay' and @name != 'amsGrad']|//exception"/>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
public sealed class RAdam(IEnumerable<Tensor> parameters, double learningRate = 1e-3, double beta1 = 0.9,
    double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool maximize = false)
    : Optimizer<RAdamOptions>(parameters, new()
    {
        LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay,
        Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<RAdamOptions> group) => UpdatePenalized<RAdamRule>(group);
}

internal readonly struct RAdamRule : IOptimizerRule<RAdamOptions>
{
    private const int Epsilon = Moments.Count, Step = Epsilon + 1;
    private const int Rectification = Epsilon + 2; // 0 while the divisor is left out

    private static readonly string[] s_names = ["exp_avg", "exp_avg_sq"];

    public static int StateCount => 2;

    public static int CoefficientCount => Rectification + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(RAdamOptions options, ParameterState state, Span<double> k)
    {
        double decayed = Math.Pow(options.Beta2, state.Step), longest = 2 / (1 - options.Beta2) - 1;
        double length = longest - 2 * state.Step * decayed / (1 - decayed);
        PenalizedGradient.Prepare(options, k);
        Moments.Prepare(options, k);
        k[Epsilon] = options.Epsilon;
        k[Step] = -options.LearningRate / (1 - Math.Pow(options.Beta1, state.Step));
        k[Rectification] = length <= 5
            ? 0
            : Math.Sqrt(1 - decayed)
            * Math.Sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length));
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = Moments.First(k, s0, g);
        s1 = Moments.Second(k, s1, g);
        S rectified = k[Rectification] / (S.Sqrt(s1) + k[Epsilon]);
        w = w + k[Step] * s0 * S.SelectEqual(k[Rectification], S.Const(0), S.Const(1), rectified);
    }
}
