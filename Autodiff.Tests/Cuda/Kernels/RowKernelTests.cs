using Autodiff.Devices;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Rows;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>
/// Scans, positions of extremes and the softmax family on the emulated device, against the reference backend.
/// </summary>
[Parallelizable]
public class RowKernelTests
{
    private static readonly int[] s_lengths = Agreement.Lengths;
    private static readonly int[] s_rowLengths = [.. Agreement.Lengths.Where(length => length > 0)];

    [TestCaseSource(nameof(s_lengths))]
    public void Running_sums_of_any_length(int length)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64, DType.Int32, DType.Int64, DType.Bool })
        {
            double tolerance = type == DType.Float32 ? 1e-6 : 1e-13;
            Agreement.Expect(Agreement.Sample(type, 3, length), x => x.CumSum(1), tolerance, $"rows of {type}");
            Agreement.Expect(Agreement.Sample(type, length, 3), x => x.CumSum(0), tolerance, $"columns of {type}");
        }

        Agreement.Expect(Agreement.Sample(DType.Float32, 40, length), x => x.CumSum(1), 1e-6, "many rows");
    }

    [Test]
    public void Scans_run_backwards_along_any_dimension_by_any_combination()
    {
        Tensor x = Agreement.Sample(DType.Float32, 5, 130, 3);
        for (int axis = 0; axis < 3; axis++)
        {
            int along = axis;
            Agreement.Expect(x, t => t.Flip(along).CumSum(along).Flip(along), 1e-6, $"flipped {axis}");
            Agreement.Expect(x, t => t.CumProd(along), 1e-6, $"product {axis}");
            Agreement.Expect(x, t => t.LogCumSumExp(along), 1e-6, $"logcumsumexp {axis}");
            Agreement.Expect(x, t => t.Permute(2, 0, 1).CumSum(along), 1e-6, $"permuted {axis}");
            Agreement.Expect(x, t => Reversed(t, along), 1e-6, $"reversed {axis}");
        }

        Agreement.Expect(x, t => t.Slice(1, 7, 1).Expand(5, 40, 3).CumSum(1), 1e-6, "repeated");
        Agreement.Expect(Tensor.Scalar(3f), t => t.CumSum(0), 0, "a number");
    }

    [Test]
    public void Many_rows_that_are_neighbours_are_scanned_by_a_thread_each() =>
        Agreement.Expect(Agreement.Sample(DType.Float32, 9, 4100), x => x.CumSum(0), 1e-6, "columns");

    [Test]
    public void Long_rows_are_scanned_in_segments()
    {
        Agreement.Expect(Agreement.Sample(DType.Float32, 40_001), x => x.CumSum(0), 1e-6, "one row");
        Agreement.Expect(Agreement.Sample(DType.Int64, 2, 20_000), x => x.CumSum(1), 0, "two rows");
        Agreement.Expect(Agreement.Sample(DType.Float64, 17_000, 2), x => x.LogCumSumExp(0), 1e-12, "columns");
    }

    [TestCaseSource(nameof(s_rowLengths))]
    public void Positions_of_extremes_for_any_length(int length)
    {
        foreach (DType type in Enum.GetValues<DType>())
        {
            // Integers repeat, so the first of equals must win.
            Agreement.Expect(Agreement.Sample(type, 3, length), x => x.ArgMax(1), 0, $"largest of {type}");
            Agreement.Expect(Agreement.Sample(type, 3, length), x => x.ArgMin(1), 0, $"smallest of {type}");
            Agreement.Expect(Agreement.Sample(type, length, 3), x => x.ArgMin(0), 0, $"smallest of columns of {type}");
        }
    }

    [Test]
    public void Positions_of_extremes_prefer_NaN_then_the_first()
    {
        float nan = float.NaN, infinity = float.PositiveInfinity;
        Tensor x = Tensor.From(new[,] { { 1, nan, 3, nan }, { 5, 4, 5, 4 }, { -0f, 0, -0f, 0 },
            { infinity, -infinity, infinity, -infinity }, { nan, nan, nan, nan } });
        foreach (Tensor each in new[] { x, x.To(DType.Float64),
            Tensor.From(int.MinValue, int.MaxValue, int.MinValue, int.MaxValue),
            Tensor.From(long.MinValue, long.MaxValue) })
        {
            Agreement.Expect(each, t => t.ArgMax(-1), 0, "largest");
            Agreement.Expect(each, t => t.ArgMin(-1), 0, "smallest");
            Agreement.Expect(each, t => t.ArgMax(0), 0, "largest of columns");
        }

        Agreement.Expect(Agreement.Sample(DType.Float32, 70_000), t => t.ArgMax(0), 0, "long");
        Agreement.Expect(Agreement.Sample(DType.Int32, 2, 40_000), t => t.ArgMin(1), 0, "long with equals");
        Agreement.Expect(Agreement.Sample(DType.Int64, 40_000), t => t.ArgMax(), 0, "long with equals");
    }

    [TestCaseSource(nameof(s_rowLengths))]
    public void Softmax_and_its_kin_for_any_length(int length)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            double tolerance = type == DType.Float32 ? 2e-6 : 1e-13;
            Tensor x = Agreement.Sample(type, 5, length) * 20;
            Agreement.Expect(x, t => t.Softmax(1), tolerance, $"softmax of {type}");
            Agreement.Expect(x, t => t.LogSoftmax(1), tolerance, $"logsoftmax of {type}");
            Agreement.Expect(x, t => t.LogSumExp(1), tolerance, $"logsumexp of {type}");
        }
    }

    [Test]
    public void Rows_too_long_for_registers_are_normalized([Values(8192, 8193, 9001)] int length)
    {
        Tensor x = Agreement.Sample(DType.Float32, 2, length) * 20;
        Agreement.Expect(x, t => t.Softmax(1), 2e-6, "softmax");
        Agreement.Expect(x, t => t.LogSoftmax(1), 2e-6, "logsoftmax");
        Agreement.Expect(x, t => t.LogSumExp(1), 2e-6, "logsumexp");
    }

    [Test]
    public void Softmax_of_special_rows()
    {
        float nan = float.NaN, infinity = float.PositiveInfinity;
        Tensor x = Tensor.From(new[,]
        {
            { 1, nan, 3 }, { infinity, 1, 2 }, { -infinity, 1, 2 }, { -infinity, -infinity, -infinity },
            { 3e38f, -3e38f, 3e38f }, { infinity, -infinity, 0 },
        });
        Agreement.Expect(x, t => Normalized(t, NormalizerKind.Softmax), 1e-6, "softmax");
        Agreement.Expect(x, t => Normalized(t, NormalizerKind.LogSoftmax), 1e-6, "logsoftmax");
        Agreement.Expect(x, t => t.LogSumExp(1), 1e-6, "logsumexp");
    }

    [Test]
    public void Rows_that_one_launch_cannot_count_are_split_without_gap()
    {
        TensorView x = Tensor.Zeros([1, 1, 2]).Expand(100_000, 70_000, 2).View;
        Rows[] parts = [.. Rows.Of(x)];
        Assert.That(parts, Has.Length.GreaterThan(1));
        long next = 0;
        foreach (Rows part in parts)
        {
            Assert.That((part.First, part.Dims.ElementCount()), Is.EqualTo((next, (long)part.Count)));
            next += part.Count;
        }

        Assert.That(next, Is.EqualTo(7_000_000_000));
    }

    private static Tensor Normalized(Tensor x, NormalizerKind kind)
    {
        Tensor y = Tensor.ZerosLike(x);
        x.Device.Backend.Normalize(kind, x.View, y.View);
        return y;
    }

    /// <summary>A scan whose strides are negative.</summary>
    private static Tensor Reversed(Tensor x, int axis)
    {
        Tensor y = Tensor.ZerosLike(x);
        x.Device.Backend.Scan(Folds.Sum, Backwards(x.View), Backwards(y.View), x.DType);
        return y;

        TensorView Backwards(TensorView view)
        {
            int[] dims = [.. view.Layout.Dims];
            long[] strides = [.. view.Layout.Strides];
            (dims[axis], dims[^1], strides[axis], strides[^1]) = (dims[^1], dims[axis], strides[^1], strides[axis]);
            long last = (dims[^1] - 1) * strides[^1];
            strides[^1] = -strides[^1];
            return new(view.Storage, view.Offset + last, new(dims, strides), view.DType);
        }
    }
}
