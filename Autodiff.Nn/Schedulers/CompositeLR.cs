namespace Autodiff.Nn;

/// <summary>Schedulers one after the other, each from its milestone on.</summary>
public sealed class SequentialLR : LRScheduler
{
    private readonly LRScheduler[] _schedulers;
    private readonly int[] _milestones;

    /// <summary>A sequence.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="schedulers">What governs the rates in turn; all of that optimizer.</param>
    /// <param name="milestones">The epochs at which the second, third, ... takes over, ascending. One at epoch 0
    /// governs from the start.</param>
    /// <exception cref="ArgumentException">A scheduler has another optimizer, or the milestones are not one fewer,
    /// ascending and at least 0.</exception>
    public SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones)
        : base(optimizer)
    {
        ArgumentNullException.ThrowIfNull(milestones);
        _schedulers = Composite.Of(optimizer, schedulers, nameof(SequentialLR));
        _milestones = [.. milestones];
        if (_milestones.Length != _schedulers.Length - 1 || !_milestones.SequenceEqual(_milestones.Order()))
        {
            throw new ArgumentException(
                $"SequentialLR: {_schedulers.Length} schedulers need {_schedulers.Length - 1} ascending milestones, "
                    + $"not [{string.Join(", ", _milestones)}].", nameof(milestones));
        }

        if (_milestones.Length > 0 && _milestones[0] < 0)
        {
            throw new ArgumentException(
                $"SequentialLR: there is no epoch {_milestones[0]}; milestones must be at least 0.",
                nameof(milestones));
        }

        Restart();
    }

    public override void Step()
    {
        LastEpoch++;
        int current = Governing;
        if (current > 0 && _milestones[current - 1] == LastEpoch)
        {
            _schedulers[current].Restart();
        }
        else
        {
            _schedulers[current].Step();
        }

        ReadRates();
    }

    protected internal override void Begin()
    {
        LastEpoch = 0;
        _schedulers[Governing].Begin();
        ReadRates();
    }

    /// <summary>Whose turn it is at this epoch.</summary>
    private int Governing => _milestones.Count(m => m <= LastEpoch);

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        Composite.Exchange(_schedulers, exchange);
    }
}

/// <summary>Schedulers that all act at once: the rate is changed by each in turn.</summary>
/// <remarks>
/// Made of schedulers that multiply the rate in force, such as <see cref="ConstantLR"/> and
/// <see cref="ExponentialLR"/>.
/// </remarks>
public sealed class ChainedScheduler : LRScheduler
{
    private readonly LRScheduler[] _schedulers;

    /// <summary>A chain.</summary>
    /// <param name="schedulers">What changes the rates, in this order; all of one optimizer.</param>
    /// <exception cref="ArgumentException">There is none, or they have different optimizers.</exception>
    public ChainedScheduler(params IEnumerable<LRScheduler> schedulers) : this(Composite.Once(schedulers))
    {
    }

    private ChainedScheduler(LRScheduler[] schedulers) : base(Composite.OptimizerOf(schedulers)) =>
        _schedulers = Composite.Of(Optimizer, schedulers, nameof(ChainedScheduler));

    public override void Step()
    {
        LastEpoch++;
        foreach (LRScheduler scheduler in _schedulers)
        {
            scheduler.Step();
        }

        ReadRates();
    }

    protected internal override void Begin()
    {
        LastEpoch = 0;
        foreach (LRScheduler scheduler in _schedulers)
        {
            scheduler.Begin();
        }

        ReadRates();
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        Composite.Exchange(_schedulers, exchange);
    }
}

/// <summary>What schedulers made of schedulers share.</summary>
internal static class Composite
{
    /// <summary>What a query makes, made once: making a scheduler changes rates.</summary>
    public static LRScheduler[] Once(IEnumerable<LRScheduler> schedulers)
    {
        ArgumentNullException.ThrowIfNull(schedulers);
        return [.. schedulers];
    }

    public static Optimizer OptimizerOf(LRScheduler[] schedulers)
    {
        return schedulers.FirstOrDefault()?.Optimizer
            ?? throw new ArgumentException("ChainedScheduler: there is no scheduler.", nameof(schedulers));
    }

    public static LRScheduler[] Of(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, string owner)
    {
        ArgumentNullException.ThrowIfNull(schedulers);
        LRScheduler[] all = [.. schedulers];
        return all.Length > 0 && all.All(s => s is not null && ReferenceEquals(s.Optimizer, optimizer))
            ? all
            : throw new ArgumentException(
                $"{owner}: the schedulers must be at least one, and all of the same optimizer.", nameof(schedulers));
    }

    public static void Exchange(LRScheduler[] schedulers, StateExchange exchange)
    {
        for (int i = 0; i < schedulers.Length; i++)
        {
            schedulers[i].Exchange(new Prefixed(exchange, FormattableString.Invariant($"schedulers.{i}.")));
        }
    }

    private sealed class Prefixed(StateExchange inner, string prefix) : StateExchange
    {
        public override void Number(string name, double value, Action<double> set) =>
            inner.Number(prefix + name, value, set);
    }
}
