namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Sorting on the emulated device, against the reference backend.</summary>
[Parallelizable]
public class SortKernelTests
{
    private static readonly int[] s_lengths = [1, 2, 3, 8, 31, 33, 100, 257, 1025, 2047, 2048, 2049, 4096, 5000];

    [TestCaseSource(nameof(s_lengths))]
    public void Rows_of_any_length_and_type_are_sorted_stably(int length)
    {
        foreach (DType type in length < 2050 ? Enum.GetValues<DType>() : [DType.Float32, DType.Int64])
        {
            Tensor x = Agreement.Sample(type, 3, length); // integers repeat
            ExpectSorted(x, 1, descending: false);
            ExpectSorted(x, 1, descending: true);
        }

        ExpectSorted(Agreement.Sample(DType.Float32, length, 3), 0, descending: false);
    }

    [Test]
    public void NaN_is_largest_and_both_zeros_are_equal([Values] bool descending, [Values(6, 2500)] int length)
    {
        float[] some = [1, float.NaN, float.NegativeInfinity, -0f, 0, float.PositiveInfinity, -1e-40f, 1e-40f,
            float.NaN, -1, float.MaxValue, -float.MaxValue];
        float[] data = new float[2 * length];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = some[i * 7 % 12];
        }

        Tensor x = Tensor.From<float>(data, [2, length]);
        ExpectSorted(x, 1, descending);
        ExpectSorted(x.To(DType.Float64), 1, descending);
    }

    [Test]
    public void Ends_of_the_integers_are_in_order([Values] bool descending)
    {
        ExpectSorted(Tensor.From(5, int.MaxValue, 0, int.MinValue, -1, int.MaxValue), 0, descending);
        ExpectSorted(Tensor.From(5, long.MaxValue, 0, long.MinValue, -1, long.MaxValue), 0, descending);
    }

    [Test]
    public void The_best_few_of_a_row([Values(1, 5, 40, 3000)] int k, [Values] bool largest)
    {
        foreach (int length in new[] { 50, 700, 3000, 10_000 })
        {
            if (k <= length)
            {
                Tensor x = Agreement.Sample(DType.Float32, 2, length);
                Agreement.Expect(x, t => t.TopK(k, 1, largest).Values, 0, $"values of {length}");
                Agreement.Expect(x, t => t.TopK(k, 1, largest).Indices, 0, $"places of {length}");
            }
        }
    }

    [Test]
    public void Any_strides_are_sorted()
    {
        Tensor x = Agreement.Sample(DType.Float32, 4, 5, 90);
        for (int dim = 0; dim < 3; dim++)
        {
            int along = dim;
            Agreement.Expect(x, t => t.Sort(along).Indices, 0, $"dim {dim}");
            Agreement.Expect(x, t => t.Permute(2, 0, 1).Slice(0, 3, 40, 2).Sort(along).Values, 0,
                $"permuted, dim {dim}");
        }

        Agreement.Expect(x, t => t.Slice(2, 7, 1).Expand(4, 5, 30).Sort(2).Indices, 0, "repeated");
        Agreement.Expect(Agreement.Sample(DType.Int32, 0, 5), t => t.Sort(1).Values, 0, "nothing");
        Agreement.Expect(Agreement.Sample(DType.Int32, 300, 2), t => t.Sort(1, descending: true).Indices, 0,
            "many short rows");
    }

    private static void ExpectSorted(Tensor x, int dim, bool descending)
    {
        Agreement.Expect(x, t => t.Sort(dim, descending).Values, 0, $"values of {x.DType} {x.Shape}");
        Agreement.Expect(x, t => t.Sort(dim, descending).Indices, 0, $"places of {x.DType} {x.Shape}");
    }
}
