namespace Autodiff.Nn;

/// <summary>The curve between two rates.</summary>
public enum AnnealStrategy
{
    /// <summary>Half a cosine.</summary>
    Cosine,

    /// <summary>A line.</summary>
    Linear,
}

/// <summary>The rate rises to a maximum and falls far below its start, once. Step it after every batch.</summary>
/// <remarks>
/// From max / divFactor to max in the first share of the steps, then to max / divFactor / finalDivFactor (in three
/// phases: back to max / divFactor in as many steps as the rise, then to the end). Momentum, if cycled, goes the other
/// way. L. Smith, N. Topin, "Super-Convergence: Very Fast Training of Neural Networks Using Large Learning Rates",
/// 2018, arXiv:1708.07120; two phases as fastai has it.
/// </remarks>
public sealed class OneCycleLR : FormulaLRScheduler
{
    private readonly double[] _largest;
    private readonly double _divFactor, _finalDivFactor, _smallestMomentum, _largestMomentum;
    private readonly AnnealStrategy _strategy;
    private readonly IMomentumOptions[] _momenta;
    private readonly Phase[] _phases;

    /// <summary>One cycle with the same maximum for all groups.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="largestRate">The maximum (PyTorch's <c>max_lr</c>).</param>
    /// <param name="totalSteps">Steps in the whole cycle; epochs times batches of an epoch.</param>
    /// <param name="riseShare">The share of the steps in which the rate rises (PyTorch's <c>pct_start</c>).</param>
    /// <param name="strategy">The curve between two rates.</param>
    /// <param name="cycleMomentum">Move the momentum (or Adam's β₁) the other way.</param>
    /// <param name="smallestMomentum">The momentum at the largest rate.</param>
    /// <param name="largestMomentum">The momentum at the start and the end.</param>
    /// <param name="divFactor">The maximum over the rate at the start.</param>
    /// <param name="finalDivFactor">The rate at the start over that at the end.</param>
    /// <param name="threePhase">Fall to the starting rate first, then to the end.</param>
    /// <exception cref="ArgumentException">The optimizer has no momentum to cycle.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The steps are below 1, or the share is outside [0, 1].</exception>
    public OneCycleLR(Optimizer optimizer, double largestRate, int totalSteps, double riseShare = 0.3,
        AnnealStrategy strategy = AnnealStrategy.Cosine, bool cycleMomentum = true, double smallestMomentum = 0.85,
        double largestMomentum = 0.95, double divFactor = 25, double finalDivFactor = 1e4, bool threePhase = false)
        : this(optimizer, PerGroup.Same(optimizer, largestRate), totalSteps, riseShare, strategy, cycleMomentum,
            smallestMomentum,
            largestMomentum, divFactor, finalDivFactor, threePhase)
    {
    }

    /// <summary>One cycle with a maximum of each group's own.</summary>
    /// <inheritdoc cref="OneCycleLR(Optimizer, double, int, double, AnnealStrategy, bool, double, double, double,
    /// double, bool)"
    /// path="/param[@name != 'largestRate']"/>
    /// <param name="largestRates">The maximum of each group.</param>
    /// <exception cref="ArgumentException">The maxima are not as many as the groups, or there is no momentum to
    /// cycle.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The steps are below 1, or the share is outside [0, 1].</exception>
    public OneCycleLR(Optimizer optimizer, IEnumerable<double> largestRates, int totalSteps, double riseShare = 0.3,
        AnnealStrategy strategy = AnnealStrategy.Cosine, bool cycleMomentum = true, double smallestMomentum = 0.85,
        double largestMomentum = 0.95, double divFactor = 25, double finalDivFactor = 1e4, bool threePhase = false)
        : base(optimizer)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(totalSteps, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(riseShare, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(riseShare, 1);
        _largest = PerGroup.Each(optimizer, largestRates, nameof(OneCycleLR));
        _momenta = cycleMomentum ? Momenta.Of(optimizer, nameof(OneCycleLR)) : [];
        (_strategy, _smallestMomentum, _largestMomentum) = (strategy, smallestMomentum, largestMomentum);
        (_divFactor, _finalDivFactor, TotalSteps) = (divFactor, finalDivFactor, totalSteps);
        double rise = riseShare * totalSteps;
        _phases = threePhase
            ? [new(rise - 1, Level.Start, Level.Top), new(2 * rise - 2, Level.Top, Level.Start),
                new(totalSteps - 1, Level.Start, Level.End)]
            : [new(rise - 1, Level.Start, Level.Top), new(totalSteps - 1, Level.Top, Level.End)];
        for (int i = 0; i < _largest.Length; i++)
        {
            Rebase(i, _largest[i] / divFactor);
        }

        Begin();
    }

    private enum Level
    {
        Start,
        Top,
        End,
    }

    /// <summary>Steps in the whole cycle.</summary>
    public int TotalSteps { get; }

    /// <summary>Puts the next step's rates in force.</summary>
    /// <exception cref="InvalidOperationException">The cycle is over, or a group joined the optimizer since, whose
    /// maximum is not known.</exception>
    public override void Step()
    {
        if (LastEpoch >= TotalSteps)
        {
            throw new InvalidOperationException(
                $"OneCycleLR: the cycle of {TotalSteps} steps is over. Make totalSteps the number of batches of the "
                    + "whole training, epochs times batches of an epoch.");
        }

        if (Optimizer.ParameterGroups.Count != _largest.Length)
        {
            throw new InvalidOperationException(
                $"OneCycleLR: there are {Optimizer.ParameterGroups.Count} parameter groups now and maxima of "
                    + $"{_largest.Length}. Make it anew, with a maximum for each.");
        }

        base.Step();
    }

    protected override double Rate(double rate, int group) => Between(level => level switch
    {
        Level.Top => _largest[group],
        Level.Start => _largest[group] / _divFactor,
        _ => _largest[group] / _divFactor / _finalDivFactor,
    });

    private protected override void SetOthers()
    {
        foreach (IMomentumOptions options in _momenta)
        {
            options.Momentum = Between(level => level == Level.Top ? _smallestMomentum : _largestMomentum);
        }
    }

    private double Between(Func<Level, double> value)
    {
        double begin = 0;
        int i = 0;
        for (; i < _phases.Length - 1 && LastEpoch > _phases[i].End; i++)
        {
            begin = _phases[i].End;
        }

        // The step after the last batch stays at the end.
        double from = value(_phases[i].From), to = value(_phases[i].To), length = _phases[i].End - begin;
        double share = length > 0 ? Math.Min((LastEpoch - begin) / length, 1) : 1;
        return _strategy == AnnealStrategy.Linear
            ? (to - from) * share + from
            : to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
    }

    private readonly record struct Phase(double End, Level From, Level To);
}
