using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Labs.Figures;

/// <summary>
/// The large lists of numbers of one page, each written once: figures that show the same landscape refer to it by
/// <c>{"$shared": index}</c>.
/// </summary>
internal sealed class SharedArrays
{
    /// <summary>Lists below this many numbers stay where they are.</summary>
    public const int MinimumCount = 200;

    private readonly Dictionary<string, int> _indices = [];
    private readonly List<string> _arrays = [];

    public int Count => _arrays.Count;

    /// <summary>Keeps what <paramref name="write"/> writes, unless it is known, and writes the reference to it.</summary>
    public void WriteReference(Utf8JsonWriter writer, Action<Utf8JsonWriter> write)
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
        writer.WriteEndObject();
    }

    /// <summary>The JSON array of all lists, in the order of their indices.</summary>
    public string ToJson() => $"[{string.Join(",\n", _arrays)}]";
}
