namespace Autodiff.Nn;

/// <summary>A factor on the rate for the first epochs: η = η₀ c while t &lt; T, then η₀.</summary>
public sealed class ConstantLR : FormulaLRScheduler
{
    private readonly double _factor;
    private readonly int _totalEpochs;

    /// <summary>A factor that is lifted later.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="factor">c, in (0, 1].</param>
    /// <param name="totalEpochs">T (PyTorch's <c>total_iters</c>); with 0 the factor never acts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is outside (0, 1], or <paramref name="totalEpochs"/> is
    /// negative.</exception>
    public ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int totalEpochs = 5) : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(factor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(factor, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(totalEpochs);
        (_factor, _totalEpochs) = (factor, totalEpochs);
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group) =>
        _totalEpochs == 0
            ? rate
            : LastEpoch == 0 ? rate * _factor : LastEpoch == _totalEpochs ? rate * (1 / _factor) : rate;
}

/// <summary>A factor on the rate that moves on a line: η = η₀ (a + (b - a) min(t, T) / T).</summary>
public sealed class LinearLR : FormulaLRScheduler
{
    private readonly double _start, _end;
    private readonly int _totalEpochs;

    /// <summary>A linear warm-up or decay.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="startFactor">a, in (0, 1].</param>
    /// <param name="endFactor">b, in [0, 1].</param>
    /// <param name="totalEpochs">T (PyTorch's <c>total_iters</c>); with 0 the line is at its end from the
    /// start.</param>
    /// <exception cref="ArgumentOutOfRangeException">A factor is out of range, or <paramref name="totalEpochs"/> is
    /// negative.</exception>
    public LinearLR(Optimizer optimizer, double startFactor = 1.0 / 3, double endFactor = 1, int totalEpochs = 5)
        : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(startFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(startFactor, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(endFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(endFactor, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(totalEpochs);
        (_start, _end, _totalEpochs) = (startFactor, endFactor, totalEpochs);
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group)
    {
        if (LastEpoch == 0)
        {
            return rate * (_totalEpochs == 0 ? _end : _start);
        }

        double change = _end - _start;
        return LastEpoch > _totalEpochs
            ? rate
            : rate * (1 + change / (_totalEpochs * _start + (LastEpoch - 1) * change));
    }
}

/// <summary>A factor on the rate that falls to 0 as a power: η = η₀ (1 - min(t, T) / T)^p.</summary>
public sealed class PolynomialLR : FormulaLRScheduler
{
    private readonly int _totalEpochs;
    private readonly double _power;

    /// <summary>A polynomial decay.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="totalEpochs">T (PyTorch's <c>total_iters</c>), at least 1.</param>
    /// <param name="power">p.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="totalEpochs"/> is below 1.</exception>
    public PolynomialLR(Optimizer optimizer, int totalEpochs = 5, double power = 1) : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalEpochs, 1);
        (_totalEpochs, _power) = (totalEpochs, power);
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group) => LastEpoch == 0 || LastEpoch > _totalEpochs
        ? rate
        : rate * Math.Pow((1 - (double)LastEpoch / _totalEpochs) / (1 - (LastEpoch - 1.0) / _totalEpochs), _power);
}
