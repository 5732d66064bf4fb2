using System.Numerics;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// A warp's 32x64 in float64 on the tensor cores, as 4x8 instructions of 8x8 results over four terms (mma.m8n8k4).
/// </summary>
/// <remarks>
/// Two instructions share 16 lines of the tile: instruction i of a pair calls line 2 r + i its r-th, so that a thread's
/// factors for both are neighbours in memory, and so are its results. The fragments' layouts are in "Parallel Thread
/// Execution ISA", matrix fragments for mma.m8n8k4 with .f64.
/// </remarks>
internal sealed class DoubleTensorProduct : BlockProduct
{
    /// <summary>Padding of a row of terms in bytes: four rows of eight lines have no bank conflicts.</summary>
    public const int Padding = 32;

    private const int WarpRows = 32, WarpColumns = 64, StepTerms = 4, PairLines = 16;

    private readonly SharedTile _a, _b;
    private readonly Value _fromA, _fromB;
    private readonly Value[][] _factorsA, _factorsB;

    // Two results of each instruction (row, column).
    private readonly Variable[,][] _sums = new Variable[WarpRows / 8, WarpColumns / 8][];

    public DoubleTensorProduct(KernelWriter w, GemmVariant variant, SharedTile a, SharedTile b, Value sharedA,
        Value sharedB)
        : base(w)
    {
        GemmTile tile = variant.Tile;
        if (tile.WarpRows != WarpRows || tile.WarpColumns != WarpColumns)
        {
            throw new InvalidOperationException(
                $"A warp makes {WarpRows}x{WarpColumns} results in float64 on tensor cores, not "
                    + $"{tile.WarpRows}x{tile.WarpColumns}.");
        }

        (_a, _b) = (a, b);
        Value warp = w.ThreadX >> 5, lane = w.ThreadX & 31, line = (lane >> 2) * 2, term = lane & 3;
        Value rows = (warp & (tile.WarpsDown - 1)) * WarpRows,
            columns = (warp >> BitOperations.Log2((uint)tile.WarpsDown)) * WarpColumns;
        Row = rows + line;
        Column = columns + (term * 4);
        _fromA = sharedA + a.Place(rows + line, 0, term, 0).Offset;
        _fromB = sharedB + b.Place(columns + line, 0, term, 0).Offset;
        _factorsA = Registers(WarpRows / 8);
        _factorsB = Registers(WarpColumns / 8);
        RowOffsets = [.. Enumerable.Range(0, WarpRows / 8).Select(i => (i / 2 * PairLines) + (i % 2))];
        ColumnOffsets = [.. Enumerable.Range(0, WarpColumns / 8).Select(g => (g / 2 * PairLines) + (g % 2 * 2))];
        for (int i = 0; i < _sums.GetLength(0); i++)
        {
            for (int j = 0; j < _sums.GetLength(1); j++)
            {
                _sums[i, j] = [w.Variable(Value.Constant(PtxType.F64, 0L)),
                    w.Variable(Value.Constant(PtxType.F64, 0L))];
            }
        }

        Value[][] Registers(int count) =>
            [.. Enumerable.Range(0, 2)
                .Select(_ => Enumerable.Range(0, count).Select(_ => w.NewRegister(PtxType.F64)).ToArray())];
    }

    public override int Steps => _a.Depth / StepTerms;

    public override IReadOnlyList<int> RowOffsets { get; }

    public override IReadOnlyList<int> ColumnOffsets { get; }

    public override int Width => 2;

    public override void Load(int step, Value stage, int buffer)
    {
        Load(_factorsA[buffer], _fromA + stage, step * StepTerms * _a.DepthPitch);
        Load(_factorsB[buffer], _fromB + stage, step * StepTerms * _b.DepthPitch);
    }

    public override void Multiply(int buffer)
    {
        for (int i = 0; i < _sums.GetLength(0); i++)
        {
            for (int j = 0; j < _sums.GetLength(1); j++)
            {
                Writer.MatrixMultiplyAdd("m8n8k4", "f64.f64.f64.f64", [_factorsA[buffer][i]], [_factorsB[buffer][j]],
                    _sums[i, j]);
            }
        }
    }

    // A thread's result c of an instruction is in its column 2 t + c: line 2 (2 t + c) + j % 2 of the pair's 16.
    public override Value Sum(int row, int group, int column) =>
        _sums[row, (group / 2 * 2) + column][group % 2].Register;

    private void Load(Value[] factors, Value from, int offset)
    {
        for (int i = 0; i < factors.Length; i += 2)
        {
            Writer.LoadVectorInto(Space.Shared, PtxType.F64, factors.AsSpan(i, 2), from,
                offset + (i / 2 * PairLines * sizeof(double)));
        }
    }
}
