using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Attention;

/// <summary>
/// Attention layers, transformers and tables from a seed: parameters, results and gradients as PyTorch's.
/// </summary>
[TestFixture, NonParallelizable]
public class TransformerTests
{
    private static IEnumerable<TestCaseData> Cases() =>
        TransformerFixture.Cases.Zip(TransformerFixture.Root.GetProperty("cases").EnumerateArray()).Select(
            pair => new TestCaseData(pair.First, pair.Second).SetArgDisplayNames(
                pair.Second.GetProperty("name").GetString()!));

    [TestCaseSource(nameof(Cases))]
    public void A_module_from_a_seed_is_PyTorchs(
        (int Seed, Func<Module> Make, Func<Module, Tensor?[]> Run) test, JsonElement expected)
    {
        Tensor.ManualSeed(test.Seed);
        Module module = test.Make().To(DType.Float64);
        Assert.That(
            module.StateDict().Keys,
            Is.EqualTo(expected.GetProperty("keys").EnumerateArray().Select(k => k.GetString())));
        Tensor?[] results = [.. test.Run(module).Where(r => r is not null)];
        double[][] values = [.. expected.GetProperty("results").EnumerateArray().Select(Numbers)];
        Assert.That(results, Has.Length.EqualTo(values.Length));
        Tensor loss = Tensor.Scalar(0.0);
        for (int i = 0; i < values.Length; i++)
        {
            Assert.That(
                results[i]!.Detach().ToArray<double>(), Is.EqualTo(values[i]).Within(1e-8), $"result {i}");
            double[] weights = [.. Enumerable.Range(0, values[i].Length).Select(k => k % 7 - 3.0)];
            loss = loss + (results[i]! * Tensor.From<double>(weights, results[i]!.Shape)).Sum();
        }

        loss.Backward();
        JsonElement gradients = expected.GetProperty("grads");
        foreach ((string name, Tensor parameter) in module.NamedParameters())
        {
            double[] sums = gradients.TryGetProperty(name, out JsonElement given) ? Numbers(given) : [0, 0];
            Tensor g = parameter.Grad ?? Tensor.ZerosLike(parameter);
            double scale = 1e-7 * Math.Max(1, sums[1]);
            Assert.That(g.Sum().Item(), Is.EqualTo(sums[0]).Within(scale), $"sum of the gradient of {name}");
            Assert.That(g.Abs().Sum().Item(), Is.EqualTo(sums[1]).Within(scale), $"size of the gradient of {name}");
        }
    }

    [Test]
    public void Every_module_of_the_fixture_is_made_here() => Assert.That(
        TransformerFixture.Cases.Count(),
        Is.EqualTo(TransformerFixture.Root.GetProperty("cases").GetArrayLength()));

    [Test]
    public void A_stack_is_of_its_layers_present_type_and_device()
    {
        TransformerEncoderLayer encoder = new TransformerEncoderLayer(4, 2, 8).To(DType.Float64);
        encoder.Linear1.Weight.RequiresGrad = false;
        TransformerEncoder stack = new(encoder.Eval(), 2);
        Tensor x = Tensor.Randn([3, 1, 4], DType.Float64);
        Assert.That(stack.Forward(x).ToArray<double>(),
            Is.EqualTo(encoder.Forward(encoder.Forward(x)).ToArray<double>()));
        Assert.That(stack.Layers[1].Linear1.Weight.RequiresGrad, Is.False);
        Assert.That(stack.Layers[1].Linear2.Weight.RequiresGrad, Is.True);

        Device device = EmulatedCuda.Device;
        TransformerDecoder decoder = new(new TransformerDecoderLayer(4, 2, 8).To(device), 2);
        Tensor y = x.To(DType.Float32).To(device);
        Assert.That(decoder.Forward(y, y).Device, Is.EqualTo(device));
    }

    private static double[] Numbers(JsonElement array) =>
        [.. array.EnumerateArray().Select(n => n.GetDouble())];
}
