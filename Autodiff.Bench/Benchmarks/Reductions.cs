using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>Reductions of a matrix: of everything, of each row, of each column.</summary>
[MemoryDiagnoser]
public class Reductions
{
    private static readonly Dictionary<string, Func<Tensor, int[], Tensor>> Table = new()
    {
        ["sum"] = static (x, axes) => x.Sum(axes),
        ["mean"] = static (x, axes) => x.Mean(axes),
        ["amax"] = static (x, axes) => x.Amax(axes),
        ["norm"] = static (x, axes) => x.Norm(2, axes),
        ["logsumexp"] = static (x, axes) => x.LogSumExp(axes),
    };

    private Func<Tensor, int[], Tensor> _function = null!;
    private Tensor _x = null!;

    [ParamsSource(nameof(Operations))]
    public string Operation { get; set; } = "";

    [Params(16, 256, 2048)]
    public int Size { get; set; }

    public static IEnumerable<string> Operations => Table.Keys;

    [GlobalSetup]
    public void Setup()
    {
        _function = Table[Operation];
        _x = Tensor.Rand([Size, Size]);
    }

    [Benchmark(Baseline = true)]
    public Tensor All() => _function(_x, [0, 1]);

    [Benchmark]
    public Tensor Rows() => _function(_x, [1]);

    [Benchmark]
    public Tensor Columns() => _function(_x, [0]);
}
