using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>A matrix, or a batch of them, on the device; strides count elements.</summary>
internal readonly record struct GemmMatrix(ulong Address, long BatchStride, long RowStride, long ColumnStride)
{
    public GemmMatrix Transposed => new(Address, BatchStride, ColumnStride, RowStride);

    /// <summary>The same from a product of the batch on.</summary>
    public GemmMatrix From(int product, int elementSize) =>
        this with { Address = Address + (ulong)(product * BatchStride * elementSize) };
}

/// <summary>y[b] = act(A[b] B[b] + bias) for A [m, k], B [k, n].</summary>
/// <param name="Type">F32, F64, S32 or S64.</param>
/// <param name="Batch">Products.</param>
/// <param name="M">Rows.</param>
/// <param name="N">Columns.</param>
/// <param name="K">Terms of each sum.</param>
/// <param name="A">The left factor.</param>
/// <param name="B">The right factor.</param>
/// <param name="C">The result.</param>
/// <param name="Bias">The address of a contiguous row of n numbers, or 0.</param>
/// <param name="Relu">Whether negative results become 0.</param>
internal readonly record struct GemmProblem(
    PtxType Type, int Batch, int M, int N, int K, GemmMatrix A, GemmMatrix B, GemmMatrix C, ulong Bias, bool Relu)
{
    public int ElementSize => Type.SizeOf();

    /// <summary>How A's rows are gathered from its address on; null where A is a matrix.</summary>
    public Gather? GatherA { get; init; }

    /// <summary>How B's columns are gathered from its address on; null where B is a matrix.</summary>
    public Gather? GatherB { get; init; }

    /// <summary>Where C's columns are, if they have no one stride.</summary>
    public GatherIndex? Columns { get; init; }

    /// <summary>
    /// Whether the bias has a number for each row of each product of the batch, [batch, m], not for each column.
    /// </summary>
    public bool BiasesRows { get; init; }

    /// <summary>Whether an operand is gathered, which only tiles can do.</summary>
    public bool Gathers => GatherA is not null || GatherB is not null;

    /// <summary>What the text of the result's part of a kernel depends on.</summary>
    public GemmResult Result => new(Columns?.Dims.Length ?? 0, BiasesRows);

    public bool HasBias => Bias != 0;

    /// <summary>Some of the products.</summary>
    public GemmProblem Products(int first, int count) => this with
    {
        Batch = count, A = A.From(first, ElementSize), B = B.From(first, ElementSize), C = C.From(first, ElementSize),
        Bias = HasBias && BiasesRows ? Bias + (ulong)((long)first * M * ElementSize) : Bias,
    };

    /// <summary>How A's rows can be read into tiles.</summary>
    public OperandAccess AccessA(bool tensorCores) =>
        GatherA?.Access ?? Access(A.Address, A.RowStride, A.ColumnStride, A.BatchStride, M, tensorCores);

    /// <summary>How B's columns can be read into tiles.</summary>
    public OperandAccess AccessB(bool tensorCores) =>
        GatherB?.Access ?? Access(B.Address, B.ColumnStride, B.RowStride, B.BatchStride, N, tensorCores);

    /// <summary>Whether <see cref="GemmVariant.Near"/> holds.</summary>
    public bool IsNear(GemmTile tile) =>
        Spans(A.RowStride, A.ColumnStride, tile.Rows, tile.Depth)
            && Spans(B.ColumnStride, B.RowStride, tile.Columns, tile.Depth);

    /// <summary>Whether C takes 16 bytes along its rows.</summary>
    public bool StoresVectors =>
        AreVectors(C.Address, C.ColumnStride, C.RowStride, C.BatchStride)
            && (Columns?.RunLength ?? N) % (16 / ElementSize) == 0;

    /// <summary>Whether elements whose stride is <paramref name="along"/> can be taken 16 bytes at a time.</summary>
    public bool AreVectors(ulong address, long along, long across, long batch) =>
        along == 1 && address % 16 == 0 && across * ElementSize % 16 == 0
            && (Batch == 1 || batch * ElementSize % 16 == 0);

    private OperandAccess Access(ulong address, long lineStride, long depthStride, long batchStride, int lines,
        bool tensorCores) =>
        lines % (16 / ElementSize) == 0 && AreVectors(address, lineStride, depthStride, batchStride)
            ? OperandAccess.LineVectors
        : (tensorCores || K % (16 / ElementSize) == 0) && AreVectors(address, depthStride, lineStride, batchStride)
        ? OperandAccess.DepthVectors
        : Math.Abs(depthStride) <= Math.Abs(lineStride) ? OperandAccess.DepthElements : OperandAccess.LineElements;

    private bool Spans(long lineStride, long depthStride, int lines, int depth) =>
        lineStride >= 0 && depthStride >= 0
            && (((UInt128)lineStride * (uint)lines) + ((UInt128)depthStride * (uint)depth)) * (uint)ElementSize
            <= uint.MaxValue;
}
