using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// The second stage of a product whose depth was cut into parts: adds the parts in order, then finishes the result.
/// </summary>
/// <param name="Type">F32, F64, S32 or S64.</param>
/// <param name="Bias">Whether a bias is added.</param>
/// <param name="Relu">Whether negative results become 0.</param>
/// <param name="Result">What the result's columns are.</param>
internal readonly record struct PartSum(PtxType Type, bool Bias, bool Relu, GemmResult Result)
{
    public const string Entry = "gemm_parts";

    public const int Threads = 256;

    // Loads that are in flight together.
    private const int AtOnce = 8;

    /// <summary>
    /// The kernel. Parameters: parts [parts, batch, m, n] (contiguous), result, bias; elements of a part, their number;
    /// m, n; strides of the result (row, column, batch); those of its columns, where they have no one stride.
    /// </summary>
    public void Write(KernelWriter w)
    {
        (PtxType type, int size) = (Type, Type.SizeOf());
        w.Bounds(Threads);
        Value parts = w.Parameter(PtxType.U64), c = w.Parameter(PtxType.U64), bias = w.Parameter(PtxType.U64);
        Value elements = w.Parameter(PtxType.U32), count = w.Parameter(PtxType.U32), m = w.Parameter(PtxType.U32),
            n = w.Parameter(PtxType.U32);
        Value cRow = w.Parameter(PtxType.S64), cColumn = w.Parameter(PtxType.S64), cBatch = w.Parameter(PtxType.S64);
        GatherDecoder? columns = Result.ColumnDims > 0 ? new(w, Result.ColumnDims, channelsLast: false) : null;

        Value index = (w.BlockX * Threads) + w.ThreadX;
        w.ReturnIf(index >= elements);
        Variable sum = w.Variable(Value.Constant(type, 0L));
        Value first = w.At(parts, index, size), step = elements.MultiplyWide(Value.Constant(PtxType.U32, size));
        w.For(0, count, AtOnce, part =>
        {
            Value from = first + (step * part.To(PtxType.U64));
            Value[] loaded = [.. Enumerable.Range(0, AtOnce)
                .Select(i => w.LoadIf(part + i < count, Space.Global, type, 1, from + (step * i))[0])];
            sum.Set(loaded.Aggregate(sum.Value, static (s, x) => s + x));
        });

        Value line = index / n, column = index - (line * n), batch = line / m, row = line - (batch * m);
        Value start = (batch.To(PtxType.S64) * cBatch) + (row.To(PtxType.S64) * cRow);
        Value to = columns is null
            ? c + ((start + (column.To(PtxType.S64) * cColumn)) * size)
            : c + (start * size) + columns.Decode(column).Bytes;
        GemmEpilogue epilogue = new(Bias ? bias : null, Relu);
        w.Store(
            Space.Global, type, to,
            epilogue.Apply(sum.Register, epilogue.BiasOf(w, type, Result.BiasesRows ? line : column, column < n)));
    }
}
