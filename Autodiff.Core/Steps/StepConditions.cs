namespace Autodiff.Steps;

/// <summary>
/// What a recorded step's course depended on, with the values it had: while they are the same, a replay repeats the
/// step.
/// </summary>
internal sealed class StepConditions
{
    private readonly Dictionary<(object Owner, Func<object, long> Read), long> _settings = [];
    private readonly Dictionary<Tensor, LeafSetting> _leaves = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<object> _settled = new(ReferenceEqualityComparer.Instance);
    private readonly Device _device = Device.Current;

    /// <summary>The step looked at a setting.</summary>
    /// <param name="owner">Whose setting it is.</param>
    /// <param name="read">Gives it; a static function, so that the same setting is kept once.</param>
    public void Depend(object owner, Func<object, long> read)
    {
        if (!_settled.Contains(owner))
        {
            _settings.TryAdd((owner, read), read(owner));
        }
    }

    /// <summary>The step computed with a leaf that it did not make.</summary>
    public void Depend(Tensor leaf)
    {
        if (!_settled.Contains(leaf))
        {
            _leaves.TryAdd(leaf, leaf.Setting);
        }
    }

    /// <summary>
    /// The step itself decides the owner's settings before it looks at them, so whatever they are before makes no
    /// difference.
    /// </summary>
    public void Settle(object owner) => _settled.Add(owner);

    /// <summary>Whether everything is as it was.</summary>
    public bool Hold()
    {
        if (!ReferenceEquals(_device, Device.Current))
        {
            return false;
        }

        foreach (((object owner, Func<object, long> read), long seen) in _settings)
        {
            if (read(owner) != seen)
            {
                return false;
            }
        }

        foreach ((Tensor leaf, LeafSetting seen) in _leaves)
        {
            if (leaf.Setting != seen)
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>What of a leaf decides how a step goes on with it.</summary>
/// <param name="RequiresGrad">Whether it gets a gradient.</param>
/// <param name="Hooks">How many hooks look at that.</param>
/// <param name="Memory">Where its elements are: elsewhere once a module was moved or converted.</param>
internal readonly record struct LeafSetting(bool RequiresGrad, int Hooks, Storage? Memory);
