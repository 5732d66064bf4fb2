using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// Copies float32 lines (rows of A or columns of B) of any strides to where tensor cores can have them: terms of a line
/// together, lines a multiple of 16 bytes apart, zeros after the end, rounded to bfloat16 where asked.
/// </summary>
/// <param name="Bfloat16">Whether numbers are rounded to bfloat16, to nearest, ties to even.</param>
/// <param name="AlongDepth">Whether threads read neighbouring terms rather than neighbouring lines.</param>
internal readonly record struct PackKernel(bool Bfloat16, bool AlongDepth)
{
    public const string Entry = "gemm_pack";

    public const int Threads = 256;

    /// <summary>The part of the matrix that a block copies.</summary>
    public const int BlockLines = 32, BlockDepth = 64;

    private const int Warps = Threads / 32, Pitch = (BlockDepth + 1) * 4;

    /// <summary>Bytes of an element of the copy.</summary>
    public int ElementSize => Bfloat16 ? 2 : 4;

    /// <summary>Elements of a line of the copy.</summary>
    public long PaddedDepth(int depth) => ((long)depth * ElementSize + 15) / 16 * 16 / ElementSize;

    /// <summary>
    /// The kernel. Parameters: source, copy; lines, depth, elements from line to line of the copy; strides of the
    /// source (line, depth, batch) and of the copy (batch). Grid: depth, lines, batch.
    /// </summary>
    public void Write(KernelWriter w)
    {
        w.Bounds(Threads);
        Value from = w.Parameter(PtxType.U64), to = w.Parameter(PtxType.U64);
        Value lines = w.Parameter(PtxType.U32), depth = w.Parameter(PtxType.U32), padded = w.Parameter(PtxType.U32);
        Value lineStride = w.Parameter(PtxType.S64), depthStride = w.Parameter(PtxType.S64),
            batchStride = w.Parameter(PtxType.S64), copyBatch = w.Parameter(PtxType.S64);

        Value lane = w.ThreadX & 31, warp = w.ThreadX >> 5, shared = w.Shared(BlockLines * Pitch);
        Value firstLine = w.BlockY * BlockLines, firstTerm = w.BlockX * BlockDepth, batch = w.BlockZ.To(PtxType.S64);
        from += batch * batchStride * 4;
        to += batch * copyBatch * ElementSize;
        (Value, Value)[] elements = AlongDepth
            ? [.. from i in Enumerable.Range(0, BlockLines / Warps) from j in Enumerable.Range(0, BlockDepth / 32)
                select (warp + (i * Warps), lane + (j * 32))]
            : [.. from i in Enumerable.Range(0, BlockDepth / Warps) select (lane, warp + (i * Warps))];
        foreach ((Value line, Value term) in elements)
        {
            Value y = firstLine + line, k = firstTerm + term;
            Value place = from + (((y.To(PtxType.S64) * lineStride) + (k.To(PtxType.S64) * depthStride)) * 4);
            Value x = w.LoadIf((y < lines) & (k < depth), Space.Global, PtxType.F32, 1, place)[0];
            w.Store(Space.Shared, PtxType.F32, shared + (line * Pitch) + (term * 4), x);
        }

        w.Barrier();
        for (int i = 0; i < BlockLines; i += Warps)
        {
            Value line = warp + i, y = firstLine + line, term = lane * 2, k = firstTerm + term;
            Value place = shared + (line * Pitch) + (term * 4);
            Value first = w.Load(Space.Shared, PtxType.F32, place),
                second = w.Load(Space.Shared, PtxType.F32, place, 4);
            Value target = to + (((y.To(PtxType.S64) * padded.To(PtxType.S64)) + k.To(PtxType.S64)) * ElementSize);
            bool rounds = Bfloat16;
            w.If((y < lines) & (k < padded), () =>
            {
                if (rounds)
                {
                    w.Store(Space.Global, PtxType.B32, target, w.Pure("cvt.rn.bf16x2.f32", PtxType.B32, second, first));
                }
                else
                {
                    w.StoreVector(Space.Global, PtxType.F32, target, [first, second]);
                }
            });
        }
    }
}
