using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>
/// Sums of more float32 ones than 2^24, where adding one by one stops. On the CPU only: there are 20 million elements,
/// and the emulated device runs the same kernels at sizes that it can walk in ReductionTests.
/// </summary>
[NonParallelizable]
public class LongSumTests
{
    private const int Count = 20_000_000;

    private static IEnumerable<TestCaseData> Sums()
    {
        yield return Gives("numpy#5681 a sum of 20 million", () => Tensor.Ones([Count]).Sum(), Count);
        yield return Gives("numpy#22956 a mean over the first dimension", () => Tensor.Ones([Count, 2]).Mean(0), 1, 1);
        yield return Gives("numpy#8869 a sum over two of three dimensions",
            () => Tensor.Ones([6_000_000, 3, 2]).Sum([0, 1]), 18e6, 18e6);
        yield return Near("numpy#14691 the deviation of a million equal rows", 1e-3,
            () => Tensor.From(100f, -100).Expand(1_000_000, 2).Std(0, correction: 0), 0, 0);
        yield return Near("the same in a contiguous tensor", 1e-3,
            () => Tensor.From(100f, -100).Expand(1_000_000, 2).Contiguous().Std(0, correction: 0), 0, 0);
        yield return Near("the last running sum", 1e-6, () => Tensor.Ones([Count]).CumSum(0)[^1], Count);
        yield return Gives("the gradient of an element that 20 million places read",
            () => Slope(Tensor.From(1f).RequireGrad(), x => x.Expand(Count)), Count);
        yield return Gives("a dot product", () => Ones().Dot(Ones()), Count);
        yield return Gives("20 million added to one place",
            () => Tensor.Zeros([1]).IndexAdd(0, Tensor.Zeros([Count], DType.Int64), Ones()), Count);
        yield return Near("the gradient of a row that a million places read", 1e-5, () =>
            Slope(Tensor.Ones([2]).RequireGrad(), w => w[Tensor.Zeros([1_000_000], DType.Int64)] * 0.1), 1e5, 0);
        yield return Gives("a product of a row and a column", () => Ones().Reshape(1, -1).MatMul(Ones().Reshape(-1, 1)),
            Count);
        yield return Gives("a count", () => Ones().CountNonZero(), Count);
        yield return Gives("the last of a range of float32", () => Tensor.Arange(0, Count, 1, DType.Float64)[^1],
            Count - 1);

        static Tensor Ones() => Tensor.Ones([Count]);
    }

    [TestCaseSource(nameof(Sums))]
    public void Ones_add_up(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);
}
