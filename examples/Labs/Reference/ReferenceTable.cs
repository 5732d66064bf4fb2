using System.Text.Json;

namespace Labs.Reference;

/// <summary>The rows of <c>Reference/labs.json</c>.</summary>
internal static class ReferenceTable
{
    /// <summary>Reads rows from JSON of the form <c>{"rows": [{lab, cell, what, value, ...}]}</c>.</summary>
    public static IReadOnlyList<ReferenceRow> Read(Stream json)
    {
        using var document = JsonDocument.Parse(json);
        return [.. document.RootElement.GetProperty("rows").EnumerateArray().Select(ReadRow)];
    }

    /// <summary>The rows that ship with the labs.</summary>
    public static IReadOnlyList<ReferenceRow> ReadEmbedded()
    {
        using var stream = typeof(ReferenceTable).Assembly.GetManifestResourceStream("Reference/labs.json")
            ?? throw new InvalidOperationException("Reference/labs.json is not embedded in this assembly.");
        return Read(stream);
    }

    private static ReferenceRow ReadRow(JsonElement row)
    {
        return new(Text("lab"), Text("cell"), Text("what"), row.GetProperty("value").Clone(),
            Optional("published").Clone())
        {
            Rtol = Optional("rtol") is { ValueKind: JsonValueKind.Number } rtol ? rtol.GetDouble() : 0,
            Atol = Optional("atol") is { ValueKind: JsonValueKind.Number } atol ? atol.GetDouble() : 0,
            AtMost = Optional("compare") is { ValueKind: JsonValueKind.String } compare
                && compare.ValueEquals("atMost"),
            RoundedStart = Optional("roundedStart").ValueKind == JsonValueKind.True,
            Seed = Optional("seed") is { ValueKind: JsonValueKind.String } seed ? seed.GetString() : null,
        };

        string Text(string name) => row.GetProperty(name).GetString()!;

        JsonElement Optional(string name) => row.TryGetProperty(name, out var value)
            ? value
            : JsonElement.Parse("null");
    }
}
