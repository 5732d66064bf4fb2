using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Autodiff.IO;

/// <summary>One tensor as a safetensors header describes it.</summary>
/// <param name="Name">Its name, such as <c>fc1.weight</c>.</param>
/// <param name="StoredType">The element type as the file spells it: F32, BF16, I64, ...</param>
/// <param name="Shape">The sizes of its dimensions.</param>
/// <param name="Start">Where its bytes begin, counted from the end of the header.</param>
/// <param name="End">Where its bytes end.</param>
public sealed record SafeTensorsEntry(string Name, string StoredType, IReadOnlyList<int> Shape, long Start, long End)
{
    /// <summary>
    /// The element type of the tensor that reading it gives; null where it cannot be read, of complex numbers, say.
    /// </summary>
    public DType? DType => Obstacle is null ? SafeTensorsHeader.TypeOf(this)?.TensorType() : null;

    /// <summary>Why it cannot be read, beginning with its name; otherwise null.</summary>
    internal string? Obstacle { get; init; }
}

/// <summary>What a safetensors file says about itself, known without reading its data.</summary>
public sealed class SafeTensorsHeader
{
    /// <summary>The most bytes that a header may take, as in the reference implementation.</summary>
    internal const int MaxLength = 100_000_000;

    private const string MetadataKey = "__metadata__";

    private static readonly string TooLarge = $" is more than the {StreamReading.MaxBytes} bytes that can be read";

    private static readonly (string Name, StoredType Type)[] Types =
    [
        ("BOOL", IO.StoredType.Bool), ("U8", IO.StoredType.UInt8), ("I8", IO.StoredType.Int8),
        ("U16", IO.StoredType.UInt16),
        ("I16", IO.StoredType.Int16), ("U32", IO.StoredType.UInt32), ("I32", IO.StoredType.Int32),
        ("I64", IO.StoredType.Int64),
        ("U64", IO.StoredType.UInt64), ("F8_E4M3", IO.StoredType.Float8E4M3), ("F8_E5M2", IO.StoredType.Float8E5M2),
        ("F8_E8M0", IO.StoredType.Float8E8M0), ("F8_E4M3FNUZ", IO.StoredType.Float8E4M3Fnuz),
        ("F8_E5M2FNUZ", IO.StoredType.Float8E5M2Fnuz), ("BF16", IO.StoredType.BFloat16), ("F16", IO.StoredType.Float16),
        ("F32", IO.StoredType.Float32),
        ("F64", IO.StoredType.Float64),
    ];

    /// <summary>
    /// The bits of an element of the format's types that no tensor has: those that are packed, and complex ones.
    /// </summary>
    private static readonly (string Name, int Bits)[] OtherTypes = [("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6),
        ("C64", 64)];

    private SafeTensorsHeader(List<SafeTensorsEntry> entries, Dictionary<string, string> metadata)
    {
        Entries = entries;
        Metadata = metadata;
        DataLength = entries.Count == 0 ? 0 : entries.Max(e => e.End);
    }

    /// <summary>The tensors in the order in which the header names them.</summary>
    public IReadOnlyList<SafeTensorsEntry> Entries { get; }

    /// <summary>The file's <c>__metadata__</c>: texts under names; empty where it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The bytes that all tensors take together.</summary>
    public long DataLength { get; }

    internal static string NameOf(StoredType type) => Types.First(t => t.Type == type).Name;

    internal static StoredType? TypeOf(SafeTensorsEntry entry) => TypeOf(entry.StoredType);

    private static StoredType? TypeOf(string name)
    {
        foreach ((string known, StoredType type) in Types)
        {
            if (known == name)
            {
                return type;
            }
        }

        return null;
    }

    /// <summary>Parses and checks a header.</summary>
    /// <exception cref="InvalidDataException">It is not one; the message begins with
    /// <paramref name="subject"/>.</exception>
    internal static SafeTensorsHeader Parse(ReadOnlySpan<byte> json, string subject)
    {
        var entries = new List<SafeTensorsEntry>();
        var metadata = new Dictionary<string, string>();
        var names = new HashSet<string>();
        var numbers = new List<long>(); // one list for all shapes and places
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 8 });
            Expect(reader.Read() && reader.TokenType == JsonTokenType.StartObject, "its header is no JSON object",
                subject);
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                Expect(names.Add(name), $"its header names '{name}' twice", subject);
                reader.Read();
                if (name == MetadataKey)
                {
                    ReadMetadata(ref reader, metadata, subject);
                }
                else
                {
                    entries.Add(ReadEntry(ref reader, numbers, name, subject));
                }
            }
            reader.Read(); // Nothing but white space may follow; anything else throws.
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // GetString throws InvalidOperationException on text that is not valid UTF-8 or UTF-16.
            throw new InvalidDataException($"{subject}: its header is not valid JSON. {e.Message}", e);
        }
        Expect(json is [(byte)'{', ..], "its header does not begin with {, as the format asks", subject);
        CheckCover(entries, subject);
        return new SafeTensorsHeader(entries, metadata);
    }

    /// <summary>Lays tensors out and writes the header for them, padded with spaces to a multiple of 8 bytes.</summary>
    /// <returns>The JSON and, in the order of their bytes, the index of each tensor.</returns>
    internal static (byte[] Json, int[] DataOrder) Build(
        IReadOnlyList<(string Name, StoredType Type, int[] Shape, long ByteLength)> tensors,
        IReadOnlyDictionary<string, string>? metadata)
    {
        // Wide elements first, as the reference implementation does it, so that each tensor is aligned in a mapped
        // file.
        int[] order = [.. Enumerable.Range(0, tensors.Count).OrderByDescending(i => tensors[i].Type.SizeOf())];
        long[] starts = new long[tensors.Count];
        long end = 0;
        foreach (int i in order)
        {
            starts[i] = end;
            end += tensors[i].ByteLength;
        }

        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                writer.WriteStartObject(MetadataKey);
                foreach ((string key, string value) in metadata)
                {
                    CheckText(key, "metadata key");
                    CheckText(value, "metadata text");
                    writer.WriteString(key, value);
                }
                writer.WriteEndObject();
            }
            for (int i = 0; i < tensors.Count; i++)
            {
                writer.WriteStartObject(tensors[i].Name);
                writer.WriteString("dtype", NameOf(tensors[i].Type));
                writer.WriteStartArray("shape");
                foreach (int size in tensors[i].Shape)
                {
                    writer.WriteNumberValue(size);
                }
                writer.WriteEndArray();
                writer.WriteStartArray("data_offsets");
                writer.WriteNumberValue(starts[i]);
                writer.WriteNumberValue(starts[i] + tensors[i].ByteLength);
                writer.WriteEndArray();
                writer.WriteEndObject();
            }
            writer.WriteEndObject();
        }
        while (stream.Length % 8 != 0)
        {
            stream.WriteByte((byte)' ');
        }
        return stream.Length > MaxLength
            ? throw new ArgumentException(
                $"SafeTensors.Save: names, shapes and metadata take {stream.Length} bytes; a safetensors header takes "
                    + $"at most {MaxLength}.")
            : (stream.ToArray(), order);
    }

    /// <summary>Throws where a name cannot stand in a header.</summary>
    internal static void CheckName(string name)
    {
        if (name == MetadataKey)
        {
            throw new ArgumentException(
                $"SafeTensors.Save: '{MetadataKey}' is the format's own word, not a name for a tensor.");
        }

        CheckText(name, "tensor name");
    }

    private static void CheckText(string text, string role) =>
        TextEncoding.RequireWellFormed("SafeTensors.Save", text, role);

    private static void ReadMetadata(ref Utf8JsonReader reader, Dictionary<string, string> metadata, string subject)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, $"{MetadataKey} is no JSON object", subject);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = reader.GetString()!;
            Expect(reader.Read() && reader.TokenType == JsonTokenType.String, $"{MetadataKey} '{key}' is no text",
                subject);
            Expect(metadata.TryAdd(key, reader.GetString()!), $"{MetadataKey} names '{key}' twice", subject);
        }
    }

    private static SafeTensorsEntry ReadEntry(ref Utf8JsonReader reader, List<long> numbers, string name,
        string subject)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, $"tensor '{name}' is no JSON object", subject);
        string? type = null;
        long[]? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string key = KnownKey(ref reader) ?? reader.GetString()!;
            reader.Read();
            switch (key)
            {
                case "dtype":
                    Expect(type is null && reader.TokenType == JsonTokenType.String,
                        $"tensor '{name}': dtype is not one text", subject);
                    type = KnownType(ref reader) ?? reader.GetString();
                    break;
                case "shape":
                    Expect(shape is null, $"tensor '{name}' has two shapes", subject);
                    shape = ReadNumbers(ref reader, numbers, name, key, subject);
                    break;
                case "data_offsets":
                    Expect(offsets is null, $"tensor '{name}' has two data_offsets", subject);
                    offsets = ReadNumbers(ref reader, numbers, name, key, subject);
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }
        Expect(
            type is not null && shape is not null && offsets is { Length: 2 },
            $"tensor '{name}' lacks dtype, shape or data_offsets [start, end]", subject);
        return CheckEntry(name, type!, shape!, offsets![0], offsets[1], subject);
    }

    private static SafeTensorsEntry CheckEntry(string name, string type, long[] shape, long start, long end,
        string subject)
    {
        long? count = Array.TrueForAll(shape, static size => size <= int.MaxValue)
            ? ShapeMath.TryCount<long>(shape)
            : null;
        Expect(count is not null, $"{What(name, type, shape)}{TooLarge}", subject);

        // A type that we do not know may take any number of bytes.
        StoredType? known = TypeOf(type);
        int bits = known is { } t ? 8 * t.SizeOf() : Array.Find(OtherTypes, other => other.Name == type).Bits;
        Int128 needed = (Int128)count!.Value * bits;
        Expect(
            start <= end && (bits == 0 || (Int128)(end - start) * 8 == needed),
            $"{What(name, type, shape)} needs {(needed + 7) / 8} bytes, but its data_offsets are [{start}, {end}]",
            subject);

        string? obstacle = known is null
            ? $"tensor '{name}' has dtype {type}; {string.Join(", ", Types.Select(x => x.Name))} can be read"
            : count > known.Value.MaxCount() ? What(name, type, shape) + TooLarge
            : shape.Length > Layout.MaxRank
            ? $"{What(name, type, shape)} has rank {shape.Length}; at most {Layout.MaxRank} can be read"
            : null;
        return new SafeTensorsEntry(name, type, Array.ConvertAll(shape, s => (int)s), start,
            end) { Obstacle = obstacle };
    }

    /// <summary>
    /// The text of the token if it is one of the words that every entry has; no string is made of it then.
    /// </summary>
    private static string? KnownKey(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("dtype"u8)
            ? "dtype"
            : reader.ValueTextEquals("shape"u8)
            ? "shape"
            : reader.ValueTextEquals("data_offsets"u8) ? "data_offsets" : null;

    private static string? KnownType(ref Utf8JsonReader reader)
    {
        foreach ((string known, _) in Types)
        {
            if (reader.ValueTextEquals(known))
            {
                return known;
            }
        }

        return null;
    }

    private static string What(string name, string type, long[] shape) =>
        $"tensor '{name}' {type} {ShapeMath.Format(shape)}";

    private static long[] ReadNumbers(ref Utf8JsonReader reader, List<long> numbers, string name, string key,
        string subject)
    {
        Expect(reader.TokenType == JsonTokenType.StartArray, $"tensor '{name}': {key} is no list", subject);
        numbers.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            long number = 0;
            Expect(
                reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out number) && number >= 0,
                $"tensor '{name}': {key} holds something else than a whole number of at least 0", subject);
            numbers.Add(number);
        }
        return [.. numbers];
    }

    /// <summary>
    /// The tensors as their bytes lie; as they are named where that is the same order, as writers usually have it.
    /// </summary>
    internal static IEnumerable<SafeTensorsEntry> InOrderOfData(IReadOnlyList<SafeTensorsEntry> entries)
    {
        for (int i = 1; i < entries.Count; i++)
        {
            if (entries[i].Start < entries[i - 1].Start
                || (entries[i].Start == entries[i - 1].Start && entries[i].End < entries[i - 1].End))
            {
                return entries.OrderBy(static e => e.Start).ThenBy(static e => e.End);
            }
        }

        return entries;
    }

    /// <summary>
    /// The tensors must cover the data from its first byte without overlap or gap, so that no byte is hidden or read
    /// twice.
    /// </summary>
    private static void CheckCover(List<SafeTensorsEntry> entries, string subject)
    {
        long end = 0;
        string previous = "";
        foreach (SafeTensorsEntry entry in InOrderOfData(entries))
        {
            Expect(entry.Start >= end, $"tensors '{previous}' and '{entry.Name}' overlap at byte {entry.Start}",
                subject);
            Expect(entry.Start == end, $"bytes {end} to {entry.Start} belong to no tensor", subject);
            end = entry.End;
            previous = entry.Name;
        }
    }

    /// <summary>The message is put together only where it is needed: a header may name a million tensors.</summary>
    private static void Expect(bool holds, [InterpolatedStringHandlerArgument(nameof(holds))] Problem problem,
        string subject)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{subject}: {problem.Text}.");
        }
    }

    private static void Expect(bool holds, string problem, string subject)
    {
        if (!holds)
        {
            throw new InvalidDataException($"{subject}: {problem}.");
        }
    }

    /// <summary>An interpolated text that is written only if something does not hold.</summary>
    [InterpolatedStringHandler]
    private ref struct Problem
    {
        private DefaultInterpolatedStringHandler _text;

        public Problem(int literalLength, int formattedCount, bool holds, out bool isNeeded)
        {
            isNeeded = !holds;
            _text = isNeeded ? new(literalLength, formattedCount) : default;
        }

        public string Text => _text.ToStringAndClear();

        public void AppendLiteral(string literal) => _text.AppendLiteral(literal);

        public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);
    }
}
