using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Adadelta"/>.</summary>
public sealed record AdadeltaOptions : OptimizerOptions
{
    /// <summary>The defaults: a learning rate of 1, ρ = 0.9, ε = 1e-6.</summary>
    public AdadeltaOptions() => LearningRate = 1;

    /// <summary>ρ of the running means; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public double Rho { get; set => field = Fraction(value); } = 0.9;

    /// <summary>ε, which keeps the roots away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double Epsilon { get; set => field = AtLeast(0, value); } = 1e-6;

    /// <inheritdoc/>
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
public sealed class Adadelta : Optimizer<AdadeltaOptions>
{
    /// <summary>Adadelta.</summary>
    /// <param name="parameters">What to optimize.</param>
    /// <param name="learningRate">η.</param>
    /// <param name="rho">ρ.</param>
    /// <param name="epsilon">ε.</param>
    /// <param name="weightDecay">λ, the weight of the L2 penalty.</param>
    /// <param name="maximize">Go uphill.</param>
    /// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
    public Adadelta(IEnumerable<Tensor> parameters, double learningRate = 1, double rho = 0.9, double epsilon = 1e-6,
        double weightDecay = 0, bool maximize = false)
        : this(parameters, new AdadeltaOptions
        {
            LearningRate = learningRate,
            Rho = rho,
            Epsilon = epsilon,
            WeightDecay = weightDecay,
            Maximize = maximize,
        })
    {
    }

    /// <summary>Adadelta with the given options.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    public Adadelta(IEnumerable<Tensor> parameters, AdadeltaOptions options) : base(parameters, options)
    {
    }

    /// <inheritdoc/>
    protected override void Step(ParameterGroup<AdadeltaOptions> group) => Update<AdadeltaRule>(group);
}

internal readonly struct AdadeltaRule(AdadeltaOptions options) : IOptimizerRule<AdadeltaRule, AdadeltaOptions>
{
    private static readonly string[] s_names = ["square_avg", "acc_delta"];

    private readonly PenalizedGradient _gradient = new(options);
    private readonly MovingAverage _average = new(options.Rho);
    private readonly double _epsilon = options.Epsilon;
    private readonly double _step = -options.LearningRate;

    public static int StateCount => 2;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static AdadeltaRule Create(AdadeltaOptions options, ParameterState state) => new(options);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<S>(S g, ref S w, ref S s0, ref S s1, ref S s2) where S : IReal<S>
    {
        g = _gradient.Of(g, w);
        s0 = _average.OfSquare(s0, g);
        S delta = S.Sqrt(s1 + S.Const(_epsilon)) / S.Sqrt(s0 + S.Const(_epsilon)) * g;
        s1 = _average.OfSquare(s1, delta);
        w = S.FusedMultiplyAdd(delta, S.Const(_step), w);
    }
}
