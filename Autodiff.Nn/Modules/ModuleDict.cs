using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Autodiff.Nn;

/// <summary>Modules that are registered under names, and used as the owner likes.</summary>
/// <typeparam name="T">The modules' common type.</typeparam>
/// <example><code>
/// ModuleDict&lt;Module&gt; activations = new() { ["relu"] = new ReLU(), ["tanh"] = new Tanh() };
/// Tensor y = activations["relu"].Forward(x);
/// </code></example>
[SuppressMessage("Naming", "CA1710", Justification = "PyTorch's name.")]
public class ModuleDict<T> : Module, IReadOnlyDictionary<string, T> where T : Module
{
    private readonly OrderedDictionary<string, T> _modules = [];

    protected override string Kind => "ModuleDict";

    /// <summary>The number of modules.</summary>
    public int Count => _modules.Count;

    /// <summary>The names, in the order of registration.</summary>
    public IEnumerable<string> Keys => _modules.Keys;

    /// <summary>The modules, in the order of registration.</summary>
    public IEnumerable<T> Values => _modules.Values;

    /// <summary>The module of a name; setting registers a new one.</summary>
    /// <param name="key">The name: not empty, without a dot.</param>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    /// <exception cref="ArgumentException">In setting: the name is taken, empty or has a dot.</exception>
    public T this[string key]
    {
        get => _modules.TryGetValue(key, out T? module)
            ? module
            : throw new KeyNotFoundException(
                $"ModuleDict: there is no module '{key}'; there are {string.Join(", ", _modules.Keys)}.");
        set => Add(key, value);
    }

    /// <summary>Registers a module under a name.</summary>
    /// <param name="key">The name: not empty, without a dot.</param>
    /// <param name="module">The module.</param>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    public void Add(string key, T module) => _modules.Add(key, RegisterModule(key, module));

    /// <summary>Whether a name is there.</summary>
    public bool ContainsKey(string key) => _modules.ContainsKey(key);

    /// <summary>The module of a name, if it is there.</summary>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _modules.TryGetValue(key, out value);

    /// <summary>Names and modules in the order of registration.</summary>
    public IEnumerator<KeyValuePair<string, T>> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
