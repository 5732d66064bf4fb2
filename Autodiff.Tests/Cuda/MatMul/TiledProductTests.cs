using Autodiff.Gpu.Kernels.Gemm;

namespace Autodiff.Tests.Cuda.MatMul;

/// <summary>Products by tiles on the emulated device: every tile, every way to read the factors.</summary>
[Parallelizable]
public sealed class TiledProductTests
{
    private static readonly MatrixLayout[] Layouts = [MatrixLayout.Rows, MatrixLayout.Columns, MatrixLayout.LooseRows,
        MatrixLayout.LooseColumns, MatrixLayout.Scattered];

    private ProductBench _bench = null!;

    private static IEnumerable<TestCaseData> AllTiles => ProductTiles.Cases(ProductTiles.All);

    [SetUp]
    public void Open() => _bench = new();

    [TearDown]
    public void Close() => _bench.Dispose();

    [TestCaseSource(nameof(AllTiles))]
    public void Every_way_to_read_the_factors_gives_the_references_product(object arithmetic, object tile)
    {
        foreach (MatrixLayout a in Layouts)
        {
            foreach (MatrixLayout b in Layouts)
            {
                // Sizes of whole 16 bytes, so that contiguous factors take the vector paths; the last tile of the depth
                // is not full.
                _bench.Check(Case(arithmetic, tile, 12, 20, 36) with { A = a, B = b });
            }
        }
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Sizes_around_the_tiles_give_the_references_product(object arithmetic, object tile)
    {
        GemmTile t = (GemmTile)tile;
        foreach ((int m, int n, int k) in ((int, int, int)[])[(t.Rows + 1, t.Columns - 1, t.Depth + 1),
            (t.Rows, t.Columns, t.Depth), (1, t.Columns + 4, 5)])
        {
            _bench.Check(Case(arithmetic, tile, m, n, k));
            _bench.Check(Case(arithmetic, tile, m, n, k) with { A = MatrixLayout.Columns, B = MatrixLayout.Columns });
        }
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Long_depths_go_through_all_stages(object arithmetic, object tile)
    {
        GemmTile t = (GemmTile)tile;
        _bench.Check(Case(arithmetic, tile, 8, 8, ((t.Stages + 2) * t.Depth) + 3));
        _bench.Check(Case(arithmetic, tile, 8, 8, (t.Stages + 2) * t.Depth) with
        {
            A = MatrixLayout.Columns, B = MatrixLayout.Columns
        });
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Batches_with_shared_and_reversed_factors_give_the_references_product(object arithmetic, object tile)
    {
        _bench.Check(Case(arithmetic, tile, 12, 8, 20) with { Batch = 3, A = MatrixLayout.Shared });
        _bench.Check(Case(arithmetic, tile, 12, 8, 20) with { Batch = 3, B = MatrixLayout.Shared, Bias = true });
        _bench.Check(Case(arithmetic, tile, 12, 8, 20) with
        {
            Batch = 2, A = MatrixLayout.Reversed, C = MatrixLayout.Scattered
        });
        _bench.Check(Case(arithmetic, tile, 12, 8, 20) with
        {
            Batch = 2, B = MatrixLayout.Reversed, C = MatrixLayout.Columns
        });
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Bias_and_relu_are_applied_on_the_way(object arithmetic, object tile)
    {
        _bench.Check(Case(arithmetic, tile, 12, 20, 9) with { Bias = true });
        _bench.Check(Case(arithmetic, tile, 12, 20, 9) with { Relu = true });
        _bench.Check(Case(arithmetic, tile, 13, 19, 9) with { Bias = true, Relu = true });
        _bench.Check(Case(arithmetic, tile, 13, 19, 9) with { Bias = true, Relu = true, C = MatrixLayout.LooseRows });
    }

    [TestCaseSource(nameof(AllTiles))]
    public void Parts_of_the_depth_are_added_up(object arithmetic, object tile)
    {
        GemmTile t = (GemmTile)tile;
        ProductCase whole = Case(arithmetic, tile, 12, 20, (5 * t.Depth) + 1);
        ProductCase inParts = whole with { Plan = whole.Plan!.Value with { Part = 2 * t.Depth } };
        _bench.Check(inParts);
        _bench.Check(inParts with
        {
            Batch = 2, Bias = true, Relu = true, A = MatrixLayout.Columns, C = MatrixLayout.Scattered
        });
    }

    [Test]
    public void Many_tiles_are_all_made()
    {
        // More tile rows than a band has, and a last band that is not full.
        _bench.Check(Case(GemmArithmetic.Float32, GemmTile.Small, 11 * 32, 3 * 32, 5));
    }

    private static ProductCase Case(object arithmetic, object tile, int m, int n, int k) => new(m, n, k)
    {
        Type = (GemmArithmetic)arithmetic is GemmArithmetic.Float64 or GemmArithmetic.TensorFloat64
            ? DType.Float64
            : DType.Float32,
        Plan = new(GemmPath.Tiled, (GemmArithmetic)arithmetic, (GemmTile)tile, k),
    };
}
