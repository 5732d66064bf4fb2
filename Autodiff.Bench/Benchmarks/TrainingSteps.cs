using Autodiff.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>Training steps (of logistic regression an epoch), eager and compiled.</summary>
[MemoryDiagnoser]
public class TrainingSteps : IDisposable
{
    private TrainingWorkload _eager = null!, _captured = null!;
    private CompiledStep _compiled = null!;

    [ParamsSource(nameof(Works))]
    public string Work { get; set; } = "";

    public static IEnumerable<string> Works => Models.All.Keys;

    [GlobalSetup]
    public void Setup()
    {
        _eager = Models.All[Work]();
        _captured = Models.All[Work]();
        _compiled = _captured.Compile();
    }

    [GlobalCleanup]
    public void Dispose() => _compiled.Dispose();

    [Benchmark(Baseline = true)]
    public void Eager() => _eager.Run();

    [Benchmark]
    public void Compiled() => _captured.Run(_compiled);
}
