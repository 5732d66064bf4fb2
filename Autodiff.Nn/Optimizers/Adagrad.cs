using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adagrad"/>.</summary>
public sealed record AdagradOptions : OptimizerOptions
{
    /// <summary>How fast the rate itself falls with the number of steps; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double LearningRateDecay { get; set => field = AtLeast(0, value); }

    /// <summary>What the sums of squares begin at; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double InitialAccumulatorValue { get; set => field = AtLeast(0, value); }

    /// <summary>ε, which keeps the divisor away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double Epsilon { get; set => field = AtLeast(0, value); }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("lr_decay", LearningRateDecay, v => LearningRateDecay = v);
        exchange.Number("initial_accumulator_value", InitialAccumulatorValue, v => InitialAccumulatorValue = v);
        exchange.Number("eps", Epsilon, v => Epsilon = v);
    }
}

/// <summary>Adagrad: each parameter's rate falls with the squares of the gradients that it has seen.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// v = v + g²
/// w = w - η / (1 + (t - 1) δ) · g / (√v + ε)
/// </code>
/// J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization", JMLR
/// 12, 2011.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="learningRateDecay">δ.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
/// <param name="initialAccumulatorValue">What v begins at.</param>
/// <param name="epsilon">ε, which keeps the divisor away from 0.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
public sealed class Adagrad(IEnumerable<Tensor> parameters, double learningRate = 1e-2, double learningRateDecay = 0,
    double weightDecay = 0, double initialAccumulatorValue = 0, double epsilon = 1e-10, bool maximize = false)
    : Optimizer<AdagradOptions>(parameters, new()
    {
        LearningRate = learningRate, LearningRateDecay = learningRateDecay, WeightDecay = weightDecay,
        InitialAccumulatorValue = initialAccumulatorValue, Epsilon = epsilon, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<AdagradOptions> group) => UpdatePenalized<AdagradRule>(group);
}

internal readonly struct AdagradRule : IOptimizerRule<AdagradOptions>
{
    private const int Epsilon = PenalizedGradient.Count, Step = Epsilon + 1;

    private static readonly string[] s_names = ["sum"];

    public static int StateCount => 1;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static double InitialState(int state, AdagradOptions options) => options.InitialAccumulatorValue;

    public static void Prepare(AdagradOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        k[Epsilon] = options.Epsilon;
        k[Step] = -options.LearningRate / (1 + (state.Step - 1) * options.LearningRateDecay);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = s0 + g * g;
        w = w + k[Step] * g / (S.Sqrt(s0) + k[Epsilon]);
    }
}
