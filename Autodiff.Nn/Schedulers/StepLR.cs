namespace Autodiff.Nn;

/// <summary>Multiplies the rate by γ every few epochs: η = η₀ γ^⌊t / stepSize⌋.</summary>
public sealed class StepLR : LRScheduler
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

    /// <inheritdoc/>
    protected override double Rate(ParameterGroup group, int index)
    {
        ArgumentNullException.ThrowIfNull(group);
        return LastEpoch > 0 && LastEpoch % _stepSize == 0 ? group.LearningRate * _gamma : group.LearningRate;
    }
}

/// <summary>Multiplies the rate by γ every epoch: η = η₀ γᵗ.</summary>
public sealed class ExponentialLR : LRScheduler
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

    /// <inheritdoc/>
    protected override double Rate(ParameterGroup group, int index)
    {
        ArgumentNullException.ThrowIfNull(group);
        return LastEpoch == 0 ? group.LearningRate : group.LearningRate * _gamma;
    }
}
