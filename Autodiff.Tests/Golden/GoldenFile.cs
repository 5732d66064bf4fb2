using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Autodiff.Tests.Golden;

/// <summary>The checked-in hashes: a line for each case, <c>group/case hash</c>.</summary>
/// <remarks>
/// A hash stands for the bits of tensors, their shapes and types. All NaNs count as one, since which of them a
/// processor makes is not promised. <c>AUTODIFF_UPDATE_GOLDEN=1</c> rewrites the lines of every group that runs; a
/// change of bits then shows in the diff.
/// </remarks>
internal static class GoldenFile
{
    private static readonly Lock Gate = new();

    private static bool Updates => Environment.GetEnvironmentVariable("AUTODIFF_UPDATE_GOLDEN") == "1";

    /// <summary>
    /// Compares the hashes of a group with the file's and names every case that differs, is new or is gone.
    /// </summary>
    public static void Check(string group, IEnumerable<(string Case, ulong Hash)> cases)
    {
        SortedDictionary<string, string> actual = new(StringComparer.Ordinal);
        foreach ((string name, ulong hash) in cases)
        {
            Assert.That(actual.TryAdd($"{group}/{name}", hash.ToString("x16", CultureInfo.InvariantCulture)),
                $"'{name}' is there twice");
        }

        if (Updates)
        {
            Rewrite(group, actual);
        }

        Dictionary<string, string> expected = Read(Path.Combine(AppContext.BaseDirectory, "Fixtures", "golden.txt"),
            group);
        if (Updates)
        {
            expected = new(actual);
        }

        string[] wrong =
        [
            .. actual.Where(line => expected.TryGetValue(line.Key, out string? hash) && hash != line.Value)
                .Select(line => $"other bits: {line.Key}"),
            .. actual.Keys.Except(expected.Keys).Select(name => $"not in golden.txt: {name}"),
            .. expected.Keys.Except(actual.Keys).Select(name => $"no such case: {name}"),
        ];
        Assert.That(wrong, Is.Empty, $"{wrong.Length} of {actual.Count} cases");
    }

    /// <summary>The hash of what a case gives; what it throws is an answer too.</summary>
    public static ulong Hash(Func<IEnumerable<Tensor?>> results)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        try
        {
            foreach (Tensor? result in results())
            {
                Append(hash, result);
            }
        }
        catch (Exception refusal)
            when (refusal is ArgumentException or InvalidOperationException or NotSupportedException
                or ArithmeticException)
        {
            hash.AppendData("refused"u8);
        }

        return System.Buffers.Binary.BinaryPrimitives.ReadUInt64BigEndian(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, Tensor? tensor)
    {
        if (tensor is null)
        {
            hash.AppendData("none"u8);
            return;
        }

        hash.AppendData(MemoryMarshal.AsBytes(tensor.Shape.ToArray().AsSpan()));
        hash.AppendData([(byte)tensor.DType]);
        switch (tensor.DType)
        {
            case DType.Float32: Bits(hash, [.. tensor.ToArray<float>().Select(x => float.IsNaN(x) ? float.NaN : x)]);
            break;
            case DType.Float64: Bits(hash, [.. tensor.ToArray<double>().Select(x => double.IsNaN(x) ? double.NaN : x)]);
            break;
            case DType.Int64: Bits(hash, tensor.ToArray<long>()); break;
            case DType.Int32: Bits(hash, tensor.ToArray<int>()); break;
            default: hash.AppendData([.. tensor.ToArray<bool>().Select(x => (byte)(x ? 1 : 0))]); break;
        }
    }

    private static void Bits<T>(IncrementalHash hash, T[] values) where T : unmanaged =>
        hash.AppendData(MemoryMarshal.AsBytes(values.AsSpan()));

    private static Dictionary<string, string> Read(string path, string group) => File.Exists(path)
        ? File.ReadLines(path).Where(line => line.StartsWith(group + "/", StringComparison.Ordinal))
            .Select(line => (line, at: line.LastIndexOf(' ')))
            .ToDictionary(x => x.line[..x.at], x => x.line[(x.at + 1)..])
        : [];

    private static void Rewrite(string group, SortedDictionary<string, string> lines)
    {
        lock (Gate)
        {
            string path = Path.Combine(Path.GetDirectoryName(Here())!, "..", "Fixtures", "golden.txt");
            IEnumerable<string> others = File.Exists(path)
                ? File.ReadAllLines(path).Where(line => !line.StartsWith(group + "/", StringComparison.Ordinal))
                : [];
            string[] all = [.. others, .. lines.Select(line => $"{line.Key} {line.Value}")];
            Array.Sort(all, StringComparer.Ordinal);
            File.WriteAllText(path, string.Join('\n', all) + "\n");
        }
    }

    private static string Here([CallerFilePath] string path = "") => path;
}
