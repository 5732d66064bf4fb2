using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Nn;

/// <summary>Options that the Adam family shares.</summary>
public abstract record AdamFamilyOptions : OptimizerOptions, IMomentumOptions
{
    /// <summary>β₁ of the running mean of gradients; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public double Beta1 { get; set => field = Fraction(value); } = 0.9;

    /// <summary>β₂ of the running mean (or maximum) of gradients' sizes; in [0, 1).</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside that.</exception>
    public double Beta2 { get; set => field = Fraction(value); } = 0.999;

    /// <summary>ε, which keeps the divisor away from 0; at least 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative or NaN.</exception>
    public double Epsilon { get; set => field = AtLeast(0, value); } = 1e-8;

    double IMomentumOptions.Momentum
    {
        get => Beta1;
        set => Beta1 = value;
    }

    /// <inheritdoc/>
    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("beta1", Beta1, v => Beta1 = v);
        exchange.Number("beta2", Beta2, v => Beta2 = v);
        exchange.Number("eps", Epsilon, v => Epsilon = v);
    }
}

/// <summary>The running means of a gradient and of its square.</summary>
internal readonly struct Moments(AdamFamilyOptions options)
{
    private readonly MovingAverage _first = new(options.Beta1);
    private readonly MovingAverage _second = new(options.Beta2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Update<S>(S g, ref S m, ref S v) where S : IReal<S>
    {
        m = _first.Of(m, g);
        v = _second.OfSquare(v, g);
    }
}

/// <summary>Adam's step once the gradient is decided: states m, v and, for AMSGrad, the largest v.</summary>
internal readonly struct AdamStep<TAmsGrad>(AdamFamilyOptions options, long step) where TAmsGrad : struct, ISwitch
{
    private static readonly string[] s_names = ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];

    private readonly Moments _moments = new(options);
    private readonly double _correction = Math.Sqrt(1 - Math.Pow(options.Beta2, step));
    private readonly double _epsilon = options.Epsilon;
    private readonly double _step = -options.LearningRate / (1 - Math.Pow(options.Beta1, step));

    public static int StateCount => TAmsGrad.IsOn ? 3 : 2;

    public static ReadOnlySpan<string> StateNames => s_names.AsSpan(0, StateCount);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Apply<S>(S g, ref S w, ref S m, ref S v, ref S largest) where S : IReal<S>
    {
        _moments.Update(g, ref m, ref v);
        S scale = v;
        if (TAmsGrad.IsOn)
        {
            scale = largest = RealMath.Max(largest, v);
        }

        w = w + S.Const(_step) * m / (S.Sqrt(scale) / S.Const(_correction) + S.Const(_epsilon));
    }
}
