using Autodiff.IO;

namespace Autodiff.Nn;

/// <summary>What <see cref="Module.LoadStateDict"/> found to differ.</summary>
/// <param name="MissingKeys">Names that the module has and the state lacks.</param>
/// <param name="UnexpectedKeys">Names that the state has and the module lacks.</param>
public sealed record IncompatibleKeys(IReadOnlyList<string> MissingKeys, IReadOnlyList<string> UnexpectedKeys);

public abstract partial class Module
{
    /// <summary>
    /// The parameters and persistent buffers by path, in PyTorch's order: of each module its parameters, then its
    /// buffers, then the modules inside it. The tensors share their elements with the module; <c>Clone()</c> them to
    /// keep a state.
    /// </summary>
    public OrderedDictionary<string, Tensor> StateDict() => NamedState([]);

    /// <summary>The same, with the paths of what a state may lack.</summary>
    private OrderedDictionary<string, Tensor> NamedState(HashSet<string> optional)
    {
        OrderedDictionary<string, Tensor> state = [];
        Stack<(string Path, Module Module)> open = new([("", this)]);
        while (open.TryPop(out (string Path, Module Module) at))
        {
            List<Entry> entries = at.Module._entries;
            foreach (Entry entry in entries.Where(e => e.Role is Role.Parameter)
                .Concat(entries.Where(e => e.Role is Role.Buffer)))
            {
                Tensor tensor = entry.Tensor!.Detach();
                string name = Join(at.Path, entry.Name);
                tensor.Name = name;
                state.Add(name, tensor);
                if (at.Module.MayLack(entry.Name))
                {
                    optional.Add(name);
                }
            }

            for (int i = entries.Count - 1; i >= 0; i--)
            {
                if (entries[i].Module is { } child)
                {
                    open.Push((Join(at.Path, entries[i].Name), child));
                }
            }
        }

        return state;
    }

    /// <summary>
    /// Copies a state into the parameters and buffers, converted to their types and devices. Changes all or nothing.
    /// </summary>
    /// <param name="state">Tensors by path, as <see cref="StateDict"/> or a file of PyTorch's weights gives
    /// them.</param>
    /// <param name="strict">Whether names that only one side has are an error.</param>
    /// <returns>The names that only one side has.</returns>
    /// <exception cref="ArgumentException">Shapes differ, or names do and <paramref name="strict"/> is set; a tensor is
    /// null in the state or an expanded one in the module.</exception>
    /// <exception cref="ObjectDisposedException">A tensor was disposed.</exception>
    public IncompatibleKeys LoadStateDict(IReadOnlyDictionary<string, Tensor> state, bool strict = true)
    {
        ArgumentNullException.ThrowIfNull(state);
        HashSet<string> optional = [];
        OrderedDictionary<string, Tensor> own = NamedState(optional);

        // Each once, and only what the module has: a state may be an open file.
        Dictionary<string, Tensor> sources = [];
        foreach (string name in own.Keys)
        {
            if (state.TryGetValue(name, out Tensor? source))
            {
                sources.Add(name, source);
            }
        }

        IncompatibleKeys keys = new([.. own.Keys.Where(k => !state.ContainsKey(k) && !optional.Contains(k))],
            [.. state.Keys.Where(k => !own.ContainsKey(k))]);
        List<string> faults =
            [.. sources.Select(s => FaultOf(s.Key, s.Value, own[s.Key])).OfType<string>()];
        if (strict && keys.MissingKeys.Count > 0)
        {
            faults.Add($"the state lacks {string.Join(", ", keys.MissingKeys)}");
        }

        if (strict && keys.UnexpectedKeys.Count > 0)
        {
            faults.Add($"the module lacks {string.Join(", ", keys.UnexpectedKeys)}");
        }

        if (faults.Count > 0)
        {
            string remedy = strict && keys.MissingKeys.Count + keys.UnexpectedKeys.Count > 0
                ? " Pass strict: false to load what fits by name."
                : "";
            throw new ArgumentException(
                $"LoadStateDict into {Kind}: {string.Join("; ", faults)}. Nothing was changed.{remedy}", nameof(state));
        }

        using (Tensor.Unrecorded())
        {
            foreach ((string name, Tensor source) in sources)
            {
                own[name].CopyFrom(source.Detach());
            }
        }

        return keys;
    }

    /// <summary>Whether a state without this part of the module is complete: it is older than the part.</summary>
    private protected virtual bool MayLack(string name) => false;

    /// <summary>Why a tensor of a state can't be copied into the module's own, if that is so.</summary>
    /// <exception cref="ObjectDisposedException">One of them was disposed.</exception>
    private static string? FaultOf(string name, Tensor? given, Tensor own)
    {
        if (given?.Shape != own.Shape)
        {
            return given is null
                ? $"{name} is null in the state"
                : $"{name} is {given.Shape} in the state and {own.Shape} in the module";
        }

        (_, _) = (given.View.Storage, own.View.Storage); // throws where one was disposed
        return own.Layout.SharesPlaces ? $"{name} shares places in memory among its elements" : null;
    }

    /// <summary>
    /// Writes the state as a safetensors file, which PyTorch reads with <c>safetensors.torch.load_file</c>.
    /// </summary>
    /// <param name="path">The file; an existing one is replaced only once the new one is complete, with its mode and a
    /// symbolic link to it kept.</param>
    /// <exception cref="IOException">The file cannot be written, or the path names something else than a regular
    /// file.</exception>
    public void Save(string path) => SafeTensors.Save(path, StateDict());

    /// <summary>
    /// Reads the state from a safetensors file, as <see cref="Save"/> or PyTorch's <c>safetensors.torch.save_file</c>
    /// writes it: what the module has, by name.
    /// </summary>
    /// <inheritdoc cref="LoadStateDict"/>
    /// <param name="path">The file.</param>
    /// <param name="strict">Whether names that only one side has are an error.</param>
    /// <exception cref="InvalidDataException">The file is no safetensors file or contradicts itself, or holds a tensor
    /// of the module in a type that cannot be read.</exception>
    public IncompatibleKeys Load(string path, bool strict = true)
    {
        using SafeTensorsFile file = SafeTensorsFile.Open(path);
        return LoadStateDict(file, strict);
    }

    /// <summary>
    /// Moves parameters, buffers and gradients; floating ones also change to <paramref name="type"/>. Changes all or
    /// nothing.
    /// </summary>
    internal void MoveTo(Device? device, DType? type)
    {
        List<(Tensor Tensor, Tensor Moved, Tensor? Gradient)> moves = [];
        foreach (Tensor tensor in Parameters().Concat(Buffers()))
        {
            Tensor moved = tensor.Detach();
            moved = type is { } t && moved.DType.IsFloatingPoint() ? moved.To(t) : moved;
            moved = device is null ? moved : moved.To(device);
            if (!ReferenceEquals(moved.Storage, tensor.Storage))
            {
                tensor.RequireSettable(moved);
                moves.Add((tensor, moved, tensor.GradInside?.To(moved.DType).To(moved.Device)));
            }
        }

        foreach ((Tensor tensor, Tensor moved, Tensor? gradient) in moves)
        {
            tensor.SetData(moved, gradient);
        }
    }
}
