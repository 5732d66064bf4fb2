using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>The algorithms of a product.</summary>
internal enum GemmPath
{
    /// <summary>Sums of few terms, without shared memory: <see cref="ThinProduct"/>.</summary>
    Thin,

    /// <summary>A matrix times a vector: <see cref="VectorProduct"/>.</summary>
    Vector,

    /// <summary>Tiles: <see cref="GemmKernel"/>.</summary>
    Tiled,
}

/// <summary>
/// How a product is done. It follows from shapes, strides and the device alone, so the same product gives the same bits
/// every time.
/// </summary>
/// <param name="Path">The way.</param>
/// <param name="Arithmetic">What multiplies, for tiles.</param>
/// <param name="Tile">The tile, for tiles.</param>
/// <param name="Part">Terms that a block sums up; where they are fewer than k, a second kernel adds the parts in
/// order.</param>
internal readonly record struct GemmPlan(GemmPath Path, GemmArithmetic Arithmetic, GemmTile Tile, int Part)
{
    /// <summary>With more terms than this, tiles pay.</summary>
    public const int ThinDepth = 4;

    // A part of the depth is at least this long.
    private const int MinPart = 64;

    private const int MinPartOfVector = 128;

    // Clocks for a launch more, and for a tile's beginning and end.
    private const double LaunchClocks = 4000, TileClocks = 800;

    // Bytes a clock of one multiprocessor's share of the memory.
    private const double BytesPerClock = 15;

    private static readonly (GemmArithmetic, GemmTile, double)[] TilesFloat32 =
    [
        (GemmArithmetic.Float32, GemmTile.Large, 112), (GemmArithmetic.Float32, GemmTile.Medium, 96),
        (GemmArithmetic.Float32, GemmTile.Small, 70),
    ];

    private static readonly (GemmArithmetic, GemmTile, double)[] TilesFloat64 =
    [
        (GemmArithmetic.TensorFloat64, GemmTile.TensorDouble, 100), (GemmArithmetic.Float64, GemmTile.SmallDouble, 35),
    ];

    private static readonly (GemmArithmetic, GemmTile, double)[] TilesTensorFloat32 =
    [
        (GemmArithmetic.TensorFloat32, GemmTile.TensorLarge(4), 480),
        (GemmArithmetic.TensorFloat32, GemmTile.TensorMedium(4), 420),
        (GemmArithmetic.TensorFloat32, GemmTile.TensorSmall(4), 250),
    ];

    private static readonly (GemmArithmetic, GemmTile, double)[] TilesBfloat16 =
    [
        (GemmArithmetic.Bfloat16, GemmTile.TensorLarge(2), 960),
        (GemmArithmetic.Bfloat16, GemmTile.TensorMedium(2), 840),
        (GemmArithmetic.Bfloat16, GemmTile.TensorSmall(2), 500),
    ];

    /// <summary>The plan for a product.</summary>
    public static GemmPlan For(in GemmProblem g, MatMulPrecision precision, int multiprocessors)
    {
        GemmArithmetic plain = g.Type == PtxType.F64 ? GemmArithmetic.Float64 : GemmArithmetic.Float32;
        if (g.Gathers)
        {
            // Nothing of a gathered operand is copied, so none is rounded to bfloat16.
            MatMulPrecision most = precision == MatMulPrecision.Medium ? MatMulPrecision.High : precision;
            return Tiled(g, plain, most, multiprocessors);
        }

        if (g.K > ThinDepth && (g.M == 1 || g.N == 1))
        {
            return new(GemmPath.Vector, plain, default, VectorPart(g, multiprocessors));
        }

        // Tiles are made for floating-point numbers.
        if (g.K <= ThinDepth || !g.Type.IsFloat())
        {
            return new(GemmPath.Thin, plain, default, g.K);
        }

        return Tiled(g, plain, precision, multiprocessors);
    }

    /// <summary>Parts that the depth is cut into.</summary>
    public int Parts(int depth) => Part >= depth ? 1 : Over(depth, Part);

    /// <summary>size / unit, rounded up.</summary>
    public static int Over(int size, int unit) => (int)(((long)size + unit - 1) / unit);

    private static GemmPlan Tiled(
        in GemmProblem g, GemmArithmetic plain, MatMulPrecision precision, int multiprocessors)
    {
        (double best, GemmPlan plan) = (double.PositiveInfinity, default);
        foreach ((GemmArithmetic arithmetic, GemmTile tile,
            double rate) in Tiles(plain == GemmArithmetic.Float64 ? plain : OnTensorCores(g, precision)))
        {
            for (int parts = 1; parts == 1 || (g.K / parts >= MinPart && Elements(g) * parts <= int.MaxValue);
                parts *= 2)
            {
                int part = parts == 1 ? Math.Max(g.K, 1) : Over(Over(g.K, parts), tile.Depth) * tile.Depth;
                double clocks = Clocks(g, tile, rate, part, multiprocessors);
                if (clocks < best)
                {
                    (best, plan) = (clocks, new(GemmPath.Tiled, arithmetic, tile, part));
                }
            }
        }

        return plan;
    }

    // With the multiply-adds a clock of a full multiprocessor. float64's tensor cores round nothing, so they need no
    // leave.
    private static (GemmArithmetic Arithmetic, GemmTile Tile, double Rate)[] Tiles(GemmArithmetic arithmetic) =>
        arithmetic switch
    {
        GemmArithmetic.Float64 => TilesFloat64,
        GemmArithmetic.TensorFloat32 => TilesTensorFloat32,
        GemmArithmetic.Bfloat16 => TilesBfloat16,
        _ => TilesFloat32,
    };

    private static long Elements(in GemmProblem g) => (long)g.Batch * g.M * g.N;

    private static GemmArithmetic OnTensorCores(in GemmProblem g, MatMulPrecision precision)
    {
        double work = (double)g.Batch * g.M * g.N * g.K;
        if (precision == MatMulPrecision.Highest || Math.Min(g.M, g.N) < 16 || work < 1 << 18)
        {
            return GemmArithmetic.Float32;
        }

        // Rounding both factors to bfloat16 first is a pass over memory: it must be less than half of the product in
        // TF32.
        bool pays = (double)g.M * g.N > 600.0 * ((double)g.M + g.N) && work > 3e9;
        return precision == MatMulPrecision.Medium && pays ? GemmArithmetic.Bfloat16 : GemmArithmetic.TensorFloat32;
    }

    private static double Clocks(in GemmProblem g, GemmTile tile, double rate, int part, int multiprocessors)
    {
        int parts = Over(g.K, part);
        double blocks = (double)Over(g.M, tile.Rows) * Over(g.N, tile.Columns) * parts * g.Batch;
        double each = Math.Ceiling(blocks / multiprocessors);

        // A multiprocessor with fewer blocks than it can hold waits more.
        double busy = 0.5 + (0.5 * Math.Min(1, each / tile.Residency));
        double clocks = (each * (double)tile.Rows * tile.Columns * part / (rate * busy))
            + (Math.Ceiling(each / tile.Residency) * TileClocks);
        return parts == 1
            ? clocks
            : (1.05 * clocks) + LaunchClocks
            + (2.0 * parts * Elements(g) * g.ElementSize / (BytesPerClock * multiprocessors));
    }

    // Enough blocks for every multiprocessor to have several, each with terms enough to be worth it.
    private static int VectorPart(in GemmProblem g, int multiprocessors)
    {
        long lines = (long)g.Batch * Math.Max(g.M, g.N);
        int parts = 1;
        while (lines * parts / VectorProduct.LinesPerBlock(g) < 2L * multiprocessors
            && g.K / parts >= 2 * MinPartOfVector)
        {
            parts *= 2;
        }

        return parts == 1 ? g.K : Over(Over(g.K, parts), 32) * 32;
    }
}
