using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Tests.Cuda.MatMul;

/// <summary>Products as the plan chooses them on the emulated device.</summary>
public sealed class ProductTests
{
    private ProductBench _bench = null!;

    [SetUp]
    public void Open() => _bench = new();

    [TearDown]
    public void Close() => _bench.Dispose();

    [Test]
    public void Sums_of_few_terms_give_the_references_product([Values(DType.Float32, DType.Float64)] DType type,
        [Values(0, 1, 2, 4)] int k)
    {
        _bench.Check(new(7, 12, k) { Type = type });
        _bench.Check(new(7, 13, k) { Type = type, Bias = true, Relu = true });
        _bench.Check(new(300, 4, k) { Type = type, A = MatrixLayout.Columns, B = MatrixLayout.Columns, Bias = true });
        _bench.Check(new(5, 8, k) { Type = type, Batch = 3, B = MatrixLayout.Shared, C = MatrixLayout.Scattered });
        _bench.Check(new(1, 1, k) { Type = type });
    }

    [Test]
    public void Matrices_times_vectors_give_the_references_product([Values(DType.Float32, DType.Float64)] DType type,
        [Values] MatrixLayout layout)
    {
        foreach (int k in (int[])[5, 32, 300])
        {
            _bench.Check(new(37, 1, k) { Type = type, A = layout });
            _bench.Check(new(37, 1, k) { Type = type, A = layout, Batch = 2, Bias = true, Relu = true });
            _bench.Check(new(1, 37, k) { Type = type, B = layout });
            _bench.Check(new(1, 37, k) { Type = type, B = layout, Batch = 2, Bias = true, C = MatrixLayout.LooseRows });
        }
    }

    [Test]
    public void Long_sums_of_a_vector_are_made_in_parts([Values(MatrixLayout.Rows,
        MatrixLayout.Columns)] MatrixLayout layout)
    {
        long before = _bench.Launches;
        _bench.Check(new(3, 1, 3001) { A = layout, Bias = true });
        Assert.That(_bench.Launches - before, Is.EqualTo(2));
        _bench.Check(new(1, 5, 3000) { B = layout, Batch = 2, Relu = true });
    }

    [Test]
    public void Empty_products_launch_nothing()
    {
        long before = _bench.Launches;
        _bench.Check(new(0, 5, 3));
        _bench.Check(new(5, 0, 3));
        _bench.Check(new(5, 4, 3) { Batch = 0 });
        Assert.That(_bench.Launches, Is.EqualTo(before));
    }

    [TestCase(MatMulPrecision.Highest, 24)]
    [TestCase(MatMulPrecision.High, 10.5)]
    [TestCase(MatMulPrecision.Medium, 10.5)]
    public void Random_products_are_as_exact_as_the_precision_says(MatMulPrecision precision, double bits)
    {
        // Factors' errors first, then those of k sums in float32.
        const int K = 70;
        double tolerance = Math.Pow(2, -bits) + (K * Math.Pow(2, -24));
        _bench.Check(new(66, 72, K) { Exact = false, Tolerance = tolerance, Precision = precision, Bias = false });
        _bench.Check(new(66, 71, K)
        {
            Exact = false, Tolerance = tolerance, Precision = precision, A = MatrixLayout.Columns,
            B = MatrixLayout.LooseColumns
        });
    }

    [Test]
    public void Random_products_in_bfloat16_are_within_its_rounding()
    {
        ProductCase c = new(40, 72, 70)
        {
            Exact = false, Tolerance = Math.Pow(2, -7.5),
            Plan = new(GemmPath.Tiled, GemmArithmetic.Bfloat16, GemmTile.TensorSmall(2), 70)
        };
        _bench.Check(c);
        Assert.That(() => _bench.Check(c with { Tolerance = Math.Pow(2, -24) }),
            Throws.InstanceOf<AssertionException>(), "the numbers were rounded at all");
    }

    [Test]
    public void Doubles_stay_doubles_at_every_precision([Values] MatMulPrecision precision) =>
        _bench.Check(new(70, 72, 66)
        {
            Type = DType.Float64, Exact = false, Tolerance = 66 * Math.Pow(2, -53), Precision = precision
        });

    [TestCase(5000, 256, 256, 1)]
    [TestCase(256, 256, 5000, 2)]
    [TestCase(4096, 4096, 4096, 1)]
    [TestCase(64, 64, 100_000, 8)]
    public void Plans_cut_the_depth_where_too_few_tiles_would_be_there(int m, int n, int k, int leastParts)
    {
        GemmPlan plan = GemmPlan.For(Problem(m, n, k), MatMulPrecision.Highest, 132);
        Assert.That(plan.Parts(k), leastParts == 1 ? Is.EqualTo(1) : Is.GreaterThanOrEqualTo(leastParts));
        Assert.That(plan.Parts(k) == 1 || plan.Part % plan.Tile.Depth == 0);
    }

    [Test]
    public void Plans_take_large_tiles_for_large_products_and_small_ones_for_small()
    {
        Assert.That(GemmPlan.For(Problem(4096, 4096, 4096), MatMulPrecision.Highest, 132).Tile,
            Is.EqualTo(GemmTile.Large));
        Assert.That(GemmPlan.For(Problem(100, 100, 50), MatMulPrecision.Highest, 132).Tile, Is.EqualTo(GemmTile.Small));
        Assert.That(GemmPlan.For(Problem(4096, 4096, 4096), MatMulPrecision.High, 132).Tile,
            Is.EqualTo(GemmTile.TensorLarge(4)));
        Assert.That(GemmPlan.For(Problem(4096, 4096, 4096), MatMulPrecision.Medium, 132).Arithmetic,
            Is.EqualTo(GemmArithmetic.Bfloat16));
        Assert.That(GemmPlan.For(Problem(512, 512, 512), MatMulPrecision.Medium, 132).Arithmetic,
            Is.EqualTo(GemmArithmetic.TensorFloat32));
        Assert.That(GemmPlan.For(Problem(1024, 1024, 1024) with { Type = PtxType.F64 }, MatMulPrecision.Highest, 132)
            .Arithmetic, Is.EqualTo(GemmArithmetic.TensorFloat64));
        Assert.That(GemmPlan.For(Problem(5000, 1, 256), MatMulPrecision.High, 132).Path, Is.EqualTo(GemmPath.Vector));
        Assert.That(GemmPlan.For(Problem(5000, 256, 1), MatMulPrecision.High, 132).Path, Is.EqualTo(GemmPath.Thin));
    }

    [Test]
    public void Operands_of_another_device_are_refused()
    {
        Tensor a = Tensor.Ones([1, 2, 3]), b = Tensor.Ones([1, 3, 4]), y = Tensor.Ones([1, 2, 4]);
        Assert.That(() => _bench.Backend.MatMul(a.View, b.View, null, y.View),
            Throws.InvalidOperationException.With.Message.Contains("MatMul"));
    }

    private static GemmProblem Problem(int m, int n, int k) =>
        new(PtxType.F32, 1, m, n, k, new(0, 0, k, 1), new(0, 0, n, 1), new(0, 0, n, 1), 0, false);
}
