using System.Numerics;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// Outer products in registers: a step is one term of the sums. A warp is 4 threads down and 8 across; each has several
/// groups of neighbouring rows and columns (16 bytes), 4 or 8 groups apart, so that a warp's loads touch whole banks.
/// </summary>
/// <remarks>
/// The order of threads in a warp is CUTLASS's interleaved one: neighbouring threads read the same 16 bytes of B and
/// the halves of the warp the same of A, which lets shared memory serve a load of 512 bytes in two transactions.
/// </remarks>
internal sealed class RegisterProduct : BlockProduct
{
    private const int ThreadsDown = 4, ThreadsAcross = 8;

    private readonly SharedTile _a, _b;
    private readonly PtxType _type;
    private readonly int _vector, _rowGroups, _columnGroups;
    private readonly Value _fromA, _fromB;
    private readonly Value[][] _factorsA, _factorsB;
    private readonly Variable[,] _sums;

    public RegisterProduct(KernelWriter w, GemmVariant variant, SharedTile a, SharedTile b, Value sharedA,
        Value sharedB)
        : base(w)
    {
        GemmTile tile = variant.Tile;
        (_a, _b, _type, _vector) = (a, b, variant.Type, 16 / variant.ElementSize);
        (_rowGroups, _columnGroups) = (tile.WarpRows / (ThreadsDown * _vector),
            tile.WarpColumns / (ThreadsAcross * _vector));
        Value warp = w.ThreadX >> 5, lane = w.ThreadX & 31;
        Value down = (lane & 1) | ((lane >> 4) << 1), across = (lane >> 1) & 7;
        Row = ((warp & (tile.WarpsDown - 1)) * tile.WarpRows) + (down * _vector);
        Column = ((warp >> BitOperations.Log2((uint)tile.WarpsDown)) * tile.WarpColumns) + (across * _vector);
        _fromA = sharedA + (Row * variant.ElementSize);
        _fromB = sharedB + (Column * variant.ElementSize);
        _factorsA = Registers(_rowGroups * _vector);
        _factorsB = Registers(_columnGroups * _vector);
        RowOffsets = [.. Enumerable.Range(0, _rowGroups * _vector)
            .Select(i => (i / _vector * ThreadsDown * _vector) + (i % _vector))];
        ColumnOffsets = [.. Enumerable.Range(0, _columnGroups).Select(g => g * ThreadsAcross * _vector)];
        _sums = new Variable[RowOffsets.Count, _columnGroups * _vector];
        for (int i = 0; i < _sums.GetLength(0); i++)
        {
            for (int j = 0; j < _sums.GetLength(1); j++)
            {
                _sums[i, j] = w.Variable(Value.Constant(_type, 0L));
            }
        }

        Value[][] Registers(int count) =>
            [.. Enumerable.Range(0, 2)
                .Select(_ => Enumerable.Range(0, count).Select(_ => w.NewRegister(_type)).ToArray())];
    }

    public override int Steps => _a.Depth;

    public override IReadOnlyList<int> RowOffsets { get; }

    public override IReadOnlyList<int> ColumnOffsets { get; }

    public override int Width => _vector;

    public override void Load(int step, Value stage, int buffer)
    {
        Load(_factorsA[buffer], _fromA + stage, step * _a.DepthPitch, ThreadsDown);
        Load(_factorsB[buffer], _fromB + stage, step * _b.DepthPitch, ThreadsAcross);
    }

    public override void Multiply(int buffer)
    {
        Value[] a = _factorsA[buffer], b = _factorsB[buffer];
        for (int i = 0; i < a.Length; i++)
        {
            for (int j = 0; j < b.Length; j++)
            {
                // Back and forth, so that neighbours share a factor and the register file is asked for one number less.
                int column = i % 2 == 0 ? j : b.Length - 1 - j;
                Writer.MultiplyAccumulate(_sums[i, column], a[i], b[column]);
            }
        }
    }

    public override Value Sum(int row, int group, int column) => _sums[row, (group * _vector) + column].Register;

    private void Load(Value[] factors, Value from, int offset, int threads)
    {
        for (int g = 0; g < factors.Length; g += _vector)
        {
            Writer.LoadVectorInto(Space.Shared, _type, factors.AsSpan(g, _vector), from,
                offset + (g * threads * 16 / _vector));
        }
    }
}
