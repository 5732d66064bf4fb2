namespace Autodiff.Nn;

/// <summary>Which way a metric gets better.</summary>
public enum PlateauMode
{
    /// <summary>Smaller is better: a loss.</summary>
    Min,

    /// <summary>Larger is better: an accuracy.</summary>
    Max,
}

/// <summary>What the threshold of <see cref="ReduceLROnPlateau"/> is a part of.</summary>
public enum ThresholdMode
{
    /// <summary>Of the best value.</summary>
    Relative,

    /// <summary>Nothing: it is the improvement itself.</summary>
    Absolute,
}

/// <summary>Multiplies the rate by a factor when a metric has stopped getting better.</summary>
/// <remarks>An epoch is bad if its metric is not better than the best by the threshold. After more than <c>patience</c>
/// bad epochs in a row the rate falls, and for <c>cooldown</c> epochs no bad one is counted.</remarks>
public sealed class ReduceLROnPlateau
{
    private readonly Optimizer _optimizer;
    private readonly PlateauMode _mode;
    private readonly ThresholdMode _thresholdMode;
    private readonly double _factor, _threshold, _smallestChange;
    private readonly double[] _smallest;
    private readonly int _patience, _cooldown;
    private readonly double? _smallestOfAll;
    private double[] _last = [];
    private int _cooling;

    /// <summary>A schedule led by a metric.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="mode">Which way the metric gets better.</param>
    /// <param name="factor">What the rate is multiplied by; below 1.</param>
    /// <param name="patience">Bad epochs that are borne.</param>
    /// <param name="threshold">How much better counts as better.</param>
    /// <param name="thresholdMode">What the threshold is a part of.</param>
    /// <param name="cooldown">Epochs after a fall in which no bad one is counted.</param>
    /// <param name="smallestRate">The rate falls no further.</param>
    /// <param name="smallestChange">A change of the rate that is not larger is left out (PyTorch's <c>eps</c>).</param>
    /// <exception cref="ArgumentOutOfRangeException">The factor is not in [0, 1), or a number of epochs is
    /// negative.</exception>
    public ReduceLROnPlateau(Optimizer optimizer, PlateauMode mode = PlateauMode.Min, double factor = 0.1,
        int patience = 10,
        double threshold = 1e-4, ThresholdMode thresholdMode = ThresholdMode.Relative, int cooldown = 0,
        double smallestRate = 0,
        double smallestChange = 1e-8)
        : this(optimizer, PerGroup.Same(optimizer, smallestRate), mode, factor, patience, threshold, thresholdMode,
            cooldown, smallestChange) => _smallestOfAll = smallestRate;

    /// <summary>A schedule led by a metric, with a smallest rate of each group's own.</summary>
    /// <inheritdoc cref="ReduceLROnPlateau(Optimizer, PlateauMode, double, int, double, ThresholdMode, int, double,
    /// double)"
    /// path="//param[@name != 'smallestRate']|//exception"/>
    /// <param name="smallestRates">How far the rate of each group falls.</param>
    /// <exception cref="ArgumentException">The smallest rates are not as many as the groups.</exception>
    public ReduceLROnPlateau(Optimizer optimizer, IEnumerable<double> smallestRates, PlateauMode mode = PlateauMode.Min,
        double factor = 0.1, int patience = 10, double threshold = 1e-4,
        ThresholdMode thresholdMode = ThresholdMode.Relative,
        int cooldown = 0, double smallestChange = 1e-8)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(factor, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(factor);
        ArgumentOutOfRangeException.ThrowIfNegative(patience);
        ArgumentOutOfRangeException.ThrowIfNegative(cooldown);
        _optimizer = optimizer;
        _smallest = PerGroup.Each(optimizer, smallestRates, nameof(ReduceLROnPlateau));
        (_mode, _factor, _patience, _threshold, _thresholdMode) = (mode, factor, patience, threshold, thresholdMode);
        (_cooldown, _smallestChange) = (cooldown, smallestChange);
        Best = mode == PlateauMode.Min ? double.PositiveInfinity : double.NegativeInfinity;
        ReadRates();
    }

    /// <summary>How often <see cref="Step(double)"/> was called.</summary>
    public int LastEpoch { get; private set; }

    /// <summary>The best metric so far.</summary>
    public double Best { get; private set; }

    /// <summary>Bad epochs in a row.</summary>
    public int BadEpochs { get; private set; }

    /// <summary>The rates in force after the last step, one for each group.</summary>
    public IReadOnlyList<double> LastLearningRates => _last;

    /// <summary>Records an epoch's metric and lowers the rates if it is time.</summary>
    /// <param name="metric">The epoch's validation loss, say.</param>
    /// <exception cref="InvalidOperationException">A group joined the optimizer since, whose smallest rate is not
    /// known.</exception>
    public void Step(double metric)
    {
        if (_smallestOfAll is null && _smallest.Length != _optimizer.ParameterGroups.Count)
        {
            throw new InvalidOperationException(
                $"ReduceLROnPlateau: there are {_optimizer.ParameterGroups.Count} parameter groups now and smallest "
                    + $"rates of {_smallest.Length}. Make it anew, or with one smallest rate for all.");
        }

        LastEpoch++;
        if (IsBetter(metric))
        {
            (Best, BadEpochs) = (metric, 0);
        }
        else
        {
            BadEpochs++;
        }

        if (_cooling > 0)
        {
            _cooling--;
            BadEpochs = 0;
        }

        if (BadEpochs > _patience)
        {
            Reduce();
            (_cooling, BadEpochs) = (_cooldown, 0);
        }

        ReadRates();
    }

    /// <summary>Records an epoch's metric, a tensor of one element.</summary>
    /// <param name="metric">The epoch's validation loss, say.</param>
    public void Step(Tensor metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        Step(metric.Item());
    }

    /// <inheritdoc cref="LRScheduler.StateDict" path="/summary"/>
    public Dictionary<string, Tensor> StateDict()
    {
        Dictionary<string, Tensor> entries = [];
        Exchange(new StateWriter(entries, ""));
        return entries;
    }

    /// <summary>Takes up what <see cref="StateDict"/> gave.</summary>
    /// <exception cref="ArgumentException">An entry is missing; nothing has changed then.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> stateDict) =>
        StateReader.Read(stateDict, nameof(ReduceLROnPlateau), Exchange);

    private void Exchange(StateExchange exchange)
    {
        exchange.Number("last_epoch", LastEpoch, v => LastEpoch = (int)v);
        exchange.Number("best", Best, v => Best = v);
        exchange.Number("num_bad_epochs", BadEpochs, v => BadEpochs = (int)v);
        exchange.Number("cooldown_counter", _cooling, v => _cooling = (int)v);
    }

    private void ReadRates()
    {
        IReadOnlyList<ParameterGroup> groups = _optimizer.ParameterGroups;
        if (_last.Length != groups.Count)
        {
            _last = new double[groups.Count];
        }

        for (int i = 0; i < _last.Length; i++)
        {
            _last[i] = groups[i].LearningRate;
        }
    }

    private bool IsBetter(double metric)
    {
        double needed = _thresholdMode == ThresholdMode.Absolute
            ? _threshold
            : double.IsInfinity(Best) ? 0 : _threshold * Best;
        return _mode == PlateauMode.Min ? metric < Best - needed : metric > Best + needed;
    }

    private void Reduce()
    {
        for (int i = 0; i < _optimizer.ParameterGroups.Count; i++)
        {
            ParameterGroup group = _optimizer.ParameterGroups[i];
            double rate = Math.Max(group.LearningRate * _factor, _smallestOfAll ?? _smallest[i]);
            if (group.LearningRate - rate > _smallestChange)
            {
                group.LearningRate = rate;
            }
        }
    }
}
