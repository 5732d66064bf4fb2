namespace Autodiff.Nn;

/// <summary>
/// Changes an optimizer's learning rates as training goes on: call <see cref="Step"/> after each epoch (or batch).
/// </summary>
/// <remarks>
/// <para>Making a scheduler puts its first rate in force. Most compute a rate from the one in force, in PyTorch's
/// chainable form, so several of them can share an optimizer, each multiplying what the others left; those that say "of
/// η₀" set theirs whatever others did.</para>
/// <para>In formulas t is <see cref="LastEpoch"/>, η the rate and η₀ the rate at which the schedule began.</para>
/// </remarks>
public abstract class LRScheduler
{
    private double[] _last = [];

    /// <summary>A scheduler of the groups that the optimizer has now.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    protected LRScheduler(Optimizer optimizer) : this(optimizer, isBegun: true)
    {
    }

    /// <param name="optimizer">Whose rates to change.</param>
    /// <param name="isBegun">Whether the rates are those that the schedule begins with; a constructor that may refuse
    /// its arguments yet leaves the groups alone.</param>
    private protected LRScheduler(Optimizer optimizer, bool isBegun)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Optimizer = optimizer;
        foreach (ParameterGroup group in optimizer.ParameterGroups)
        {
            group.InitialLearningRate ??= isBegun ? group.LearningRate : null;
        }

        ReadRates();
    }

    /// <summary>Whose rates are changed.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>t: how often <see cref="Step"/> was called since the schedule began.</summary>
    public int LastEpoch { get; private protected set; }

    /// <summary>The rates in force after the last step, one for each group.</summary>
    public IReadOnlyList<double> LastLearningRates => _last;

    /// <summary>Puts the next epoch's rates in force.</summary>
    public abstract void Step();

    /// <summary>
    /// What a run needs to go on from here, as named tensors; the optimizer's state dictionary keeps the rates
    /// themselves.
    /// </summary>
    public Dictionary<string, Tensor> StateDict()
    {
        Dictionary<string, Tensor> entries = [];
        Exchange(new StateWriter(entries, ""));
        return entries;
    }

    /// <summary>
    /// Takes up what <see cref="StateDict"/> of such a scheduler gave. Load the optimizer's dictionary too, in either
    /// order.
    /// </summary>
    /// <exception cref="ArgumentException">An entry is missing; nothing has changed then.</exception>
    public void LoadStateDict(IReadOnlyDictionary<string, Tensor> stateDict) =>
        StateReader.Read(stateDict, GetType().Name, Exchange);

    /// <summary>Begins the schedule, once more perhaps, from the rates in force: what epoch 0 makes of them.</summary>
    protected internal abstract void Begin();

    /// <summary>Begins the schedule anew from η₀.</summary>
    internal virtual void Restart()
    {
        foreach (ParameterGroup group in Optimizer.ParameterGroups)
        {
            group.LearningRate = group.InitialLearningRate ?? group.LearningRate;
        }

        Begin();
    }

    /// <summary>Names everything that changes from step to step.</summary>
    protected internal virtual void Exchange(StateExchange exchange)
    {
        ArgumentNullException.ThrowIfNull(exchange);
        exchange.Number("last_epoch", LastEpoch, v => LastEpoch = (int)v);
        for (int i = 0; i < _last.Length; i++)
        {
            int group = i;
            exchange.Number(FormattableString.Invariant($"last_lr.{group}"), _last[group], v => _last[group] = v);
        }
    }

    private protected void ReadRates()
    {
        IReadOnlyList<ParameterGroup> groups = Optimizer.ParameterGroups;
        if (_last.Length != groups.Count)
        {
            _last = new double[groups.Count];
        }

        for (int i = 0; i < _last.Length; i++)
        {
            _last[i] = groups[i].LearningRate;
        }
    }
}

/// <summary>
/// A schedule with a formula for the rate of each group: derive from it, call <see cref="Begin"/> when constructed.
/// </summary>
/// <remarks>
/// As in PyTorch, groups that join the optimizer later change with the others where the formula makes a rate of the one
/// in force alone, and keep theirs where it has numbers or functions of each group.
/// </remarks>
public abstract class FormulaLRScheduler : LRScheduler
{
    private readonly List<double> _base = [];

    /// <summary>A scheduler of the groups that the optimizer has now.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    protected FormulaLRScheduler(Optimizer optimizer) : base(optimizer, isBegun: false)
    {
        Join();
    }

    /// <summary>η₀, for each group: the rate before any schedule.</summary>
    public IReadOnlyList<double> BaseRates => _base;

    public override void Step()
    {
        LastEpoch++;
        SetRates();
    }

    /// <summary>The rate of a group at <see cref="LRScheduler.LastEpoch"/>.</summary>
    /// <param name="rate">The rate in force: that of the epoch before; at epoch 0 the one that the schedule begins
    /// with.</param>
    /// <param name="group">Which group.</param>
    protected abstract double Rate(double rate, int group);

    /// <summary>Whether groups that joined the optimizer since the schedule was made change with the others.</summary>
    private protected virtual bool TakesLaterGroups => false;

    /// <summary>Puts the first rates in force: the last thing that a constructor does.</summary>
    protected internal override void Begin()
    {
        LastEpoch = 0;
        SetRates();
    }

    /// <summary>Notes the rates with which groups begin that are not known yet.</summary>
    private void Join()
    {
        for (int i = _base.Count; i < Optimizer.ParameterGroups.Count; i++)
        {
            _base.Add(Optimizer.ParameterGroups[i].InitialLearningRate ?? Optimizer.ParameterGroups[i].LearningRate);
        }
    }

    /// <summary>The rates from which the schedule begins are others than the optimizer's.</summary>
    private protected void Rebase(int group, double rate)
    {
        _base[group] = rate;
        Optimizer.ParameterGroups[group].InitialLearningRate = rate;
    }

    internal override void Restart()
    {
        for (int i = 0; i < _base.Count; i++)
        {
            Optimizer.ParameterGroups[i].LearningRate = _base[i];
        }

        Begin();
    }

    /// <summary>Sets what a schedule changes besides the rates.</summary>
    private protected virtual void SetOthers()
    {
    }

    private protected void SetRates()
    {
        if (TakesLaterGroups)
        {
            Join();
        }

        for (int i = 0; i < _base.Count; i++)
        {
            ParameterGroup group = Optimizer.ParameterGroups[i];
            group.InitialLearningRate ??= _base[i];
            group.LearningRate = Rate(group.LearningRate, i);
        }

        SetOthers();
        ReadRates();
    }

    protected internal override void Exchange(StateExchange exchange)
    {
        base.Exchange(exchange);
        for (int i = 0; i < _base.Count; i++)
        {
            int group = i;
            exchange.Number(FormattableString.Invariant($"base_lrs.{group}"), _base[group], v => _base[group] = v);
        }
    }
}
