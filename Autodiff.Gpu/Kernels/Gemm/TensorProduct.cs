using System.Numerics;
using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// A warp's 64x64 on the tensor cores, as 4x8 instructions of 16x8 results over 32 bytes of depth: mma.m16n8k8 for
/// TF32, m16n8k16 for bfloat16.
/// </summary>
/// <remarks>
/// Which line of the tile an instruction calls its r-th is free, as long as factors and results agree. Instruction i of
/// a group of four takes lines 4 (r / 2) + 16 (r % 2) + i, r = 0..7, of each 32: then a thread's factors for four
/// instructions are neighbours in memory where lines lie together, and its results are four neighbouring columns.
/// The fragments' layouts are in "Parallel Thread Execution ISA", matrix fragments for mma.m16n8k8 and mma.m16n8k16.
/// </remarks>
internal sealed class TensorProduct : BlockProduct
{
    private const int Instructions = 4, WarpLines = 64;

    private readonly SharedTile _a, _b;
    private readonly bool _tf32;
    private readonly Factors _factorsA, _factorsB;

    // Instruction (i, j)'s four results at 4 (8 i + j).
    private readonly Variable[] _sums;

    public TensorProduct(KernelWriter w, GemmVariant variant, SharedTile a, SharedTile b, Value sharedA, Value sharedB)
        : base(w)
    {
        GemmTile tile = variant.Tile;
        if (tile.WarpRows != WarpLines || tile.WarpColumns != WarpLines)
        {
            throw new InvalidOperationException(
                $"A warp makes {WarpLines}x{WarpLines} results on tensor cores, not "
                    + $"{tile.WarpRows}x{tile.WarpColumns}.");
        }

        (_a, _b, _tf32) = (a, b, variant.Arithmetic == GemmArithmetic.TensorFloat32);
        Value warp = w.ThreadX >> 5, lane = w.ThreadX & 31;
        Value rows = (warp & (tile.WarpsDown - 1)) * WarpLines,
            columns = (warp >> BitOperations.Log2((uint)tile.WarpsDown)) * WarpLines;
        Row = rows + Line(lane >> 2);
        Column = columns + ((lane & 3) * 4);
        _factorsA = new(w, a, sharedA, rows, lane, halvesFirst: true);
        _factorsB = new(w, b, sharedB, columns, lane, halvesFirst: false);
        RowOffsets = [.. Enumerable.Range(0, 2 * Instructions)
            .Select(i => (i / Instructions * 32) + (i % Instructions))];
        ColumnOffsets = [0, 16, 32, 48];
        _sums = [.. Enumerable.Range(0, 4 * 8 * Instructions).Select(_ => w.Variable(Value.Constant(PtxType.F32, 0L)))];
    }

    public override int Steps => SharedTile.LineBytes / 32;

    public override IReadOnlyList<int> RowOffsets { get; }

    public override IReadOnlyList<int> ColumnOffsets { get; }

    public override int Width => Instructions;

    public override void Load(int step, Value stage, int buffer)
    {
        _factorsA.Load(step, stage, buffer);
        _factorsB.Load(step, stage, buffer);
    }

    public override void Multiply(int buffer)
    {
        Value[,,] a = Rounded(_factorsA.Registers[buffer]), b = Rounded(_factorsB.Registers[buffer]);
        for (int i = 0; i < Instructions; i++)
        {
            for (int j = 0; j < 2 * Instructions; j++)
            {
                Value[] rows = [a[i, 0, 0], a[i, 1, 0], a[i, 0, 1], a[i, 1, 1]],
                    columns = [b[j % 4, j / 4, 0], b[j % 4, j / 4, 1]];
                Writer.MatrixMultiplyAdd(
                    _tf32 ? "m16n8k8" : "m16n8k16", _tf32 ? "f32.tf32.tf32.f32" : "f32.bf16.bf16.f32", rows, columns,
                    _sums.AsSpan(4 * ((8 * i) + j), 4));
            }
        }
    }

    // Row 32 h + i, columns 32 q + 16 c + 0..3: result 2 h + c of instruction (i, 4 q + column).
    public override Value Sum(int row, int group, int column)
    {
        (int h, int i) = Math.DivRem(row, Instructions);
        (int q, int c) = Math.DivRem(group, 2);
        return _sums[(4 * ((8 * i) + (4 * q) + column)) + (2 * h) + c].Register;
    }

    /// <summary>The line of the first instruction of a group that it calls r: 4 (r / 2) + 16 (r % 2).</summary>
    private static Value Line(Value r) => ((r >> 1) << 2) + ((r & 1) << 4);

    private Value[,,] Rounded(Value[,,] factors)
    {
        if (!_tf32)
        {
            return factors;
        }

        Value[,,] rounded = new Value[Instructions, 2, 2];
        for (int i = 0; i < factors.Length; i++)
        {
            (int instruction, int half, int depth) = (i / 4, i / 2 % 2, i % 2);
            Value register = Writer.NewRegister(PtxType.B32);
            Writer.Emit($"cvt.rna.tf32.f32 {register.Text}, {factors[instruction, half, depth].Text};");
            rounded[instruction, half, depth] = register;
        }

        return rounded;
    }

    /// <summary>
    /// The factors of a step from one operand's 64 lines: [instruction, half, depth] where halves are the first and
    /// second 32 lines and depths the first and second 16 bytes of the step.
    /// </summary>
    private sealed class Factors
    {
        private readonly KernelWriter _w;
        private readonly SharedTile _tile;
        private readonly Value[] _from;
        private readonly Value[] _fromOdd = [];
        private readonly bool _halvesFirst;

        public Factors(KernelWriter w, SharedTile tile, Value shared, Value lines, Value lane, bool halvesFirst)
        {
            (_w, _tile, _halvesFirst) = (w, tile, halvesFirst);
            Registers = [.. Enumerable.Range(0, 2).Select(_ => new Value[Instructions, 2, 2])];
            foreach (Value[,,] buffer in Registers)
            {
                for (int i = 0; i < buffer.Length; i++)
                {
                    buffer[i / 4, i / 2 % 2, i % 2] = w.NewRegister(PtxType.B32);
                }
            }

            if (tile.LinesTogether)
            {
                (Value offset, _) = tile.Place(lines + Line(lane >> 2), 0, lane & 3, 0);
                _from = [shared + offset];
                return;
            }

            // Lane l gives row l % 8 of matrix l / 8. For A the matrices are (half 0, depth 0), (1, 0), (0, 1), (1, 1)
            // of one instruction; for B (depth 0), (depth 1) of one instruction and the next.
            Value line = lines + Line(lane & 7), matrix = lane >> 3;
            line += halvesFirst ? (matrix & 1) * 32 : matrix >> 1;
            Value depth = halvesFirst ? matrix >> 1 : matrix & 1;
            (_from, _fromOdd) = (Steps(0), Steps(1));

            Value[] Steps(int instruction) => [.. Enumerable.Range(0, SharedTile.LineBytes / 32).Select(step =>
                shared + tile.Place(line, instruction, (depth + (2 * step)) * (16 / tile.ElementSize), 0).Offset)];
        }

        /// <summary>For each of the two buffers.</summary>
        public Value[][,,] Registers { get; }

        public void Load(int step, Value stage, int buffer)
        {
            Value[,,] to = Registers[buffer];
            if (_tile.LinesTogether)
            {
                // A thread's term is its lane's last two bits, and that plus 4.
                Value at = _from[0] + stage;
                for (int half = 0; half < 2; half++)
                {
                    for (int depth = 0; depth < 2; depth++)
                    {
                        _w.LoadVectorInto(
                            Space.Shared, PtxType.B32,
                            [to[0, half, depth], to[1, half, depth], to[2, half, depth], to[3, half, depth]],
                            at, (half * 32 * _tile.ElementSize) + (((8 * step) + (4 * depth)) * _tile.DepthPitch));
                    }
                }

                return;
            }

            for (int part = 0; part < Instructions; part++)
            {
                (int half, int i) = (part / 2, part % 2 * 2);
                Value[] registers = _halvesFirst
                    ? [to[part, 0, 0], to[part, 1, 0], to[part, 0, 1], to[part, 1, 1]]
                    : [to[i, half, 0], to[i, half, 1], to[i + 1, half, 0], to[i + 1, half, 1]];
                (int lines, int line) = _halvesFirst ? (0, part) : (half * 32, i);
                Value from = (line % 2 == 0 ? _from[step] : _fromOdd[step]) + stage;
                _w.LoadMatrices(registers, from,
                    _tile.Place(Value.Constant(PtxType.U32, 0L), lines + line, Value.Constant(PtxType.U32, 0L), 0)
                        .Constant);
            }
        }
    }
}
