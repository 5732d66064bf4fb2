using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Gpu.Kernels.Rows;
using Autodiff.Operations;

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>The kernels in which threads work together, as text.</summary>
[Parallelizable]
public class FoldingKernelTests
{
    private static IEnumerable<TestCaseData> Kernels()
    {
        ReduceVariant singles = new()
        {
            From = DType.Float32, Compute = DType.Float32, To = DType.Float32, Vector = 4, KeptRank = 1,
            LogLanes = 5,
        };
        ReduceVariant bools = new()
        {
            From = DType.Bool, Compute = DType.Int64, To = DType.Int64, Vector = 16, KeptRank = 1, LogLanes = 8,
        };
        ReduceVariant far = new()
        {
            From = DType.Float64, Compute = DType.Float64, To = DType.Float64, Vector = 2, KeptRank = 11,
            ReducedRank = 12, Wide = true,
        };
        RowVariant rows = new()
        {
            From = DType.Float32, Compute = DType.Float64, To = DType.Float32, Vector = 4, LogLanes = 8,
        };
        RowVariant held = rows;
        held.Held = 4;
        yield return Case("rows", ReduceRowsKernel.Method(Folds.Sum, singles), "ld.global.v4.f32");
        yield return Case("rows of bool", ReduceRowsKernel.Method(Folds.Sum, bools), "ld.global.v4.b32");
        yield return Case("rows of many dimensions", ReduceRowsKernel.Method(Folds.Sum, far), "ld.global.v2.f64");
        yield return Case("columns", ReduceColumnsKernel.Method(Folds.SumOfSquares, singles), "ld.global.v4.f32");
        yield return Case(
            "finish", FinishKernel.Method<FinishedSum<Square, HomogeneousFinish<Of1<Sqrt>>>>(singles), "ld.global.f32");
        yield return Case("softmax", NormalizeKernel.Method(held), "ld.global.v4.f32");
        yield return Case("softmax of long rows", NormalizeKernel.Method(rows), "ld.global.v4.f32");
        yield return Case("scan", ScanKernel.Method<Fold<Identity, Add>>(rows), "ld.global.v4.f32");
        yield return Case("positions of extremes", ArgReduceKernel.Method(rows), "ld.global.f32");
        yield return Case("sort", SortKernel.Method(rows), "ld.global.f32");
        yield return Case("merge", MergeKernel.Method(rows), "ld.global.f32");
    }

    [TestCaseSource(nameof(Kernels))]
    public void Neighbours_come_in_accesses_of_sixteen_bytes_and_nothing_lies_in_local_memory(
        MethodInfo kernel, string access)
    {
        string text = KernelCompiler.Compile(kernel, "kernel", 512, "kernel").Text;
        Assert.That(text, Does.Contain(access));
        Assert.That(text, Does.Not.Contain(".local").And.Not.Contain(".func").And.Not.Contain("call"));
    }

    /// <summary>One after the other, since kernels share the methods that they call.</summary>
    [Test]
    public void No_number_of_dimensions_leaves_arguments_in_local_memory()
    {
        Assert.Multiple(() =>
        {
            foreach (int kept in (int[])[0, 1, 2, 3, 4])
            {
                foreach (int reduced in (int[])[0, 1, 2, 3, 4])
                {
                    ReduceVariant variant = new()
                    {
                        From = DType.Float32, Compute = DType.Float32, To = DType.Float32, Vector = 1,
                        KeptRank = kept, ReducedRank = reduced,
                    };
                    Check("rows", ReduceRowsKernel.Method(Folds.Sum, variant));
                    if (reduced > 0)
                    {
                        Check("columns", ReduceColumnsKernel.Method(Folds.Sum, variant));
                    }

                    void Check(string name, MethodInfo kernel) =>
                        Assert.That(KernelCompiler.Compile(kernel, "kernel", 512, "kernel").Text,
                            Does.Not.Contain(".local"), $"{name}: {kept} kept, {reduced} reduced dimensions");
                }
            }
        });
    }

    /// <summary>How many accesses are under way decides a sum's tree: a change would change bits.</summary>
    [Test]
    public void Short_reductions_take_four_accesses_at_a_time_and_long_ones_one()
    {
        Assert.Multiple(() =>
        {
            foreach (DType type in new[] { DType.Float32, DType.Float64, DType.Int32, DType.Int64 })
            {
                Expect(Folds.Sum, type, typeof(OfFour));
                Expect(Folds.Product, type, typeof(OfFour));
                Expect(Folds.Max, type, typeof(OfFour));
                Expect(Folds.Min, type, typeof(OfFour));
                Expect(Folds.NanSum, type, typeof(OfFour));
                Expect(Folds.SumOfMagnitudes, type, typeof(OfFour));
                Expect(Folds.MaxMagnitude, type, typeof(OfFour));
                Expect(Folds.MinMagnitude, type, typeof(OfFour));
                Expect(Folds.SumOfSquares, type, typeof(OfFour));
                Expect(Folds.Mean(3), type, typeof(OfFour));
                Expect(Folds.Norm, type, typeof(OfFour));
                Expect(Folds.Variance(3), type, typeof(OfFour));
                Expect(Folds.Deviation(3), type, typeof(OfFour));
                Expect(Folds.InverseDeviation(3, 1e-5), type, typeof(OfFour));
                Expect(new Mapped<Fold<AbsPow, Add>>(Folds.SumOfPowers(3)), type, typeof(OfFour));
                Expect(Folds.LogSumExp, type, typeof(OfOne));
                Expect(new Mapped<Fold<Identity, LogAddExp>>(Folds.LogSumExp), type, typeof(OfOne));
                Expect(Folds.SumOfPowers(3), type, typeof(OfOne));
                Expect(Folds.PowerNorm(0.5), type, typeof(OfOne));
                Expect(new ShiftedReduction<Fold<Identity, Add>>(Folds.Sum, 3), type, typeof(OfOne));
            }
        });

        static void Expect<TOp>(TOp op, DType type, Type loads) where TOp : unmanaged, IReduction =>
            Assert.That(ReductionFormula.LoadsInFlight(op, type), Is.EqualTo(loads), $"{typeof(TOp)} in {type}");
    }

    private static TestCaseData Case(string name, MethodInfo kernel, string access) =>
        new TestCaseData(kernel, access).SetArgDisplayNames(name);
}
