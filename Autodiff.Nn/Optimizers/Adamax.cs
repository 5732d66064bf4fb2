using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adamax"/>.</summary>
public sealed record AdamaxOptions : AdamFamilyOptions;

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
/// <inheritdoc cref="Adam"
/// path="//param[@name != 'beta2' and @name != 'weightDecay' and @name != 'amsGrad']|//exception"/>
/// <param name="beta2">β₂, with which the largest gradient is forgotten.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
public sealed class Adamax(IEnumerable<Tensor> parameters, double learningRate = 2e-3, double beta1 = 0.9,
    double beta2 = 0.999, double epsilon = 1e-8, double weightDecay = 0, bool maximize = false)
    : Optimizer<AdamaxOptions>(parameters, new()
    {
        LearningRate = learningRate, Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = weightDecay,
        Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<AdamaxOptions> group) => UpdatePenalized<AdamaxRule>(group);
}

internal readonly struct AdamaxRule : IOptimizerRule<AdamaxOptions>
{
    private const int Keep = PenalizedGradient.Count, Take = Keep + 1, Forget = Keep + 2, Epsilon = Keep + 3,
        Step = Keep + 4;

    private static readonly string[] s_names = ["exp_avg", "exp_inf"];

    public static int StateCount => 2;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(AdamaxOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        (k[Keep], k[Take]) = (options.Beta1, 1 - options.Beta1);
        (k[Forget], k[Epsilon]) = (options.Beta2, options.Epsilon);
        k[Step] = -options.LearningRate / (1 - Math.Pow(options.Beta1, state.Step));
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = MovingAverage.Of(k[Keep], k[Take], s0, g);
        s1 = RealMath.Max(s1 * k[Forget], S.Abs(g) + k[Epsilon]);
        w = w + k[Step] * s0 / s1;
    }
}
