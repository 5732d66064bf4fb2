using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class GatheringTests(string device) : DeviceFixture(device)
{
    private static Tensor Ints(params long[] values) => Tensor.From(values);

    private static Tensor Rows(long[,] values) => Tensor.From(values);

    private static void Check(Tensor actual, string shape, params long[] values)
    {
        Assert.That(actual.Shape.ToString(), Is.EqualTo(shape));
        Assert.That(actual.ToArray<long>(), Is.EqualTo(values));
    }

    [Test]
    public void Gathers_and_scatters_one_position_an_element()
    {
        Tensor x = Rows(new long[,] { { 1, 2, 3 }, { 4, 5, 6 } }), at = Rows(new long[,] { { 2, 0 }, { 1, 1 } });
        Check(x.Gather(1, at), "[2, 2]", 3, 1, 5, 5);
        Check(x.Scatter(1, at, Rows(new long[,] { { 7, 8 }, { 9, 10 } })), "[2, 3]", 8, 2, 7, 4, 10, 6);
        Check(x.ScatterAdd(1, at, Rows(new long[,] { { 7, 8 }, { 9, 10 } })), "[2, 3]", 9, 2, 10, 4, 24, 6);
        Check(x.Scatter(1, at, 0), "[2, 3]", 0, 2, 0, 4, 0, 6);
        Check(x, "[2, 3]", 1, 2, 3, 4, 5, 6);
        Check(x.TakeAlongDim(Ints(2, 0).Unsqueeze(0), 1), "[2, 2]", 3, 1, 6, 4);
        Check(x.Take(Rows(new long[,] { { 5, 0 }, { -1, 2 } })), "[2, 2]", 6, 1, 6, 3);
    }

    [Test]
    public void Whole_entries_are_selected_added_copied_filled()
    {
        Tensor x = Rows(new long[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Check(x.IndexSelect(1, Ints(2, 2, 0)), "[2, 3]", 3, 3, 1, 6, 6, 4);
        Check(x.IndexAdd(0, Ints(1, 1), Rows(new long[,] { { 1, 1, 1 }, { 2, 2, 2 } }), alpha: 10), "[2, 3]", 1, 2, 3,
            34, 35, 36);
        Check(x.IndexCopy(1, Ints(0, 2), Rows(new long[,] { { 7, 8 }, { 9, 10 } })), "[2, 3]", 7, 2, 8, 9, 5, 10);
        Check(x.IndexFill(1, Ints(0, 2), -1), "[2, 3]", -1, 2, -1, -1, 5, -1);
        Check(Tensor.Embedding(Rows(new long[,] { { 1, 0 }, { 1, 1 } }), x), "[2, 2, 3]", 4, 5, 6, 1, 2, 3, 4, 5, 6, 4,
            5, 6);
    }

    [Test]
    public void Masks_select_fill_and_scatter()
    {
        Tensor x = Rows(new long[,] { { 1, 2, 3 }, { 4, 5, 6 } }), mask = Tensor.From(true, false, true);
        Check(x.MaskedSelect(mask), "[4]", 1, 3, 4, 6);
        Check(x.MaskedFill(mask, 0), "[2, 3]", 0, 2, 0, 0, 5, 0);
        Check(x.MaskedScatter(mask, Ints(7, 8, 9, 10, 11)), "[2, 3]", 7, 2, 8, 9, 5, 10);
        Check((x > 3).NonZero(), "[3, 2]", 1, 0, 1, 1, 1, 2);
        Check(Tensor.Scalar(3f).NonZero(), "[1, 0]");
        Check(x[(x > 4).NonZeroColumns().Select(c => (TensorIndex)c).ToArray()], "[2]", 5, 6);
        Assert.That(() => x.MaskedScatter(mask, Ints(1)),
            Throws.ArgumentException.With.Message.StartsWith(
                "MaskedScatter: the mask is true 4 times, the source [1] has 1 elements."));
        Assert.That(() => x.MaskedFill(x, 0),
            Throws.ArgumentException.With.Message.StartsWith("MaskedFill: the mask must be bool, this is int64."));
        Assert.That(() => x.MaskedFill(mask, Ints(1, 2)),
            Throws.ArgumentException.With.Message.Contains("Use Where(mask, values, x)"));
    }

    [Test]
    public void Gathering_is_differentiable_to_second_order()
    {
        Tensor at = Rows(new long[,] { { 2, 0 }, { 1, 1 } });
        Numeric.CheckGradients(x => x[0].Gather(1, at), Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0].T.Gather(0, at.T), Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0].ScatterAdd(1, at, x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, [2, 3]));
        Tensor once = Rows(new long[,] { { 2, 0 }, { 1, 2 } });
        Numeric.CheckGradients(x => x[0].Scatter(1, once, x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, [2, 2]));
        Numeric.CheckGradients(x => x[0].IndexSelect(1, Ints(2, 2, 0)), Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0].IndexAdd(0, Ints(1, 1), x[1], -2).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, [2, 3]));
        Numeric.CheckGradients(x => x[0].IndexCopy(1, Ints(0, 2), x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, [2, 2]));
        Numeric.CheckGradients(x => x[0].IndexFill(1, Ints(0, 2), x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, []));
        Numeric.CheckGradients(x => x[0].Take(at), Numeric.Values(2, 3));
        Numeric.CheckGradients(x => Tensor.Embedding(at, x[0]), Numeric.Values(3, 2));
        Tensor mask = Tensor.From(true, false, true);
        Numeric.CheckGradients(x => x[0].MaskedSelect(mask), Numeric.Values(2, 3));
        Numeric.CheckGradients(x => x[0].MaskedFill(mask, x[1]).Square(), Numeric.Values(2, 3), Numeric.Values(9, []));
        Numeric.CheckGradients(x => x[0].Clone().MaskedFillInPlace(mask, x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, []));
        Numeric.CheckGradients(x => x[0].MaskedScatter(mask, x[1]).Square(), Numeric.Values(2, 3),
            Numeric.Values(9, [5]));
    }

    [Test]
    public void Padding_rows_of_a_table_get_no_gradient()
    {
        Tensor w = Tensor.Ones([3, 2], DType.Float64).RequireGrad();
        Tensor.Embedding(Ints(0, 2, 0, 1), w, paddingIndex: 0).Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 1, 1, 1, 1 }));
    }

    [Test]
    public void An_index_changed_before_backward_is_found_out()
    {
        Tensor x = Tensor.From(1.0, 2.0, 3.0).RequireGrad(), at = Ints(0, 1);
        Tensor y = x.Gather(0, at), z = x[at];
        at[0] = 2;
        Assert.That(() => y.Sum().Backward(),
            Throws.InvalidOperationException.With.Message.StartsWith(
                "Backward of Gather needs its index, but it was changed in place"));
        Assert.That(() => z.Sum().Backward(),
            Throws.InvalidOperationException.With.Message.StartsWith(
                "Backward of Index needs its index, but it was changed in place"));
    }

    [Test]
    public void Messages_name_dimension_index_and_size()
    {
        Tensor x = Rows(new long[,] { { 1, 2, 3 }, { 4, 5, 6 } });
        Assert.That(() => x.Gather(1, Rows(new long[,] { { 3 } })),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("Gather: index 3 is out of range for dim 1 of [2, 3], which has 3 entries."));
        Assert.That(() => x.Gather(1, Ints(0)),
            Throws.ArgumentException.With.Message.StartsWith("Gather: index [1] must have the rank of [2, 3]"));
        Assert.That(() => x.IndexSelect(0, Ints(2)),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("IndexSelect: index 2 is out of range for dim 0 of [2, 3]"));
        Assert.That(() => x.Scatter(0, Rows(new long[,] { { 0, 1, 0 } }), Ints(1)),
            Throws.ArgumentException.With.Message.StartsWith(
                "Scatter: source [1] must have at least the sizes of index [1, 3]."));
        Assert.That(() => Tensor.Embedding(Ints(5), x),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("Embedding: index 5 is out of range for dim 0 of [2, 3]"));
    }

    [Test]
    public void Whole_entries_are_given_one_for_each_position()
    {
        Tensor x = Tensor.Zeros([2, 3]), at = Ints(0, 1);
        foreach (Tensor source in new[] { Tensor.Ones([1, 3]), Tensor.Ones([2, 1]), Tensor.Ones([1, 1]) })
        {
            Assert.That(() => x.IndexAdd(0, at, source), Throws.ArgumentException.With.Message.Contains("IndexAdd: "));
            Assert.That(() => x.IndexCopy(0, at, source),
                Throws.ArgumentException.With.Message.Contains("IndexCopy: "));
        }
    }

    [Test]
    public void One_position_is_taken_of_a_number()
    {
        Tensor x = Tensor.Scalar(5.0);
        Assert.That(x.IndexSelect(0, Tensor.From(0L)).Shape.ToArray(), Is.Empty);
        foreach (Tensor index in new[] { Tensor.Zeros([0], DType.Int64), Tensor.From(0L, 0) })
        {
            Assert.That(() => x.IndexSelect(0, index), Throws.ArgumentException.With.Message.Contains(
                $"one position can be taken, not {index.ElementCount}"));
        }
    }
}
