using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options of <see cref="ASGD"/>.</summary>
public sealed record ASGDOptions : OptimizerOptions
{
    /// <summary>λ, with which parameters decay and the rate falls.</summary>
    public required double Lambda { get; set; }

    /// <summary>α, the power with which the rate falls.</summary>
    public required double Alpha { get; set; }

    /// <summary>t₀, the step at which averaging begins.</summary>
    public required double AverageFrom { get; set; }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("lambd", Lambda, v => Lambda = v);
        exchange.Number("alpha", Alpha, v => Alpha = v);
        exchange.Number("t0", AverageFrom, v => AverageFrom = v);
    }
}

/// <summary>Averaged stochastic gradient descent: besides the parameters, their mean over the steps.</summary>
/// <remarks>
/// <code>
/// g = ±gradient + decay w
/// w = w (1 - λ ηₜ) - ηₜ g
/// a = a + μₜ (w - a)                  (State[w].Tensors["ax"])
/// ηₜ₊₁ = η / (1 + λ η t)^α,   μₜ₊₁ = 1 / max(1, t - t₀)
/// </code>
/// B. Polyak, A. Juditsky, "Acceleration of Stochastic Approximation by Averaging", SIAM J. Control Optim. 30(4), 1992,
/// with the schedule of L. Bottou's code, as in PyTorch.
/// </remarks>
/// <param name="parameters">What to optimize.</param>
/// <param name="learningRate">η.</param>
/// <param name="lambda">λ.</param>
/// <param name="alpha">α.</param>
/// <param name="averageFrom">t₀.</param>
/// <param name="weightDecay">The weight of the L2 penalty.</param>
/// <param name="maximize">Go uphill.</param>
/// <exception cref="ArgumentException">No parameters, or an option out of range.</exception>
public sealed class ASGD(IEnumerable<Tensor> parameters, double learningRate = 1e-2, double lambda = 1e-4,
    double alpha = 0.75, double averageFrom = 1e6, double weightDecay = 0, bool maximize = false)
    : Optimizer<ASGDOptions>(parameters, new()
    {
        LearningRate = learningRate, Lambda = lambda, Alpha = alpha, AverageFrom = averageFrom,
        WeightDecay = weightDecay, Maximize = maximize,
    })
{
    protected override IReadOnlyCollection<string> StateNumbers { get; } = [ASGDRule.RateName, ASGDRule.ShareName];

    protected override void Step(ParameterGroup<ASGDOptions> group) => UpdatePenalized<ASGDRule>(group);
}

internal readonly struct ASGDRule : IOptimizerRule<ASGDOptions>
{
    internal const string RateName = "eta", ShareName = "mu";

    private const int Shrink = PenalizedGradient.Count, Step = Shrink + 1, Share = Shrink + 2;

    private static readonly string[] s_names = ["ax"];

    public static int StateCount => 1;

    public static int CoefficientCount => Share + 1;

    public static ReadOnlySpan<string> StateNames => s_names;

    public static void Prepare(ASGDOptions options, ParameterState state, Span<double> k)
    {
        double rate = state.Number(RateName, options.LearningRate);
        PenalizedGradient.Prepare(options, k);
        (k[Shrink], k[Step], k[Share]) = (1 - options.Lambda * rate, -rate, state.Number(ShareName, 1));
        state.SetNumber(RateName,
            options.LearningRate / Math.Pow(1 + options.Lambda * options.LearningRate * state.Step, options.Alpha));
        state.SetNumber(ShareName, 1 / Math.Max(1, state.Step - options.AverageFrom));
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S s0, ref S s1, ref S s2)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        w = S.FusedMultiplyAdd(g, k[Step], w * k[Shrink]);
        s0 = S.SelectEqual(k[Share], S.Const(1), w, s0 + (w - s0) * k[Share]);
    }
}
