using System.IO.Compression;
using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Operations;

namespace Autodiff.Tests.Optimizers;

/// <summary>A run of PyTorch's: the two parameters after every step.</summary>
public sealed record OptimizerRun(string Optimizer, JsonElement Options, string Objective, double[] Start,
    double[][] Trajectory)
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
            "rastrigin" =>
                6 + x * x - 3 * (2 * Math.PI * x).Map(default(Cos)) + y * y - 3 * (2 * Math.PI * y).Map(default(Cos)),
            "quadratic" => (x - 3).Square() + (2 * (y + 1)).Square() + (x * y).Square(),
            _ => throw new ArgumentException(name),
        };
    }

    /// <summary>The optimizer of a run, its options set by PyTorch's names.</summary>
    internal static Optimizer Make(string name, JsonElement options, Tensor parameter)
    {
        Optimizer optimizer = name switch
        {
            "SGD" => new SGD([parameter]),
            "Adam" => new Adam([parameter]),
            "AdamW" => new AdamW([parameter]),
            "RMSprop" => new RMSprop([parameter]),
            "Adagrad" => new Adagrad([parameter]),
            "Adadelta" => new Adadelta([parameter]),
            "Adamax" => new Adamax([parameter]),
            "NAdam" => new NAdam([parameter], doubledMomentum: true),
            "RAdam" => new RAdam([parameter]),
            "Rprop" => new Rprop([parameter]),
            "ASGD" => new ASGD([parameter]),
            "LBFGS" => new LBFGS([parameter]),
            _ => throw new ArgumentException(name),
        };
        FromJson reader = new(options);
        optimizer.ParameterGroups[0].Options.Exchange(reader);
        reader.AssertAllUsed();
        return optimizer;
    }

    private static OptimizerRun[] Read()
    {
        using GZipStream stream =
            new(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Fixtures", "optimizers.json.gz")),
                CompressionMode.Decompress);
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
