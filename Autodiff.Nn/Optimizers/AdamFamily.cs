using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options that the Adam family shares.</summary>
public abstract record AdamFamilyOptions : OptimizerOptions, IMomentumOptions
{
    /// <summary>β₁ of the running mean of gradients; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public required double Beta1 { get; set => field = Fraction(value); }

    /// <summary>β₂ of the running mean (or maximum) of gradients' sizes; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public required double Beta2 { get; set => field = Fraction(value); }

    /// <summary>ε, which keeps the divisor away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public required double Epsilon { get; set => field = AtLeast(0, value); }

    double IMomentumOptions.Momentum
    {
        get => Beta1;
        set => Beta1 = value;
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("beta1", Beta1, v => Beta1 = v);
        exchange.Number("beta2", Beta2, v => Beta2 = v);
        exchange.Number("eps", Epsilon, v => Epsilon = v);
    }
}

/// <summary>The coefficients of the running means of a gradient and of its square: 2 to 5.</summary>
internal static class Moments
{
    public const int Keep1 = PenalizedGradient.Count, Take1 = Keep1 + 1, Keep2 = Keep1 + 2, Take2 = Keep1 + 3;

    /// <summary>Where a rule's own coefficients begin.</summary>
    public const int Count = Keep1 + 4;

    public static void Prepare(AdamFamilyOptions options, Span<double> k)
    {
        (k[Keep1], k[Take1]) = (options.Beta1, 1 - options.Beta1);
        (k[Keep2], k[Take2]) = (options.Beta2, 1 - options.Beta2);
    }

    [MethodImpl(AggressiveInlining)]
    public static S First<S, K>(K k, S m, S g)
        where S : IReal<S> where K : struct, IOperands<S> => MovingAverage.Of(k[Keep1], k[Take1], m, g);

    [MethodImpl(AggressiveInlining)]
    public static S Second<S, K>(K k, S v, S g)
        where S : IReal<S> where K : struct, IOperands<S> => MovingAverage.OfSquare(k[Keep2], k[Take2], v, g);
}

/// <summary>
/// Adam's step once the gradient is decided: states m, v and, for AMSGrad, the largest v. Coefficients from 2 on.
/// </summary>
internal static class AdamStep<TAmsGrad> where TAmsGrad : struct, ISwitch
{
    private const int Correction = Moments.Count, Epsilon = Correction + 1, Step = Correction + 2;

    private static readonly string[] s_names = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];

    public static int StateCount => TAmsGrad.IsOn ? 3 : 2;

    public static int CoefficientCount => Step + 1;

    public static ReadOnlySpan<string> StateNames => s_names.AsSpan(0, StateCount);

    public static void Prepare(AdamFamilyOptions options, long step, Span<double> k)
    {
        Moments.Prepare(options, k);
        k[Correction] = Math.Sqrt(1 - Math.Pow(options.Beta2, step));
        k[Epsilon] = options.Epsilon;
        k[Step] = -options.LearningRate / (1 - Math.Pow(options.Beta1, step));
    }

    [MethodImpl(AggressiveInlining)]
    public static void Apply<S, K>(K k, S g, ref S w, ref S m, ref S v, ref S largest)
        where S : IReal<S> where K : struct, IOperands<S>
    {
        m = Moments.First(k, m, g);
        v = Moments.Second(k, v, g);
        S scale = v;
        if (TAmsGrad.IsOn)
        {
            scale = largest = RealMath.Max(largest, v);
        }

        w = w + k[Step] * m / (S.Sqrt(scale) / k[Correction] + k[Epsilon]);
    }
}
