using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Shapes;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class OrderingTests(string device) : DeviceFixture(device)
{
    private const double NaN = double.NaN;

    [Test]
    public void Sorting_is_stable_and_puts_NaN_last()
    {
        Tensor x = Tensor.From(2, NaN, 1, 2, -0.0, 0, double.NegativeInfinity);
        (Tensor up, Tensor at) = x.Sort();
        Assert.That(at.ToArray<long>(), Is.EqualTo(new long[] { 6, 4, 5, 2, 0, 3, 1 }));
        Assert.That(up.ToArray<double>(), Is.EqualTo(new[] { double.NegativeInfinity, -0.0, 0, 1, 2, 2, NaN }));
        Assert.That(x.ArgSort(descending: true).ToArray<long>(), Is.EqualTo(new long[] { 1, 0, 3, 2, 4, 5, 6 }));
    }

    [TestCase(DType.Bool)]
    [TestCase(DType.Int32)]
    [TestCase(DType.Int64)]
    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Every_type_sorts_along_any_dimension(DType type)
    {
        Tensor x = (Numeric.Values(5, 300, 3) * 20).Round().To(type);
        double[] values = x.ToArray<double>();
        foreach (bool descending in (bool[])[false, true])
        {
            (Tensor sorted, Tensor indices) = x.Sort(1, descending);
            Assert.That(sorted.DType, Is.EqualTo(type));
            double[] actual = sorted.ToArray<double>();
            long[] at = indices.ToArray<long>();
            for (int i = 0; i < 5; i++)
            {
                for (int k = 0; k < 3; k++)
                {
                    IEnumerable<int> places = Enumerable.Range(0, 300);
                    int[] order = [.. descending ? places.OrderByDescending(Key) : places.OrderBy(Key)]; // stable, both
                    Assert.That(places.Select(j => at[(((i * 300) + j) * 3) + k]), Is.EqualTo(order));
                    Assert.That(places.Select(j => actual[(((i * 300) + j) * 3) + k]), Is.EqualTo(order.Select(Key)));

                    double Key(int j) => values[(((i * 300) + j) * 3) + k];
                }
            }
        }
    }

    [Test]
    public void The_largest_and_the_kth()
    {
        Tensor x = Tensor.From(new[,] { { 3.0, 1, 2 }, { 4, 6, 5 } });
        (Tensor top, Tensor at) = x.TopK(2);
        Assert.That(top.ToArray<double>(), Is.EqualTo(new double[] { 3, 2, 6, 5 }));
        Assert.That(at.ToArray<long>(), Is.EqualTo(new long[] { 0, 2, 1, 2 }));
        Assert.That(x.TopK(1, 0, largest: false).Values.ToArray<double>(), Is.EqualTo(new double[] { 3, 1, 2 }));
        (Tensor second, Tensor where) = x.KthValue(2);
        Assert.That(second.ToArray<double>(), Is.EqualTo(new double[] { 2, 5 }));
        Assert.That(where.ToArray<long>(), Is.EqualTo(new long[] { 2, 2 }));
        Assert.That(x.KthValue(1, 0, keepDim: true).Values.Shape.ToString(), Is.EqualTo("[1, 3]"));
        Assert.That(() => x.TopK(4), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => x.KthValue(0), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Order_statistics_send_gradients_to_where_elements_stood()
    {
        Numeric.CheckGradients(x => x[0].Sort(0, descending: true).Values, Numeric.Values(4, 2));
        Numeric.CheckGradients(x => x[0].TopK(2).Values, Numeric.Values(2, 4));
        Numeric.CheckGradients(x => x[0].KthValue(2).Values, Numeric.Values(2, 4));
    }

    [Test]
    public void Unique_elements_and_rows()
    {
        UniqueElements u = Tensor.From(new long[,] { { 3, 1 }, { 3, 7 } }).Unique();
        Assert.That(u.Values.ToArray<long>(), Is.EqualTo(new long[] { 1, 3, 7 }));
        Assert.That(u.Inverse.Shape.ToString(), Is.EqualTo("[2, 2]"));
        Assert.That(u.Inverse.ToArray<long>(), Is.EqualTo(new long[] { 1, 0, 1, 2 }));
        Assert.That(u.Counts.ToArray<long>(), Is.EqualTo(new long[] { 1, 2, 1 }));
        UniqueElements rows = Tensor.From(new[,] { { 2f, 1 }, { 1, 9 }, { 2, 1 } }).Unique(0);
        Assert.That(rows.Values.ToArray<float>(), Is.EqualTo(new float[] { 1, 9, 2, 1 }));
        Assert.That(rows.Inverse.ToArray<long>(), Is.EqualTo(new long[] { 1, 0, 1 }));
        Assert.That(Tensor.From(NaN, NaN).Unique().Counts.ToArray<long>(), Is.EqualTo(new long[] { 1, 1 }));
        Assert.That(Tensor.Zeros([0]).Unique().Values.Shape.ToString(), Is.EqualTo("[0]"));
    }

    [Test]
    public void Places_in_a_sorted_sequence()
    {
        Tensor bounds = Tensor.From(1.0, 3, 3, 5), x = Tensor.From(0.0, 3, 4, 9, NaN);
        Assert.That(x.Bucketize(bounds).ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 3, 4, 4 }));
        Assert.That(x.Bucketize(bounds, right: true).ToArray<long>(), Is.EqualTo(new long[] { 0, 3, 3, 4, 4 }));
        Tensor rows = Tensor.From(new long[,] { { 1, 3 }, { 2, 4 } });
        Assert.That(Tensor.SearchSorted(rows, rows).ToArray<long>(), Is.EqualTo(new long[] { 0, 1, 0, 1 }));
        Tensor shuffled = Tensor.From(3.0, 1, 2);
        Assert.That(Tensor.SearchSorted(shuffled, Tensor.From(2.5), sorter: shuffled.ArgSort()).ToArray<long>(),
            Is.EqualTo(new long[] { 2 }));
        Assert.That(() => Tensor.SearchSorted(rows, bounds),
            Throws.ArgumentException.With.Message.StartsWith("SearchSorted: the sequence [2, 2] must be a vector"));
    }

    [Test]
    public void One_hot_vectors()
    {
        Tensor y = Tensor.From(2L, 0).OneHot();
        Assert.That(y.ToArray<long>(), Is.EqualTo(new long[] { 0, 0, 1, 1, 0, 0 }));
        Assert.That(Tensor.From(2L, 0).OneHot(5).Shape.ToString(), Is.EqualTo("[2, 5]"));
        Assert.That(() => Tensor.From(2L).OneHot(2),
            Throws.InstanceOf<ArgumentOutOfRangeException>()
                .With.Message.StartsWith("OneHot: class 2 is not among 0 to 1."));
        Assert.That(() => Tensor.From(2f).OneHot(), Throws.ArgumentException);
    }

    [Test]
    public void A_sorter_has_the_shape_of_its_sequence()
    {
        Tensor sequence = Tensor.From(new[,] { { 2f, 1, 0 }, { 5, 4, 3 } });
        Tensor values = Tensor.From(new[,] { { 1f }, { 4 } });
        Tensor sorter = sequence.ArgSort();
        Assert.That(Tensor.SearchSorted(sequence, values, sorter: sorter).ToArray<long>(), Is.EqualTo(new[] { 1L, 1 }));
        foreach (Tensor other in new[] { sorter[.., ..2], sorter[..1], Tensor.Cat([sorter, sorter], 1), sorter[0] })
        {
            Assert.That(() => Tensor.SearchSorted(sequence, values, sorter: other),
                Throws.ArgumentException.With.Message.Contains("the sorter").And.Message.Contains("[2, 3]"));
        }
    }

    [Test]
    public void A_plain_number_is_looked_for_in_the_type_of_the_sequence()
    {
        Tensor sequence = Tensor.From(0.1f, 0.2f, 0.3f);
        Assert.That(Tensor.SearchSorted(sequence, 0.1).Item(), Is.EqualTo(0));
        Assert.That(Tensor.SearchSorted(sequence, 0.1, right: true).Item(), Is.EqualTo(1));
        Assert.That(Tensor.SearchSorted(sequence, 0.3, right: true).Item(), Is.EqualTo(3));
        Assert.That(Tensor.SearchSorted(Tensor.From(1L, 2, 3), 2.5).Item(), Is.EqualTo(2));
    }
}
