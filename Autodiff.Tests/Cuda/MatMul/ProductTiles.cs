using Autodiff.Gpu.Kernels.Gemm;

namespace Autodiff.Tests.Cuda.MatMul;

/// <summary>The tiles that products are done by.</summary>
internal static class ProductTiles
{
    public static (string Name, GemmArithmetic Arithmetic, GemmTile Tile)[] All { get; } =
    [
        ("float32, large", GemmArithmetic.Float32, GemmTile.Large),
        ("float32, medium", GemmArithmetic.Float32, GemmTile.Medium),
        ("float32, small", GemmArithmetic.Float32, GemmTile.Small),
        ("float64, tensor cores", GemmArithmetic.TensorFloat64, GemmTile.TensorDouble),
        ("float64, small", GemmArithmetic.Float64, GemmTile.SmallDouble),
        ("TF32, large", GemmArithmetic.TensorFloat32, GemmTile.TensorLarge(4)),
        ("TF32, medium", GemmArithmetic.TensorFloat32, GemmTile.TensorMedium(4)),
        ("TF32, small", GemmArithmetic.TensorFloat32, GemmTile.TensorSmall(4)),
        ("bfloat16, large", GemmArithmetic.Bfloat16, GemmTile.TensorLarge(2)),
        ("bfloat16, medium", GemmArithmetic.Bfloat16, GemmTile.TensorMedium(2)),
        ("bfloat16, small", GemmArithmetic.Bfloat16, GemmTile.TensorSmall(2)),
    ];

    public static IEnumerable<TestCaseData> Cases(
        IEnumerable<(string Name, GemmArithmetic Arithmetic, GemmTile Tile)> tiles) =>
        tiles.Select(tile => new TestCaseData(tile.Arithmetic, tile.Tile).SetArgDisplayNames(tile.Name));
}
