using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Tensors;

/// <summary>Integers beyond 2^53, where doubles have gaps: nothing may pass through one.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
[TestFixture("reference")]
public class ExactIntegerTests(string device) : DeviceFixture(device)
{
    private const long Big = (1L << 53) + 1;

    private static Tensor Random(Random random, DType type, params int[] shape) => Tensor.From<long>(
        [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b))
            .Select(_ => type == DType.Int64
                ? random.NextInt64() - random.NextInt64()
                : random.Next() - random.Next())],
        shape).To(type);

    private static void Check(Tensor actual, params long[] expected) =>
        Assert.That(actual.ToArray<long>(), Is.EqualTo(expected));

    [Test]
    public void Products_wrap_as_elementwise_ones_do([Values(DType.Int32, DType.Int64)] DType type,
        [Values(1, 2, 3, 4)] int seed)
    {
        Random random = new(seed);
        int[] sizes = [1, 2, 3, 5, 7, 17, 40, 70];
        int m = sizes[random.Next(8)], k = sizes[random.Next(8)], n = sizes[random.Next(8)], b = random.Next(1, 4);
        Tensor x = Random(random, type, b, m, k), y = Random(random, type, b, k, n), u = Random(random, type, k),
            v = Random(random, type, k);
        Tensor expected = (x.Unsqueeze(-1) * y.Unsqueeze(1)).Sum(2);
        expected = Wrapped(expected);
        Same(x.MatMul(y), expected);
        Same(x.Bmm(y), expected);
        Same(x[0].MatMul(y[0]), expected[0]);
        Same(x[0].T.Contiguous().T.MatMul(y[0].T.Contiguous().T), expected[0]);
        Same(x[0].Linear(y[0].T), expected[0]);
        Same(x[0].Linear(y[0].T, v[0].Expand(n)), (expected[0] + v[0]));
        Same(x[0].Mv(u), Wrapped((x[0] * u).Sum(1)));
        Same(u.MatMul(y[0]), Wrapped((u.Unsqueeze(1) * y[0]).Sum(0)));
        Same(u.Dot(v), Wrapped((u * v).Sum()));
        Same(u.Inner(v), Wrapped((u * v).Sum()));
        Same(u.Outer(v), u.Unsqueeze(1) * v);
        Same(x.TensorDot(y[0], [2], [0]), x.MatMul(y[0]));
        Same(Tensor.Einsum("bmk,bkn->bmn", x, y), expected);
        Same(Tensor.Einsum("k,k->", u, v), Wrapped((u * v).Sum()));
        Same(x[0, 0].Unsqueeze(0).AddMm(x[0], y[0].MatMul(Tensor.Ones([n, k], type)), 3, 2),
            (x[0, 0] * 3) + (x[0].MatMul(y[0].MatMul(Tensor.Ones([n, k], type))) * 2));

        // A sum of int32 is an int64.
        Tensor Wrapped(Tensor sum) =>
            type == DType.Int64
                ? sum
                : Tensor.From<int>([.. sum.ToArray<long>().Select(v => unchecked((int)v))], sum.Shape);

        void Same(Tensor actual, Tensor right)
        {
            Assert.That(actual.DType, Is.EqualTo(type));
            Assert.That(actual.Shape, Is.EqualTo(right.Shape));
            Check(actual, right.ToArray<long>());
        }
    }

    [Test]
    public void Truth_values_multiply_to_counts() =>
        Check(Tensor.From(true, true, false).Dot(Tensor.From(true, true, true)), 2);

    [Test]
    public void Tensors_are_made_of_exact_integers()
    {
        Check(Tensor.Full([2], Big, DType.Int64), Big, Big);
        Check(Tensor.Full([1], long.MaxValue, DType.Int64), long.MaxValue);
        Check(Tensor.Full([1], long.MinValue, DType.Int64), long.MinValue);
        Check(Tensor.FullLike(Tensor.Zeros([1], DType.Int64), Big), Big);
        Check(Tensor.Scalar(Big, DType.Int64), Big);
        Check(Tensor.Zeros([2, 2], DType.Int64).T.Fill(-Big), -Big, -Big, -Big, -Big);
        Check(Tensor.Zeros([2, 3], DType.Int64)[TensorIndex.Ellipsis, 1..2].Fill(Big), Big, Big);
        Check(Tensor.Arange(Big - 1, Big + 3, 1, DType.Int64), Big - 1, Big, Big + 1, Big + 2);
        Check(Tensor.Arange(9007199254740992.0, 9007199254740996.0, 1.0, DType.Int64), Big - 1, Big, Big + 1, Big + 2);
        Check(Tensor.Arange(long.MaxValue - 1, long.MaxValue, 1, DType.Int64), long.MaxValue - 1);
        Check(Tensor.Arange(long.MinValue, long.MaxValue, long.MaxValue, DType.Int64), long.MinValue, -1,
            long.MaxValue - 1);
        Check(Tensor.Arange(3L, -4L, -3L, DType.Int64), 3, 0, -3);
        Check(Tensor.Arange(5L, 5L, 1L, DType.Int64));
        Assert.That(() => Tensor.Arange(5L, 3L, 1L, DType.Int64),
            Throws.ArgumentException.With.Message.Contains("Arange"));
        Assert.That(() => Tensor.Arange(5L, 3L, 0L, DType.Int64),
            Throws.ArgumentException.With.Message.Contains("Arange"));
        Assert.That(Tensor.Arange(0, 3).DType, Is.EqualTo(DType.Float32));
        Check(Tensor.Arange(0.5, 3, 1, DType.Int64), 0, 1, 2);
        Assert.That(Tensor.Full([1], Big).Item<float>(), Is.EqualTo(9007199254740992f));
    }

    [Test]
    public void Plain_integers_meet_tensors_exactly()
    {
        Tensor x = Tensor.From(Big);
        Check(x + Big, 2 * Big);
        Check(Big - x, 0);
        Check(x * 3L, 3 * Big);
        Check(Tensor.From(2L) * Big, 2 * Big);
        Check(x.Clamp(Big + 2, Big + 4), Big + 2);
        Check(x.ClampMax(Big - 2), Big - 2);
        Check(x.Maximum(Big + 2), Big + 2);
        Check(x & Big, Big);
        Check(x.FloorDivide(Big), 1);
        Check(x % (Big - 1), 1);
        Check(Tensor.Where(Tensor.From(true, false), Big, Big + 2), Big, Big + 2);
        Check(Tensor.Where(Tensor.From(true, false), x, Big + 2), Big, Big + 2);
        Check(x.MaskedFill(Tensor.From(true), Big + 2), Big + 2);
        Assert.That((x + Big).DType, Is.EqualTo(DType.Int64));
        Assert.That(x.Eq(Big).Item<bool>(), Is.True);
        Assert.That(x.Eq(Big - 1).Item<bool>(), Is.False);
        Assert.That((x > Big - 1).Item<bool>(), Is.True);
        Assert.That((x <= Big - 1).Item<bool>(), Is.False);
        Assert.That(x.AllClose(x - 1, rtol: 0, atol: 0), Is.False);
        Tensor y = Tensor.Zeros([2], DType.Int64);
        y[0] = Big;
        y[Tensor.From(1L)] = -Big;
        Check(y, Big, -Big);
        y += Big;
        Check(y, 2 * Big, 0);
        Assert.That(((Tensor)Big).Item<long>(), Is.EqualTo(Big));
        Assert.That(((Tensor)Big + Big).Item<long>(), Is.EqualTo(2 * Big));
        Check(Tensor.Zeros([1], DType.Int64).IndexAdd(0, Tensor.From(0L), x, 3), 3 * Big);
        Check(Tensor.Zeros([1], DType.Int64).IndexFill(0, Tensor.From(0L), Big), Big);
    }

    [Test]
    public void Sums_orders_and_texts_are_exact()
    {
        Tensor x = Tensor.From(Big, 1, -Big);
        Check(x.Sum(), 1);
        Check(x.CumSum(0), Big, Big + 1, 1);
        Check(Tensor.From(Big, 3L).Prod(), 3 * Big);
        Check(x.Max(), Big);
        Check(Tensor.From(Big, Big - 1).ArgMin(), 1);
        Check(Tensor.From(Big, Big - 1).Sort().Values, Big - 1, Big);
        Check(x.Gather(0, Tensor.From(2L, 0)), -Big, Big);
        Check(x.Flip(0), -Big, 1, Big);
        Check(Tensor.Zeros([1], DType.Int64).ScatterAdd(0, Tensor.From(0L, 0), Tensor.From(Big, 1)), Big + 1);
        Assert.That(Tensor.From(Big).ToString(), Does.StartWith("tensor([9007199254740993]"));
        Assert.That(Tensor.From(Big).ToString("D20"), Does.StartWith("tensor([00009007199254740993]"));
        Assert.That(Tensor.Scalar(Big).ToString("D"), Is.EqualTo("9007199254740993"));
        Assert.That(Algebra.Formula.Const(new Algebra.Constant(Big)).ToString(), Is.EqualTo("9007199254740993"));
    }

    [Test]
    public void Conversion_to_float32_rounds_once()
    {
        // Between two floats, a little above the middle; a double would be the middle itself, and the tie goes down.
        long above = (1L << 53) + (1L << 29) + 1;
        Assert.That(Tensor.From(above, -above).To(DType.Float32).ToArray<float>(),
            Is.EqualTo(new[] { (float)above, -(float)above }));
        Check(Tensor.From((float)above, 1e30f, -1e30f).To(DType.Int64), (long)(float)above, long.MaxValue,
            long.MinValue);
    }
}
