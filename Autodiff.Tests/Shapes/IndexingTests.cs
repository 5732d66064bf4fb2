using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class IndexingTests(string device) : DeviceFixture(device)
{
    private static Tensor Cube => Count(2, 3, 4);

    private static Tensor Count(params int[] shape) =>
        Tensor.From<long>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (long)i)], shape);

    private static Tensor Ints(params long[] values) => Tensor.From(values);

    private static void Is(Tensor actual, int[] shape, params long[] values)
    {
        Assert.That(actual.Shape.ToArray(), Is_(shape));
        Assert.That(actual.ToArray<long>(), Is_(values));
    }

    private static NUnit.Framework.Constraints.EqualConstraint Is_(Array values) => NUnit.Framework.Is.EqualTo(values);

    [Test]
    public void An_integer_drops_its_dimension()
    {
        Is(Cube[1], [3, 4], 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23);
        Is(Cube[-1, 0], [4], 12, 13, 14, 15);
        Is(Cube[^1, ^2, ^3], [], 17);
    }

    [Test]
    public void A_range_keeps_its_dimension_and_is_clipped()
    {
        Is(Cube[.., 1..3, ^1], [2, 2], 7, 11, 19, 23);
        Is(Cube[0, 1..100, ..1], [2, 1], 4, 8);
        Is(Cube[0, 2..1], [0, 4]);
        Is(Cube[0, ^2.., 0], [2], 4, 8);
        Is(Cube[0, ^0..], [0, 4]);
        Is(Cube[0, ..^1, 0], [2], 0, 4);
    }

    [Test]
    public void A_slice_has_a_step_and_negative_ends()
    {
        Is(Cube[0, 0, TensorIndex.Slice(step: 2)], [2], 0, 2);
        Is(Cube[0, 0, TensorIndex.Slice(-3, -1)], [2], 1, 2);
        Is(Cube[0, 0, TensorIndex.Slice(1, step: 2)], [2], 1, 3);
        Is(Cube[0, 0, default], [4], 0, 1, 2, 3);
        Assert.That(() => TensorIndex.Slice(step: -1),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains("Use Flip(dim)"));
    }

    [Test]
    public void Ellipsis_and_new_axis()
    {
        Is(Cube[TensorIndex.Ellipsis, 0], [2, 3], 0, 4, 8, 12, 16, 20);
        Is(Cube[1, TensorIndex.Ellipsis, 2..], [3, 2], 14, 15, 18, 19, 22, 23);
        Is(Cube[0, TensorIndex.NewAxis, 0, ..2], [1, 2], 0, 1);
        Assert.That(Cube[TensorIndex.NewAxis, TensorIndex.Ellipsis, TensorIndex.NewAxis].Shape.ToArray(),
            Is_(new[] { 1, 2, 3, 4, 1 }));
    }

    [Test]
    public void Views_write_through()
    {
        Tensor x = Count(3, 4);
        x[1..][0].Fill(0);
        Is(x, [3, 4], 0, 1, 2, 3, 0, 0, 0, 0, 8, 9, 10, 11);
        x.T[3].Fill(-1);
        Is(x[.., 3], [3], -1, -1, -1);
    }

    [Test]
    public void Neighbouring_positions_stand_where_they_stood_and_others_first()
    {
        Is(Cube[.., new[] { 2, 0 }, 1], [2, 2], 9, 1, 21, 13);
        Is(Cube[.., Ints(0, 2), Ints(1, 3)], [2, 2], 1, 11, 13, 23);
        Is(Cube[Ints(0, 1), .., Ints(1, 3)], [2, 3], 1, 5, 9, 15, 19, 23);
        Assert.That(Count(2, 3, 4, 5)[.., Ints(0, 1), .., Ints(0, 1)].Shape.ToArray(), Is_(new[] { 2, 2, 4 }));
        Assert.That(Count(2, 3, 4, 5)[.., Ints(0, 1), Ints(0, 1)].Shape.ToArray(), Is_(new[] { 2, 2, 5 }));
    }

    [Test]
    public void Positions_broadcast_against_each_other_and_may_be_negative()
    {
        Is(Cube[0, Ints(0, -1).Unsqueeze(1), Ints(0, -1)], [2, 2], 0, 3, 8, 11);
        Is(Cube[Ints(1), Ints(0, 1, 2), 0], [3], 12, 16, 20);
        Is(Cube.T_()[Ints(0, 3), Ints(2, 1)], [2, 2], 8, 20, 7, 19);
    }

    [Test]
    public void A_mask_takes_as_many_dimensions_as_it_has()
    {
        Tensor mask = Tensor.From(new[,] { { true, false, false }, { false, true, true } });
        Is(Cube[mask, 0], [3], 0, 16, 20);
        Is(Cube[mask][1], [4], 16, 17, 18, 19);
        Is(Cube[0, Tensor.From(true, false, true), 1..3], [2, 2], 1, 2, 9, 10);
        Is(Ints(5, 6)[Tensor.Scalar(true)], [1, 2], 5, 6);
        Is(Ints(5, 6)[Tensor.Scalar(false)], [0, 2]);
    }

    [Test]
    public void A_tensor_of_one_integer_is_an_integer()
    {
        Is(Cube[Tensor.Scalar(1L), Tensor.Scalar(-1)], [4], 20, 21, 22, 23);
    }

    [Test]
    public void Empty_positions_give_empty_results()
    {
        Is(Cube[Tensor.From(Array.Empty<long>())], [0, 3, 4]);
        Is(Tensor.Zeros([0, 3], DType.Int64)[.., Ints(0, 1)], [0, 2]);
    }

    [Test]
    public void Setting_writes_broadcast_values_of_any_type()
    {
        Tensor x = Count(2, 3);
        x[0] = 7;
        x[1, 1..] = Tensor.From(1.9, 2.9);
        Is(x, [2, 3], 7, 7, 7, 3, 1, 2);
        x[.., Ints(0, 2)] = Tensor.From(new long[,] { { -1 }, { -2 } });
        Is(x, [2, 3], -1, 7, -1, -2, 1, -2);
        x[x < 0] = 0;
        Is(x, [2, 3], 0, 7, 0, 0, 1, 0);
        x[Tensor.From(false, true)] = Ints(4, 5, 6);
        Is(x, [2, 3], 0, 7, 0, 4, 5, 6);
        x[1] = x[0].Unsqueeze(0);
        Is(x, [2, 3], 0, 7, 0, 0, 7, 0);
    }

    [Test]
    public void Setting_from_an_overlapping_part_reads_first()
    {
        Tensor x = Count(5);
        x[1..] = x[..4];
        Is(x, [5], 0, 0, 1, 2, 3);
        x[Ints(0, 1)] = x[3..];
        Is(x, [5], 2, 3, 1, 2, 3);
    }

    [Test]
    public void Adding_to_a_part_changes_the_whole()
    {
        Tensor x = Count(4);
        x[1..3] += 10;
        Is(x, [4], 0, 11, 12, 3);
        x[Ints(0, 3)] *= 2;
        Is(x, [4], 0, 11, 12, 6);
    }

    [Test]
    public void Accumulating_adds_repeated_positions()
    {
        Tensor x = Tensor.Zeros([3]);
        x.IndexPutInPlace([Ints(0, 2, 0)], Tensor.From(1f, 2f, 4f), accumulate: true);
        Assert.That(x.ToArray<float>(), Is_(new[] { 5f, 0, 2 }));
    }

    [Test]
    public void Messages_name_dimension_index_and_size()
    {
        Assert.That(() => Cube[0, 3],
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith(
                    "Index: index 3 is out of range for dim 1 of [2, 3, 4], which has 3 entries."));
        Assert.That(() => Cube[Ints(0, -3)],
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith(
                    "Index: index -3 is out of range for dim 0 of [2, 3, 4], which has 2 entries."));
        Assert.That(() => Cube[0, 0, 0, 0],
            Throws.ArgumentException.With.Message.StartsWith(
                "Index: [0, 0, 0, 0] takes 4 dimensions, [2, 3, 4] has 3."));
        Assert.That(() => Cube[Tensor.From(true, true, false)],
            Throws.ArgumentException.With.Message.StartsWith(
                "Index: the mask [3] does not fit [2, 3, 4]: it has 3 entries where dim 0 has 2."));
        Assert.That(() => Cube[^0], Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Cube[Tensor.From(0.5f)],
            Throws.ArgumentException.With.Message.Contains("positions must be int64 (or int32), these are float32"));
        Assert.That(() => Cube[TensorIndex.Ellipsis, TensorIndex.Ellipsis],
            Throws.ArgumentException.With.Message.Contains("2 ellipses"));
        Assert.That(() => Cube[Ints(0, 1), Ints(0, 1, 2)],
            Throws.ArgumentException.With.Message.StartsWith("Index: shapes [2] and [3] do not broadcast"));
        Tensor x = Count(2, 3);
        Assert.That(() => x[0] = Ints(1, 2),
            Throws.ArgumentException.With.Message.StartsWith(
                "IndexPut: values of shape [2] do not broadcast to the indexed part of [2, 3], which has shape [3]."));
    }

    [Test]
    public void Getting_is_differentiable_to_second_order()
    {
        Numeric.CheckGradients(x => x[0][1, 1..3], Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0][TensorIndex.Slice(0, 3, 2), TensorIndex.NewAxis], Numeric.Values(4, 2));
        Numeric.CheckGradients(x => x[0][.., Ints(1, 1, 0)], Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0].T[Ints(1, 2, 1), Ints(0, 1, 0)], Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0][Ints(1, 0), .., Ints(2, 2)], Numeric.Values(2, 2, 3));
        Numeric.CheckGradients(x => x[0][Tensor.From(new[,] { { true, false }, { true, true } })],
            Numeric.Values(2, 2, 2));
    }

    [Test]
    public void Setting_is_differentiable_in_the_old_and_the_new_values()
    {
        Numeric.CheckGradients(
            x =>
            {
                Tensor y = x[0].Clone();
                y[1..] = x[1];
                return y * y;
            }, Numeric.Values(3, 2), Numeric.Values(9, [2]));
        Numeric.CheckGradients(
            x =>
            {
                Tensor y = x[0].Clone();
                y[.., Ints(2, 0)] = x[1];
                y[0, 1] *= 3;
                return y * y;
            }, Numeric.Values(2, 3), Numeric.Values(9, [2, 1]));
        Numeric.CheckGradients(x => x[0].IndexPut([Ints(0, 2, 0)], x[1], accumulate: true), Numeric.Values(3),
            Numeric.Values(9, [3]));
        Numeric.CheckGradients(
            x =>
            {
                Tensor y = x[0].Clone();
                y[Tensor.From(true, false, true)] = x[1].Sum();
                return y * y;
            }, Numeric.Values(3), Numeric.Values(9, [2]));
    }

    [Test]
    public void Setting_into_a_plain_tensor_makes_it_part_of_the_graph()
    {
        Tensor w = Tensor.From(2.0, 3.0).RequireGrad(), x = Tensor.Zeros([3], DType.Float64);
        x[1..] = w;
        (x * x).Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is_(new double[] { 4, 6 }));
    }

    [Test]
    public void A_leaf_that_requires_grad_refuses_outside_NoGrad()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        Assert.That(() => w[0] = 5,
            Throws.InvalidOperationException.With.Message.Contains("is a leaf that requires grad"));
        Assert.That(w.ToArray<float>(), Is_(new[] { 1f, 2 }));
        using (Tensor.NoGrad())
        {
            w[0] = 5;
        }

        Assert.That(w.ToArray<float>(), Is_(new[] { 5f, 2 }));
        Assert.That(w.IsLeaf && w.RequiresGrad);
    }

    [Test]
    public void A_value_that_backward_needs_is_missed_after_setting()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 2, z = y.Square();
        y[0] = 0;
        Assert.That(() => z.Sum().Backward(),
            Throws.InvalidOperationException.With.Message.StartsWith("Backward of Square needs its input"));
    }
}

internal static class IndexingTestViews
{
    /// <summary>A strided view: the dimensions reversed.</summary>
    public static Tensor T_(this Tensor x) => x.Permute([.. Enumerable.Range(0, x.Rank).Reverse()]);
}
