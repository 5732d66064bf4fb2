using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Figures.Plotly;

/// <summary>
/// The large lists of numbers of one page, each written once: figures that show the same landscape refer to it by
/// <c>{"$shared": index}</c>, and the frames of a growing path to its first numbers by
/// <c>{"$shared": index, "take": n}</c>.
/// </summary>
public sealed class SharedArrays
{
    /// <summary>Lists below this many numbers stay where they are.</summary>
    public const int MinimumCount = 200;

    /// <summary>Beginnings of longer lists stay where they are up to this many numbers.</summary>
    public const int MinimumBeginning = 4;

    private readonly Dictionary<string, int> _indices = [];
    private readonly List<string> _arrays = [];

    public int Count => _arrays.Count;

    /// <summary>
    /// Keeps what <paramref name="write"/> writes, unless it is known, and writes the reference to it.
    /// </summary>
    /// <param name="writer">Where the reference goes.</param>
    /// <param name="write">Writes the list.</param>
    /// <param name="take">How many of its numbers are meant; all where not given.</param>
    public void WriteReference(Utf8JsonWriter writer, Action<Utf8JsonWriter> write, int? take = null)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var inner = new Utf8JsonWriter(buffer))
        {
            write(inner);
        }

        string json = Encoding.UTF8.GetString(buffer.WrittenSpan);
        if (!_indices.TryGetValue(json, out int index))
        {
            index = _arrays.Count;
            _indices.Add(json, index);
            _arrays.Add(json);
        }

        writer.WriteStartObject();
        writer.WriteNumber("$shared", index);
        if (take is { } count)
        {
            writer.WriteNumber("take", count);
        }

        writer.WriteEndObject();
    }

    /// <summary>The JSON array of all lists, in the order of their indices.</summary>
    public string ToJson() => $"[{string.Join(",\n", _arrays)}]";
}
