using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// A matrix times a vector: y[line] = Σₖ x[line, k] v[k]. Where terms are neighbours in memory, a warp takes a line;
/// else the 32 threads of a warp take neighbouring lines, and the 8 warps of a block every eighth term.
/// </summary>
/// <param name="Type">F32, F64, S32 or S64.</param>
/// <param name="AlongDepth">Whether terms are neighbours.</param>
/// <param name="Vectors">Whether terms are read 16 bytes at a time, of both factors.</param>
/// <param name="Bias">Whether something is added to each line.</param>
/// <param name="Relu">Whether negative results become 0.</param>
internal readonly record struct VectorProduct(PtxType Type, bool AlongDepth, bool Vectors, bool Bias, bool Relu)
{
    public const string Entry = "gemm_vector";

    public const int Threads = 256;

    // Iterations of the loop whose loads are in flight together.
    private const int AtOnce = 4;

    private const int Warps = Threads / 32;

    /// <summary>Lines that a block makes.</summary>
    public int Lines => AlongDepth ? Warps : 32;

    /// <summary>Whether terms are neighbours in the matrix of a product with a vector.</summary>
    public static bool RunsAlongDepth(in GemmProblem g) =>
        g.N == 1
            ? Math.Abs(g.A.ColumnStride) <= Math.Abs(g.A.RowStride)
            : Math.Abs(g.B.RowStride) <= Math.Abs(g.B.ColumnStride);

    /// <summary>Lines of one block, for the product of a matrix and a vector.</summary>
    public static int LinesPerBlock(in GemmProblem g) => RunsAlongDepth(g) ? Warps : 32;

    /// <summary>
    /// The kernel. Parameters: matrix, vector, result, bias; lines, depth, terms of a part; strides of matrix (line,
    /// depth, batch), vector (depth, batch), result (line, batch, part), bias (line). Grid: lines, parts, batch.
    /// </summary>
    public void Write(KernelWriter w)
    {
        (PtxType type, int size) = (Type, Type.SizeOf());
        int width = Vectors ? 16 / size : 1;
        w.Bounds(Threads);
        Value matrix = w.Parameter(PtxType.U64), vector = w.Parameter(PtxType.U64), result = w.Parameter(PtxType.U64),
            bias = w.Parameter(PtxType.U64);
        Value lines = w.Parameter(PtxType.U32), depth = w.Parameter(PtxType.U32), part = w.Parameter(PtxType.U32);
        Value lineStride = w.Parameter(PtxType.S64), depthStride = w.Parameter(PtxType.S64),
            matrixBatch = w.Parameter(PtxType.S64);
        Value vectorStride = w.Parameter(PtxType.S64), vectorBatch = w.Parameter(PtxType.S64);
        Value resultStride = w.Parameter(PtxType.S64), resultBatch = w.Parameter(PtxType.S64),
            resultPart = w.Parameter(PtxType.S64);
        Value biasStride = w.Parameter(PtxType.U32);

        Value lane = w.ThreadX & 31, warp = w.ThreadX >> 5, batch = w.BlockZ.To(PtxType.S64);
        Value line = (w.BlockX * Lines) + (AlongDepth ? warp : lane);

        // Lines beyond the last repeat it, so that all threads of a warp are there to exchange sums.
        Value from = line.Min(lines - 1).To(PtxType.S64), first = w.BlockY * part,
            end = first + (depth - first).Min(part);
        Value start = first + (AlongDepth ? lane * width : warp);
        int step = AlongDepth ? 32 * width : Warps;
        matrix += ((batch * matrixBatch) + (from * lineStride)) * size;
        vector += batch * vectorBatch * size;
        Variable[] sums = [.. Enumerable.Range(0, width).Select(_ => w.Variable(Value.Constant(type, 0L)))];
        w.For(start, end, AtOnce * step, k =>
        {
            (Value[] X, Value[] V)[] loaded = [.. Enumerable.Range(0, AtOnce).Select(i =>
            {
                Value at = k + (i * step), inside = at < end, term = at.To(PtxType.S64);
                return (
                    w.LoadIf(inside, Space.Global, type, width, matrix + (term * depthStride * size)),
                    w.LoadIf(inside, Space.Global, type, width, vector + (term * vectorStride * size)));
            })];
            foreach ((Value[] x, Value[] v) in loaded)
            {
                for (int i = 0; i < width; i++)
                {
                    w.MultiplyAccumulate(sums[i], x[i], v[i]);
                }
            }
        });

        Value sum = sums.Select(s => s.Register).Aggregate((s, t) => s + t), writes = line < lines;
        if (AlongDepth)
        {
            for (int distance = 16; distance > 0; distance >>= 1)
            {
                sum += w.ShuffleXor(sum, distance);
            }

            writes &= lane.EqualTo(Value.Constant(PtxType.U32, 0L));
        }
        else
        {
            Value shared = w.Shared(Threads * size), place = w.At(shared, lane, size);
            w.Store(Space.Shared, type, w.At(shared, w.ThreadX, size), sum);
            w.Barrier();
            sum = Enumerable.Range(0, Warps).Select(i => w.Load(Space.Shared, type, place, i * 32 * size)).ToArray()
                .Aggregate((s, t) => s + t);
            writes &= warp.EqualTo(Value.Constant(PtxType.U32, 0L));
        }

        GemmEpilogue epilogue = new(Bias ? bias : null, Relu);
        w.If(writes, () =>
        {
            Value to = result
                + (((batch * resultBatch) + (w.BlockY.To(PtxType.S64) * resultPart)
                    + (line.To(PtxType.S64) * resultStride)) * size);
            w.Store(Space.Global, type, to, epilogue.Apply(sum, epilogue.BiasOf(w, type, line * biasStride, writes)));
        });
    }
}
