using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.JsonFixture;

namespace Autodiff.Tests.Nn;

/// <summary>
/// Pools, norms, padding, convolutions, attention: libtorch's results and gradients, in both types (on the emulator in
/// float32, since it is slow and kernels are generic in the type).
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class LayerFixtureTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Cases()
    {
        Dictionary<string, JsonElement> expected = LayerFixture.Cases.EnumerateArray().ToDictionary(
            c => c.GetProperty("name").GetString()!);
        return LayerFixture.Rows.Select(
            row => new TestCaseData(row, expected[row.Name]).SetArgDisplayNames(row.Name));
    }

    [TestCaseSource(nameof(Cases))]
    public void Results_and_gradients_are_libtorchs(object test, JsonElement expected)
    {
        var row = (LayerFixture.Row)test;
        (DType, double)[] types = [(DType.Float32, 5e-6), (DType.Float64, 2e-10)];
        foreach ((DType type, double tolerance) in Device.Current == EmulatedCuda.Device ? types[..1] : types)
        {
            Tensor[] operands = [.. expected.GetProperty("inputs").EnumerateArray().Select(
                (shape, i) => Wave(Ints(shape), i + 1).To(type).To(Device.Current).RequireGrad())];
            Module? layer = row.Make?.Invoke().To(type);
            Tensor[] parameters = [.. layer?.Parameters() ?? []];
            int inputs = operands.Length - parameters.Length;
            using (Tensor.NoGrad())
            {
                foreach ((Tensor parameter, Tensor value) in parameters.Zip(operands[inputs..]))
                {
                    parameter.CopyFrom(value);
                }
            }

            Tensor y = row.Run(layer, operands);
            Assert.That(y.Shape.ToArray(), Is.EqualTo(Ints(expected.GetProperty("shape"))));
            Compare(y.Detach(), expected.GetProperty("values"), "result");
            Tensor?[] gradients =
                Autograd.Grad([y], [.. operands[..inputs], .. parameters], [Seed(y.Shape).To(type).To(y.Device)]);
            for (int i = 0; i < gradients.Length; i++)
            {
                Tensor operand = i < inputs ? operands[i] : parameters[i - inputs];
                Assert.That(gradients[i]!.Shape, Is.EqualTo(operand.Shape));
                Compare(gradients[i]!, expected.GetProperty("gradients")[i], $"gradient {i}");
            }

            void Compare(Tensor actual, JsonElement numbers, string what)
            {
                double[] values = Doubles(numbers);
                Assert.That(actual.DType, Is.EqualTo(type));
                Assert.That(actual.ToArray<double>(), Is.EqualTo(values).Within(
                    tolerance * values.Append(1).Max(Math.Abs)), $"{what} in {type}");
            }
        }
    }

    [Test]
    public void Every_layer_of_the_fixture_is_made_here() => Assert.That(
        LayerFixture.Rows.Select(row => row.Name),
        Is.EqualTo(LayerFixture.Cases.EnumerateArray().Select(c => c.GetProperty("name").GetString())));
}
