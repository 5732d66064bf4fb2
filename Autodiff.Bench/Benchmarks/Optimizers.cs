using Autodiff.Bench.Workloads;
using Autodiff.Nn;
using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>A step of an optimizer over the parameters of a small perceptron.</summary>
[MemoryDiagnoser]
public class Optimizers
{
    private Optimizer _optimizer = null!;

    [ParamsSource(nameof(Names))]
    public string Name { get; set; } = "";

    public static IEnumerable<string> Names => OptimizerWorkload.All.Keys;

    [GlobalSetup]
    public void Setup() => _optimizer = OptimizerWorkload.All[Name]();

    [Benchmark]
    public void Step() => _optimizer.Step();
}
