using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Autodiff.IO;

/// <summary>
/// The tensors of an open file under their names. Each access reads one anew from the file, so that nothing is in
/// memory but what was asked for; keep the tensor to use it twice. Any number of threads may read at once.
/// </summary>
[SuppressMessage("Naming", "CA1710",
    Justification = "A file that can be read like a dictionary, named after the format as its siblings are.")]
public abstract class TensorArchive : IReadOnlyDictionary<string, Tensor>, IDisposable
{
    private readonly string[] _names;
    private readonly Dictionary<string, int> _indices = [];
    private readonly Lock _reading = new();
    private bool _disposed;

    private protected TensorArchive(string subject, IEnumerable<string> names)
    {
        Subject = subject;
        _names = [.. names];
        for (int i = 0; i < _names.Length; i++)
        {
            if (!_indices.TryAdd(_names[i], i))
            {
                throw new InvalidDataException($"{subject}: it names '{_names[i]}' twice.");
            }
        }
    }

    /// <summary>The names, in the file's order.</summary>
    public IEnumerable<string> Keys => _names;

    /// <summary>The number of tensors.</summary>
    public int Count => _names.Length;

    /// <summary>All tensors, each read when the enumeration comes to it.</summary>
    public IEnumerable<Tensor> Values => _names.Select(name => this[name]);

    /// <summary>How error messages begin.</summary>
    private protected string Subject { get; }

    /// <summary>Reads the tensor with the given name, onto the CPU.</summary>
    /// <exception cref="KeyNotFoundException">The file has no tensor of that name.</exception>
    /// <exception cref="InvalidDataException">That tensor is damaged, or of a type that tensors lack; the message names
    /// it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="ObjectDisposedException">The file is closed.</exception>
    public Tensor this[string key] => TryGetValue(key, out Tensor? tensor) ? tensor : throw new KeyNotFoundException(
        $"{Subject}: it has no '{key}'; it has "
            + $"{string.Join(", ", _names.Take(20))}{(_names.Length > 20 ? $" and {_names.Length - 20} more" : "")}.");

    /// <summary>Whether the file has a tensor of that name; reads nothing.</summary>
    public bool ContainsKey(string key) => _indices.ContainsKey(key);

    /// <summary>Reads the tensor with the given name where the file has it.</summary>
    /// <inheritdoc cref="this[string]" path="/exception"/>
    public bool TryGetValue(string key, [MaybeNullWhen(false)] out Tensor value)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!_indices.TryGetValue(key, out int index))
        {
            value = null;
            return false;
        }
        lock (_reading)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            value = Read(index);
        }
        return true;
    }

    /// <summary>Names and tensors, each read when the enumeration comes to it.</summary>
    public IEnumerator<KeyValuePair<string, Tensor>> GetEnumerator() =>
        _names.Select(name => KeyValuePair.Create(name, this[name])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Closes the file. Tensors that were read stay.</summary>
    public void Dispose()
    {
        lock (_reading)
        {
            if (!_disposed)
            {
                _disposed = true;
                Close();
            }
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads the tensor at an index of <see cref="Keys"/>; one call at a time.</summary>
    private protected abstract Tensor Read(int index);

    private protected abstract void Close();
}
