using Autodiff.Bench.Compare.Sections;
using Autodiff.Cpu;
using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>Matrix products, squares and the labs' shapes.</summary>
[MemoryDiagnoser]
public unsafe class MatrixProducts : IDisposable
{
    private Operands<float> _single = null!;
    private Operands<double> _double = null!;

    [ParamsSource(nameof(Shapes))]
    public string Shape { get; set; } = "";

    public static IEnumerable<string> Shapes => All.Keys;

    private static Dictionary<string, GemmShape> All { get; } =
        GemmShape.Squares.Concat(GemmShape.OfTheLabs).ToDictionary(static shape => shape.ToString());

    private GemmShape Sizes => All[Shape];

    [GlobalSetup]
    public void Setup()
    {
        _single = new(Sizes.M, Sizes.N, Sizes.K);
        _double = new(Sizes.M, Sizes.N, Sizes.K);
    }

    [GlobalCleanup]
    public void Dispose()
    {
        _single.Dispose();
        _double.Dispose();
    }

    [Benchmark(Baseline = true)]
    public void Float32() => Sizes.Multiply(_single.A, _single.B, _single.C);

    [Benchmark]
    public void Float64()
    {
        GemmShape s = Sizes;
        Gemm.Multiply(s.M, s.N, s.K, _double.A, s.K, 1, _double.B, s.N, 1, _double.C, s.N, 1, accumulate: false);
    }
}
