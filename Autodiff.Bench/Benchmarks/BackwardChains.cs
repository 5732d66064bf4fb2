using Autodiff.Bench.Workloads;
using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>
/// A chain of nodes of one number each: built, and gone through backward. <c>compare</c> tells the time of Backward
/// alone.
/// </summary>
[MemoryDiagnoser]
public class BackwardChains
{
    private readonly Tensor _x = Tensor.Scalar(1f).RequireGrad();

    [Params(1_000, 10_000, 100_000, 1_000_000)]
    public int Nodes { get; set; }

    [Benchmark(Baseline = true)]
    public Tensor Build() => Chain.Build(_x, Nodes);

    [Benchmark]
    public void BuildAndGoBackward()
    {
        _x.Grad = null;
        Chain.Build(_x, Nodes).Backward();
    }
}
