namespace Autodiff.Nn;

/// <summary>Multiplies the rate by γ every few epochs: η = η₀ γ^⌊t / stepSize⌋.</summary>
public sealed class StepLR : FormulaLRScheduler
{
    private readonly int _stepSize;
    private readonly double _gamma;

    /// <summary>A staircase.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="stepSize">Epochs between two drops.</param>
    /// <param name="gamma">γ.</param>
    /// <exception cref="ArgumentOutOfRangeException">The step size is below 1.</exception>
    public StepLR(Optimizer optimizer, int stepSize, double gamma = 0.1) : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(stepSize, 1);
        (_stepSize, _gamma) = (stepSize, gamma);
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group) =>
        LastEpoch > 0 && LastEpoch % _stepSize == 0 ? rate * _gamma : rate;
}

/// <summary>Multiplies the rate by γ at given epochs: η = η₀ γ^(milestones up to t).</summary>
public sealed class MultiStepLR : FormulaLRScheduler
{
    private readonly int[] _milestones;
    private readonly double _gamma;

    /// <summary>A staircase with steps of any length.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="milestones">The epochs at which the rate drops; one named twice drops twice.</param>
    /// <param name="gamma">γ.</param>
    /// <exception cref="ArgumentOutOfRangeException">A milestone is negative.</exception>
    public MultiStepLR(Optimizer optimizer, IEnumerable<int> milestones, double gamma = 0.1) : base(optimizer)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        (_milestones, _gamma) = ([.. milestones], gamma);
        foreach (int milestone in _milestones)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(milestone, nameof(milestones));
        }

        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group) =>
        rate * Math.Pow(_gamma, _milestones.Count(m => m == LastEpoch));
}

/// <summary>Multiplies the rate by γ every epoch: η = η₀ γᵗ.</summary>
public sealed class ExponentialLR : FormulaLRScheduler
{
    private readonly double _gamma;

    /// <summary>An exponential decay.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="gamma">γ.</param>
    public ExponentialLR(Optimizer optimizer, double gamma) : base(optimizer)
    {
        _gamma = gamma;
        Begin();
    }

    private protected override bool TakesLaterGroups => true;

    protected override double Rate(double rate, int group) => LastEpoch == 0 ? rate : rate * _gamma;
}
