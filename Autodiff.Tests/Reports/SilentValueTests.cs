using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Reports;

/// <summary>
/// Values that were wrong without a word: at the ends of ranges, between integers and real numbers, and at infinities.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
[TestFixture("reference")]
public class SilentValueTests(string device) : DeviceFixture(device)
{
    private const double Inf = double.PositiveInfinity;
    private const long Big = 1L << 53;

    private static double[] Values(Tensor x) => x.Detach().To(DType.Float64).Reshape(-1).ToArray<double>();

    private static double[] Slopes(Tensor x, Func<Tensor, Tensor> f, Tensor? weights = null)
    {
        Tensor leaf = x.Clone().RequireGrad();
        (f(leaf) * (weights ?? 1)).Sum().Backward();
        return Values(leaf.Grad!);
    }

    private static IEnumerable<TestCaseData> Orders()
    {
        foreach (DType type in new[] { DType.Int32, DType.Int64, DType.Bool })
        {
            foreach (double number in new[] { -Inf, -1e30, -9223372036854775808.0, -3e9, -1.5, -1, -0.5, 0, 0.5, 1, 1.5,
                3e9, 9223372036854775808.0, 1e30, Inf, double.NaN })
            {
                yield return new(type, number);
            }
        }
    }

    [TestCaseSource(nameof(Orders))]
    public void Integers_and_a_number_are_compared_as_real_numbers(DType type, double number)
    {
        long[] integers = type switch
        {
            DType.Bool => [0, 1],
            DType.Int32 => [int.MinValue, -2, -1, 0, 1, 2, int.MaxValue],
            _ => [long.MinValue, long.MinValue + 1, -2, -1, 0, 1, 2, long.MaxValue],
        };
        Tensor x = Tensor.From(integers).To(type), y = number;
        int[] orders = [.. integers.Select(i => Order(i, number))];
        Assert.Multiple(() =>
        {
            Assert.That(x.Eq(y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o == 0)));
            Assert.That(x.Ne(y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o != 0)));
            Assert.That((x < y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o == -1)));
            Assert.That((x <= y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o is -1 or 0)));
            Assert.That((x > y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o == 1)));
            Assert.That((x >= y).ToArray<bool>(), Is.EqualTo(orders.Select(o => o is 1 or 0)));
            Assert.That((y < x).ToArray<bool>(), Is.EqualTo(orders.Select(o => o == 1)));
            Assert.That((y >= x).ToArray<bool>(), Is.EqualTo(orders.Select(o => o is -1 or 0)));
        });

        // 2 stands for "not comparable".
        static int Order(long integer, double number) => double.IsNaN(number) ? 2
            : number >= 9223372036854775808.0 ? -1
            : number < -9223372036854775808.0 ? 1
            : integer.CompareTo((long)Math.Floor(number)) is var order && order != 0 ? Math.Sign(order)
            : number > Math.Floor(number) ? -1 : 0;
    }

    [Test]
    public void Comparisons_of_what_a_float_lacks()
    {
        Tensor x = Tensor.From(Big + 1), number = Big + 1;
        Assert.Multiple(() =>
        {
            Assert.That(x.Eq((double)Big).Item<bool>(), Is.False);
            Assert.That(x.Gt((double)Big).Item<bool>(), Is.True);
            Assert.That(number.Eq((double)Big).Item<bool>(), Is.False);
            Assert.That(Tensor.From(16777217).Gt(16777216.0).Item<bool>(), Is.True);
            Assert.That(Tensor.From(16777217).IsClose(16777216.0, 0, 0.5).Item<bool>(), Is.False);
            Assert.That(((Tensor)0.1).Eq(0.1000000001).Item<bool>(), Is.False);
            Assert.That(Tensor.From(int.MaxValue).Eq(3_000_000_000L).Item<bool>(), Is.False);
            Assert.That(Tensor.From(int.MaxValue).Lt(3_000_000_000L).Item<bool>(), Is.True);
            Assert.That(Tensor.Full([1], 0.1, device: Device.Cpu).Eq(0.1).Item<bool>(), Is.True,
                "a number takes the type of a floating tensor");
        });
    }

    [Test]
    public void Int32_meets_integers_that_it_lacks()
    {
        const long Far = 3_000_000_000;
        Tensor x = Tensor.From(int.MaxValue, 5), y = x.Clone();
        Assert.That((x + Far).ToArray<int>(),
            Is.EqualTo(new[] { unchecked((int)(int.MaxValue + Far)), unchecked((int)(5 + Far)) }));
        Assert.That(x.Minimum(Far).ToArray<int>(), Is.EqualTo(new[] { int.MaxValue, 5 }));
        Assert.That(x.Clamp(0L, Far).ToArray<int>(), Is.EqualTo(new[] { int.MaxValue, 5 }));
        Assert.That(x.FloorDivide(Far).ToArray<int>(), Is.EqualTo(new[] { 0, 0 }));
        y -= Far;
        Assert.That(y.ToArray<int>(),
            Is.EqualTo(new[] { unchecked((int)(int.MaxValue - Far)), unchecked((int)(5 - Far)) }));
    }

    [Test]
    public void Integers_wrap_in_a_shorter_type()
    {
        Tensor x = Tensor.From((1L << 32) + 5, -1, long.MaxValue, (1L << 31), long.MinValue);
        Assert.That(x.To(DType.Int32).ToArray<int>(), Is.EqualTo(new[] { 5, -1, -1, int.MinValue, 0 }));
        Assert.That(x.Reshape(5, 1).Expand(5, 2).T.To(DType.Int32).ToArray<int>().AsSpan(0, 5).ToArray(),
            Is.EqualTo(new[] { 5, -1, -1, int.MinValue, 0 }));
        Assert.That(Tensor.From(1e30, -1e30, double.NaN).To(DType.Int32).ToArray<int>(),
            Is.EqualTo(new[] { int.MaxValue, int.MinValue, 0 }));
    }

    [Test]
    public void Integer_types_refuse_numbers_that_they_lack()
    {
        Tensor x = Tensor.Zeros([2], DType.Int32), y = Tensor.Zeros([2], DType.Int64);
        Assert.Multiple(() =>
        {
            Refused(() => Tensor.Full([1], 3e9, DType.Int32), "Full: 3000000000 ", "int32");
            Refused(() => Tensor.Full([1], 3_000_000_000, DType.Int32), "Full: 3000000000 ", "int32");
            Refused(() => Tensor.Full([1], double.NaN, DType.Int64), "Full: NaN ", "int64");
            Refused(() => Tensor.Scalar(Inf, DType.Int32), "int32");
            Refused(() => Tensor.FullLike(y, 1e19), "int64");
            Refused(() => x.Fill(-3e9), "Fill: -3000000000 ");
            Refused(() => x.Fill(3_000_000_000), "Fill");
            Refused(() => x[0] = 3_000_000_000, "int32");
            Refused(() => x[0] = double.NaN, "int32");
            Refused(() => x.MaskedFill(Tensor.From(true, false), 3e9), "MaskedFill");
            Refused(() => Tensor.Arange(3e9, 3e9 + 2, 1, DType.Int32), "Arange: 3000000000 ", "int32");
            Refused(() => Tensor.Arange(0.5, 4e9, 1e9, DType.Int32), "Arange: 3000000000.5 ");
            Refused(() => Tensor.Arange(0L, 4_000_000_000L, 1_000_000_000L, DType.Int32), "Arange: 3000000000 ");
            Refused(() => Tensor.Linspace(0, 3e9, 3, DType.Int32), "Linspace: 3000000000 ");
            Refused(() => Tensor.Logspace(0, 10, 3, type: DType.Int32), "Logspace: 10000000000 ");
            Refused(() => Tensor.RandInt(0, 1L << 40, [1], DType.Int32), "1099511627775", "int32");
            Refused(() => x.RandomInPlace(-1L << 40, 0), "int32");
            Assert.That(Tensor.RandInt(int.MinValue, 1L << 31, [1], DType.Int32).DType, Is.EqualTo(DType.Int32));
            Assert.That(Tensor.Full([1], -2147483648.9, DType.Int32).Item<int>(), Is.EqualTo(int.MinValue));
            Assert.That(Tensor.Full([1], -9223372036854775808.0, DType.Int64).Item<long>(), Is.EqualTo(long.MinValue));
            Assert.That(Tensor.Full([1], double.NaN, DType.Bool).Item<bool>(), Is.True);
        });

        static void Refused(Action action, params string[] words)
        {
            ArgumentOutOfRangeException? error = Assert.Throws<ArgumentOutOfRangeException>(action);
            Assert.That(words,
                Is.All.Matches<string>(word => word is not null && error?.Message.Contains(word) == true),
                error?.Message);
        }
    }

    [Test]
    public void Settings_that_mean_nothing_are_refused()
    {
        Tensor table = Tensor.Ones([2, 3]);
        Assert.Multiple(() =>
        {
            foreach (int row in new[] { 5, 2, -3 })
            {
                Assert.That(() => Tensor.Embedding(Tensor.From(0L), table, row),
                    Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains($"row {row} among 2")
                        .And.Property("ParamName").EqualTo("paddingIndex"));
            }

            Assert.That(Values(Tensor.Embedding(Tensor.From(0L), table, -1)), Is.EqualTo([1.0, 1, 1]));
            Assert.That(() => table.Norm(double.NaN),
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("Norm"));
            Assert.That(() => table.Norm(double.NaN, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [Test]
    public void Sums_of_weights_send_their_gradients_to_them()
    {
        Tensor bins = Tensor.From(0L, 2, 2), weights = Tensor.From(1.0, 2, 3).RequireGrad();
        Tensor first = Autograd.Grad([bins.Bincount(weights).Square().Sum()], [weights], createGraph: true)[0]!;
        Assert.That(Values(first), Is.EqualTo([2.0, 10, 10]));
        Assert.That(Values(Autograd.Grad([(first * Tensor.From(1.0, 10, 100)).Sum()], [weights])[0]!),
            Is.EqualTo([2.0, 220, 220]));
        Assert.That(Slopes(Tensor.From(1f, 2, 3), w => bins.Bincount(w, 5), Tensor.From(1f, 2, 3, 4, 5)),
            Is.EqualTo([1.0, 3, 3]));
    }

    private static IEnumerable<TestCaseData> Products()
    {
        yield return Case([1e200, 1e200, 1e-300], [1e-100, 1e-100, Inf]);
        yield return Case([1e200, 1e200, 1e200, 1e-300, 1e-300], [1e-200, 1e-200, 1e-200, 1e300, 1e300]);
        yield return Case([1e-200, -1e-200, 1e200], [-1, 1, 0]);
        yield return Case([1e200, 1e200, 0, 1e-300], [0, 0, 1e100, 0]);
        yield return Case([1e-320, 1e-10, 1e20], [1e10, 1e-320 * 1e20, 0]);
        yield return Case([Inf, 2], [2, Inf]);
        yield return Case([0, 3, 4], [12, 0, 0]);

        static TestCaseData Case(double[] x, double[] slopes) =>
            new TestCaseData(x, slopes).SetName($"{{m}}({string.Join(" ", x)})");
    }

    [TestCaseSource(nameof(Products))]
    public void The_product_of_the_others_in_range_has_all_its_digits(double[] x, double[] slopes)
    {
        double[] actual = Slopes(Tensor.From(x), v => v.Prod());
        Near(actual, slopes);
        double[] rows = Slopes(Tensor.From([.. x, .. x], [2, x.Length]).T.Contiguous(), v => v.Prod(0));
        Near(rows, slopes.SelectMany(v => new[] { v, v }));

        static void Near(double[] actual, IEnumerable<double> expected) => Assert.That(actual.Zip(expected),
            Is.All.Matches<(double A, double B)>(p => p.A == p.B || Math.Abs(p.A - p.B) <= 1e-14 * Math.Abs(p.B)),
            string.Join(" ", actual));
    }

    [Test]
    public void Products_in_single_precision_and_of_higher_order()
    {
        Tensor x = Tensor.From(1e30f, 1e30f, 1e-30f);
        Assert.That(Slopes(x, v => v.Prod()), Is.EqualTo([1, 1, Inf]).Within(1e-6));
        Assert.That(Slopes(x, v => v.CumProd(0), Tensor.From(0f, 0, 1)), Is.EqualTo([1, 1, Inf]).Within(1e-6));
        Tensor leaf = Tensor.From(1e200, 1e200, 1e-300).RequireGrad();
        Tensor first = Autograd.Grad([leaf.Prod()], [leaf], createGraph: true)[0]!;
        Assert.That(Values(Autograd.Grad([first[0]], [leaf])[0]!),
            Is.EqualTo([0, 1e-300, 1e200]).Within(1e-13).Percent);
        Tensor z = Tensor.Arange(0, 12, 1, DType.Float64).Reshape(2, 3, 2);
        Assert.That(Slopes(z, v => v.Prod([0, 2], keepDim: true)), Is.EqualTo(Brute(2, 3, 2)).Within(1e-13).Percent);

        static double[] Brute(int a, int b, int c) => [.. Enumerable.Range(0, a * b * c).Select(i =>
            Enumerable.Range(0, a * b * c).Where(j => j != i && j / c % b == i / c % b)
                .Aggregate(1.0, (p, j) => p * j))];
    }

    [Test]
    public void Slopes_at_infinities()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Slopes(Tensor.From(Inf, 0), x => x.LogSumExp(0)), Is.EqualTo([1.0, 0]));
            Assert.That(Slopes(Tensor.From(-Inf, -Inf), x => x.LogSumExp(0)), Is.EqualTo([0.0, 0]));
            Assert.That(Slopes(Tensor.From(0, Inf, 1), x => x.LogCumSumExp(0)), Is.EqualTo([1.0, 2, 0]));
            foreach (double end in new[] { -Inf, Inf })
            {
                Assert.That(Slopes(Tensor.From(end), x => x.LogAddExp(Tensor.From(end))), Is.EqualTo([0.5]));
                Assert.That(Slopes(Tensor.From(end), x => Tensor.From(end).LogAddExp(x)), Is.EqualTo([0.5]));
            }

            Assert.That(Slopes(Tensor.From(-Inf), x => x.LogAddExp(Tensor.From(0.0))), Is.EqualTo([0.0]));
            Assert.That(Slopes(Tensor.From(double.NaN), x => x.LogAddExp(Tensor.From(0.0)))[0], Is.NaN);
        });

        // Where both are equal the second derivative is 1/4.
        Tensor one = Tensor.From(1.0).RequireGrad();
        Tensor slope = Autograd.Grad([one.LogAddExp(Tensor.From(1.0))], [one], createGraph: true)[0]!;
        Assert.That(Values(Autograd.Grad([slope], [one])[0]!), Is.EqualTo([0.25]));
    }

    [Test]
    public void Means_of_what_is_not_NaN_where_the_sum_is_infinite()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Tensor.From(3e38f, 3e38f, 3e38f, float.NaN).NanMean().Item<float>(),
                Is.EqualTo(3e38f).Within(1).Ulps);
            Assert.That(Tensor.From(float.MaxValue, float.MaxValue, float.MaxValue, float.NaN).NanMean().Item<float>(),
                Is.EqualTo(float.MaxValue).Within(1).Ulps);
            Assert.That(Values(Tensor.From([1.7e308, 1, 1.7e308, double.NaN], [2, 2]).NanMean(0)),
                Is.EqualTo([1.7e308, 1]));
            Assert.That(Tensor.From(Inf, 1).NanMean().Item(), Is.EqualTo(Inf));
            Assert.That(Tensor.From(double.NaN).NanMean().Item(), Is.NaN);
            Assert.That(Slopes(Tensor.From(1, double.NaN, 3), x => x.NanMean()), Is.EqualTo([0.5, 0, 0.5]));
            Assert.That(Values(Tensor.From([1, double.NaN, 3, 5], [2, 2]).NanMean([1], keepDim: true)),
                Is.EqualTo([1.0, 4]));
        });
    }

    [Test]
    public void Triplets_far_apart_keep_their_margin()
    {
        Tensor origin = Tensor.From([0f, 0], [1, 2]), a = Tensor.From([1e20f, 0], [1, 2]),
            b = Tensor.From([0, 1e20f], [1, 2]);
        Assert.That(Functional.TripletMarginLoss(origin, a, b).Item(), Is.EqualTo(1));
        Assert.That(Functional.TripletMarginLoss(a, origin, b).Item(), Is.EqualTo(0), "|a - b| is √2 |a|");
        Assert.That(Functional.TripletMarginLoss(a, origin, b, swap: true).Item(), Is.EqualTo(1));
    }

    [Test]
    public void Quotients_of_zero_have_a_sign()
    {
        double[] quotients = Values(Tensor.From(-0.0, 0, 0, -1, 1, 7, -7, 1)
            .FloorDivide(Tensor.From(5.0, 5, -5, -5, 5, -2, 2, -Inf)));
        Assert.That(quotients, Is.EqualTo([0.0, 0, 0, 0, 0, -4, -4, -1]));
        Assert.That(quotients.Select(double.IsNegative),
            Is.EqualTo([true, false, true, false, false, true, true, true]));
        Assert.That(double.IsNegative(Tensor.From(-0f).FloorDivide(5).Item()), Is.True);
    }
}
