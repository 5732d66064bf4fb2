using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Reductions of nothing, of one, of what is far from zero, and orders among NaN and ties.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class ReductionReportTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Statistics()
    {
        yield return Gives("a variance beside a mean of 1e6 in float32",
            () => Tensor.From(1e6f, 1e6f + 1, 1e6f + 2).Var(), 1);
        yield return Gives("a variance beside a mean of 1e9 in float64", () => Tensor.From(1e9, 1e9 + 1, 1e9 + 2).Var(),
            1);
        yield return Near("pytorch#44350 the mean of three numbers whose sum is beyond float32", 1e-6,
            () => Tensor.From(3e38f, 3e38f, 3e38f).Mean(), 3e38);
        yield return Near("pytorch#180156 the deviation of numbers whose squares are beyond float32", 1e-5,
            () => Tensor.From(1e20f, -1e20f, 1e20f, -1e20f).Std(), 1e20 * Math.Sqrt(4.0 / 3));
        yield return Near("a norm whose squares are beyond float32", 1e-6, () => Tensor.From(3e30f, 4e30f).Norm(),
            5e30);
        yield return Near("the gradient of a norm whose squares are 0 in float32", 1e-6,
            () => Slope(Tensor.From(3e-30f, 4e-30f).RequireGrad(), x => x.Norm()), 0.6, 0.8);
        yield return Gives("pytorch#78064 a cosine similarity is at most 1", () =>
        {
            Tensor.ManualSeed(0);
            Tensor x = Tensor.Randn([10_000, 3]);
            return Truth(x.CosineSimilarity(x).Max().Item() <= 1);
        }, 1);
        yield return Gives("the variance of one number has no denominator", () => Tensor.From(5.0).Var(), NaN);
        yield return Gives("and no gradient that is a number other than 0", () =>
        {
            double slope = Slope(5, x => x.Var()).Item();
            return Truth(double.IsNaN(slope) || slope == 0);
        }, 1);
        yield return Near("a variance of every second row, transposed, is its copy's", 1e-14, () =>
        {
            Tensor x = Tensor.Arange(24, 48, 1, DType.Float64).Reshape(4, 6).T[TensorIndex.Slice(step: 2)];
            return (x.Var(1) - x.Contiguous().Var(1)).Abs().Sum();
        }, 0);
        yield return Near("pytorch#42479 near points far from the origin, float32", 2e-2,
            () => Tensor.From(new[,] { { 1000f, 1000 } }).CDist(Tensor.From(new[,] { { 1000f, 1000.01f } })), 1e-2);
        yield return Near("30 points far from the origin, each against itself", 1e-3, () =>
        {
            Tensor x = Tensor.Linspace(0, 1, 60).Reshape(30, 2) + 10000f;
            return x.CDist(x).Diagonal().Abs().Max();
        }, 0);
        yield return Gives("half of a quantile's gradient to each neighbour",
            () => Slope([1, 2, 3, 4], x => x.Quantile(0.5)), 0, 0.5, 0.5, 0);
        yield return Gives("a median's gradient goes to one of the ties",
            () => Slope([1, 2, 2, 3], x => x.Median()).Sum(), 1);
    }

    private static IEnumerable<TestCaseData> Nothing()
    {
        yield return Gives("the sum, product and mean of nothing",
            () => Tensor.Stack([Tensor.Zeros([0]).Sum(), Tensor.Zeros([0]).Prod(), Tensor.Zeros([0]).Mean()]), 0, 1,
            NaN);
        yield return Gives("pytorch#42429 the largest of each of no rows",
            () => Tensor.From((double)Tensor.Zeros([0, 4]).Max(1).Item1.ElementCount), 0);
        yield return Gives("sums over a dimension of 0", () => Tensor.Zeros([3, 0]).Sum(1), 0, 0, 0);
        yield return Gives("LogSumExp over a dimension of 0", () => Tensor.Zeros([2, 0]).LogSumExp(1), -Inf, -Inf);
        yield return Gives("a matrix product over nothing", () => Tensor.Zeros([2, 0]).MatMul(Tensor.Zeros([0, 2])), 0,
            0, 0, 0);
        yield return Gives("and its gradient keeps the shape", () =>
            Truth(Slope(Tensor.Zeros([2, 0]).RequireGrad(), a => a.MatMul(Tensor.Zeros([0, 2]))).Shape
                == new[] { 2, 0 }), 1);
        yield return Gives("all of nothing, any of nothing",
            () => Tensor.Stack([Tensor.Zeros([0], DType.Bool).All(), Tensor.Zeros([0], DType.Bool).Any()]), 1, 0);
        yield return Gives("NaN is true", () => Tensor.From(NaN).Any(), 1);
        yield return Gives("pytorch#15223 broadcasting against nothing",
            () =>
                Slope(Tensor.Zeros([4], DType.Float64).RequireGrad(),
                    b => Tensor.Zeros([4, 0], DType.Float64) + b.Unsqueeze(1)), 0, 0, 0, 0);
    }

    private static IEnumerable<TestCaseData> Orders()
    {
        yield return Gives("mlx#4274 the place of the largest and of the smallest is that of the first NaN",
            () =>
                Tensor.Stack([Tensor.From(3, NaN, 1, 5).ArgMax(), Tensor.From(3, NaN, 1, 5).ArgMin(),
                    Tensor.From(NaN, 1).ArgMax()]), 1, 1, 0);
        yield return Gives("pytorch#1810 the largest and the smallest beside NaN",
            () => Tensor.Stack([Tensor.From(NaN, 1).Max(), Tensor.From(1, NaN).Min()]), NaN, NaN);
        yield return Gives("the largest along a dimension: NaN and its place", () =>
        {
            (Tensor value, Tensor place) = Tensor.From(3, NaN, 5).Max(0);
            return Tensor.Stack([value, place.To(DType.Float64)]);
        }, NaN, 1);
        yield return Gives("onnx#4716 NaN is the largest of the top",
            () => Tensor.From(1, 2, -3, 4, NaN, Inf).TopK(3).Item1, NaN, Inf, 4);
        yield return Gives("and the last of the smallest",
            () => Tensor.From(1, 2, -3, 4, NaN, Inf).TopK(6, largest: false).Item1, -3, 1, 2, 4, Inf, NaN);
        yield return Gives("sorted up, NaN is last", () => Tensor.From(NaN, 2, 1).Sort().Item1, 1, 2, NaN);
        yield return Gives("sorted down, NaN is first", () => Tensor.From(1, NaN, 2).Sort(descending: true).Item1, NaN,
            2, 1);
        yield return Gives("the first of ties", () => Tensor.From(1.0, 5, 5).ArgMax(), 1);
        yield return Gives("the first of 100,000 ties", () => Tensor.Zeros([100_000]).ArgMax(), 0);
        yield return Gives("0 and -0 are one number",
            () => Tensor.From((double)Tensor.From(0.0, -0.0).Unique().Values.ElementCount), 1);
        yield return Gives("a running largest stays NaN", () => Tensor.From(1, NaN, 5).CumMax(0).Item1, 1, NaN, NaN);
        yield return Gives("the median of four is the lower middle", () => Tensor.From(1.0, 2, 3, 4).Median(), 2);
        yield return Gives("medians with NaN and without",
            () => Tensor.Stack([Tensor.From(1, NaN, 3).Median(), Tensor.From(1, NaN, 3).NanMedian()]), NaN, 1);
        yield return Gives("numpy#12282 a quantile beside infinity", () => Tensor.From(Inf, 5, 4).Quantile(0.5), 5);
        yield return Gives("pytorch#133998 a quantile towards infinity", () => Tensor.From(0, Inf).Quantile(0.4), Inf);
        yield return Gives("the least quantile is the least, beside -infinity too",
            () => Tensor.From(-Inf, 3).Quantile(0), -Inf);
        yield return Gives("a quantile with NaN", () => Tensor.From(1, NaN, 3).Quantile(0.5), NaN);
        yield return Gives("NaN belongs behind all that is sorted",
            () => Tensor.SearchSorted(Tensor.From(1.0, 2, 3), Tensor.From(NaN)), 3);
        yield return Gives("a histogram leaves NaN and the outside out and holds its upper edge",
            () => Tensor.From(0, 1, 2, NaN, 3, -1).Histc(2, 0, 2), 1, 2);
        yield return Gives("the largest along a dimension: the gradient goes to the place that is returned",
            () => Slope([1, 5, 5], x => x.Max(0).Item1), 0, 1, 0);
        yield return Gives("sorting ties: the gradient is a permutation",
            () => Slope([3, 3], x => x.Sort(descending: true).Item1 * Tensor.From(2.0, 1)), 2, 1);
    }

    [TestCaseSource(nameof(Statistics))]
    public void Statistics_far_from_zero(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Nothing))]
    public void Reductions_of_nothing(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Orders))]
    public void Orders_with_NaN_and_ties(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [Test]
    public void The_largest_of_nothing_is_refused() => CheckRefused(() => Tensor.Zeros([0]).Max(), ["no elements"]);

    [TestCase(false)]
    [TestCase(true)]
    public void Sorting_keeps_the_order_of_20000_equal_keys(bool descending)
    {
        long[] places = (Tensor.Arange(20_000) % 3).Sort(descending: descending).Item2.ToArray<long>();
        long[] expected = [.. Enumerable.Range(0, 20_000).Select(i => (long)i)
            .OrderBy(i => descending ? -(i % 3) : i % 3)];
        Assert.That(places, Is.EqualTo(expected));
    }
}
