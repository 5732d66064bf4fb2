using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>Reductions on the emulated device: every kernel variant against the reference backend.</summary>
[Parallelizable]
public class ReductionKernelTests
{
    private static readonly int[] s_lengths = Agreement.Lengths;

    [TestCaseSource(nameof(s_lengths))]
    public void Rows_and_columns_of_any_length_sum_up(int length)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64, DType.Int32, DType.Int64, DType.Bool })
        {
            double tolerance = type == DType.Float32 ? 3e-6 : 1e-13;
            Agreement.Expect(Agreement.Sample(type, 3, length), x => x.Sum(1), tolerance, $"rows of {type}");
            Agreement.Expect(Agreement.Sample(type, length, 3), x => x.Sum(0), tolerance, $"columns of {type}");
            Agreement.Expect(Agreement.Sample(type, length), x => x.Sum(), tolerance, $"all of {type}");
        }

        Agreement.Expect(Agreement.Sample(DType.Float32, 70, length), x => x.Sum(1), 3e-6, "many rows");
        Agreement.Expect(Agreement.Sample(DType.Float32, length, 132), x => x.Sum(0), 3e-6, "many columns");
    }

    [Test]
    public void Every_combination_is_the_operations_own([Values(DType.Float32, DType.Float64)] DType type)
    {
        Tensor x = Agreement.Sample(type, 5, 77);
        double tolerance = type == DType.Float32 ? 1e-5 : 1e-12;
        Expect(Folds.Sum);
        Expect(Folds.SumOfSquares);
        Expect(Folds.Product);
        Expect(Folds.Max);
        Expect(Folds.Min);
        Expect(Folds.SumOfMagnitudes);
        Expect(Folds.SumOfPowers(3.5));
        Expect(Folds.SumOfPowers(0.5));
        Expect(Folds.MaxMagnitude);
        Expect(Folds.MinMagnitude);
        Expect(Folds.NanSum);
        Expect(Folds.LogSumExp);

        void Expect<TOp>(TOp op) where TOp : unmanaged, IReduction =>
            Agreement.Expect(x, t => Folded(op, t, 1, type), tolerance, typeof(TOp).Name);
    }

    [Test]
    public void Elements_are_combined_in_the_type_that_is_asked_for()
    {
        foreach (DType from in Enum.GetValues<DType>())
        {
            foreach (DType to in new[] { DType.Int32, DType.Int64, DType.Float32, DType.Float64 })
            {
                Tensor x = Agreement.Sample(from, 4, 300);
                x = from.IsFloatingPoint() ? (x * 10).Trunc() : x;
                Agreement.Expect(x, t => Folded(Folds.Sum, t, 1, to), 0, $"{from} as {to}");
                Agreement.Expect(x, t => Folded(Folds.Max, t.Permute(1, 0), 1, to), 0, $"{from} as {to}, columns");
            }
        }

        Agreement.Expect(Agreement.Sample(DType.Bool, 9, 40), t => t.Amax(1), 0, "bool");
        Agreement.Expect(Agreement.Sample(DType.Bool, 9, 40), t => t.Any(0), 0, "any");
    }

    [Test]
    public void NaN_and_infinities_pass_as_they_should()
    {
        Tensor x = Tensor.From(new[,]
        {
            { 1f, float.NaN, 3, -1, 2 }, { float.PositiveInfinity, 1, 2, 3, 4 },
            { float.NegativeInfinity, float.PositiveInfinity, 0, 0, 0 },
            { -0f, 0, -0f, 0, -0f },
            { float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity,
                float.NegativeInfinity },
        });
        Agreement.Expect(x, t => t.Sum(1), 1e-6, "sum");
        Agreement.Expect(x, t => t.Amax(1), 0, "max");
        Agreement.Expect(x, t => t.Amin(0), 0, "min");
        Agreement.Expect(x, t => t.NanSum(1), 1e-6, "nansum");
        Agreement.Expect(x, t => t.LogSumExp(1), 1e-6, "logsumexp");
        Agreement.Expect(x, t => t.LogSumExp(0), 1e-6, "logsumexp of columns");
    }

    [Test]
    public void Any_strides_give_what_copies_give()
    {
        Tensor x = Agreement.Sample(DType.Float32, 6, 7, 8);
        (string Name, Func<Tensor, Tensor> View)[] views =
        [
            ("permuted", t => t.Permute(2, 0, 1)), ("stepped", t => t.Slice(0, 1, 2, 2).Slice(2, 1, 3, 2)),
            ("flipped order", t => t.Permute(2, 1, 0)),
            ("shifted", t => t.Slice(2, 3, 5)), ("repeated", t => t.Slice(1, 2, 1).Expand(6, 5, 8)),
            ("inner repeated", t => t.Slice(2, 2, 1).Expand(6, 7, 9)),
        ];
        int[][] axes = [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]];
        foreach ((string name, Func<Tensor, Tensor> view) in views)
        {
            foreach (int[] reduced in axes)
            {
                Agreement.Expect(x, t => view(t).Sum(reduced), 3e-6, $"{name} over {string.Join(",", reduced)}");
            }
        }
    }

    [Test]
    public void Whole_channels_are_folded_over_batch_and_place()
    {
        Tensor x = Agreement.Sample(DType.Float32, 4, 3, 8, 8);
        Agreement.Expect(x, t => t.Sum([0, 2, 3]), 3e-6, "channels first");
        Agreement.Expect(x, t => t.Permute(0, 2, 3, 1).Sum([0, 1, 2]), 3e-6, "permuted");
        Agreement.Expect(Agreement.Sample(DType.Float32, 4, 8, 8, 3), t => t.Sum([0, 1, 2]), 3e-6, "channels last");
        Agreement.Expect(Agreement.Sample(DType.Float64, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2),
            t => t.Permute(9, 1, 7, 3, 5, 4, 6, 2, 8, 0).Sum([0, 2, 4, 6, 8]), 1e-13, "rank 10");
    }

    [Test]
    public void Long_rows_and_columns_are_cut_into_segments()
    {
        Agreement.Expect(Agreement.Sample(DType.Float32, 50_003), t => t.Sum(), 1e-5, "all");
        Agreement.Expect(Agreement.Sample(DType.Float32, 50_003), t => t.Slice(0, 1, 50_001).Sum(), 1e-5,
            "not aligned");
        Agreement.Expect(Agreement.Sample(DType.Float32, 2, 20_000), t => t.Amax(1), 0, "rows");
        Agreement.Expect(Agreement.Sample(DType.Float32, 9000, 5), t => t.Sum(0), 1e-5, "columns");
        Agreement.Expect(Agreement.Sample(DType.Bool, 40_007), t => t.Sum(), 0, "bool");
        Agreement.Expect(Agreement.Sample(DType.Int32, 3, 30_000), t => t.Permute(1, 0).Sum(0), 0, "turned");
    }

    [Test]
    public void A_fold_is_the_same_bits_every_time()
    {
        Tensor x = Agreement.Sample(DType.Float32, 30_001).To(Agreement.Cuda);
        Tensor once = x.Sum(), again = x.Sum();
        Assert.That(Agreement.Numbers(again), Is.EqualTo(Agreement.Numbers(once)));
    }

    [Test]
    public void Folds_of_nothing_are_neutral()
    {
        Agreement.Expect(Tensor.Zeros([0, 3]), t => t.Sum(0), 0, "sum");
        Agreement.Expect(Tensor.Zeros([0, 3]), t => t.Prod(0), 0, "product");
        Agreement.Expect(Tensor.Zeros([3, 0]), t => Folded(Folds.Max, t, 1, DType.Float32), 0, "max");
        Agreement.Expect(Tensor.Zeros([3, 0]), t => t.Sum(0), 0, "no results");
        Agreement.Expect(Tensor.Scalar(3f), t => t.Sum(), 0, "a number");
    }

    [Test]
    public void What_one_launch_cannot_count_is_cut_in_halves()
    {
        Tensor x = Agreement.Sample(DType.Float32, 9, 7, 30), moved = x.To(Agreement.Cuda).Permute(1, 0, 2);
        CudaBackend backend = (CudaBackend)Agreement.Cuda.Backend;
        using MemoryUse use = MemoryUse.Begin();
        Tensor y = Tensor.Zeros([7], DType.Float64, Agreement.Cuda);
        foreach (int most in new[] { 300, 100, 20, 5, 3 })
        {
            new Reducer<Fold<Identity, Add>>(backend, default, DType.Float32) { MostPerLaunch = most }.Run(
                DType.Float32, backend.Address(use, moved.View),
                KernelDims.Of(moved.View, ..1), KernelDims.Of(moved.View, 1..),
                DType.Float64, backend.Address(use, y.View));
            Assert.That(Agreement.Numbers(y), Is.EqualTo(Agreement.Numbers(x.Sum([0, 2]))).Within(1e-5),
                $"{most} at a time");
        }
    }

    [Test]
    public void Steps_beyond_32_bits_reach_as_far()
    {
        CudaBackend backend = (CudaBackend)Agreement.Cuda.Backend;
        using MemoryUse use = MemoryUse.Begin();
        Tensor x = Agreement.Sample(DType.Float32, 6, 5, 4), moved = x.To(Agreement.Cuda).Permute(0, 2, 1),
            y = Tensor.Zeros([6], DType.Float32, Agreement.Cuda);
        List<KernelDim> kept = KernelDims.Of(moved.View, ..1), reduced = KernelDims.Of(moved.View, 1..);
        ReduceVariant variant = new()
        {
            From = DType.Float32, Compute = DType.Float32, To = DType.Float32, Vector = 1, KeptRank = 1,
            ReducedRank = 2, Wide = true, LogLanes = 3,
        };
        LoadedKernel kernel = backend.Compiled.Get(ReduceRowsKernel.Name, Folds.Sum, variant.Bits,
            static (op, bits) => ReduceRowsKernel.Method(op, new(bits)));
        byte[] block = new byte[kernel.Layout.Bytes];
        ArgumentWriter arguments = new(kernel.Layout, block);
        arguments.Add(kernel.Fields, Folds.Sum);
        arguments.AddView(backend.Address(use, moved.View));
        arguments.AddView(backend.Address(use, y.View));
        RowShape.Of(6, 20, 20, 1).Pass(ref arguments);
        StrideTypes.Add(ref arguments, kept, sizeof(float), 1, wide: true);
        StrideTypes.Add(ref arguments, reduced, sizeof(float), 1, wide: true);
        backend.Launch(kernel, RowShape.Blocks(backend.Sizes, 8, 6, 1), backend.Sizes.Block, block);
        Assert.That(Agreement.Numbers(y), Is.EqualTo(Agreement.Numbers(x.Sum([1, 2]))).Within(1e-5));
    }

    private static Tensor Folded<TOp>(TOp op, Tensor x, int reduced, DType type) where TOp : unmanaged, IReduction
    {
        TensorView view = x.View;
        Tensor y = Tensor.Zeros(Shape.Create(view.Layout.Dims.AsSpan(0, view.Layout.Rank - reduced)), type, x.Device);
        x.Device.Backend.Reduce(op, view, y.View, reduced, type);
        return y;
    }
}
