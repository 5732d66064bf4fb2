using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using static Autodiff.Tests.JsonFixture;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Fractional max pools: PyTorch's places, values and gradients from a seed.</summary>
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class FractionalPoolTests(string device) : DeviceFixture(device)
{
    private static readonly JsonElement s_fixture = Read("fractional.json");

    private static IEnumerable<int> Cases() => Enumerable.Range(0, s_fixture.GetProperty("cases").GetArrayLength());

    [TestCaseSource(nameof(Cases))]
    public void Places_values_and_gradients_are_PyTorchs(int number)
    {
        JsonElement c = s_fixture.GetProperty("cases")[number];
        int[] shape = Ints(c.GetProperty("shape")), kernel = Ints(c.GetProperty("kernel"));
        int[]? size = c.TryGetProperty("output_size", out JsonElement s) ? Ints(s) : null;
        double[]? ratio = c.TryGetProperty("output_ratio", out JsonElement r) ? Doubles(r) : null;
        Tensor x = Wave(shape, 1).RequireGrad();
        TorchGenerator generator = new(c.GetProperty("seed").GetInt64());
        (Tensor y, Tensor indices) = kernel.Length == 2
            ? F.FractionalMaxPool2d(x, (kernel[0], kernel[1]), size is null ? null : (size[0], size[1]),
                ratio is null ? null : (ratio[0], ratio[1]), null, generator)
            : F.FractionalMaxPool3d(x, (kernel[0], kernel[1], kernel[2]),
                size is null ? null : (size[0], size[1], size[2]),
                ratio is null ? null : (ratio[0], ratio[1], ratio[2]), null, generator);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(Ints(c.GetProperty("result"))));
        Assert.That(indices.ToArray<long>(), Is.EqualTo(Doubles(c.GetProperty("indices"))));
        Assert.That(y.ToArray<double>(), Is.EqualTo(Doubles(c.GetProperty("values"))).Within(1e-14));
        Tensor g = Seed(y.Shape);
        Assert.That(Autograd.Grad([y], [x], [g])[0]!.ToArray<double>(),
            Is.EqualTo(Doubles(c.GetProperty("gradient"))).Within(1e-14));
    }

    [Test]
    public void A_layer_draws_PyTorchs_places_in_float32()
    {
        FractionalMaxPool2d layer = new(2, outputRatio: (0.7, 0.7), generator: new TorchGenerator(9));
        Tensor x = Wave([2, 3, 9, 9], 1).To(DType.Float32);
        Assert.That(layer.ForwardWithIndices(x).Indices.ToArray<long>(),
            Is.EqualTo(Doubles(s_fixture.GetProperty("single"))));
        Assert.That(new FractionalMaxPool3d(2, outputSize: 2).Forward(Wave([1, 3, 3, 4], 1).To(DType.Float32)).Shape,
            Is.EqualTo((Shape)new[] { 1, 2, 2, 2 }));
    }

    [Test]
    public void Gradients_are_differences_to_second_order() => GradientCheck.Second(
        x => F.FractionalMaxPool2d(x.Square(), 2, outputSize: 2, generator: new TorchGenerator(1)).Values.Square(),
        GradientCheck.Sample([1, 4, 4]));

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        Tensor x = Tensor.Zeros([2, 3, 5, 6]);
        void Refused(Action act, params string[] words)
        {
            ArgumentException e = Assert.Catch<ArgumentException>(() => act())!;
            foreach (string word in words)
            {
                Assert.That(e.Message, Does.Contain(word));
            }
        }

        Refused(() => F.FractionalMaxPool2d(Tensor.Zeros([5, 6]), 2, 3), "FractionalMaxPool2d", "[N, C, H, W]");
        Refused(() => F.FractionalMaxPool2d(x, 2), "either an output size or an output ratio");
        Refused(() => F.FractionalMaxPool2d(x, 2, 3, (0.5, 0.5)), "either");
        Refused(() => F.FractionalMaxPool2d(x, 2, outputRatio: (0.5, 1)), "between 0 and 1");
        Refused(() => F.FractionalMaxPool2d(x, 3, (4, 3)), "4 windows of 3 entries", "5 entries", "room for 3");
        Refused(() => F.FractionalMaxPool2d(x, 2, 3, randomSamples: Tensor.Zeros([2, 3, 3])), "[2, 3, 2]", "[2, 3, 3]");
        Refused(() => new FractionalMaxPool3d(2, 2).Forward(Tensor.Zeros([5, 6])), "FractionalMaxPool3d", "[5, 6]");
    }
}
