namespace Autodiff.Nn;

/// <summary>What an optimizer remembers of one parameter between steps.</summary>
public sealed class ParameterState
{
    private readonly Dictionary<string, Tensor> _tensors = [];
    private Dictionary<string, double>? _numbers;

    internal ParameterState()
    {
    }

    /// <summary>How many steps the parameter has taken, the one under way included.</summary>
    public long Step { get; internal set; }

    /// <summary>Running means and the like, each of the parameter's shape, by PyTorch's names (<c>exp_avg</c>, <c>momentum_buffer</c>).</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Plain numbers carried from step to step, by PyTorch's names.</summary>
    public IReadOnlyDictionary<string, double> Numbers => _numbers ??= [];

    /// <summary>Whether a tensor of the state was made for the step under way: there is no past to weigh it against.</summary>
    public bool IsFresh { get; internal set; }

    /// <summary>The number of that name, or <paramref name="initial"/> before the first <see cref="SetNumber"/>.</summary>
    public double Number(string name, double initial) => _numbers is not null && _numbers.TryGetValue(name, out double value) ? value : initial;

    /// <summary>Remembers a number for the next step.</summary>
    public void SetNumber(string name, double value) => (_numbers ??= [])[name] = value;

    internal bool TryGet(string name, out Tensor? tensor) => _tensors.TryGetValue(name, out tensor);

    internal void Set(string name, Tensor tensor) => _tensors[name] = tensor;
}
