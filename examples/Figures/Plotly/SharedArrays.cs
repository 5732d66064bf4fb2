using System.Text.Json;

namespace Figures.Plotly;

/// <summary>
/// The large lists of numbers of one page, each written once: figures that show the same landscape, and the traces and
/// frames of one path, refer to it by <c>{"$shared": index}</c>.
/// </summary>
public sealed class SharedArrays
{
    /// <summary>Lists below this many numbers stay where they are.</summary>
    public const int MinimumCount = 16;

    private readonly Dictionary<string, int> _indices = [];
    private readonly List<string> _arrays = [];

    public int Count => _arrays.Count;

    /// <summary>Keeps a list, unless it is known, and writes the reference to it.</summary>
    /// <param name="writer">Where the reference goes.</param>
    /// <param name="json">The list: a JSON array, or what <see cref="PackedNumbers"/> makes of it.</param>
    public void WriteReference(Utf8JsonWriter writer, string json)
    {
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
