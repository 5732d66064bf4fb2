namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// How a block of threads shares the work: it makes <c>Rows x Columns</c> of C, <c>Depth</c> terms of the sums at a
/// time.
/// </summary>
/// <param name="Rows">Rows of C.</param>
/// <param name="Columns">Columns of C.</param>
/// <param name="Depth">Terms that lie in shared memory at a time, for each stage.</param>
/// <param name="WarpsDown">Warps along the rows.</param>
/// <param name="WarpsAcross">Warps along the columns.</param>
/// <param name="Stages">Pieces in shared memory: one is used while the others are on their way.</param>
/// <param name="Residency">Blocks that should share a multiprocessor: bounds the registers.</param>
internal readonly record struct GemmTile(int Rows, int Columns, int Depth, int WarpsDown, int WarpsAcross, int Stages,
    int Residency)
{
    public int Threads => 32 * WarpsDown * WarpsAcross;

    public int WarpRows => Rows / WarpsDown;

    public int WarpColumns => Columns / WarpsAcross;

    /// <summary>
    /// 16x8 results a thread: 24 loads for 128 multiply-adds, so that nearly all instructions are multiply-adds.
    /// </summary>
    public static GemmTile Large => new(128, 128, 8, 2, 2, 4, 2);

    /// <summary>8x4 results a thread.</summary>
    public static GemmTile Medium => new(64, 64, 16, 2, 2, 3, 4);

    /// <summary>4x4 results a thread.</summary>
    public static GemmTile Small => new(32, 32, 16, 2, 1, 3, 8);

    /// <summary>float64 on the tensor cores, 32x64 results a warp.</summary>
    public static GemmTile TensorDouble => new(64, 128, 8, 2, 2, 3, 2);

    /// <summary>float64, 4x4 results a thread.</summary>
    public static GemmTile SmallDouble => new(32, 32, 16, 2, 1, 3, 4);

    /// <summary>Tensor cores: 64x64 results a warp. Bytes rather than terms fix the depth, which is 64 bytes.</summary>
    public static GemmTile TensorLarge(int elementSize) => new(128, 256, 64 / elementSize, 2, 4, 4, 1);

    /// <summary>Tensor cores, with a quarter of the warps.</summary>
    public static GemmTile TensorMedium(int elementSize) => new(128, 128, 64 / elementSize, 2, 2, 4, 2);

    /// <summary>Tensor cores, one warp a block.</summary>
    public static GemmTile TensorSmall(int elementSize) => new(64, 64, 64 / elementSize, 1, 1, 4, 4);
}
