using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="SGD"/>.</summary>
public sealed record SGDOptions : OptimizerOptions, IMomentumOptions
{
    /// <summary>μ: the share of the running direction that a step keeps; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double Momentum { get; set => field = AtLeast(0, value); }

    /// <summary>τ: how much less than the whole gradient joins the running direction.</summary>
    public double Dampening { get; set; }

    /// <summary>Look ahead along the new direction; needs a momentum and no dampening.</summary>
    public bool Nesterov { get; set; }

    protected internal override void Validate()
    {
        if (Nesterov && (Momentum <= 0 || Dampening != 0))
        {
            throw new ArgumentException(
                $"SGD: Nesterov needs a Momentum above 0 and a Dampening of 0; they are {Momentum} and {Dampening}.");
        }
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("momentum", Momentum, v => Momentum = v);
        exchange.Number("dampening", Dampening, v => Dampening = v);
        exchange.Flag("nesterov", Nesterov, v => Nesterov = v);
    }
}

/// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// b = μ b + (1 - τ) g        (b = g at the first step)
/// w = w - η b                (Nesterov: w - η (g + μ b);  without momentum: w - η g)
/// </code>
/// Momentum as PyTorch has it: B. Polyak, "Some methods of speeding up the convergence of iteration methods", 1964,
/// with the rate outside the running direction; Nesterov's as in I. Sutskever et al., "On the importance of
/// initialization and momentum in deep learning", ICML 2013.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="momentum">μ; 0 keeps no state.</param>
/// <param name="dampening">τ.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
/// <param name="nesterov">Look ahead along the new direction.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or options that are out of range or contradict each
/// other.</exception>
public sealed class SGD(IEnumerable<Tensor> parameters, double learningRate = 1e-3, double momentum = 0,
    double dampening = 0, double weightDecay = 0, bool nesterov = false, bool maximize = false)
    : Optimizer<SGDOptions>(parameters, new()
    {
        LearningRate = learningRate, Momentum = momentum, Dampening = dampening, WeightDecay = weightDecay,
        Nesterov = nesterov, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<SGDOptions> group)
    {
        if (group.Options.Momentum == 0)
        {
            UpdatePenalized<SGDRule>(group);
        }
        else if (group.Options.Nesterov)
        {
            UpdatePenalized<SGDMomentumRule<On>>(group);
        }
        else
        {
            UpdatePenalized<SGDMomentumRule<Off>>(group);
        }
    }
}

internal readonly struct SGDRule : IOptimizerRule<SGDOptions>
{
    private const int Step = PenalizedGradient.Count;

    public static int StateCount => 0;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => [];

    public static void Prepare(SGDOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        k[Step] = -options.LearningRate;
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S> =>
        w = S.FusedMultiplyAdd(g, k[Step], w);
}

internal readonly struct SGDMomentumRule<TNesterov> : IOptimizerRule<SGDOptions> where TNesterov : struct, ISwitch
{
    private const int Keep = PenalizedGradient.Count, Take = Keep + 1, Step = Keep + 2;

    private static readonly string[] s_names = ["momentum_buffer"];

    public static int StateCount => 1;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(SGDOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        (k[Keep], k[Take]) = (options.Momentum, state.IsFresh ? 1 : 1 - options.Dampening);
        k[Step] = -options.LearningRate;
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = MovingAverage.Of(k[Keep], k[Take], s0, g);
        S direction = TNesterov.IsOn ? S.FusedMultiplyAdd(s0, k[Keep], g) : s0;
        w = S.FusedMultiplyAdd(direction, k[Step], w);
    }
}
