using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="Rprop"/>.</summary>
public sealed record RpropOptions : OptimizerOptions
{
    /// <summary>η⁻: the factor of a step whose gradient changed sign; in (0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public required double EtaMinus
    {
        get;
        set => field = value is > 0 and < 1
            ? value
            : throw new ArgumentOutOfRangeException(nameof(EtaMinus), value,
                $"{Owner}: {nameof(EtaMinus)} must be between 0 and 1, not {value}.");
    }

    /// <summary>η⁺: the factor of a step whose gradient kept its sign; at least 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 1, or NaN.</exception>
    public required double EtaPlus { get; set => field = AtLeast(1, value); }

    /// <summary>The smallest step; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double SmallestStep { get; set => field = AtLeast(0, value); }

    /// <summary>The largest step; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double LargestStep { get; set => field = AtLeast(0, value); }

    protected internal override void Validate()
    {
        if (SmallestStep > LargestStep)
        {
            throw new ArgumentException(
                $"Rprop: {nameof(SmallestStep)} {SmallestStep} is above {nameof(LargestStep)} {LargestStep}.");
        }
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("eta_minus", EtaMinus, v => EtaMinus = v);
        exchange.Number("eta_plus", EtaPlus, v => EtaPlus = v);
        exchange.Number("step_size_min", SmallestStep, v => SmallestStep = v);
        exchange.Number("step_size_max", LargestStep, v => LargestStep = v);
    }
}

/// <summary>
/// Rprop: steps by the sign of the gradient alone, each parameter's growing while the sign holds. For full batches.
/// </summary>
/// <remarks>
/// <code>
/// g = ±gradient
/// s = s η⁺ if g p > 0,  s η⁻ if g p &lt; 0,  else s;   within [smallest, largest]
/// g = 0 if g p &lt; 0
/// w = w - sign(g) s
/// p = g                                            (the gradient before)
/// </code>
/// M. Riedmiller, H. Braun, "A direct adaptive method for faster backpropagation learning: the RPROP algorithm", ICNN
/// 1993, in the variant without backtracking of the weight.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">The first step.</param>
/// <param name="etaMinus">η⁻.</param>
/// <param name="etaPlus">η⁺.</param>
/// <param name="smallestStep">The smallest step.</param>
/// <param name="largestStep">The largest step.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or options that are out of range or contradict each
/// other.</exception>
public sealed class Rprop(IEnumerable<Tensor> parameters, double learningRate = 1e-2, double etaMinus = 0.5,
    double etaPlus = 1.2, double smallestStep = 1e-6, double largestStep = 50, bool maximize = false)
    : Optimizer<RpropOptions>(parameters, new()
    {
        LearningRate = learningRate, EtaMinus = etaMinus, EtaPlus = etaPlus, SmallestStep = smallestStep,
        LargestStep = largestStep, Maximize = maximize,
    })
{
    protected override void Step(ParameterGroup<RpropOptions> group) => UpdatePenalized<RpropRule>(group);
}

internal readonly struct RpropRule : IOptimizerRule<RpropOptions>
{
    private const int Shrink = PenalizedGradient.Count, Grow = Shrink + 1, Smallest = Shrink + 2, Largest = Shrink + 3;

    private static readonly string[] s_names = ["prev", "step_size"];

    public static int StateCount => 2;

    public static int CoefficientCount => Largest + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static double InitialState(int state, RpropOptions options) => state == 1 ? options.LearningRate : 0;

    public static void Prepare(RpropOptions options, ParameterState state, Span<double> k)
    {
        PenalizedGradient.Prepare(options, k);
        (k[Shrink], k[Grow]) = (options.EtaMinus, options.EtaPlus);
        (k[Smallest], k[Largest]) = (options.SmallestStep, options.LargestStep);
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        S zero = S.Const(0), agreement = g * s0;
        S factor = S.SelectLess(zero, agreement, k[Grow], S.SelectLess(agreement, zero, k[Shrink], S.Const(1)));
        s1 = RealMath.Min(RealMath.Max(s1 * factor, k[Smallest]), k[Largest]);
        s0 = S.SelectLess(agreement, zero, zero, g);
        w = w - RealMath.Sign(s0) * s1;
    }
}
