using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Steps;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.JsonFixture;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Hinge losses of classes, the adaptive softmax and distances of rows: PyTorch's numbers.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class MarginTests(string device) : DeviceFixture(device)
{
    private static readonly JsonElement Fixture = Read("margins.json");

    private static IEnumerable<TestCaseData> Cases() => Fixture.GetProperty("cases").EnumerateArray().Select(
        (c, i) => new TestCaseData(i).SetName($"{c.GetProperty("op").GetString()} #{i}"));

    [TestCaseSource(nameof(Cases))]
    public void Agrees_with_PyTorch(int number)
    {
        JsonElement c = Fixture.GetProperty("cases")[number];
        int[][] shapes = [.. c.GetProperty("inputs").EnumerateArray().Select(Ints)];
        string name = c.GetProperty("op").GetString()!;
        int seed = name switch
        {
            "multi_margin_loss" => 1,
            "multilabel_margin_loss" => 2,
            "multilabel_soft_margin_loss" => 3,
            "triplet_margin_with_distance_loss" => 5,
            _ => 8,
        };
        Tensor[] inputs = [.. shapes.Select((shape, i) => Wave(shape, seed + i, 2).RequireGrad())];
        Tensor y = Call(name, c, inputs);
        Assert.That(y.Shape.ToArray(), Is.EqualTo(Ints(c.GetProperty("shape"))));
        Assert.That(y.ToArray<double>(), Is.EqualTo(Doubles(c.GetProperty("values"))).Within(1e-13));
        Tensor g = Seed(y.Shape);
        Tensor?[] gradients = Autograd.Grad([y], inputs, [g]);
        for (int i = 0; i < inputs.Length; i++)
        {
            Assert.That(gradients[i]!.ToArray<double>(),
                Is.EqualTo(Doubles(c.GetProperty("gradients")[i])).Within(1e-12), $"gradient {i}");
        }
    }

    [Test]
    public void The_adaptive_softmax_is_PyTorchs()
    {
        JsonElement c = Fixture.GetProperty("adaptive");
        AdaptiveLogSoftmaxWithLoss layer = new(8, 20, [5, 11], divValue: 2, headBias: true, DType.Float64);
        Assert.That(layer.NamedParameters().Select(p => p.Name),
            Is.EqualTo(c.GetProperty("names").EnumerateArray().Select(n => n.GetString())));
        int seed = 10;
        foreach (Tensor parameter in layer.Parameters())
        {
            using (Tensor.NoGrad())
            {
                parameter.CopyFrom(Wave([.. parameter.Shape.ToArray()], seed++, 2) / 4);
            }
        }

        Tensor x = Wave([7, 8], 9, 2).RequireGrad();
        Tensor target = Tensor.From(c.GetProperty("target").EnumerateArray().Select(n => n.GetInt64()).ToArray(), [7]);
        (Tensor output, Tensor loss) = layer.Forward(x, target);
        Assert.That(output.ToArray<double>(), Is.EqualTo(Doubles(c.GetProperty("output"))).Within(1e-13));
        Assert.That(loss.Item(), Is.EqualTo(c.GetProperty("loss").GetDouble()).Within(1e-13));
        Assert.That(layer.LogProb(x).ToArray<double>(), Is.EqualTo(Doubles(c.GetProperty("logProb"))).Within(1e-13));
        Assert.That(layer.Predict(x).ToArray<long>(),
            Is.EqualTo(c.GetProperty("predict").EnumerateArray().Select(n => n.GetInt64())));
        Assert.That(layer.LogProb(x).Exp().Sum(-1).ToArray<double>(), Is.All.EqualTo(1).Within(1e-13));
        Tensor?[] gradients = Autograd.Grad([loss], [x, .. layer.Parameters()]);
        for (int i = 0; i < gradients.Length; i++)
        {
            Assert.That(gradients[i]!.ToArray<double>(),
                Is.EqualTo(Doubles(c.GetProperty("gradients")[i])).Within(1e-12), $"gradient {i}");
        }

        AdaptiveLogSoftmaxWithLoss drawn = new(8, 20, [5, 11], divValue: 2, generator: new TorchGenerator(3));
        Assert.That(drawn.Parameters().Select(p => p.To(DType.Float64).Sum().Item()),
            Is.EqualTo(Doubles(c.GetProperty("sums"))).Within(1e-6), "initial values from the same seed");
    }

    [Test]
    public void What_does_not_fit_is_refused()
    {
        Tensor x = Tensor.Ones([2, 3]);
        Assert.That(() => F.MultiMarginLoss(x, Tensor.From(0L, 3)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("MultiMarginLoss: target 3"));
        Assert.That(() => F.MultiMarginLoss(x, Tensor.From(0L, -100)), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => F.MultiMarginLoss(x, Tensor.From(0L, 1), p: 3), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => F.MultiMarginLoss(Tensor.Ones([2, 3, 4]), Tensor.From(0L, 1)),
            Throws.ArgumentException.With.Message.Contains("[N, classes] or [classes]"));
        Assert.That(() => F.MultiLabelMarginLoss(x, Tensor.From(new long[,] { { 0, 5, -1 }, { -1, 9, 9 } })),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("target 5 is not a class"));
        Assert.That(() => F.MultiLabelMarginLoss(x, Tensor.From(0L, 1)), Throws.ArgumentException);
        Assert.That(() => F.MultiLabelSoftMarginLoss(x, Tensor.Ones([3])), Throws.ArgumentException);
        Assert.That(() => F.TripletMarginWithDistanceLoss(x, x, x, margin: -1),
            Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new AdaptiveLogSoftmaxWithLoss(4, 10, [3, 3]),
            Throws.ArgumentException.With.Message.Contains("[3, 3]"));
        Assert.That(() => new AdaptiveLogSoftmaxWithLoss(4, 10, [3, 10]), Throws.ArgumentException);
        Assert.That(() => new AdaptiveLogSoftmaxWithLoss(4, 10, [3]).Forward(x, Tensor.From(0L, 1)),
            Throws.ArgumentException.With.Message.Contains("[N, 4]"));
        Assert.That(
            () => new AdaptiveLogSoftmaxWithLoss(4, 10, [3]).Forward(Tensor.Ones([1, 4]), Tensor.From([10L], [1])),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("target 10"));
        Assert.That(() => F.PDist(Tensor.Ones([3])), Throws.ArgumentException);
    }

    [Test]
    public void Several_labels_a_row_replay_in_a_compiled_step()
    {
        Tensor w = Tensor.Randn([3, 4], generator: new TorchGenerator(1)).RequireGrad();
        CompiledStep step = new((x, t) =>
        {
            w.Grad = null;
            Tensor loss = F.MultiLabelMarginLoss(x.MatMul(w), t);
            loss.Backward();
            return loss;
        });
        Tensor x = Tensor.Randn([2, 3], generator: new TorchGenerator(2));
        foreach (long[,] labels in new[] { new long[,] { { 0, 1, -1, 0 }, { 2, -1, 0, 0 } },
            new long[,] { { 3, 2, -1, 0 }, { 1, -1, 0, 0 } }, new long[,] { { 1, -1, -1, 0 }, { 2, 3, -1, 0 } },
            new long[,] { { 1, 2, 3, -1 }, { 2, 3, -1, 0 } } })
        {
            Tensor t = Tensor.From(labels);
            float replayed = (float)step.Run(x, t).Item();
            Assert.That(replayed, Is.EqualTo((float)F.MultiLabelMarginLoss(x.MatMul(w.Detach()), t).Item()));
        }
    }

    [Test]
    public void Modules_are_their_functions()
    {
        Tensor a = Wave([2, 3], 1, 2), b = Wave([2, 3], 2, 2);
        Assert.That(new PairwiseDistance(p: 1).Forward(a, b).ToArray<double>(),
            Is.EqualTo(F.PairwiseDistance(a, b, 1).ToArray<double>()));
        Assert.That(new CosineSimilarity().Forward(a, b).ToArray<double>(),
            Is.EqualTo(F.CosineSimilarity(a, b).ToArray<double>()));
        Tensor image = Wave([2, 3, 4, 5], 3, 2);
        Assert.That(new Softmax2d().Forward(image).ToArray<double>(), Is.EqualTo(image.Softmax(1).ToArray<double>()));
        Assert.That(() => new Softmax2d().Forward(a), Throws.ArgumentException.With.Message.Contains("[N, C, H, W]"));
    }

    [Test]
    public void Random_slopes_lie_between_their_bounds()
    {
        RReLU layer = new(0.1, 0.3, new TorchGenerator(5));
        Tensor x = Tensor.Cat([-Tensor.Ones([1000]), Tensor.Full([3], 2)]).RequireGrad();
        Tensor y = layer.Forward(x);
        y.Sum().Backward();
        float[] values = y.ToArray<float>(), slopes = x.Grad!.ToArray<float>();
        Assert.That(values[..1000], Is.All.InRange(-0.3f, -0.1f));
        Assert.That(values[..1000].Distinct().Count(), Is.GreaterThan(990));
        Assert.That(values[..1000].Average(), Is.EqualTo(-0.2).Within(0.01));
        Assert.That(slopes[..1000], Is.EqualTo(values[..1000].Select(v => -v)));
        Assert.That(values[1000..], Is.All.EqualTo(2));
        layer.Eval();
        Assert.That(layer.Forward(x.Detach()).ToArray<float>()[..1000], Is.All.EqualTo(-0.2f));
        Assert.That(layer.ToString(), Is.EqualTo("RReLU(lower=0.1, upper=0.3)"));
        Assert.That(() => new RReLU(0.5, 0.25), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Gumbel_draws_follow_the_distribution_and_let_gradients_through()
    {
        Tensor logits = Tensor.From(0.0, Math.Log(2), Math.Log(5)).Expand([20000, 3]);
        TorchGenerator generator = new(7);
        Tensor hard = F.GumbelSoftmax(logits, hard: true, generator: generator);
        Assert.That(hard.Sum(-1).ToArray<double>(), Is.All.EqualTo(1).Within(1e-12));
        Assert.That(hard.Mean(0).ToArray<double>(), Is.EqualTo(new[] { 0.125, 0.25, 0.625 }).Within(0.015));
        Tensor x = Tensor.Zeros([2, 3], DType.Float64).RequireGrad();
        Tensor soft = F.GumbelSoftmax(x, tau: 0.5, generator: new TorchGenerator(8)), weights = Wave([2, 3], 4, 2);
        double[] gradient = Autograd.Grad([(soft * weights).Sum()], [x])[0]!.ToArray<double>();
        Tensor through = F.GumbelSoftmax(x, tau: 0.5, hard: true, generator: new TorchGenerator(8));
        Assert.That(Autograd.Grad([(through * weights).Sum()], [x])[0]!.ToArray<double>(), Is.EqualTo(gradient));
        Assert.That(() => F.GumbelSoftmax(x, tau: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static Tensor Call(string name, JsonElement c, Tensor[] inputs)
    {
        Reduction reduction = c.TryGetProperty("reduction", out JsonElement r)
            ? Enum.Parse<Reduction>(r.GetString()!, ignoreCase: true)
            : Reduction.None;
        Tensor? weight = c.TryGetProperty("weight", out JsonElement w) && w.ValueKind == JsonValueKind.Array
            ? Tensor.From(Doubles(w), [w.GetArrayLength()])
            : null;
        return name switch
        {
            "multi_margin_loss" => F.MultiMarginLoss(inputs[0], Target(c, inputs[0].Shape.ToArray()[..^1]),
                c.GetProperty("p").GetInt32(), c.GetProperty("margin").GetDouble(), weight, reduction),
            "multilabel_margin_loss" => F.MultiLabelMarginLoss(inputs[0], Target(c, inputs[0].Shape.ToArray()),
                reduction),
            "multilabel_soft_margin_loss" => F.MultiLabelSoftMarginLoss(inputs[0], inputs[1] * 0.25 + 0.5, weight,
                reduction),
            "triplet_margin_with_distance_loss" => F.TripletMarginWithDistanceLoss(inputs[0], inputs[1], inputs[2],
                static (x, y) => (x - y).Abs().Sum(-1), 0.75, c.GetProperty("swap").GetBoolean(), reduction),
            _ => F.PDist(inputs[0], c.GetProperty("p") is { ValueKind: JsonValueKind.Number } p
                ? p.GetDouble()
                : double.PositiveInfinity),
        };
    }

    private static Tensor Target(JsonElement c, int[] shape)
    {
        List<long> numbers = [];
        Collect(c.GetProperty("target"));
        return Tensor.From(numbers.ToArray(), shape);

        void Collect(JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Number)
            {
                numbers.Add(element.GetInt64());
                return;
            }

            foreach (JsonElement inside in element.EnumerateArray())
            {
                Collect(inside);
            }
        }
    }
}
