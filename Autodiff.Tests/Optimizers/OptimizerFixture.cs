using System.IO.Compression;
using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Operations;

namespace Autodiff.Tests.Optimizers;

/// <summary>A run of PyTorch's: the two parameters after every step.</summary>
public sealed record OptimizerRun(string Optimizer, JsonElement Options, string Objective, double[] Start, double[][] Trajectory)
{
    public override string ToString() => $"{Optimizer} {Options.GetRawText()} on {Objective}";
}

/// <summary>Reads Fixtures/optimizers.json.gz.</summary>
internal static class OptimizerFixture
{
    internal static readonly OptimizerRun[] Runs = Read();

    /// <summary>The objectives, by the names in the fixture.</summary>
    internal static Tensor Objective(string name, Tensor p)
    {
        Tensor x = p.Select(0, 0), y = p.Select(0, 1);
        return name switch
        {
            "rosenbrock" => (1 - x).Square() + 100 * (y - x * x).Square(),
            "rastrigin" => 6 + x * x - 3 * (2 * Math.PI * x).Map(default(Cos)) + y * y - 3 * (2 * Math.PI * y).Map(default(Cos)),
            "quadratic" => (x - 3).Square() + (2 * (y + 1)).Square() + (x * y).Square(),
            _ => throw new ArgumentException(name),
        };
    }

    /// <summary>The optimizer of a run, its options set by PyTorch's names.</summary>
    internal static Optimizer Make(string name, JsonElement options, Tensor parameter) => name switch
    {
        "SGD" => new SGD([parameter], Set(new SGDOptions(), options)),
        "Adam" => new Adam([parameter], Set(new AdamOptions(), options)),
        "AdamW" => new AdamW([parameter], Set(new AdamWOptions(), options)),
        "RMSprop" => new RMSprop([parameter], Set(new RMSpropOptions(), options)),
        "Adagrad" => new Adagrad([parameter], Set(new AdagradOptions(), options)),
        "Adadelta" => new Adadelta([parameter], Set(new AdadeltaOptions(), options)),
        "Adamax" => new Adamax([parameter], Set(new AdamaxOptions(), options)),
        "NAdam" => new NAdam([parameter], Set(new NAdamOptions { DoubledMomentum = true }, options)),
        "RAdam" => new RAdam([parameter], Set(new RAdamOptions(), options)),
        "Rprop" => new Rprop([parameter], Set(new RpropOptions(), options)),
        "ASGD" => new ASGD([parameter], Set(new ASGDOptions(), options)),
        "LBFGS" => new LBFGS([parameter], Set(new LBFGSOptions(), options)),
        _ => throw new ArgumentException(name),
    };

    private static TOptions Set<TOptions>(TOptions options, JsonElement values) where TOptions : OptimizerOptions
    {
        FromJson reader = new(values);
        options.Exchange(reader);
        reader.AssertAllUsed();
        return options;
    }

    private static OptimizerRun[] Read()
    {
        using GZipStream stream = new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Fixtures", "optimizers.json.gz")), CompressionMode.Decompress);
        return JsonSerializer.Deserialize<Root>(stream, JsonSerializerOptions.Web)!.Runs;
    }

    private sealed record Root(OptimizerRun[] Runs);

    private sealed class FromJson : StateExchange
    {
        private readonly Dictionary<string, double> _values = [];

        public FromJson(JsonElement options)
        {
            foreach (JsonProperty option in options.EnumerateObject())
            {
                switch (option.Value.ValueKind)
                {
                    case JsonValueKind.Array: // betas
                        _values["beta1"] = option.Value[0].GetDouble();
                        _values["beta2"] = option.Value[1].GetDouble();
                        break;
                    case JsonValueKind.Number: _values[option.Name] = option.Value.GetDouble(); break;
                    case JsonValueKind.String: _values[option.Name] = 1; break; // strong_wolfe, the only one
                    default: _values[option.Name] = option.Value.GetBoolean() ? 1 : 0; break;
                }
            }
        }

        public override void Number(string name, double value, Action<double> set)
        {
            if (_values.Remove(name, out double wanted))
            {
                set(wanted);
            }
        }

        public void AssertAllUsed() => Assert.That(_values.Keys, Is.Empty, "options that the optimizer does not know");
    }
}
