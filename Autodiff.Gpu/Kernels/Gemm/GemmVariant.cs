using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>What multiplies.</summary>
internal enum GemmArithmetic
{
    Float32,
    Float64,

    /// <summary>Tensor cores in float64, with nothing rounded.</summary>
    TensorFloat64,

    /// <summary>Tensor cores: factors rounded to 11 significant bits, sums in float32.</summary>
    TensorFloat32,

    /// <summary>Tensor cores: factors that were rounded to bfloat16, sums in float32.</summary>
    Bfloat16,
}

/// <summary>
/// How the elements of a factor come into shared memory. A line is a row of A or a column of B; its elements run along
/// the depth k.
/// </summary>
internal enum OperandAccess
{
    /// <summary>16 bytes at a time across lines: the same term of neighbouring lines lies together.</summary>
    LineVectors,

    /// <summary>
    /// 16 bytes at a time along a line. Tensor cores take the factors so; for register tiles the copy transposes them.
    /// </summary>
    DepthVectors,

    /// <summary>One element at a time, neighbouring threads on neighbouring lines; any strides.</summary>
    LineElements,

    /// <summary>One element at a time, neighbouring threads on neighbouring terms; any strides.</summary>
    DepthElements,
}

/// <summary>What a result's text depends on beside its strides.</summary>
/// <param name="ColumnDims">
/// Dimensions of the <see cref="GatherIndex"/> that says where a column is; 0 where columns have one stride.
/// </param>
/// <param name="BiasesRows">Whether the bias has a number for each row of each product, not for each column.</param>
internal readonly record struct GemmResult(int ColumnDims, bool BiasesRows);

/// <summary>All that a kernel's text depends on.</summary>
/// <param name="Arithmetic">What multiplies.</param>
/// <param name="Tile">How the work is shared out.</param>
/// <param name="A">How A is read.</param>
/// <param name="B">How B is read.</param>
/// <param name="Near">Whether a tile of A and one of B each span less than 2^32 bytes with strides that are not
/// negative, so that 32 bits hold offsets.</param>
/// <param name="StoreVectors">Whether rows of C are contiguous and take 16 bytes at a time.</param>
/// <param name="Bias">Whether a row is added to every row of C.</param>
/// <param name="Relu">Whether negative results become 0.</param>
internal readonly record struct GemmVariant(
    GemmArithmetic Arithmetic, GemmTile Tile, OperandAccess A, OperandAccess B, bool Near, bool StoreVectors, bool Bias,
    bool Relu)
{
    /// <summary>How A is gathered; null where it is a matrix.</summary>
    public GatherVariant? GatherA { get; init; }

    /// <summary>How B is gathered; null where it is a matrix.</summary>
    public GatherVariant? GatherB { get; init; }

    /// <summary>What C's columns are.</summary>
    public GemmResult Result { get; init; }

    /// <summary>Bytes of an element of A and B.</summary>
    public int ElementSize => Arithmetic switch
    {
        GemmArithmetic.Float64 or GemmArithmetic.TensorFloat64 => 8,
        GemmArithmetic.Bfloat16 => 2,
        _ => 4,
    };

    /// <summary>The type of C.</summary>
    public PtxType Type =>
        Arithmetic is GemmArithmetic.Float64 or GemmArithmetic.TensorFloat64 ? PtxType.F64 : PtxType.F32;

    /// <summary>
    /// Whether the instructions of <see cref="TensorProduct"/> multiply, which take lines of 64 bytes.
    /// </summary>
    public bool TakesLines => Arithmetic is GemmArithmetic.TensorFloat32 or GemmArithmetic.Bfloat16;
}
