using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class ViewTests(string device) : DeviceFixture(device)
{
    private static Tensor Count(params int[] shape) =>
        Tensor.From<long>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (long)i)], shape);

    private static IEnumerable<TestCaseData> Views()
    {
        yield return Case("Permute", x => x.Permute(2, 0, 1));
        yield return Case("Transpose", x => x.Transpose(0, 2));
        yield return Case("MT", x => x.MT);
        yield return Case("Reshape", x => x.Reshape(6, 4));
        yield return Case("View", x => x.View(-1, 2));
        yield return Case("ViewAs", x => x.Permute(1, 2, 0).ViewAs(Count(12, 2)));
        yield return Case("Flatten", x => x.Flatten(1));
        yield return Case("Unflatten", x => x.Unflatten(-1, 2, -1));
        yield return Case("Squeeze", x => x.Unsqueeze(1).Squeeze());
        yield return Case("MoveDim", x => x.MoveDim([0, 1], [2, 0]));
        yield return Case("SwapAxes", x => x.SwapAxes(0, -1));
        yield return Case("Narrow", x => x.Narrow(1, -2, 2));
        yield return Case("Select", x => x.Select(1, 2));
        yield return Case("Slice", x => x[.., 1.., TensorIndex.Slice(step: 3)]);
        yield return Case("Diagonal", x => x.Diagonal(1, 1, 2));
        yield return Case("Unfold", x => x.Unfold(2, 2, 2));
        yield return Case("Unbind", x => x.Unbind(1)[2]);
        yield return Case("Split", x => x.Split(2, 1)[1]);
        yield return Case("Split by sizes", x => x.Split([1, 2], 1)[1]);
        yield return Case("Chunk", x => x.Chunk(2, 2)[1]);
        yield return Case("TensorSplit", x => x.TensorSplit([1, 2], 1)[1]);

        static TestCaseData Case(string name, Func<Tensor, Tensor> view) =>
            new TestCaseData(view).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Views))]
    public void A_view_shares_storage(Func<Tensor, Tensor> view)
    {
        Tensor x = Count(2, 3, 4);
        long[] shown = view(x).ToArray<long>();
        view(x).Fill(-1);
        Assert.That(x.ToArray<long>(), Is.EqualTo(Enumerable.Range(0, 24).Select(i => shown.Contains(i) ? -1L : i)));
    }

    [TestCaseSource(nameof(Views))]
    public void A_view_is_differentiable_to_second_order(Func<Tensor, Tensor> view) =>
        Numeric.CheckGradients(x => view(x[0]), Numeric.Values(2, 3, 4));

    [Test]
    public void Overlapping_windows_add_their_gradients()
    {
        Numeric.CheckGradients(x => x[0].Unfold(0, 3, 1), Numeric.Values(6, 2));
        Numeric.CheckGradients(x => x[0].Unfold(1, 3, 2), Numeric.Values(2, 5));
        Tensor w = Count(5).Unfold(0, 3, 1);
        Assert.That(w.ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 2, 1, 2, 3, 2, 3, 4 }));
    }

    [Test]
    public void Expanding_repeats_without_copying()
    {
        Tensor x = Count(3, 1);
        Assert.That(x.Expand(2, -1, 4).Strides.ToArray(), Is.EqualTo(new long[] { 0, 1, 0 }));
        Assert.That(x.BroadcastTo(3, 2).ToArray<long>(), Is.EqualTo(new long[] { 0, 0, 1, 1, 2, 2 }));
        Assert.That(Count(3).ExpandAs(x.Expand(3, 3)).ToArray<long>(),
            Is.EqualTo(new long[] { 0, 1, 2, 0, 1, 2, 0, 1, 2 }));
        Tensor[] both = Tensor.BroadcastTensors(x, Count(2));
        Assert.That(both.Select(t => t.Shape.ToString()), Is.All.EqualTo("[3, 2]"));
        Assert.That(() => Count(2).Expand(3),
            Throws.ArgumentException.With.Message.StartsWith("Expand: [2] does not broadcast to [3]."));
    }

    [Test]
    public void A_view_that_would_need_a_copy_is_refused()
    {
        Tensor x = Count(2, 3);
        Assert.That(() => x.T.View(6),
            Throws.ArgumentException.With.Message.StartsWith(
                "View: [3, 2] with strides [1, 3] can't be seen as [6] without a copy. Use Reshape"));
        Assert.That(x.T.Reshape(6).ToArray<long>(), Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
        Assert.That(() => x.View(4), Throws.ArgumentException.With.Message.Contains("has 6 elements"));
    }

    [Test]
    public void Sizes_of_pieces()
    {
        static string Sizes(Tensor[] parts) => string.Join(' ', parts.Select(p => p.Size(0)));
        Assert.That(Sizes(Count(7).Split(3)), Is.EqualTo("3 3 1"));
        Assert.That(Sizes(Count(7).Chunk(4)), Is.EqualTo("2 2 2 1"));
        Assert.That(Sizes(Count(5).Chunk(4)), Is.EqualTo("2 2 1"));
        Assert.That(Sizes(Count(7).TensorSplit(3)), Is.EqualTo("3 2 2"));
        Assert.That(Sizes(Count(7).TensorSplit([2, 5, 9])), Is.EqualTo("2 3 2 0"));
        Assert.That(Sizes(Count(7).TensorSplit([5, 2])), Is.EqualTo("5 0 5"));
        Assert.That(Sizes(Count(0).Chunk(3)), Is.EqualTo("0 0 0"));
        Assert.That(Sizes(Count(0).Split(3)), Is.EqualTo("0"));
    }

    [Test]
    public void Messages_say_what_would_fit()
    {
        Tensor x = Count(2, 3);
        Assert.That(() => x.Narrow(1, 2, 2),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith(
                    "Narrow: 2 entries from 2 on do not fit dim 1 of [2, 3], which has 3 entries."));
        Assert.That(() => x.Split([1, 1], 1),
            Throws.ArgumentException.With.Message.StartsWith(
                "Split: sizes [1, 1] do not add up to the 3 entries of dim 1 of [2, 3]."));
        Assert.That(() => x.Split([-1, 4], 1), Throws.ArgumentException);
        Assert.That(() => x.Unflatten(1, 2, 2),
            Throws.ArgumentException.With.Message.StartsWith(
                "Unflatten: sizes [2, 2] do not multiply to the 3 of dim 1 of [2, 3]."));
        Assert.That(() => x.Flatten(1, 0),
            Throws.ArgumentException.With.Message.StartsWith("Flatten: startDim 1 lies behind endDim 0"));
        Assert.That(() => x.MoveDim([0, 0], [0, 1]),
            Throws.ArgumentException.With.Message.StartsWith("MoveDim: a dimension appears twice"));
        Assert.That(() => x.Diagonal(0, 0, 0),
            Throws.ArgumentException.With.Message.StartsWith("Diagonal: dims 0 and 0 of [2, 3] are the same"));
        Assert.That(() => x.Unfold(1, 4, 1),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("Unfold: windows of 4 entries do not fit dim 1 of [2, 3], which has 3."));
        Assert.That(() => Count(3).MT, Throws.InvalidOperationException);
        Assert.That(() => x.Select(1, 3),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("Select: index 3 is out of range for dim 1 of [2, 3], which has 3 entries."));
        Assert.That(() => Tensor.Scalar(1f).Unbind(),
            Throws.ArgumentException.With.Message.StartsWith("Unbind: a tensor of rank 0 has no dimensions."));
    }

    [Test]
    public void Zero_sizes_pass_through()
    {
        Tensor x = Tensor.Zeros([0, 3]).RequireGrad();
        Assert.That(x.Reshape(3, 0).Shape.ToString(), Is.EqualTo("[3, 0]"));
        Assert.That(x.Flatten().Shape.ToString(), Is.EqualTo("[0]"));
        Assert.That(x.Diagonal().Shape.ToString(), Is.EqualTo("[0]"));
        Assert.That(x.Unbind(), Is.Empty);
        Assert.That(x[.., 1].Shape.ToString(), Is.EqualTo("[0]"));
        Tensor.Cat([x, Tensor.Ones([2, 3])]).Sum().Backward();
        Assert.That(x.Grad!.Shape.ToString(), Is.EqualTo("[0, 3]"));
    }

    [Test]
    public void A_tensor_taken_apart_gets_its_gradient_in_one_piece()
    {
        Tensor x = Numeric.Values(50, 3).RequireGrad();
        Tensor sum = Tensor.Zeros([3], DType.Float64);
        foreach (Tensor row in x.Unbind())
        {
            sum = sum + row * row;
        }

        sum.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo((x.Detach() * 2).ToArray<double>()));
    }

    [Test]
    public void A_hook_may_keep_the_gradient_of_a_tensor_taken_apart()
    {
        Tensor x = Numeric.Values(2, 3).RequireGrad(), y = x * 1.0;
        Tensor? seen = null;
        y.RegisterHook(g => seen = g);
        (y[0] * 2 + y[1] + y.Sum(0)).Sum().Backward();
        Assert.That(seen!.ToArray<double>(), Is.EqualTo(new double[] { 3, 3, 3, 2, 2, 2 }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(seen.ToArray<double>()));
    }

    [Test]
    public void Operations_that_copy_do_so_even_where_nothing_changes()
    {
        Tensor x = Tensor.Zeros([3]);
        Tensor[] copies = [x.Repeat(1), x.Repeat(2, 1), x.Tile(1), x.RepeatInterleave(1), x.RepeatInterleave(1, 0),
            x.Roll(0, 0), x.Roll(3, 0), x.Roll([], [])];
        x += 1;
        Assert.That(copies.Select(copy => copy.Sum().Item()), Is.All.Zero);
        Tensor plane = Tensor.Zeros([2, 2]), turned = plane.Rot90(4);
        plane += 1;
        Assert.That(turned.Sum().Item(), Is.Zero);
    }

    [Test]
    public void A_triangle_of_a_mask_is_a_mask()
    {
        Tensor mask = Tensor.Ones([3, 3], DType.Bool).Tril();
        Assert.That((mask.DType, mask.Sum().Item(), mask.Triu(1).Any().Item<bool>()),
            Is.EqualTo((DType.Bool, 6.0, false)));
    }

    [Test]
    public void A_fill_of_a_bool_view_with_gaps_is_true_where_the_number_is_not_zero()
    {
        Tensor x = Tensor.Zeros([2, 3], DType.Bool);
        foreach (double number in new[] { 0.5, double.NaN, 0, -2 })
        {
            x.T.Fill(number);
            Assert.That(x.ToArray<bool>(), Is.All.EqualTo(number != 0), $"{number}");
            x[.., 1].Fill(number == 0 ? 0.25 : 0);
            Assert.That(x[.., 1].ToArray<bool>(), Is.All.EqualTo(number == 0));
        }
    }
}
