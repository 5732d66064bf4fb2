using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

/// <summary>
/// Positions that name one place several times: the last value stays and gets the gradient; what is added sums up well.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
[TestFixture("reference")]
public class RepeatedPositionsTests(string device) : DeviceFixture(device)
{
    private static bool IsReference => Device.Current == Device.Reference;

    private static Tensor Ints(params long[] values) => Tensor.From(values);

    private static Tensor Real(params double[] values) => Tensor.From(values);

    private static Tensor Random(Random random, params int[] shape) =>
        Tensor.From<double>([.. NaiveArray.Coordinates(shape).Select(_ => (double)random.Next(-9, 10))], shape);

    private static Tensor Positions(Random random, int most, params int[] shape) =>
        Tensor.From<long>([.. NaiveArray.Coordinates(shape).Select(_ => (long)random.Next(most))], shape);

    [Test]
    public void The_last_of_repeated_values_stays_and_gets_the_gradient()
    {
        Tensor y = Real(1, 2, 3) * 1, value = Real(5, 7, 9).RequireGrad();
        y[Ints(0, 0, 2)] = value;
        Assert.That(y.ToArray<double>(), Is.EqualTo(new[] { 7.0, 2, 9 }));
        (y * Real(10, 20, 30)).Sum().Backward();
        Assert.That(value.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0.0, 10, 30 }));
    }

    [Test]
    public void A_fill_counts_each_place_once()
    {
        Tensor x = Tensor.Ones([3, 2], DType.Float64).RequireGrad(), value = Tensor.Scalar(4.0).RequireGrad();
        x.IndexFill(0, Ints(2, -1, 2, 0), value).Sum().Backward();
        Assert.That(value.Grad!.Item(), Is.EqualTo(4));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0.0, 0, 1, 1, 0, 0 }));
    }

    /// <summary>Every way to write at positions, against the same written one element at a time.</summary>
    [Test]
    public void Gradients_follow_the_value_that_stays([Values(1, 2, 3, 4, 5, 6, 7, 8)] int seed)
    {
        Random random = new(seed);
        int rows = random.Next(1, 5), columns = random.Next(1, 5), n = random.Next(1, 7), big = 40;
        bool[] flags = [.. Enumerable.Range(0, rows).Select(_ => random.Next(2) == 0)];
        Tensor p = Positions(random, rows, n), q = Positions(random, columns, n), mask = Tensor.From(flags);
        Tensor mesh = Positions(random, rows, n, 1), wide = Positions(random, big, n),
            along = Positions(random, columns, rows, n);
        (int[] Shape, int[] Values, Func<Tensor, Tensor, Tensor> Write)[] cases =
        [
            ([rows, columns], [n, columns], (x, v) => Set(x, v, p)),
            ([columns, rows], [columns, n], (x, v) => Set(x, v, TensorIndex.Ellipsis, p)),
            ([rows, columns], [n], (x, v) => Set(x, v, p, q)),
            ([rows, 2, columns], [n, 2], (x, v) => Set(x, v, p, TensorIndex.Ellipsis, q)),
            ([rows, columns], [n, n], (x, v) => Set(x, v, mesh, q)),
            ([rows, columns], [n], (x, v) => Set(x, v, p, ^1)),
            ([rows, columns], [flags.Count(f => f), columns], (x, v) => Set(x, v, mask)),
            ([big, 2], [n, 2], (x, v) => Set(x, v, wide)),
            ([2, big], [n], (x, v) => Set(x, v, TensorIndex.Ellipsis, wide)),
            ([rows, columns], [n, columns], (x, v) => x.IndexCopy(0, p, v)),
            ([columns, rows], [columns, n], (x, v) => x.IndexCopy(1, p, v)),
            ([big, 3], [n, 3], (x, v) => x.IndexCopy(0, wide, v)),
            ([rows, columns], [rows, n], (x, v) => x.Scatter(1, along, v)),
            ([columns, rows], [n, rows], (x, v) => x.Scatter(0, along.T, v)),
            ([rows, big], [1, n], (x, v) => x.Scatter(1, wide.Unsqueeze(0), v)),
            ([rows, columns], [], (x, v) => x.IndexFill(0, p, v)),
        ];
        foreach ((int[] shape, int[] values, Func<Tensor, Tensor, Tensor> write) in cases)
        {
            // Numbers instead of values: where each element of the result comes from.
            int count = shape.Aggregate(1, (a, b) => a * b), sources = values.Aggregate(1, (a, b) => a * b);
            long[] origin = write(Tensor.Arange(count).Reshape(shape), (Tensor.Arange(sources) + count).Reshape(values))
                .ToArray<long>();
            Tensor x = Random(random, shape).RequireGrad(), v = Random(random, values).RequireGrad(),
                w = Random(random, shape);
            double[] weights = w.ToArray<double>(), expected = new double[count + sources];
            for (int i = 0; i < count; i++)
            {
                expected[origin[i]] += weights[i];
            }

            Tensor[] first = Array.ConvertAll(Autograd.Grad([(write(x, v) * w).Sum()], [x, v]), g => g!);
            Assert.That(first[0].ToArray<double>(), Is.EqualTo(expected[..count]));
            Assert.That(first[1].ToArray<double>(), Is.EqualTo(expected[count..]));

            // The sum of squares of the result: first gradients twice the values that stay, second ones constant.
            Tensor[] slopes = Array.ConvertAll(Autograd.Grad([(write(x, v).Square() * w).Sum()], [x, v],
                createGraph: true), g => g!);
            Tensor[] second = Array.ConvertAll(Autograd.Grad([slopes[0].Sum() + slopes[1].Sum()], [x, v]), g => g!);
            Assert.That(second[0].ToArray<double>(), Is.EqualTo(expected[..count].Select(e => 2 * e)));
            Assert.That(second[1].ToArray<double>(), Is.EqualTo(expected[count..].Select(e => 2 * e)));
        }

        static Tensor Set(Tensor x, Tensor v, params TensorIndex[] at)
        {
            Tensor y = x.Clone();
            y[at] = v;
            return y;
        }
    }

    [Test]
    public void Many_additions_to_one_place_lose_no_digits([Values(DType.Float32, DType.Float64)] DType type,
        [Values(100, 129, 5000)] int n)
    {
        Random random = new(n);
        int[] places = [.. Enumerable.Range(0, n).Select(_ => random.Next(10) < 7 ? 3 : random.Next(20))];
        double tenth = type == DType.Float32 ? 0.1f : 0.1;
        double[] expected = [.. Enumerable.Range(0, 20).Select(r => tenth * places.Count(p => p == r))];
        double tolerance = (type == DType.Float32 ? 6e-8 : 1.2e-16) * 8;
        Tensor at = Ints([.. places.Select(p => (long)p)]), ones = Tensor.Full([n, 3], tenth, type);
        Near(Tensor.Zeros([20, 3], type).IndexAdd(0, at, ones));
        Near(Tensor.Zeros([3, 20], type).IndexAdd(1, at, ones.T).T);
        Near(Tensor.Zeros([20, 3], type).ScatterAdd(0, at.Unsqueeze(1).Expand(n, 3).Contiguous(), ones));
        Near(Tensor.Zeros([20, 3], type).IndexPut([at], ones, accumulate: true));
        Near(at.Bincount(ones[TensorIndex.Ellipsis, 0], 20).Unsqueeze(1).Expand(20, 3));
        Near(Gradient([20, 3], w => Tensor.Embedding(at, w)));
        Near(Gradient([20, 3], w => w[at]));
        Near(Gradient([20, 3], w => w.IndexSelect(0, at)));
        Near(Gradient([20, 3], w => w.Gather(0, at.Unsqueeze(1).Expand(n, 3))));

        Tensor Gradient(int[] shape, Func<Tensor, Tensor> f)
        {
            Tensor w = Tensor.Ones(shape, type).RequireGrad();
            (f(w) * tenth).Sum().Backward();
            return w.Grad!;
        }

        void Near(Tensor sums)
        {
            double[] actual = sums.ToArray<double>();
            for (int i = 0; i < actual.Length; i++)
            {
                // The first 128 are added one by one.
                Assert.That(actual[i],
                    Is.EqualTo(expected[i / 3])
                        .Within((tolerance * expected[i / 3])
                            + (tolerance * 128 * Math.Min(expected[i / 3], 12.8) / 8)));
            }
        }
    }

    [Test]
    public void Few_additions_are_made_in_the_order_of_the_source()
    {
        float[] values = [.. Enumerable.Range(0, 128).Select(i => MathF.Pow(-1.7f, i % 23))];
        float sum = 0.5f;
        foreach (float v in values)
        {
            sum += v;
        }

        Tensor y = Tensor.Full([1], 0.5f).IndexAdd(0, Tensor.Zeros([128], DType.Int64), Tensor.From(values));
        Assert.That(y.Item<float>(), IsReference ? Is.EqualTo(sum).Within(1e-4 * Math.Abs(sum)) : Is.EqualTo(sum));
    }

    [Test]
    public void Sums_beyond_the_first_keep_infinities_and_nan()
    {
        float[] values = [.. Enumerable.Repeat(1f, 200), float.PositiveInfinity, .. Enumerable.Repeat(1f, 50)];
        Tensor at = Tensor.Zeros([values.Length], DType.Int64);
        Assert.That(Tensor.Zeros([2]).IndexAdd(0, at, Tensor.From(values)).ToArray<float>(),
            Is.EqualTo(new[] { float.PositiveInfinity, 0 }));
        Assert.That(Tensor.Zeros([2]).IndexAdd(0, at, -Tensor.From(values)).ToArray<float>(),
            Is.EqualTo(new[] { float.NegativeInfinity, 0 }));
        values[^1] = float.NegativeInfinity;
        Assert.That(Tensor.Zeros([2]).IndexAdd(0, at, Tensor.From(values)).ToArray<float>(),
            Is.EqualTo(new[] { float.NaN, 0 }));
    }

    [Test]
    public void Windows_that_overlap_often_sum_up_well()
    {
        Tensor x = Tensor.Ones([1200]).RequireGrad();
        (x.Unfold(0, 600, 1) * 0.1).Sum().Backward();
        Assert.That(x.Grad![600].Item(), Is.EqualTo(600 * (double)0.1f).Within(2e-5));
    }

    [Test]
    public void A_step_whose_counts_have_another_length_is_not_replayed()
    {
        using CompiledStep step = new(x => x.Bincount());
        for (int i = 1; i < 4; i++)
        {
            Assert.That(step.Run(Ints(i, i * i, 0)).ToArray<long>(),
                Is.EqualTo(Ints(i, i * i, 0).Bincount().ToArray<long>()));
        }
    }

    [Test]
    public void A_compiled_step_gives_what_the_step_gives()
    {
        if (IsReference)
        {
            return; // which captures nothing
        }

        Tensor at = Ints([.. Enumerable.Range(0, 300).Select(i => (long)i * i % 7)]);
        Tensor w = Tensor.Ones([7, 2]).RequireGrad(), v = Tensor.Ones([300, 2]).RequireGrad();
        Tensor Step(Tensor x)
        {
            w.Grad = null;
            v.Grad = null;
            Tensor y = w * x;
            Tensor read = y[at];
            y[at] = v * x;
            Tensor loss = (read * 0.1).Sum() + (y * x).Sum();
            loss.Backward();
            return loss;
        }

        CompiledStep step = new(Step);
        for (int i = 0; i < 4; i++)
        {
            Tensor x = Tensor.Full([1], 0.5 + i);
            double compiled = step.Run(x).Item();
            (float[] dw, float[] dv) = (w.Grad!.ToArray<float>(), v.Grad!.ToArray<float>());
            Assert.That(Step(x).Item(), Is.EqualTo(compiled));
            Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(dw));
            Assert.That(v.Grad!.ToArray<float>(), Is.EqualTo(dv));
        }

        Assert.That(step.EagerReason, Is.Null);
        Assert.That(step.Captures, Is.GreaterThan(0));
    }
}
