using System.Text.Json;

namespace Autodiff.Tests;

/// <summary>A draw recorded from PyTorch or NumPy.</summary>
public sealed record RandomDraw(string Kind, double[] Arguments, JsonElement[] Values)
{
    public int Count => Values.Length;

    public float[] Singles => Array.ConvertAll(Values, v => v.GetSingle());

    public double[] Doubles => Array.ConvertAll(Values, v => v.GetDouble());

    public long[] Integers => Array.ConvertAll(Values, v => v.GetInt64());

    public int Integer(int argument) => (int)Arguments[argument];
}

/// <summary>Draws made in order from one generator after it was seeded.</summary>
public sealed record RandomStream(long Seed, RandomDraw[] Draws)
{
    public override string ToString() => $"seed {Seed}: {string.Join(' ', Draws.Select(d => d.Kind).Distinct())}";
}

/// <summary>Reads Fixtures/random.json.</summary>
internal static class RandomFixture
{
    private static readonly JsonElement Root = JsonDocument.Parse(File.ReadAllText(
        Path.Combine(AppContext.BaseDirectory, "Fixtures", "random.json"))).RootElement;

    internal static IEnumerable<RandomStream> Torch => Streams("torch");

    internal static IEnumerable<RandomStream> RandomState => Streams("randomState");

    internal static IEnumerable<RandomStream> DefaultRng => Streams("defaultRng");

    /// <summary>
    /// Equality of doubles that went through the platform's log, sin or cos: to the last bit on Linux, whose C library
    /// the recorded streams were made with, and within a few last bits of others.
    /// </summary>
    internal static void AssertThroughLibm(double[] actual, double[] expected, string draw)
    {
        if (OperatingSystem.IsLinux())
        {
            Assert.That(actual, Is.EqualTo(expected), draw);
        }
        else
        {
            Assert.That(actual, Is.EqualTo(expected).Within(1e-14), draw);
        }
    }

    private static IEnumerable<RandomStream> Streams(string name) =>
        from stream in Root.GetProperty(name).EnumerateArray()
        select new RandomStream(
            stream.GetProperty("seed").GetInt64(),
            [.. from draw in stream.GetProperty("draws").EnumerateArray()
                select new RandomDraw(
                    draw[0].GetString()!, [.. Numbers(draw[1]).Select(v => v.GetDouble())], [.. Numbers(draw[2])])]);

    private static IEnumerable<JsonElement> Numbers(JsonElement list) =>
        list.EnumerateArray().SelectMany(v => v.ValueKind == JsonValueKind.Array ? Numbers(v) : [v]);
}
