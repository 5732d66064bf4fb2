using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="RMSprop"/>.</summary>
public sealed record RMSpropOptions : OptimizerOptions, IMomentumOptions
{
    /// <summary>α of the running mean of squared gradients; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double Alpha { get; set => field = AtLeast(0, value); }

    /// <summary>ε, which keeps the divisor away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double Epsilon { get; set => field = AtLeast(0, value); }

    /// <summary>μ: the share of the running direction that a step keeps; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double Momentum { get; set => field = AtLeast(0, value); }

    /// <summary>Divide by the spread of the gradients about their mean rather than about 0.</summary>
    public bool Centered { get; set; }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("alpha", Alpha, v => Alpha = v);
        exchange.Number("eps", Epsilon, v => Epsilon = v);
        exchange.Number("momentum", Momentum, v => Momentum = v);
        exchange.Flag("centered", Centered, v => Centered = v);
    }
}

/// <summary>RMSprop: gradients divided by their running size.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// v = α v + (1 - α) g²
/// a = α a + (1 - α) g                       (centered; else a = 0)
/// d = g / (√max(v - a², 0) + ε)
/// b = μ b + d                               (momentum; else b = d)
/// w = w - η b
/// </code>
/// G. Hinton, "Neural Networks for Machine Learning", lecture 6e, 2012; centered: A. Graves, "Generating Sequences With
/// Recurrent Neural Networks", 2013, arXiv:1308.0850. ε is added to the root, as PyTorch does.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="alpha">α, of the running means.</param>
/// <param name="epsilon">ε, which keeps the divisor away from 0.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
/// <param name="momentum">μ; 0 keeps no running direction.</param>
/// <param name="centered">Divide by the spread about the mean.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
public sealed class RMSprop(IEnumerable<Tensor> parameters, double learningRate = 1e-2, double alpha = 0.99,
    double epsilon = 1e-8, double weightDecay = 0, double momentum = 0, bool centered = false, bool maximize = false)
    : Optimizer<RMSpropOptions>(parameters, new()
    {
        LearningRate = learningRate, Alpha = alpha, Epsilon = epsilon, WeightDecay = weightDecay, Momentum = momentum,
        Centered = centered, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<RMSpropOptions> group)
    {
        switch (group.Options.Centered, group.Options.Momentum > 0)
        {
            case (false, false): UpdatePenalized<RMSpropRule<Off, Off>>(group); break;
            case (false, true): UpdatePenalized<RMSpropRule<Off, On>>(group); break;
            case (true, false): UpdatePenalized<RMSpropRule<On, Off>>(group); break;
            case (true, true): UpdatePenalized<RMSpropRule<On, On>>(group); break;
        }
    }
}

internal readonly struct RMSpropRule<TCentered, TMomentum> : IOptimizerRule<RMSpropOptions>
    where TCentered : struct, ISwitch where TMomentum : struct, ISwitch
{
    private const int Keep = PenalizedGradient.Count, Take = Keep + 1, Epsilon = Keep + 2, Momentum = Keep + 3,
        Step = Keep + 4;

    private static readonly string[] s_names =
        ["square_avg", .. TCentered.IsOn ? (string[])["grad_avg"] : [],
            .. TMomentum.IsOn ? (string[])["momentum_buffer"] : []];

    public static int StateCount => 1 + (TCentered.IsOn ? 1 : 0) + (TMomentum.IsOn ? 1 : 0);

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(RMSpropOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        (k[Keep], k[Take]) = (options.Alpha, 1 - options.Alpha);
        (k[Epsilon], k[Momentum], k[Step]) = (options.Epsilon, options.Momentum, -options.LearningRate);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        S spread = s0 = MovingAverage.OfSquare(k[Keep], k[Take], s0, g);
        if (TCentered.IsOn)
        {
            s1 = MovingAverage.Of(k[Keep], k[Take], s1, g);
            // equal gradients have no spread, which rounding may take below 0
            spread = RealMath.Max(spread - s1 * s1, S.Const(0));
        }

        S scale = S.Sqrt(spread) + k[Epsilon];
        if (!TMomentum.IsOn)
        {
            w = w + k[Step] * g / scale;
        }
        else if (TCentered.IsOn)
        {
            Follow(k, g / scale, ref w, ref s2);
        }
        else
        {
            Follow(k, g / scale, ref w, ref s1);
        }
    }

    [MethodImpl(AggressiveInlining)]
    private static void Follow<S, K>(K k, S scaled, ref S w, ref S direction)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        direction = direction * k[Momentum] + scaled;
        w = S.FusedMultiplyAdd(direction, k[Step], w);
    }
}
