using System.Text.Json;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Reference;

/// <summary>Values, gradients and gradients of gradients of every operator, against PyTorch's.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class ReferenceTests(string device) : DeviceFixture(device)
{
    private const double Relative = 1e-7;
    private const double Absolute = 1e-9;

    private static IEnumerable<TestCaseData> Cases() =>
        from test in ReferenceCases.All
        where ReferenceOperations.Find(test.Operation) is not null
        select new TestCaseData(test.Index).SetName($"{test}");

    [TestCaseSource(nameof(Cases))]
    public void Operator_agrees_with_PyTorch(int index)
    {
        ReferenceCase test = ReferenceCases.All[index];
        var arguments = new ReferenceArguments(test);
        Tensor[] outputs = ReferenceOperations.Find(test.Operation)!(arguments);
        int[] expected = [.. test.Json.GetProperty("outputs").EnumerateArray().Select(number => number.GetInt32())];
        Assert.That(outputs, Has.Length.EqualTo(expected.Length), "number of outputs");
        Assert.That(outputs, Has.All.Property(nameof(Tensor.Device)).EqualTo(Device.Current));
        for (int i = 0; i < expected.Length; i++)
        {
            Compare(outputs[i], ReferenceCases.Load(expected[i]), $"output {i}");
        }

        if (!test.Json.TryGetProperty("cotangents", out JsonElement cotangents)
            || !test.Json.TryGetProperty("grads", out _))
        {
            return;
        }

        (Tensor[] roots, Tensor[] seeds) = (
            [.. cotangents.EnumerateArray().Select(pair => outputs[pair[0].GetInt32()])],
            [.. cotangents.EnumerateArray().Select(pair => ReferenceCases.Load(pair[1].GetInt32()))]);
        (Tensor[] inputs, Tensor?[] gradients) = Pairs(test, arguments, "grads");
        bool twice = test.Json.TryGetProperty("secondGrads", out _)
            && ReferenceOperations.HasSecondOrder(test.Operation);
        Tensor?[] first = Autograd.Grad(roots, inputs, seeds, createGraph: twice, allowUnused: true);
        for (int i = 0; i < inputs.Length; i++)
        {
            CompareGradient(first[i], gradients[i], inputs[i], $"gradient {i}");
        }

        if (twice)
        {
            Second(test, arguments, inputs, first);
        }
    }

    [Test]
    public void Every_operator_of_the_fixture_is_spelled_here() => Assert.That(
        ReferenceCases.All.Select(test => test.Operation).Distinct()
            .Where(name => ReferenceOperations.Find(name) is null), Is.Empty);

    private static void Second(ReferenceCase test, ReferenceArguments arguments, Tensor[] inputs, Tensor?[] first)
    {
        List<Tensor> roots = [], seeds = [];
        foreach (JsonElement pair in test.Json.GetProperty("gradCotangents").EnumerateArray())
        {
            Tensor input = arguments.Numbered(pair[0].GetInt32());
            if (pair[1].ValueKind == JsonValueKind.Number
                && first[Array.IndexOf(inputs, input)] is { RequiresGrad: true } root)
            {
                roots.Add(root);
                seeds.Add(ReferenceCases.Load(pair[1].GetInt32()));
            }
        }

        (Tensor[] variables, Tensor?[] expected) = Pairs(test, arguments, "secondGrads");
        Tensor?[] second = Autograd.Grad(roots.ToArray(), variables, seeds.ToArray(), allowUnused: true);
        for (int i = 0; i < variables.Length; i++)
        {
            CompareGradient(second[i], expected[i], variables[i], $"second gradient {i}");
        }
    }

    private static (Tensor[] Inputs, Tensor?[] Values) Pairs(ReferenceCase test, ReferenceArguments arguments,
        string name)
    {
        JsonElement[] pairs = [.. test.Json.GetProperty(name).EnumerateArray()];
        return (
            [.. pairs.Select(pair => arguments.Numbered(pair[0].GetInt32()))],
            [.. pairs.Select(pair => pair[1].ValueKind == JsonValueKind.Null
                ? null
                : ReferenceCases.Load(pair[1].GetInt32()))]);
    }

    /// <summary>A missing gradient and one of zeros are the same answer.</summary>
    private static void CompareGradient(Tensor? actual, Tensor? expected, Tensor of, string what) =>
        Compare(actual ?? Tensor.ZerosLike(of), expected ?? Tensor.ZerosLike(of), what);

    private static void Compare(Tensor actual, Tensor expected, string what)
    {
        Assert.That(actual.Shape.ToArray(), Is.EqualTo(expected.Shape.ToArray()), $"{what}: shape");
        Assert.That(actual.DType, Is.EqualTo(expected.DType), $"{what}: type");
        double[] a = actual.ToArray<double>(), e = expected.ToArray<double>();
        double scale = e.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        for (int i = 0; i < a.Length; i++)
        {
            bool agrees = a[i].Equals(e[i])
                || Math.Abs(a[i] - e[i]) <= Absolute + Relative * Math.Max(Math.Abs(e[i]), scale * 1e-3);
            Assert.That(agrees, $"{what}[{i}]: {a[i]:R}, PyTorch {e[i]:R}");
        }
    }
}
