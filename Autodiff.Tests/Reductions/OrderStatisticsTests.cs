using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Reductions;

/// <summary>Medians, modes, quantiles, running extremes, histograms, distances.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class OrderStatisticsTests(string device) : DeviceFixture(device)
{
    private static readonly double NaN = double.NaN;

    [Test]
    public void The_median_of_an_even_number_is_the_lower_middle()
    {
        Tensor x = Tensor.From(new[,] { { 4.0, 1, 3, 2 }, { 7, 7, 9, 7 } });
        Assert.That(x.Median().Item(), Is.EqualTo(4));
        (Tensor values, Tensor indices) = x.Median(1);
        Assert.That(values.ToArray<double>(), Is.EqualTo(new double[] { 2, 7 }));
        Assert.That(indices.ToArray<long>(), Is.EqualTo(new long[] { 3, 1 }));
        Assert.That(x.Median(0, keepDim: true).Values.ToArray<double>(), Is.EqualTo(new double[] { 4, 1, 3, 2 }));
        Assert.That(Tensor.From(5, 1, 3).Median().Item(), Is.EqualTo(3));
    }

    [Test]
    public void NaN_takes_the_median_or_is_skipped()
    {
        Tensor x = Tensor.From(new[,] { { 4, NaN, 3, 1 }, { NaN, NaN, NaN, NaN } });
        Assert.That(x.Median(1).Values.ToArray<double>(), Is.All.NaN);
        Assert.That(x.NanMedian(1).Values.ToArray<double>(), Is.EqualTo(new[] { 3, NaN }));
        Assert.That((x.Median().Item(), x.NanMedian().Item()), Is.EqualTo((NaN, 3.0)));
        Assert.That(Tensor.Zeros([0]).Median().Item(), Is.NaN);
        Assert.That(() => Tensor.Zeros([0]).Median(0), Throws.InvalidOperationException);
    }

    [Test]
    public void The_mode_is_the_smallest_of_the_most_frequent()
    {
        (Tensor values,
            Tensor indices) = Tensor.From(new[,] { { 3, 1, 3, 1, 2 }, { 5, 4, 3, 2, 1 }, { 0, 2, 2, 2, 0 } }).Mode();
        Assert.That(values.ToArray<int>(), Is.EqualTo(new[] { 1, 1, 2 }));
        Assert.That(indices.ToArray<long>(), Is.EqualTo(new long[] { 3, 4, 3 }));
    }

    [Test]
    public void Quantiles_interpolate()
    {
        Tensor x = Tensor.From(4.0, 1, 3, 2);
        Assert.That(new[] { 0, 0.25, 0.5, 0.9, 1 }.Select(q => x.Quantile(q).Item()),
            Is.EqualTo(new[] { 1, 1.75, 2.5, 3.7, 4 }).Within(1e-12));
        Assert.That(Tensor.From(1.0, NaN).Quantile(0.1).Item(), Is.NaN);
        Tensor ends = Tensor.From(double.NegativeInfinity, 3, double.PositiveInfinity).RequireGrad();
        Assert.That(new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(q => ends.Quantile(q).Item()),
            Is.EqualTo(new[] { double.NegativeInfinity, double.NegativeInfinity, 3, double.PositiveInfinity,
                double.PositiveInfinity }));
        Assert.That(Tensor.From(double.NegativeInfinity, 3.0).Quantile(1).Item(), Is.EqualTo(3),
            "a neighbour without weight");
        Assert.That(Tensor.From(double.PositiveInfinity, double.PositiveInfinity).Quantile(0.3).Item(),
            Is.EqualTo(double.PositiveInfinity));
        ends.Quantile(0.5).Backward();
        Assert.That(ends.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 0, 1, 0 }));
        Assert.That(() => x.Quantile(1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Running_extremes_know_their_places()
    {
        Tensor x = Tensor.From(2.0, 1, 3, 3, NaN, 9);
        (Tensor most, Tensor atMost) = x.CumMax(0);
        Assert.That(most.ToArray<double>(), Is.EqualTo(new[] { 2, 2, 3, 3, NaN, NaN }));
        Assert.That(atMost.ToArray<long>()[..5], Is.EqualTo(new long[] { 0, 0, 2, 3, 4 }));
        (Tensor least, Tensor atLeast) = x.Narrow(0, 0, 4).CumMin(0);
        Assert.That(least.ToArray<double>(), Is.EqualTo(new double[] { 2, 1, 1, 1 }));
        Assert.That(atLeast.ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 1, 1 }));
    }

    [Test]
    public void Running_log_sums_do_not_overflow()
    {
        double inf = double.PositiveInfinity;
        Assert.That(Tensor.From(-inf, 1000, 1000, -2000).LogCumSumExp(0).ToArray<double>(),
            Is.EqualTo(new[] { -inf, 1000, 1000 + Math.Log(2), 1000 + Math.Log(2) }).Within(1e-12));
        Tensor x = Tensor.From(-inf, 1000, 1000).RequireGrad();
        x.LogCumSumExp(0).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, 1.5, 0.5 }).Within(1e-12));
    }

    [Test]
    public void Histograms_count_what_is_inside()
    {
        Tensor x = Tensor.From(0.0, 0.5, 1, 1, 2, 3, NaN, -7);
        Assert.That(x.Histc(3, 0, 3).ToArray<double>(), Is.EqualTo(new double[] { 2, 2, 2 }));
        Assert.That(Tensor.From(1f, 2, 3, 4).Histc(2).ToArray<float>(), Is.EqualTo(new float[] { 2, 2 }));
        Assert.That(Tensor.Full([4], 5).Histc(2).ToArray<float>(), Is.EqualTo(new float[] { 0, 4 }));
        Assert.That(() => x.Histc(3), Throws.ArgumentException.With.Message.Contains("both must be finite"));
        Tensor n = Tensor.From(1, 3, 1, 0);
        Assert.That(n.Bincount().ToArray<long>(), Is.EqualTo(new long[] { 1, 2, 0, 1 }));
        Assert.That(n.Bincount(Tensor.From(0.5f, 1, 2, 4), minLength: 5).ToArray<float>(),
            Is.EqualTo(new[] { 4, 2.5f, 0, 1, 0 }));
        Assert.That(() => Tensor.From(-1).Bincount(), Throws.ArgumentException.With.Message.Contains("non-negative"));
    }

    [Test]
    public void Distances_by_a_matrix_product_agree_with_the_definition()
    {
        Tensor a = GradientCheck.Sample([2, 30, 5]), b = GradientCheck.Sample([40, 5], 2);
        Assert.That(a.CDist(b).ToArray<double>(),
            Is.EqualTo((a.Unsqueeze(-2) - b.Unsqueeze(-3)).Norm(2, -1).ToArray<double>()).Within(1e-7));
        Tensor same = GradientCheck.Sample([30, 3]).RequireGrad();
        same.CDist(same).Sum().Backward();
        Assert.That(same.Grad!.ToArray<double>(), Is.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Chains_and_blocks_of_products()
    {
        Tensor[] chain = [GradientCheck.Sample([7]), GradientCheck.Sample([7, 2]), GradientCheck.Sample([2, 9]),
            GradientCheck.Sample([9])];
        Assert.That(Tensor.MultiDot(chain).Item(),
            Is.EqualTo(chain[0].MatMul(chain[1]).MatMul(chain[2]).MatMul(chain[3]).Item()).Within(1e-12));
        Assert.That(() => Tensor.MultiDot(chain[1], chain[1]),
            Throws.ArgumentException.With.Message.Contains("factor 1 [7, 2] does not fit [7, 2] before it"));
        Assert.That(Tensor.From(new[,] { { 1, 2 } }).Kron(Tensor.From(new[,] { { 0, 1 }, { 2, 3 } })).ToArray<int>(),
            Is.EqualTo(new[] { 0, 1, 0, 2, 2, 3, 4, 6 }));
    }
}
