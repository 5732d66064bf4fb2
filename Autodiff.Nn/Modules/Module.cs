using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Autodiff.Steps;

namespace Autodiff.Nn;

/// <summary>
/// A part of a network: parameters to be learned, buffers that belong to its state but are not learned, and further
/// modules inside it (PyTorch's <c>torch.nn.Module</c>). Derive from it, register the parts in the constructor, and say
/// in <see cref="Forward"/> what is computed.
/// </summary>
/// <remarks>
/// <para>Parts are named as in PyTorch: a dot between the names on the way (<c>encoder.0.weight</c>), in the order of
/// their registration. Tensors get that path as their <see cref="Tensor.Name"/>, so messages speak of
/// <c>fc1.weight</c>.</para>
/// <para>Registration is by a call and never by reflection, so trimmed and natively compiled programs work.</para>
/// </remarks>
/// <example><code>
/// sealed class Net : Module
/// {
///     private readonly Linear _fc1, _fc2;
///
///     public Net()
///     {
///         RegisterModule(_fc1 = new Linear(784, 32));   // named fc1
///         RegisterModule(_fc2 = new Linear(32, 10));    // named fc2
///     }
///
///     public override Tensor Forward(Tensor x) => _fc2.Forward(_fc1.Forward(x).Relu());
/// }
/// </code></example>
public abstract partial class Module
{
    /// <summary>Where tensors stand: one that several modules share has one path.</summary>
    private static readonly ConditionalWeakTable<Tensor, PartPath> s_paths = [];

    // Counts registrations in all modules: while it stands still, a list of parameters once walked is still right.
    private static int s_registrations;

    /// <summary>The setting that a captured step depends on.</summary>
    private static readonly Func<object, long> s_training = static module => ((Module)module)._isTraining ? 1 : 0;

    private readonly List<Entry> _entries = [];
    private readonly HashSet<string> _names = [];
    private readonly PartPath _path = new();
    private bool _isTraining = true, _isInside;
    private (int Registrations, Tensor[] Parameters) _walked = (-1, []);

    /// <summary>Whether the module is in training mode, which layers such as dropout look at. True at first.</summary>
    public bool IsTraining
    {
        get
        {
            StepRecording.Depend(this, s_training);
            return _isTraining;
        }
    }

    /// <summary>
    /// What the module computes. A module whose input is not one tensor declares its own method and leaves this one.
    /// </summary>
    /// <param name="x">The input.</param>
    /// <exception cref="NotSupportedException">The module has no such form.</exception>
    public virtual Tensor Forward(Tensor x) =>
        throw new NotSupportedException(
            $"{Kind}: a forward pass from one tensor is not defined; override Forward(Tensor), or call the method that "
                + "the module has instead.");

    /// <summary>The name of the module's kind, as printing shows it: the name of its class.</summary>
    protected virtual string Kind => GetType().Name;

    /// <summary>
    /// The module's settings as printing shows them: <c>in_features=3, out_features=1, bias=True</c>.
    /// </summary>
    protected virtual string Settings => "";

    /// <summary>
    /// The modules directly inside this one, named, in the order of registration, each once: under the first of its
    /// names.
    /// </summary>
    public IEnumerable<(string Name, Module Module)> NamedChildren() =>
        NamedParts().DistinctBy(static part => part.Module, ReferenceEqualityComparer.Instance);

    /// <summary>The same under all their names.</summary>
    private protected IEnumerable<(string Name, Module Module)> NamedParts() =>
        from entry in _entries where entry.Module is not null select (entry.Name, entry.Module);

    /// <summary>The modules directly inside this one, each once.</summary>
    public IEnumerable<Module> Children() => from child in NamedChildren() select child.Module;

    /// <summary>This module (named "") and all modules inside it, outer before inner, each once.</summary>
    public IEnumerable<(string Name, Module Module)> NamedModules() =>
        Walk((Path: "", Module: this), static (around, entry) => (Join(around.Path, entry.Name), entry.Module!),
            static at => at.Module);

    /// <summary>This module and all modules inside it, each once.</summary>
    public IEnumerable<Module> Modules() => Walk(this, static (_, entry) => entry.Module!, static module => module);

    /// <summary>
    /// All modules, outer before inner, each once. Not recursive: modules may be nested as deep as memory allows.
    /// </summary>
    private static IEnumerable<T> Walk<T>(T first, Func<T, Entry, T> inside, Func<T, Module> module)
    {
        HashSet<Module> seen = new(ReferenceEqualityComparer.Instance);
        Stack<T> open = new([first]);
        while (open.TryPop(out T? at))
        {
            if (!seen.Add(module(at)))
            {
                continue;
            }

            yield return at;
            List<Entry> entries = module(at)._entries;
            for (int i = entries.Count - 1; i >= 0; i--)
            {
                if (entries[i].Module is not null)
                {
                    open.Push(inside(at, entries[i]));
                }
            }
        }
    }

    /// <summary>Every parameter with its path, each once even where modules share it.</summary>
    public IEnumerable<(string Name, Tensor Parameter)> NamedParameters() => Tensors(Role.Parameter);

    /// <summary>Every parameter, each once: what an optimizer takes.</summary>
    public IEnumerable<Tensor> Parameters() => Tensors(Modules(), Role.Parameter);

    /// <summary>Every buffer with its path: state that is not learned, as running means are.</summary>
    public IEnumerable<(string Name, Tensor Buffer)> NamedBuffers() => Tensors(Role.Buffer, Role.TransientBuffer);

    /// <summary>Every buffer.</summary>
    public IEnumerable<Tensor> Buffers() => Tensors(Modules(), Role.Buffer, Role.TransientBuffer);

    /// <summary>How many numbers the parameters hold.</summary>
    public long ParameterCount => Parameters().Sum(p => p.ElementCount);

    /// <summary>How many of them require grad.</summary>
    public long TrainableParameterCount => Parameters().Where(p => p.RequiresGrad).Sum(p => p.ElementCount);

    /// <summary>Forgets the gradients of all parameters.</summary>
    /// <param name="setToNull">True to let them go; false to fill them with zeros and keep their memory.</param>
    public void ZeroGrad(bool setToNull = true)
    {
        int registrations = Volatile.Read(ref s_registrations);
        if (_walked.Registrations != registrations)
        {
            _walked = (registrations, [.. Parameters()]);
        }

        foreach (Tensor parameter in _walked.Parameters)
        {
            Optimizer.ZeroGrad(parameter, setToNull);
        }
    }

    /// <summary>Registers a parameter: a leaf that requires grad.</summary>
    /// <param name="name">Its name inside this module.</param>
    /// <param name="parameter">A floating tensor that was not computed from others.</param>
    /// <returns>The parameter.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot; or the tensor has a
    /// history.</exception>
    protected Tensor RegisterParameter(string name, Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        if (!parameter.IsLeaf)
        {
            throw new ArgumentException(
                $"{Kind}: the parameter {name} was computed by {parameter.GradFn!.Name}; a parameter must be a leaf. "
                    + "Pass its Detach().", nameof(parameter));
        }

        RequireFree(name);
        parameter.RequiresGrad = true;
        Add(new(name, Role.Parameter, parameter, null));
        return parameter;
    }

    /// <summary>
    /// Registers a parameter under the name of the field or property that holds it:
    /// <c>RegisterParameter(_weight = ...)</c>.
    /// </summary>
    /// <inheritdoc cref="RegisterParameter(string, Tensor)" path="/returns"/>
    /// <param name="parameter">A floating tensor that was not computed from others.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    protected Tensor RegisterParameter(Tensor parameter,
        [CallerArgumentExpression(nameof(parameter))] string expression = "") =>
        RegisterParameter(NameIn(expression), parameter);

    /// <summary>Registers a tensor that belongs to the module's state but is not learned.</summary>
    /// <param name="name">Its name inside this module.</param>
    /// <param name="buffer">The tensor. To change it later, change it in place.</param>
    /// <param name="persistent">Whether it is part of <see cref="StateDict"/>.</param>
    /// <returns>The buffer.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot.</exception>
    protected Tensor RegisterBuffer(string name, Tensor buffer, bool persistent = true)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        Add(new(name, persistent ? Role.Buffer : Role.TransientBuffer, buffer, null));
        return buffer;
    }

    /// <summary>Registers a module inside this one.</summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <param name="name">Its name inside this module.</param>
    /// <param name="module">The module.</param>
    /// <returns>The module.</returns>
    /// <exception cref="ArgumentException">The name is taken, empty or has a dot; or this module would be inside
    /// itself.</exception>
    protected T RegisterModule<T>(string name, T module) where T : Module
    {
        ArgumentNullException.ThrowIfNull(module);
        if (ReferenceEquals(module, this) || (_isInside && module.Modules().Contains(this)))
        {
            throw new ArgumentException(
                $"{Kind}: {name} contains this module already; a module can't be inside itself.", nameof(module));
        }

        Add(new(name, Role.Module, null, module));
        module._isInside = true;
        return module;
    }

    /// <summary>
    /// Registers a module under the name of the field or property that holds it:
    /// <c>RegisterModule(_fc1 = new Linear(3, 1))</c>.
    /// </summary>
    /// <typeparam name="T">Its type.</typeparam>
    /// <inheritdoc cref="RegisterModule{T}(string, T)" path="/returns"/>
    /// <param name="module">The module.</param>
    /// <param name="expression">Filled in by the compiler.</param>
    protected T RegisterModule<T>(T module, [CallerArgumentExpression(nameof(module))] string expression = "")
        where T : Module =>
        RegisterModule(NameIn(expression), module);

    internal void SetTraining(bool training)
    {
        foreach (Module module in Modules())
        {
            StepRecording.Settle(module, s_training);
            module._isTraining = training;
        }

        StepConfiguration.Changed();
    }

    /// <summary>The structure, as PyTorch prints it, and the number of parameters.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        Print(text);
        long all = ParameterCount, trainable = TrainableParameterCount;
        if (all > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{all:N0} parameter{(all == 1 ? "" : "s")}");
        }

        if (all != trainable)
        {
            text.Append(CultureInfo.InvariantCulture, $", {trainable:N0} of them trainable");
        }

        return text.ToString();
    }

    private void Print(StringBuilder text)
    {
        Stack<(Module Module, int Next, bool Any)> open = new([(this, 0, false)]);
        text.Append(Kind).Append('(').Append(Settings);
        while (open.TryPop(out (Module Module, int Next, bool Any) at))
        {
            int next = at.Module._entries.FindIndex(at.Next, static entry => entry.Module is not null);
            if (next >= 0)
            {
                (string name, Module child) = (at.Module._entries[next].Name, at.Module._entries[next].Module!);
                text.Append('\n').Append(' ', 2 * open.Count).Append("  (").Append(name).Append("): ")
                    .Append(child.Kind).Append('(').Append(child.Settings);
                open.Push((at.Module, next + 1, true));
                open.Push((child, 0, false));
            }
            else
            {
                text.Append(at.Any ? "\n" : "").Append(' ', at.Any ? 2 * open.Count : 0).Append(')');
            }
        }
    }

    private IEnumerable<(string Name, Tensor Tensor)> Tensors(params Role[] roles)
    {
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach ((string path, Module module) in NamedModules())
        {
            foreach (Entry entry in module._entries)
            {
                if (entry.Tensor is { } tensor && roles.Contains(entry.Role) && seen.Add(tensor))
                {
                    yield return (Join(path, entry.Name), tensor);
                }
            }
        }
    }

    /// <summary>The same without their paths, which take long to write where modules are nested deeply.</summary>
    private static IEnumerable<Tensor> Tensors(IEnumerable<Module> modules, params Role[] roles)
    {
        HashSet<Tensor> seen = new(ReferenceEqualityComparer.Instance);
        foreach (Module module in modules)
        {
            foreach (Entry entry in module._entries)
            {
                if (entry.Tensor is { } tensor && roles.Contains(entry.Role) && seen.Add(tensor))
                {
                    yield return tensor;
                }
            }
        }
    }

    private void Add(Entry entry)
    {
        RequireFree(entry.Name);
        _names.Add(entry.Name);
        _entries.Add(entry);
        Interlocked.Increment(ref s_registrations);
        StepConfiguration.Changed();
        PartPath part = entry.Module?._path ?? s_paths.GetOrCreateValue(entry.Tensor!);
        part.Enter(_path, entry.Name, _entries.Count - 1);
        entry.Tensor?.NameBy(part);
    }

    private void RequireFree(string name)
    {
        if (name.Length == 0 || name.Contains('.', StringComparison.Ordinal))
        {
            throw new ArgumentException(
                $"{Kind}: '{name}' can't name a part; a name is not empty and has no dot, which joins names to a path.",
                nameof(name));
        }

        if (_names.Contains(name))
        {
            throw new ArgumentException($"{Kind}: the name '{name}' is taken already.", nameof(name));
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    /// <summary>
    /// The name that an expression such as <c>_fc1 = new Linear(3, 1)</c> or <c>this._fc1</c> gives: <c>fc1</c>.
    /// </summary>
    private string NameIn(string expression)
    {
        int assignment = expression.IndexOf('=', StringComparison.Ordinal);
        string target = (assignment < 0 ? expression : expression[..assignment]).Trim();
        string name = target[(target.LastIndexOf('.') + 1)..].TrimStart('_', '@');
        return name.Length > 0 && name.All(c => char.IsLetterOrDigit(c) || c == '_')
            ? char.ToLowerInvariant(name[0]) + name[1..]
            : throw new ArgumentException(
                $"{Kind}: '{expression}' gives no name. Assign a field in the call, as in RegisterModule(_fc1 = ...), "
                    + "or pass the name first: RegisterModule(\"fc1\", ...).",
                nameof(expression));
    }

    private enum Role
    {
        Parameter,
        Buffer,
        TransientBuffer,
        Module,
    }

    private sealed record Entry(string Name, Role Role, Tensor? Tensor, Module? Module);
}
