using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Attention;

/// <summary>Bags of vectors beyond PyTorch's figures: gradients, nothing, refusals, other devices.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class EmbeddingBagTests(string device) : DeviceFixture(device)
{
    private static Tensor Rows => Tensor.From(1L, 3, 0, 3, 2, 2, 5, 0).To(Device.Current);

    private static Tensor Offsets => Tensor.From(0L, 3, 3, 7).To(Device.Current);

    [Test]
    public void Gradients_are_differences_to_second_order()
    {
        Tensor table = GradientCheck.Sample([6, 3], 1), weights = GradientCheck.Sample([8], 2);
        foreach (EmbeddingBagMode mode in Enum.GetValues<EmbeddingBagMode>())
        {
            GradientCheckResult result = Autograd.GradientCheck(
                x => F.EmbeddingBag(Rows, x[0], Offsets, mode: mode, paddingIndex: 1), [table.RequireGrad()],
                new(Order: 2));
            Assert.That(result.Passed, $"{mode}: {result.Message}");
        }

        GradientCheckResult weighted = Autograd.GradientCheck(
            x => F.EmbeddingBag(Rows, x[0], Offsets, mode: EmbeddingBagMode.Sum, perSampleWeights: x[1]),
            [table.RequireGrad(), weights.RequireGrad()], new(Order: 2));
        Assert.That(weighted.Passed, weighted.Message);
    }

    [Test]
    public void Bags_in_rows_and_by_offsets_are_the_same()
    {
        Tensor table = GradientCheck.Sample([6, 3], 1);
        foreach (EmbeddingBagMode mode in Enum.GetValues<EmbeddingBagMode>())
        {
            double[] rows = F.EmbeddingBag(Rows.Reshape(4, 2), table, mode: mode).ToArray<double>();
            Tensor two = Tensor.From(0L, 2, 4, 6).To(Device.Current);
            double[] bags = F.EmbeddingBag(Rows, table, two, mode: mode).ToArray<double>();
            Assert.That(bags, Is.EqualTo(rows).Within(1e-15), $"{mode}");
            Tensor nothing = Rows.Narrow(0, 0, 0);
            foreach (Tensor empty in new[]
            {
                F.EmbeddingBag(nothing.Reshape(2, 0), table, mode: mode),
                F.EmbeddingBag(nothing, table, Tensor.From(0L, 0).To(Device.Current), mode: mode),
            })
            {
                Assert.That(empty.Shape.ToArray(), Is.EqualTo(new[] { 2, 3 }), $"{mode}");
                Assert.That(empty.ToArray<double>(), Is.All.Zero, $"{mode}");
            }
        }
    }

    [Test]
    public void A_row_of_padding_does_not_count_whatever_it_holds()
    {
        double inf = double.PositiveInfinity;
        Tensor table = Tensor.From(new[,] { { inf, double.NaN }, { 1, 2 }, { 3, 4 } }).To(Device.Current).RequireGrad();
        Tensor input = Tensor.From(0L, 1, 2, 0).To(Device.Current);
        Tensor weights = Tensor.From(inf, 1, 1, 2).To(Device.Current).RequireGrad();
        foreach (EmbeddingBagMode mode in Enum.GetValues<EmbeddingBagMode>())
        {
            table.Grad = null;
            foreach (bool inRows in new[] { true, false })
            {
                Tensor bags = inRows ? input.Reshape(2, 2) : input;
                Tensor? offsets = inRows ? null : Tensor.From(0L, 2).To(Device.Current);
                Tensor y = F.EmbeddingBag(bags, table, offsets, mode: mode, paddingIndex: 0);
                y.Sum().Backward();
                Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 4 }), $"{mode}, {inRows}");
                if (mode == EmbeddingBagMode.Sum)
                {
                    y = F.EmbeddingBag(
                        bags, table, offsets, mode: mode, perSampleWeights: weights.Reshape(bags.Shape),
                        paddingIndex: 0);
                    y.Sum().Backward();
                    Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 1, 2, 3, 4 }), $"weighted, {inRows}");
                }
            }

            double each = mode == EmbeddingBagMode.Sum ? 4 : 2;
            Assert.That(table.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, 0, each, each, each, each }), $"{mode}");
        }

        Assert.That(weights.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 6, 14, 0 }));
    }

    [Test]
    public void A_norm_is_kept_in_the_table_and_a_table_may_be_given()
    {
        Tensor table = Tensor.From(new[,] { { 3.0, 4 }, { 0.3, 0.4 }, { 6, 8 } }).To(Device.Current);
        Embedding layer = Embedding.FromPretrained(table, maxNorm: 1);
        Assert.That(layer.Weight.RequiresGrad, Is.False);
        double[] y = layer.Forward(Tensor.From(0L, 1, 0).To(Device.Current)).ToArray<double>();
        Assert.That(y, Is.EqualTo(new[] { 0.6, 0.8, 0.3, 0.4, 0.6, 0.8 }).Within(1e-7));
        Assert.That(layer.Weight.ToArray<double>(), Is.EqualTo(new[] { 0.6, 0.8, 0.3, 0.4, 6, 8 }).Within(1e-7));
        Assert.That(table.ToArray<double>(), Is.EqualTo(layer.Weight.ToArray<double>()), "shared");
        EmbeddingBag bag = EmbeddingBag.FromPretrained(table, freeze: false, mode: EmbeddingBagMode.Sum);
        bag.Forward(Tensor.From(new[,] { { 1L, 1 } }).To(Device.Current)).Sum().Backward();
        Assert.That(bag.Weight.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 0, 2, 2, 0, 0 }));
        Assert.That(layer.ToString(), Does.StartWith("Embedding(3, 2, max_norm=1.0)"));
        Assert.That(
            new EmbeddingBag(4, 2, paddingIndex: 1).ToString(),
            Does.StartWith("EmbeddingBag(4, 2, mode=mean, padding_idx=1)"));
    }

    [Test]
    public void A_call_that_is_refused_leaves_the_table_as_it_was()
    {
        Tensor table = Tensor.From(new[,] { { 3.0, 4 }, { 6, 8 } }).To(Device.Current);
        Tensor rows = Tensor.From(0L, 1).To(Device.Current), numbers = rows.To(DType.Float32);
        Action[] calls =
        [
            () => F.Embedding(numbers, table, maxNorm: 1), () => F.Embedding(rows.Ne(0), table, maxNorm: 1),
            () => F.Embedding(rows, table, paddingIndex: 2, maxNorm: 1),
            () => F.EmbeddingBag(rows, table, rows + 1, maxNorm: 1),
            () => F.EmbeddingBag(rows, table, rows * 5, maxNorm: 1, mode: EmbeddingBagMode.Max),
            () => F.EmbeddingBag(rows, table, rows, maxNorm: 1, includeLastOffset: true),
            () => F.EmbeddingBag(numbers.Unsqueeze(0), table, maxNorm: 1),
        ];
        foreach (Action call in calls)
        {
            Assert.That(() => call(), Throws.InstanceOf<ArgumentException>());
            Assert.That(table.ToArray<double>(), Is.EqualTo(new double[] { 3, 4, 6, 8 }));
        }
    }

    [Test]
    public void What_does_not_fit_is_refused_in_words()
    {
        Tensor table = Tensor.Zeros([6, 3]);
        AttentionTests.Refuses(() => F.EmbeddingBag(Rows, table), "bag in each row");
        AttentionTests.Refuses(() => F.EmbeddingBag(Rows.Reshape(2, 4), table, Offsets), "[M] with offsets");
        AttentionTests.Refuses(() => F.EmbeddingBag(Rows, table, Tensor.Zeros([2])), "int64 or int32");
        AttentionTests.Refuses(
            () => F.EmbeddingBag(Rows, table, Offsets, perSampleWeights: Tensor.Zeros([8])), "weights are for sums");
        AttentionTests.Refuses(
            () => F.EmbeddingBag(Rows, table, Offsets, mode: EmbeddingBagMode.Max, scaleGradByFreq: true),
            "not scaled by frequency");
        AttentionTests.Refuses(() => Embedding.FromPretrained(Tensor.Zeros([3])), "must be a matrix");
        foreach (long[] wrong in new long[][] { [1, 2], [0, 4, 3], [0, 9] })
        {
            Assert.That(
                () => F.EmbeddingBag(Rows, table, Tensor.From(wrong).To(Device.Current)),
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("offsets begin at 0, ascend"));
        }

        foreach (EmbeddingBagMode mode in Enum.GetValues<EmbeddingBagMode>())
        {
            Assert.That(
                () => F.EmbeddingBag(
                    Rows, table, Tensor.From(0L, 2).To(Device.Current), mode: mode, includeLastOffset: true),
                Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains(
                    "the last offset, 2, is the end of the last bag and must be 8"));
        }

        Assert.That(() => new EmbeddingBag(3, 2, paddingIndex: 3), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
