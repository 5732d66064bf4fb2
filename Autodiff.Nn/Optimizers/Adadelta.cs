using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adadelta"/>.</summary>
public sealed record AdadeltaOptions : OptimizerOptions
{
    /// <summary>ρ of the running means; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public required double Rho { get; set => field = Fraction(value); }

    /// <summary>ε, which keeps the roots away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double Epsilon { get; set => field = AtLeast(0, value); }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("rho", Rho, v => Rho = v);
        exchange.Number("eps", Epsilon, v => Epsilon = v);
    }
}

/// <summary>Adadelta: steps in the parameter's own units, from the running sizes of steps and gradients.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + λ w
/// v = ρ v + (1 - ρ) g²
/// d = √(u + ε) / √(v + ε) · g
/// u = ρ u + (1 - ρ) d²
/// w = w - η d
/// </code>
/// M. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012, arXiv:1212.5701, where η = 1.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="rho">ρ.</param>
/// <param name="epsilon">ε.</param>
/// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
public sealed class Adadelta(IEnumerable<Tensor> parameters, double learningRate = 1, double rho = 0.9,
    double epsilon = 1e-6, double weightDecay = 0, bool maximize = false)
    : Optimizer<AdadeltaOptions>(parameters, new()
    {
        LearningRate = learningRate, Rho = rho, Epsilon = epsilon, WeightDecay = weightDecay, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<AdadeltaOptions> group) => UpdatePenalized<AdadeltaRule>(group);
}

internal readonly struct AdadeltaRule : IOptimizerRule<AdadeltaOptions>
{
    private const int Keep = PenalizedGradient.Count, Take = Keep + 1, Epsilon = Keep + 2, Step = Keep + 3;

    private static readonly string[] s_names = ["square_avg", "acc_delta"];

    public static int StateCount => 2;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(AdadeltaOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        (k[Keep], k[Take]) = (options.Rho, 1 - options.Rho);
        (k[Epsilon], k[Step]) = (options.Epsilon, -options.LearningRate);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        s0 = MovingAverage.OfSquare(k[Keep], k[Take], s0, g);
        S delta = S.Sqrt(s1 + k[Epsilon]) / S.Sqrt(s0 + k[Epsilon]) * g;
        s1 = MovingAverage.OfSquare(k[Keep], k[Take], s1, delta);
        w = S.FusedMultiplyAdd(delta, k[Step], w);
    }
}
