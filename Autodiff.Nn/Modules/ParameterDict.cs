using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Autodiff.Nn;

/// <summary>Parameters that are registered under names.</summary>
[SuppressMessage("Naming", "CA1710", Justification = "PyTorch's name.")]
public class ParameterDict : Module, IReadOnlyDictionary<string, Tensor>
{
    private readonly OrderedDictionary<string, Tensor> _parameters = [];

    /// <summary>The number of parameters.</summary>
    public int Count => _parameters.Count;

    /// <summary>The names, in the order of registration.</summary>
    public IEnumerable<string> Keys => _parameters.Keys;

    /// <summary>The parameters, in the order of registration.</summary>
    public IEnumerable<Tensor> Values => _parameters.Values;

    /// <summary>The parameter of a name; setting registers a new one.</summary>
    /// <param name="key">The name: not empty, without a dot.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    /// <exception cref="ArgumentException">In setting: the name is taken, empty or has a dot; or the tensor has a
    /// history.</exception>
    public Tensor this[string key]
    {
        get => _parameters.TryGetValue(key, out Tensor? parameter)
            ? parameter
            : throw new KeyNotFoundException(
                $"ParameterDict: there is no parameter '{key}'; there are {string.Join(", ", _parameters.Keys)}.");
        set => Add(key, value);
    }

    /// <summary>Registers a parameter, which requires grad from now on.</summary>
    /// <param name="key">The name: not empty, without a dot.</param>
    /// <param name="parameter">A floating tensor that was not computed from others.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot; or the tensor has a
    /// history.</exception>
    public void Add(string key, Tensor parameter) => _parameters.Add(key, RegisterParameter(key, parameter));

    /// <summary>Whether a name is there.</summary>
    public bool ContainsKey(string key) => _parameters.ContainsKey(key);

    /// <summary>The parameter of a name, if it is there.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Tensor value) =>
        _parameters.TryGetValue(key, out value);

    /// <summary>Names and parameters in the order of registration.</summary>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() => _parameters.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
