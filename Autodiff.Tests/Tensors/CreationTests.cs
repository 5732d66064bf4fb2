using System.Numerics.Tensors;

namespace Autodiff.Tests.TensorTests;

public class CreationTests
{
    [Test]
    public void Ranges_count_as_PyTorchs()
    {
        Assert.That(Tensor.Arange(4).ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 2, 3 }));
        Assert.That(Tensor.Arange(1, 2, 0.25).ToArray<float>(), Is.EqualTo(new[] { 1f, 1.25f, 1.5f, 1.75f }));
        Assert.That(Tensor.Arange(3, 0, -1, DType.Int32).ToArray<int>(), Is.EqualTo(new[] { 3, 2, 1 }));
        Assert.That(Tensor.Arange(2, 2).ElementCount, Is.Zero);
        Assert.That(() => Tensor.Arange(0, 3, -1),
            Throws.ArgumentException.With.Message.Contains("steps of -1 do not lead from 0 to 3"));
    }

    [Test]
    public void Linspace_meets_both_ends_exactly()
    {
        float[] values = Tensor.Linspace(1, 25, 12).ToArray<float>();
        Assert.That(values[0], Is.EqualTo(1f));
        Assert.That(values[^1], Is.EqualTo(25f));
        Assert.That(values[3], Is.EqualTo(1 + 3 * (24f / 11)).Within(1e-6));
        Assert.That(Tensor.Linspace(5, 9, 1).ToArray<float>(), Is.EqualTo(new[] { 5f }));
        Assert.That(Tensor.Linspace(5, 9, 0).ElementCount, Is.Zero);
        Assert.That(Tensor.Logspace(0, 2, 3, type: DType.Float64).ToArray<double>(),
            Is.EqualTo(new[] { 1.0, 10, 100 }).Within(1e-12));
    }

    [Test]
    public void Integers_between_two_ends_are_PyTorchs()
    {
        Assert.That(Tensor.Linspace(0, 10, 4, DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 0, 3, 6, 10 }));
        Assert.That(Tensor.Linspace(0.9, 5.9, 6, DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 0, 1, 2, 3, 4, 5 }));
        Assert.That(Tensor.Linspace(-2.5, 2.5, 5, DType.Int32).ToArray<int>(), Is.EqualTo(new[] { -2, -1, 0, 1, 2 }));
        Assert.That(Tensor.Linspace(-0.7, 3, 1, DType.Int32).ToArray<int>(), Is.EqualTo(new[] { 0 }));
        Assert.That(Tensor.Logspace(0.9, 2.9, 3, type: DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 1, 10, 100 }));
        Assert.That(Tensor.Logspace(0, 3.5, 3, 2, DType.Int32).ToArray<int>(), Is.EqualTo(new[] { 1, 2, 8 }));
        Assert.That(Tensor.Logspace(0.5, 3, 1, type: DType.Int64).ToArray<long>(), Is.EqualTo(new[] { 3 }));
    }

    [Test]
    public void Eye_may_be_oblong()
    {
        Assert.That(Tensor.Eye(2, 3).ToArray<float>(), Is.EqualTo(new float[] { 1, 0, 0, 0, 1, 0 }));
        Assert.That(Tensor.Eye(3, 2, DType.Bool).ToArray<bool>(),
            Is.EqualTo(new[] { true, false, false, true, false, false }));
        Assert.That(Tensor.Eye(0).Shape.ToArray(), Is.EqualTo(new[] { 0, 0 }));
    }

    [Test]
    public void Arrays_and_spans_convert_both_ways()
    {
        float[,] matrix = { { 1, 2, 3 }, { 4, 5, 6 } };
        Tensor t = Tensor.From(matrix);
        Assert.That(t.Shape.ToArray(), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(t.T.ToArray<double>(), Is.EqualTo(new double[] { 1, 4, 2, 5, 3, 6 }));
        TensorSpan<float> span = t.AsTensorSpan<float>();
        Assert.That(span[1, 2], Is.EqualTo(6f));
        span[0, 0] = 9;
        Assert.That(t[0, 0].Item(), Is.EqualTo(9));
        Assert.That(((ReadOnlyTensorSpan<float>)span).ToTensor().ToArray<float>(), Is.EqualTo(t.ToArray<float>()));
        Assert.That(() => Tensor.From<float>(new float[3], [2, 2]),
            Throws.ArgumentException.With.Message.EqualTo(
                "From: shape [2, 2] has 4 elements, the data 3. (Parameter 'shape')"));
        Assert.That(() => t.T.AsSpan<float>(), Throws.InvalidOperationException.With.Message.Contains("strided"));
        Assert.That(() => t.Item(),
            Throws.InvalidOperationException.With.Message.Contains("has 6 elements; only a tensor of one has an item"));
        Assert.That(() => Tensor.From<byte>(1, 2), Throws.TypeOf<NotSupportedException>());
    }

    [Test]
    public void Types_promote_by_rank_and_category()
    {
        Tensor floats = Tensor.Ones([2]), doubles = Tensor.Ones([2], DType.Float64),
            longs = Tensor.Ones([2], DType.Int64), flags = Tensor.Ones([2], DType.Bool);
        Tensor scalar = Tensor.Scalar(1.0);
        Assert.That((floats + doubles).DType, Is.EqualTo(DType.Float64));
        Assert.That((floats + scalar).DType, Is.EqualTo(DType.Float32),
            "a zero-dimensional tensor of the same category does not widen");
        Assert.That((longs + scalar).DType, Is.EqualTo(DType.Float64), "one of a higher category does");
        Assert.That((longs + 1).DType, Is.EqualTo(DType.Int64));
        Assert.That((longs + 0.5).DType, Is.EqualTo(DType.Float32));
        Assert.That((scalar + 1).DType, Is.EqualTo(DType.Float64));
        Assert.That((flags + 1).DType, Is.EqualTo(DType.Int64));
        Assert.That((longs / longs).DType, Is.EqualTo(DType.Float32));
        Assert.That((longs * Tensor.Ones([2], DType.Int32)).DType, Is.EqualTo(DType.Int64));
    }

    [Test]
    public void Conversions_round_like_casts()
    {
        Tensor x = Tensor.From(-1.7, 0.0, 2.9);
        Assert.That(x.To(DType.Int64).ToArray<long>(), Is.EqualTo(new long[] { -1, 0, 2 }));
        Assert.That(x.To(DType.Bool).ToArray<bool>(), Is.EqualTo(new[] { true, false, true }));
        Assert.That(Tensor.From(long.MaxValue).To(DType.Int64).Clone().Item<long>(), Is.EqualTo(long.MaxValue));
        Assert.That(Tensor.From(new long[,] { { (1L << 53) + 1, 2 }, { 3, 4 } }).T.Clone().ToArray<long>()[0],
            Is.EqualTo((1L << 53) + 1), "no detour through double");
    }

    [Test]
    public void The_engine_counts_what_it_holds()
    {
        long live = MemoryStatistics.Current.LiveBytes;
        Tensor x = Tensor.Ones([1 << 20]);
        Assert.That(MemoryStatistics.Current.LiveBytes - live, Is.InRange(4 << 20, 5 << 20));
        x.Dispose();
        Assert.That(MemoryStatistics.Current.LiveBytes - live, Is.LessThan(1 << 20));
    }

    [Test]
    public void Shapes_beyond_memory_are_named()
    {
        Assert.That(() => Tensor.Zeros([1 << 20, 1 << 20]),
            Throws.TypeOf<InsufficientMemoryException>().With.Message.Contains("[1048576, 1048576]"));
        Assert.That(() => Tensor.Zeros([1 << 30, 1 << 30, 1 << 30]),
            Throws.ArgumentException.With.Message.Contains("[1073741824, 1073741824, 1073741824]"));
    }
}
