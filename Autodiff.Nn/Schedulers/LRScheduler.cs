namespace Autodiff.Nn;

/// <summary>Changes an optimizer's learning rates as training goes on: call <see cref="Step()"/> after each epoch (or batch).</summary>
/// <remarks>
/// Making a scheduler puts its first rate in force. Rates are computed from the ones in force, as PyTorch's chainable form
/// does, so several schedulers can share an optimizer; each multiplies what the others left.
/// </remarks>
public abstract class LRScheduler
{
    private readonly double[] _last;

    /// <summary>A scheduler of all groups that the optimizer has now.</summary>
    /// <param name="optimizer">Whose rates to change.</param>
    protected LRScheduler(Optimizer optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        Optimizer = optimizer;
        _last = new double[optimizer.ParameterGroups.Count];
        BaseRates = new double[_last.Length];
        for (int i = 0; i < _last.Length; i++)
        {
            ParameterGroup group = optimizer.ParameterGroups[i];
            BaseRates[i] = group.InitialLearningRate ??= group.LearningRate;
        }
    }

    /// <summary>Whose rates are changed.</summary>
    public Optimizer Optimizer { get; }

    /// <summary>How often <see cref="Step()"/> was called: the epoch whose rate is in force, from 0.</summary>
    public int LastEpoch { get; private set; } = -1;

    /// <summary>The rates in force, one for each group.</summary>
    public IReadOnlyList<double> LastLearningRates => _last;

    /// <summary>The rates that the schedule starts from, one for each group.</summary>
    private protected double[] BaseRates { get; }

    /// <summary>Puts the next epoch's rates in force.</summary>
    public virtual void Step()
    {
        LastEpoch++;
        SetRates();
    }

    /// <summary>The rate of a group at <see cref="LastEpoch"/>, given that its rate in force is that of the epoch before.</summary>
    /// <param name="group">The group.</param>
    /// <param name="index">Which of the optimizer's groups it is.</param>
    protected abstract double Rate(ParameterGroup group, int index);

    /// <summary>Puts the first rate in force; the last line of every constructor.</summary>
    private protected void Begin() => Restart();

    /// <summary>Starts the schedule anew, as if it had just been made.</summary>
    internal virtual void Restart()
    {
        LastEpoch = 0;
        SetRates();
    }

    private void SetRates()
    {
        for (int i = 0; i < _last.Length; i++)
        {
            ParameterGroup group = Optimizer.ParameterGroups[i];
            _last[i] = group.LearningRate = Rate(group, i);
        }
    }
}
