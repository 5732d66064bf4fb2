using BenchmarkDotNet.Attributes;

namespace Autodiff.Bench.Benchmarks;

/// <summary>Elementwise operations on tensors, new result each time, forward and with their rule.</summary>
[MemoryDiagnoser]
public class Elementwise
{
    private static readonly Dictionary<string, Func<Tensor, Tensor, Tensor>> Table = new()
    {
        ["add"] = static (x, y) => x + y,
        ["mul"] = static (x, y) => x * y,
        ["div"] = static (x, y) => x / y,
        ["maximum"] = static (x, y) => x.Maximum(y),
        ["pow"] = static (x, y) => x.Pow(y),
        ["atan2"] = static (x, y) => x.Atan2(y),
        ["exp"] = static (x, _) => x.Exp(),
        ["log"] = static (x, _) => x.Log(),
        ["sqrt"] = static (x, _) => x.Sqrt(),
        ["sin"] = static (x, _) => x.Sin(),
        ["tanh"] = static (x, _) => x.Tanh(),
        ["erf"] = static (x, _) => x.Erf(),
        ["relu"] = static (x, _) => x.Relu(),
        ["sigmoid"] = static (x, _) => x.Sigmoid(),
        ["gelu"] = static (x, _) => x.Gelu(),
        ["silu"] = static (x, _) => x.Silu(),
        ["softplus"] = static (x, _) => x.Softplus(),
        ["mish"] = static (x, _) => x.Mish(),
    };

    private Func<Tensor, Tensor, Tensor> _function = null!;
    private Tensor _x = null!, _y = null!, _parameter = null!, _ones = null!;

    [ParamsSource(nameof(Operations))]
    public string Operation { get; set; } = "";

    [Params(1, 1024, 64 * 1024, 4 * 1024 * 1024)]
    public int Elements { get; set; }

    public static IEnumerable<string> Operations => Table.Keys;

    [GlobalSetup]
    public void Setup()
    {
        _function = Table[Operation];
        _x = Tensor.Rand([Elements]) + 0.5;
        _y = Tensor.Rand([Elements]) + 0.5;
        _parameter = _x.Clone().RequireGrad();
        _ones = Tensor.Ones([Elements]);
    }

    [Benchmark(Baseline = true)]
    public void Forward() => _function(_x, _y).Dispose();

    [Benchmark]
    public void ForwardAndBackward()
    {
        _parameter.Grad = null;
        _function(_parameter, _y).Backward(_ones);
    }
}
