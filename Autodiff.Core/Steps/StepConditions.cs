namespace Autodiff.Steps;

/// <summary>
/// What a recorded step's course depended on, with the values it had: while they are the same, a replay repeats the
/// step.
/// </summary>
internal sealed class StepConditions
{
    private readonly Dictionary<(object Owner, Func<object, long> Read), long> _settings = [];
    private readonly HashSet<(object Owner, Func<object, long> Read)> _settled = [];
    private readonly Device _device = Device.Current;

    /// <summary>Whether operations were recorded where the step began: a scope may change that before any run.
    /// </summary>
    public bool IsRecorded { get; } = GradMode.IsEnabled;

    /// <summary>The step read a setting: a guard.</summary>
    /// <param name="owner">Whose setting it is.</param>
    /// <param name="read">Gives it; a static function, so that the same setting is kept once.</param>
    public void Depend(object owner, Func<object, long> read)
    {
        if (!_settled.Contains((owner, read)))
        {
            _settings.TryAdd((owner, read), read(owner));
        }
    }

    /// <summary>
    /// The step itself decides a setting before it looks at it, so whatever it is before makes no difference.
    /// </summary>
    public void Settle(object owner, Func<object, long> read) => _settled.Add((owner, read));

    /// <summary>Whether everything is as it was.</summary>
    public bool Hold()
    {
        if (!ReferenceEquals(_device, Device.Current) || IsRecorded != GradMode.IsEnabled)
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

        return true;
    }
}
