using System.IO.Compression;
using System.Text.Json;

namespace Autodiff.Tests.Reference;

/// <summary>One sample of PyTorch's operator tests: a call and what came out of it.</summary>
public sealed record ReferenceCase(int Index, string Operation, JsonElement Json)
{
    public override string ToString() => $"{Operation} #{Json.GetProperty("sample")}";
}

/// <summary>The fixture: cases and the tensors they name.</summary>
public static class ReferenceCases
{
    private static readonly Set[] Sets =
    [
        Set.Open("cases", "tensors"), Set.Open("convolution", "convolution"), Set.Open("sampling", "sampling"),
    ];

    public static IReadOnlyList<ReferenceCase> All { get; } =
        [.. Sets.SelectMany(set => set.Cases)
            .Select((json, i) => new ReferenceCase(i, json.GetProperty("op").GetString()!, json))];

    /// <summary>Tensor number <paramref name="index"/>, new each time.</summary>
    public static Tensor Load(int index)
    {
        Set set = Sets.Last(set => set.First <= index);
        JsonElement entry = set.Tensors[index - set.First];
        int[] shape = [.. entry[1].EnumerateArray().Select(size => size.GetInt32())];
        int count = shape.Aggregate(1, (n, size) => n * size), offset = entry[2].GetInt32();
        return (entry[0].GetString() switch
        {
            "f8" => Read<double>(set, offset, count, shape),
            "f4" => Read<float>(set, offset, count, shape),
            "i8" => Read<long>(set, offset, count, shape),
            "i4" => Read<int>(set, offset, count, shape),
            _ => Read<bool>(set, offset, count, shape),
        }).RequireGrad(entry[3].GetInt32() != 0);
    }

    private static Tensor Read<T>(Set set, int offset, int count, int[] shape) where T : unmanaged
    {
        var data = new T[count];
        Buffer.BlockCopy(
            set.Bytes, offset, data, 0,
            count * (typeof(T) == typeof(bool) ? 1 : System.Runtime.InteropServices.Marshal.SizeOf<T>()));
        return Tensor.From<T>(data.AsSpan(), shape);
    }

    private static byte[] Unzip(string name)
    {
        using var file = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Fixtures", "ops", name)),
            CompressionMode.Decompress);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        return memory.ToArray();
    }

    /// <summary>A pair of files. Numbers of tensors go on from the first set to the next, with gaps.</summary>
    private sealed record Set(int First, JsonElement[] Tensors, JsonElement[] Cases, byte[] Bytes)
    {
        public static Set Open(string cases, string tensors)
        {
            JsonElement root = JsonDocument.Parse(Unzip($"{cases}.json.gz")).RootElement;
            return new(
                root.TryGetProperty("first", out JsonElement first) ? first.GetInt32() : 0,
                [.. root.GetProperty("tensors").EnumerateArray()], [.. root.GetProperty("cases").EnumerateArray()],
                Unzip($"{tensors}.bin.gz"));
        }
    }
}
