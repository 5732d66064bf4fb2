using System.Text.Json;
using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using static Autodiff.Tests.JsonFixture;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>
/// Sequences that are read as labels: PyTorch's losses and gradients, all ways counted, errors, replays.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class CTCTests(string device) : DeviceFixture(device)
{
    private static readonly JsonElement s_fixture = Read("ctc.json");

    private static IEnumerable<int> Cases() => Enumerable.Range(0, s_fixture.GetProperty("cases").GetArrayLength());

    [TestCaseSource(nameof(Cases))]
    public void Agrees_with_PyTorch(int number)
    {
        JsonElement c = s_fixture.GetProperty("cases")[number];
        Tensor scores = Scores(Ints(c.GetProperty("shape"))).RequireGrad();
        Tensor losses = Loss(c, scores.LogSoftmax(-1));
        bool[] infinite = [.. c.GetProperty("infinite").EnumerateArray().Select(n => n.GetBoolean())];
        double[] expected = [.. Numbers(c, "losses").Select((v, i) => infinite[i] ? double.PositiveInfinity : v)];
        Assert.That(losses.Rank, Is.EqualTo(c.GetProperty("shape").GetArrayLength() == 3
            && c.GetProperty("reduction").GetString() == "none" ? 1 : 0));
        Assert.That(losses.ToArray<double>(), Is.EqualTo(expected).Within(1e-13));
        Tensor seed = Seed(losses.Shape);
        Assert.That(Autograd.Grad([losses], [scores], [seed])[0]!.ToArray<double>(),
            Is.EqualTo(Numbers(c, "gradient")).Within(1e-13), "behind a log softmax");

        Tensor logarithms = scores.Detach().LogSoftmax(-1).RequireGrad();
        Assert.That(Autograd.Grad([Loss(c, logarithms)], [logarithms], [seed])[0]!.ToArray<double>(),
            Is.EqualTo(Numbers(c, "direct")).Within(1e-13), "of logarithms that are given");

        Tensor single = Loss(c, scores.Detach().LogSoftmax(-1).To(DType.Float32));
        Assert.That(single.DType, Is.EqualTo(DType.Float32));
        Assert.That(single.ToArray<float>(), Is.EqualTo(expected).Within(2e-6));
    }

    [TestCase(2, 2)]
    [TestCase(1, 1)]
    [TestCase(1, 2)]
    public void All_ways_to_read_the_target_are_counted(params int[] target)
    {
        ArgumentNullException.ThrowIfNull(target);
        const int steps = 4, classes = 3;
        double[] p = Scores([steps, classes]).LogSoftmax(-1).ToArray<double>();
        double sum = 0;
        for (int way = 0; way < Math.Pow(classes, steps); way++)
        {
            int[] labels = [.. Enumerable.Range(0, steps).Select(t => way / (int)Math.Pow(classes, t) % classes)];
            int[] read = [.. labels.Where((label, t) => label != 0 && (t == 0 || labels[t - 1] != label))];
            sum += read.SequenceEqual(target)
                ? Math.Exp(labels.Select((label, t) => p[(t * classes) + label]).Sum())
                : 0;
        }

        Tensor loss = F.CTCLoss(Scores([steps, classes]).LogSoftmax(-1), Tensor.From(target), [steps], [target.Length],
            reduction: Reduction.Sum);
        Assert.That(loss.Item(), Is.EqualTo(-Math.Log(sum)).Within(1e-13));
    }

    [Test]
    public void Gradients_are_differences_to_second_order() => GradientCheck.Second(
        x => F.CTCLoss(x.LogSoftmax(-1), Tensor.From(new[] { 1, 1 }), [3], [2]), Scores([3, 1, 2]));

    [Test]
    public void What_stands_behind_the_ends_does_not_count()
    {
        Tensor x = Scores([4, 2, 3]).LogSoftmax(-1), targets = Tensor.From(new long[,] { { 1, 2 }, { 2, 9 } });
        double expected = F.CTCLoss(x.Narrow(0, 0, 2), Tensor.From(new[] { 1, 2, 2 }), [2, 2], [2, 1]).Item();
        Tensor nothing = Tensor.Full([2, 2, 3], double.NaN, DType.Float64);
        Tensor padded = Tensor.Cat([x.Narrow(0, 0, 2), nothing]).RequireGrad();
        Tensor loss = F.CTCLoss(padded, targets, Tensor.From(2, 2), Tensor.From(2L, 1));
        Assert.That(loss.Item(), Is.EqualTo(expected).Within(1e-14));
        double[] gradient = Autograd.Grad([loss], [padded])[0]!.ToArray<double>();
        Assert.That(gradient[..12], Has.All.Not.NaN.And.All.Not.Zero);
        Assert.That(gradient[12..], Is.All.Zero);
        Tensor none = F.CTCLoss(x, targets, [0, 0], [0, 1], reduction: Reduction.None);
        Assert.That(none.ToArray<double>(), Is.EqualTo(new[] { 0, double.PositiveInfinity }));
        Tensor empty = F.CTCLoss(x, Tensor.Zeros([0], DType.Int64), [4, 4], [0, 0], reduction: Reduction.None);
        Assert.That(empty.ToArray<double>(), Is.EqualTo((-x.Select(2, 0).Sum(0)).ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        Tensor x = Tensor.Zeros([4, 2, 3]), targets = Tensor.From(new long[,] { { 1, 2 }, { 2, 1 } });
        Tensor row = Tensor.From(1, 2, 2);
        void Refused(Func<Tensor> act, params string[] words)
        {
            ArgumentException e = Assert.Catch<ArgumentException>(() => _ = act())!;
            foreach (string word in words)
            {
                Assert.That(e.Message, Does.Contain(word));
            }
        }

        Refused(() => F.CTCLoss(Tensor.Zeros([4]), row, [4], [3]), "[T, N, C]", "[4] of float32");
        Refused(() => F.CTCLoss(x.To(DType.Int64), row, [4, 4], [2, 1]), "[4, 2, 3] of int64");
        Refused(() => F.CTCLoss(x, Tensor.Zeros([3, 2], DType.Int64), [4, 4], [2, 1]), "[2, S]", "[3, 2] of int64");
        Refused(() => F.CTCLoss(x, Tensor.Zeros([2, 2]), [4, 4], [2, 1]), "targets of integers", "float32");
        Refused(() => F.CTCLoss(x.Select(1, 0), targets, [4], [2]), "[S]", "[2, 2]");
        Refused(() => F.CTCLoss(x, targets, [4], [2, 1]), "input lengths of integers, [2]", "[1] of int64");
        Refused(() => F.CTCLoss(x, targets, Tensor.From(4, 4), Tensor.From(2.0, 1)), "target lengths", "float64");
        Refused(() => F.CTCLoss(x, targets, [4, 5], [2, 1]), "input length of sequence 1 is 5", "4 steps");
        Refused(() => F.CTCLoss(x, targets, [-1, 4], [2, 1]), "input length of sequence 0 is -1");
        Refused(() => F.CTCLoss(x, targets, [4, 4], [3, 1]), "target length of sequence 0 is 3", "2 labels a sequence");
        Refused(() => F.CTCLoss(x, row, [4, 4], [2, 2]), "sequence 1 is 2", "1 labels left for it");
        Refused(() => F.CTCLoss(x, row, [4, 4], [1, 1]), "add up to 2", "3 labels in a row");
        Refused(() => F.CTCLoss(x, targets + 1, [4, 4], [2, 1]), "label 3 of sequence 0 is not a class");
        Refused(() => F.CTCLoss(x, targets, [4, 4], [2, 1], blank: 2), "label 2 of sequence 0 is the blank");
        Refused(() => F.CTCLoss(x, targets, [4, 4], [2, 1], blank: 3), "the blank 3 is not a class", "[4, 2, 3]");
    }

    [Test]
    public void A_compiled_step_replays_with_the_eager_bits()
    {
        Tensor weight = Tensor.Randn([3, 4], generator: new TorchGenerator(1)).RequireGrad();
        CTCLoss loss = new(zeroInfinity: true);
        Tensor Step(Tensor x, Tensor targets, Tensor inputLengths, Tensor targetLengths)
        {
            weight.Grad = null;
            Tensor y = loss.Forward(x.MatMul(weight).LogSoftmax(-1), targets, inputLengths, targetLengths);
            y.Backward();
            return y;
        }

        using CompiledStep compiled = CompiledStep.OfArray(x => Step(x[0], x[1], x[2], x[3]));
        for (int i = 0; i < 4; i++)
        {
            Tensor x = Tensor.Randn([5, 2, 3], generator: new TorchGenerator(i + 2));
            Tensor targets = Tensor.From(new long[,] { { 1, 1 + (i % 3) }, { 3, 2 } });
            Tensor inputLengths = Tensor.From(5L - (i % 2), 3), targetLengths = Tensor.From(2L, 1 + (i / 2));
            float first = Step(x, targets, inputLengths, targetLengths).Item<float>();
            float[] eager = [first, .. weight.Grad!.ToArray<float>()];
            float replayed = compiled.Run(x, targets, inputLengths, targetLengths).Item<float>();
            Assert.That(new[] { replayed }.Concat(weight.Grad!.ToArray<float>()), Is.EqualTo(eager), $"run {i}");
        }

        Assert.That(compiled.EagerReason,
            ReferenceEquals(Device.Current, Device.Reference) ? Does.Contain("only steps of the CPU") : Is.Null);
    }

    private static Tensor Loss(JsonElement c, Tensor logarithms)
    {
        Tensor Integers(string name)
        {
            JsonElement value = c.GetProperty(name);
            return value.ValueKind == JsonValueKind.Number ? Tensor.Scalar(value.GetInt64())
                : value[0].ValueKind == JsonValueKind.Number
                ? Tensor.From(value.EnumerateArray().Select(n => n.GetInt64()).ToArray(), [value.GetArrayLength()])
                : Tensor.Stack([.. value.EnumerateArray().Select(row =>
                    Tensor.From(row.EnumerateArray().Select(n => n.GetInt64()).ToArray(), [row.GetArrayLength()]))]);
        }

        return new CTCLoss(
            c.TryGetProperty("blank", out JsonElement blank) ? blank.GetInt32() : 0,
            Enum.Parse<Reduction>(c.GetProperty("reduction").GetString()!, ignoreCase: true),
            c.TryGetProperty("zero_infinity", out _))
            .Forward(logarithms, Integers("targets"), Integers("inputs"), Integers("lengths"));
    }

    private static double[] Numbers(JsonElement c, string name) => [.. c.GetProperty(name).EnumerateArray()
        .Select(n => n.ValueKind == JsonValueKind.Null ? double.NaN : n.GetDouble())];

    private static Tensor Scores(int[] shape) => Tensor.From(
        Enumerable.Range(0, shape.Aggregate((a, b) => a * b)).Select(i => 2 * Math.Sin((1.3 * i) + 1)).ToArray(),
        shape);
}
