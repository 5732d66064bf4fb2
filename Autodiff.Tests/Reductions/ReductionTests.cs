using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Reductions;

/// <summary>Values of reductions: accuracy, NaN, empty tensors, axes, strides.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class ReductionTests(string device) : DeviceFixture(device)
{
    private static readonly float NaN = float.NaN;

    [Test]
    public void A_long_sum_in_float32_stays_near_the_exact_one()
    {
        System.Random random = new(3);
        float[] data = new float[3_000_001];
        double exact = 0;
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = random.NextSingle();
            exact += data[i];
        }

        Tensor x = Tensor.From<float>(data, [data.Length]);
        Assert.That(x.Sum().Item(), Is.EqualTo(exact).Within(2e-7 * exact));
        Assert.That(x.Mean().Item(), Is.EqualTo(exact / data.Length).Within(1e-7));
        Tensor columns = Tensor.From<float>(data.AsSpan(1), [1_000_000, 3]);
        double expected = 0;
        for (int i = 1; i < data.Length; i += 3)
        {
            expected += data[i];
        }

        Assert.That(columns.Sum(0).ToArray<float>()[0], Is.EqualTo(expected).Within(1e-7 * expected));
    }

    [Test]
    public void Variance_survives_a_large_mean()
    {
        Tensor x = Tensor.From(10000f, 10001, 10002, 10003);
        Assert.That(x.Var().Item(), Is.EqualTo(5.0 / 3).Within(1e-6));
        Assert.That(x.Var(correction: 0).Item(), Is.EqualTo(1.25).Within(1e-6));
        Assert.That(x.Std().Item(), Is.EqualTo(Math.Sqrt(5.0 / 3)).Within(1e-6));
        (Tensor variance, Tensor mean) = x.VarMean(0);
        Assert.That((variance.Item(), mean.Item()), Is.EqualTo(((double)(5f / 3), 10001.5)));
        Assert.That(Tensor.From(1f).Var().Item(), Is.NaN);
    }

    [Test]
    public void Extremes_report_NaN_first()
    {
        Tensor x = Tensor.From(new[,] { { 1f, NaN, 3 }, { 5, 4, 5 }, { -1, -2, NaN } });
        Assert.That(x.Max().Item(), Is.NaN);
        Assert.That(x.Amax(1).ToArray<float>(), Is.EqualTo(new[] { NaN, 5, NaN }));
        Assert.That(x.Amin(0).ToArray<float>(), Is.EqualTo(new[] { -1, NaN, NaN }));
        (Tensor values, Tensor indices) = x.Max(1);
        Assert.That(values.ToArray<float>(), Is.EqualTo(new[] { NaN, 5, NaN }));
        Assert.That(indices.ToArray<long>(), Is.EqualTo(new long[] { 1, 0, 2 }));
        Assert.That(x.ArgMin(0).ToArray<long>(), Is.EqualTo(new long[] { 2, 0, 2 }));
        Assert.That(x.ArgMax().Item(), Is.EqualTo(1));
        Assert.That(x.ArgMax(keepDim: true).Shape, Is.EqualTo(Shape.Create([1, 1])));
    }

    [Test]
    public void NaN_is_left_out_where_asked()
    {
        Tensor x = Tensor.From(new[,] { { 1f, NaN, 3 }, { NaN, NaN, NaN } });
        Assert.That(x.NanSum(1).ToArray<float>(), Is.EqualTo(new[] { 4f, 0 }));
        Assert.That(x.NanMean(1).ToArray<float>(), Is.EqualTo(new[] { 2f, NaN }));
        Assert.That(x.Sum().Item(), Is.NaN);
    }

    [Test]
    public void Reductions_of_nothing_give_the_neutral_element_or_say_that_there_is_none()
    {
        Tensor x = Tensor.Zeros([0, 3]);
        Assert.That(x.Sum(0).ToArray<float>(), Is.EqualTo(new float[3]));
        Assert.That(x.Prod().Item(), Is.EqualTo(1));
        Assert.That(x.Mean().Item(), Is.NaN);
        Assert.That(x.Var().Item(), Is.NaN);
        Assert.That(x.All().Item<bool>(), Is.True);
        Assert.That(x.Any().Item<bool>(), Is.False);
        Assert.That(x.LogSumExp(0).ToArray<float>(), Is.All.EqualTo(float.NegativeInfinity));
        Assert.That(x.Softmax(0).Shape, Is.EqualTo(x.Shape));
        Assert.That(x.Norm().Item(), Is.Zero);
        Assert.That(x.CountNonZero().Item(), Is.Zero);
        Assert.That(x.Amax(1).Shape, Is.EqualTo(Shape.Create([0])));
        Assert.That(x.Max(1).Indices.Shape, Is.EqualTo(Shape.Create([0])));
        Assert.That(() => x.Max(),
            Throws.InvalidOperationException.With.Message.Contains("Max: [0, 3] has no elements"));
        Assert.That(() => x.ArgMin(0),
            Throws.InvalidOperationException.With.Message.Contains("ArgMin of nothing is not defined"));
        Assert.That(() => x.Norm(double.PositiveInfinity), Throws.InvalidOperationException);
    }

    [Test]
    public void Wrong_axes_and_types_are_named()
    {
        Tensor x = Tensor.Zeros([2, 3]);
        Assert.That(() => x.Var(2),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.Contains("Var: dim 2 is out of range for a tensor of rank 2; valid are -2 to 1."));
        Assert.That(() => x.Amax([0, -2]),
            Throws.ArgumentException.With.Message.Contains("Amax: dim -2 appears twice"));
        Assert.That(() => Tensor.From(1, 2).Mean(),
            Throws.InvalidOperationException.With.Message.Contains("Mean: [2] is int32"));
        Assert.That(() => Tensor.From(1, 2).Softmax(0),
            Throws.InvalidOperationException.With.Message.Contains("Softmax: [2] is int32"));
        Assert.That(Tensor.From(1, 2).Softmax(0, DType.Float64).Sum().Item(), Is.EqualTo(1).Within(1e-15));
    }

    [Test]
    public void Integers_and_truth_values_add_up_to_int64()
    {
        Tensor flags = Tensor.From(true, false, true);
        Assert.That((flags.Sum().DType, flags.Sum().Item()), Is.EqualTo((DType.Int64, 2.0)));
        Assert.That((flags.Prod().DType, flags.CumSum(0).DType), Is.EqualTo((DType.Int64, DType.Int64)));
        Assert.That(flags.CumSum(0).ToArray<long>(), Is.EqualTo(new long[] { 1, 1, 2 }));
        Assert.That((flags.Max().DType, flags.Max().Item<bool>(), flags.Amin(0).Item<bool>()),
            Is.EqualTo((DType.Bool, true, false)));
        Assert.That(Tensor.From(int.MaxValue, int.MaxValue).Sum().Item(), Is.EqualTo(2.0 * int.MaxValue));
        Assert.That(Tensor.From(0, 3, 0, 4).CountNonZero().Item(), Is.EqualTo(2));
        Assert.That(Tensor.From(0.25f, 0, NaN).CountNonZero().Item(), Is.EqualTo(2));
        Assert.That(Tensor.From(new[,] { { 0.5f, 0 }, { NaN, 2 } }).All(1).ToArray<bool>(),
            Is.EqualTo(new[] { false, true }));
        Assert.That(Tensor.From(new[,] { { 0f, 0 }, { 0.1f, 0 } }).Any(1).ToArray<bool>(),
            Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void Strided_inputs_give_what_their_copies_give([Values("permuted", "stepped", "repeated", "repeated inside",
        "of size one")] string form)
    {
        Tensor x = form switch
        {
            "permuted" => GradientCheck.Sample([4, 5, 6]).Permute(2, 0, 1),
            "stepped" => GradientCheck.Sample([7, 4, 12]).Slice(0, 1, 3, 2).Slice(2, 1, 4, 3),
            "repeated" => GradientCheck.Sample([1, 4, 1]).Expand(3, 4, 5),
            "repeated inside" => GradientCheck.Sample([3, 1, 70]).Expand(3, 40, 70),
            _ => GradientCheck.Sample([5, 1, 6]).Permute(2, 1, 0),
        };
        Tensor copy = x.Clone();
        (string, Func<Tensor, Tensor>)[] operations =
        [
            ("sum", t => t.Sum(1)), ("amax", t => t.Amax([0, 2])), ("argmax", t => t.ArgMax(1)),
            ("argmax of all", t => t.ArgMax()),
            ("cumsum", t => t.CumSum(1)), ("cumprod", t => t.CumProd(2)), ("softmax", t => t.Softmax(-1)),
            ("softmax 0", t => t.Softmax(0)),
            ("logsumexp", t => t.LogSumExp(2)), ("var", t => t.Var(0)), ("norm", t => t.Norm(3, 1)),
            ("prod", t => t.Prod(2)), ("all", t => t.All(1)),
        ];
        foreach ((string name, Func<Tensor, Tensor> f) in operations)
        {
            Assert.That(f(x).ToArray<double>(), Is.EqualTo(f(copy).ToArray<double>()).Within(1e-12), name);
        }
    }

    [Test]
    public void Softmax_is_stable_and_sums_to_one([Values(1, 3, 10, 16, 48, 49, 100, 1000)] int classes)
    {
        double[] data = GradientCheck.Sample([37, classes], low: -50, high: 50).ToArray<double>();
        Tensor x = Tensor.From<double>(data, [37, classes]).To(DType.Float32) + 1e4f;
        float[] values = x.ToArray<float>(), p = x.Softmax(1).ToArray<float>(), logs = x.LogSoftmax(1).ToArray<float>(),
            sums = x.LogSumExp(1).ToArray<float>();
        for (int r = 0; r < 37; r++)
        {
            double max = double.NegativeInfinity, sum = 0;
            for (int j = 0; j < classes; j++)
            {
                max = Math.Max(max, values[r * classes + j]);
            }

            for (int j = 0; j < classes; j++)
            {
                sum += Math.Exp(values[r * classes + j] - max);
            }

            Assert.That(sums[r], Is.EqualTo(max + Math.Log(sum)).Within(2e-3));
            for (int j = 0; j < classes; j++)
            {
                double expected = values[r * classes + j] - max - Math.Log(sum);
                Assert.That(logs[r * classes + j], Is.EqualTo(expected).Within(1e-6 * Math.Max(1, Math.Abs(expected))));
                Assert.That(p[r * classes + j],
                    Is.EqualTo(Math.Exp(expected)).Within(2e-6 * Math.Exp(expected) + 1e-37));
            }
        }
    }

    [Test]
    public void Log_sum_exp_knows_infinity()
    {
        float inf = float.PositiveInfinity;
        Tensor x = Tensor.From(new[,] { { -inf, -inf }, { inf, 0 }, { -inf, 2 }, { NaN, 0 } });
        Assert.That(x.LogSumExp(1).ToArray<float>(), Is.EqualTo(new[] { -inf, inf, 2, NaN }));
        Assert.That(x.T.LogSumExp(0).ToArray<float>(), Is.EqualTo(new[] { -inf, inf, 2, NaN }));
    }

    [Test]
    public void A_trapezoid_needs_a_place_for_every_value()
    {
        Tensor y = Tensor.Ones([2, 5]);
        foreach (Tensor x in new[] { Tensor.From(0f, 1), Tensor.Ones([1]), Tensor.Ones([2, 2]), Tensor.Scalar(1f) })
        {
            Assert.That(() => y.Trapezoid(x), Throws.ArgumentException.With.Message.StartsWith("Trapezoid: "));
        }

        Assert.That(() => y.Trapezoid(Tensor.Ones([3]), 0), Throws.ArgumentException);
        Assert.That(() => y[.., ..2].Trapezoid(Tensor.Arange(5)), Throws.ArgumentException);
        Assert.That(y.Trapezoid(Tensor.Arange(5)).ToArray<float>(), Is.All.EqualTo(4));
        Assert.That(y.Trapezoid(Tensor.From(0f, 3), 0).ToArray<float>(), Is.All.EqualTo(3));
    }

    [TestCase(0.0, 3)]
    [TestCase(1.0, 19)]
    [TestCase(2.0, 13)]
    [TestCase(double.PositiveInfinity, 12)]
    [TestCase(double.NegativeInfinity, 0)]
    public void Norms(double p, double expected) =>
        Assert.That(Tensor.From(3f, -4, 0, 12).Norm(p).Item(), Is.EqualTo(expected).Within(1e-6));
}
