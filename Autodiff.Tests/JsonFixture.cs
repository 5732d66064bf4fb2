using System.Text.Json;

namespace Autodiff.Tests;

/// <summary>Files of PyTorch's numbers, and the tensors that their scripts make likewise.</summary>
internal static class JsonFixture
{
    public static JsonElement Read(string file) =>
        JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", file))).RootElement;

    public static int[] Ints(JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetInt32())];

    public static double[] Doubles(JsonElement list) => [.. list.EnumerateArray().Select(n => n.GetDouble())];

    /// <summary>scale sin(1.3 i + seed).</summary>
    public static Tensor Wave(int[] shape, int seed, double scale = 1) => Tensor.From(
        Enumerable.Range(0, shape.Aggregate(1, (all, size) => all * size))
            .Select(i => scale * Math.Sin(1.3 * i + seed)).ToArray(), shape);

    /// <summary>cos(0.7 i): a gradient to begin with.</summary>
    public static Tensor Seed(Shape shape) => Tensor.From(
        Enumerable.Range(0, (int)shape.ElementCount).Select(i => Math.Cos(0.7 * i)).ToArray()).Reshape(shape);
}
