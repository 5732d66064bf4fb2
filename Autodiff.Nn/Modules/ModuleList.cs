using System.Collections;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Autodiff.Nn;

/// <summary>A list of modules that are registered, named by position, and used as the owner likes.</summary>
/// <typeparam name="T">The modules' common type.</typeparam>
[CollectionBuilder(typeof(ModuleList), nameof(ModuleList.Create))]
public class ModuleList<T> : Module, IReadOnlyList<T> where T : Module
{
    private readonly List<T> _modules = [];

    /// <summary>A list of the given modules.</summary>
    public ModuleList(params ReadOnlySpan<T> modules)
    {
        foreach (T module in modules)
        {
            Add(module);
        }
    }

    protected override string Kind => "ModuleList";

    /// <summary>The number of modules.</summary>
    public int Count => _modules.Count;

    /// <summary>The module at a position.</summary>
    public T this[int index] => _modules[index];

    /// <summary>The module at a position counted from either end.</summary>
    public T this[Index index] => _modules[index];

    /// <summary>Appends a module.</summary>
    public void Add(T module) =>
        _modules.Add(RegisterModule(_modules.Count.ToString(CultureInfo.InvariantCulture), module));

    /// <summary>The modules in order.</summary>
    public IEnumerator<T> GetEnumerator() => _modules.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

/// <summary>Makes lists of modules.</summary>
public static class ModuleList
{
    /// <summary>What a collection expression makes: <c>ModuleList&lt;Linear&gt; layers = [a, b];</c></summary>
    public static ModuleList<T> Create<T>(ReadOnlySpan<T> modules) where T : Module => new(modules);
}
