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
    private static readonly byte[] Bytes = Unzip("tensors.bin.gz");
    private static readonly JsonElement Root = JsonDocument.Parse(Unzip("cases.json.gz")).RootElement;
    private static readonly JsonElement[] Tensors = [.. Root.GetProperty("tensors").EnumerateArray()];

    public static IReadOnlyList<ReferenceCase> All { get; } =
        [.. Root.GetProperty("cases").EnumerateArray()
            .Select((json, i) => new ReferenceCase(i, json.GetProperty("op").GetString()!, json))];

    /// <summary>Tensor number <paramref name="index"/>, new each time.</summary>
    public static Tensor Load(int index)
    {
        JsonElement entry = Tensors[index];
        int[] shape = [.. entry[1].EnumerateArray().Select(size => size.GetInt32())];
        int count = shape.Aggregate(1, (n, size) => n * size), offset = entry[2].GetInt32();
        return (entry[0].GetString() switch
        {
            "f8" => Read<double>(offset, count, shape),
            "f4" => Read<float>(offset, count, shape),
            "i8" => Read<long>(offset, count, shape),
            "i4" => Read<int>(offset, count, shape),
            _ => Read<bool>(offset, count, shape),
        }).RequireGrad(entry[3].GetInt32() != 0);
    }

    private static Tensor Read<T>(int offset, int count, int[] shape) where T : unmanaged
    {
        var data = new T[count];
        Buffer.BlockCopy(Bytes, offset, data, 0,
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
}
