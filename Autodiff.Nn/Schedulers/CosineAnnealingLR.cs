namespace Autodiff.Nn;

/// <summary>The rate swings along a cosine: η = ηmin + (η₀ - ηmin)(1 + cos(π t / T)) / 2.</summary>
/// <remarks>I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017,
/// arXiv:1608.03983, without the restarts: after T epochs the rate rises again the way it fell.</remarks>
public sealed class CosineAnnealingLR : FormulaLRScheduler
{
    private readonly int _halfPeriod;
    private readonly double _smallest;

    /// <summary>A cosine decay.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="halfPeriod">T: epochs from the largest rate to the smallest (PyTorch's <c>T_max</c>).</param>
    /// <param name="smallestRate">ηmin.</param>
    /// <exception cref="ArgumentOutOfRangeException">The half period is below 1.</exception>
    public CosineAnnealingLR(Optimizer optimizer, int halfPeriod, double smallestRate = 0) : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(halfPeriod, 1);
        (_halfPeriod, _smallest) = (halfPeriod, smallestRate);
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group)
    {
        if (LastEpoch == 0)
        {
            return rate;
        }

        // From the lowest point the quotient below would be 0 / 0.
        if ((LastEpoch - 1 - _halfPeriod) % (2 * _halfPeriod) == 0)
        {
            return rate + (BaseRates[group] - _smallest) * (1 - Math.Cos(Math.PI / _halfPeriod)) / 2;
        }

        return (1 + Math.Cos(Math.PI * LastEpoch / _halfPeriod))
            / (1 + Math.Cos(Math.PI * (LastEpoch - 1) / _halfPeriod))
            * (rate - _smallest) + _smallest;
    }
}

/// <summary>The rate falls along a cosine and starts again, in longer and longer periods: of η₀.</summary>
/// <remarks>
/// η = ηmin + (η₀ - ηmin)(1 + cos(π t' / T')) / 2, t' epochs after the last restart in a period of T'. I. Loshchilov,
/// F. Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", ICLR 2017, arXiv:1608.03983.
/// </remarks>
public sealed class CosineAnnealingWarmRestarts : FormulaLRScheduler
{
    private readonly int _firstPeriod, _growth;
    private readonly double _smallest;
    private double _epoch;

    /// <summary>A cosine decay with restarts.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="firstPeriod">Epochs to the first restart (PyTorch's <c>T_0</c>).</param>
    /// <param name="growth">How many times longer each period is than the one before (PyTorch's <c>T_mult</c>).</param>
    /// <param name="smallestRate">ηmin.</param>
    /// <exception cref="ArgumentOutOfRangeException">The period or the growth is below 1.</exception>
    public CosineAnnealingWarmRestarts(Optimizer optimizer, int firstPeriod, int growth = 1, double smallestRate = 0)
        : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(firstPeriod, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(growth, 1);
        (_firstPeriod, _growth, _smallest) = (firstPeriod, growth, smallestRate);
        Begin();
    }

    public override void Step() => Step(_epoch + 1);

    /// <summary>Puts the rate of any moment in force, <c>epoch + batch / batches</c> say.</summary>
    /// <param name="epoch">Epochs since the start, with fractions; at least 0.</param>
    public void Step(double epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        _epoch = epoch;
        LastEpoch = (int)Math.Floor(epoch);
        SetRates();
    }

    protected internal override void Begin()
    {
        _epoch = 0;
        base.Begin();
    }

    protected override double Rate(double rate, int group)
    {
        double since = _epoch, period = _firstPeriod;
        if (_growth == 1)
        {
            since %= period;
        }

        for (; since >= period; period *= _growth)
        {
            since -= period;
        }

        return _smallest + (BaseRates[group] - _smallest) * (1 + Math.Cos(Math.PI * since / period)) / 2;
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        exchange.Number("epoch", _epoch, v => _epoch = v);
    }
}
