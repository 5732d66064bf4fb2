namespace Autodiff.Nn;

/// <summary>What an optimizer remembers of one parameter between steps.</summary>
public sealed class ParameterState
{
    private readonly Dictionary<string, Tensor> _tensors = [];
    private Dictionary<string, double>? _numbers;
    private Type? _rule;
    private Tensor[] _ordered = [];

    internal ParameterState()
    {
    }

    /// <summary>How many steps the parameter has taken, the one under way included.</summary>
    public long Step { get; internal set; }

    /// <summary>
    /// Running means and the like, each of the parameter's shape, by PyTorch's names (<c>exp_avg</c>,
    /// <c>momentum_buffer</c>).
    /// </summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Plain numbers carried from step to step, by PyTorch's names.</summary>
    public IReadOnlyDictionary<string, double> Numbers => _numbers ??= [];

    /// <summary>
    /// Whether a tensor of the state was made for the step under way: there is no past to weigh it against.
    /// </summary>
    public bool IsFresh { get; internal set; }

    /// <summary>
    /// The number of that name, or <paramref name="initial"/> before the first <see cref="SetNumber"/>.
    /// </summary>
    public double Number(string name, double initial) =>
        _numbers is not null && _numbers.TryGetValue(name, out double value) ? value : initial;

    /// <summary>Remembers a number for the next step.</summary>
    public void SetNumber(string name, double value) => (_numbers ??= [])[name] = value;

    /// <summary>
    /// The states of a rule in its order, where the parameter is now; those that are missing begin now, and the step
    /// under way is a fresh one.
    /// </summary>
    internal ReadOnlySpan<Tensor> Of<TRule, TOptions>(Tensor parameter, TOptions options)
        where TRule : struct, IOptimizerRule<TOptions> where TOptions : OptimizerOptions
    {
        if (_rule != typeof(TRule) || (_ordered.Length > 0 && !AreTogether(_ordered[0], parameter)))
        {
            Gather<TRule, TOptions>(parameter, options);
        }
        else
        {
            IsFresh = false;
        }

        return _ordered;
    }

    /// <summary>Whether two tensors are of one type on one device.</summary>
    internal static bool AreTogether(Tensor a, Tensor b) => a.DType == b.DType && ReferenceEquals(a.Device, b.Device);

    /// <summary>Converts and moves everything to where the parameter is: a module's To takes its tensors along, but
    /// knows of no optimizer.</summary>
    internal void Follow(Tensor parameter)
    {
        foreach ((string name, Tensor tensor) in _tensors.ToArray())
        {
            Set(name, tensor.To(parameter.DType).To(parameter.Device));
        }
    }

    internal bool TryGet(string name, out Tensor? tensor) => _tensors.TryGetValue(name, out tensor);

    internal void Set(string name, Tensor tensor)
    {
        _tensors[name] = tensor;
        _rule = null;
    }

    private void Gather<TRule, TOptions>(Tensor parameter, TOptions options)
        where TRule : struct, IOptimizerRule<TOptions> where TOptions : OptimizerOptions
    {
        Follow(parameter);
        IsFresh = false;
        _ordered = new Tensor[TRule.StateCount];
        for (int k = 0; k < _ordered.Length; k++)
        {
            if (!_tensors.TryGetValue(TRule.StateNames[k], out Tensor? tensor))
            {
                tensor = Tensor.FullLike(parameter, TRule.InitialState(k, options));
                _tensors.Add(TRule.StateNames[k], tensor);
                IsFresh = true;
            }

            _ordered[k] = tensor;
        }

        _rule = typeof(TRule);
    }
}
