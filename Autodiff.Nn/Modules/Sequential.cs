using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>Modules one after the other, each fed with what the one before it gave.</summary>
/// <example><code>
/// Sequential model = [new Linear(1, 32), new ReLU(), new Linear(32, 1)];
/// Sequential named = new(("hidden", new Linear(1, 32)), ("act", new ReLU()), ("out", new Linear(32, 1)));
/// </code></example>
[CollectionBuilder(typeof(Sequential), nameof(Create))]
public class Sequential : Module, IReadOnlyList<Module>
{
    private readonly List<Module> _modules = [];

    /// <summary>No modules yet; <see cref="Add(Module)"/> them.</summary>
    public Sequential()
    {
    }

    /// <summary>Modules named by their position: 0, 1, ...</summary>
    /// <param name="modules">The modules, in order.</param>
    public Sequential(params ReadOnlySpan<Module> modules)
    {
        foreach (Module module in modules)
        {
            Add(module);
        }
    }

    /// <summary>Modules with names.</summary>
    /// <param name="modules">Names and modules, in order.</param>
    public Sequential(params ReadOnlySpan<(string Name, Module Module)> modules)
    {
        foreach ((string name, Module module) in modules)
        {
            Add(name, module);
        }
    }

    /// <summary>The number of modules.</summary>
    public int Count => _modules.Count;

    /// <summary>The module at a position.</summary>
    public Module this[int index] => _modules[index];

    /// <summary>The module at a position counted from either end.</summary>
    public Module this[Index index] => _modules[index];

    /// <summary>The module of a name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Module this[string name]
    {
        get
        {
            foreach ((string own, Module module) in NamedParts())
            {
                if (own == name)
                {
                    return module;
                }
            }

            throw new KeyNotFoundException(
                $"{Kind}: no module is named '{name}'; there are "
                    + $"{string.Join(", ", NamedParts().Select(c => c.Name))}.");
        }
    }

    /// <summary>What a collection expression makes.</summary>
    public static Sequential Create(ReadOnlySpan<Module> modules) => new(modules);

    /// <summary>Appends a module, named by its position.</summary>
    public void Add(Module module) => Add(_modules.Count.ToString(CultureInfo.InvariantCulture), module);

    /// <summary>Appends a module with a name.</summary>
    public void Add(string name, Module module) => _modules.Add(RegisterModule(name, module));

    public override Tensor Forward(Tensor x)
    {
        StepRecording.Depend(this, static sequence => ((Sequential)sequence).Count);
        foreach (Module module in _modules)
        {
            x = module.Forward(x);
        }

        return x;
    }

    /// <summary>The modules in order.</summary>
    public IEnumerator<Module> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
