using Autodiff.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>Convolutions, pools, norms, recurrence and attention: forward alone, and with backward.</summary>
[MemoryDiagnoser]
public class Layers
{
    private LayerWorkload _layer = null!;

    [ParamsSource(nameof(Works))]
    public string Layer { get; set; } = "";

    public static IEnumerable<string> Works => LayerWorkload.All.Keys;

    [GlobalSetup]
    public void Setup() => _layer = LayerWorkload.All[Layer]();

    [Benchmark(Baseline = true)]
    public void Forward() => _layer.Forward();

    [Benchmark]
    public void ForwardAndBackward() => _layer.ForwardAndBackward();
}
