using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// Products with sums of few terms (an outer product has one): each thread makes 16 bytes of a row of C, or one
/// element.
/// </summary>
/// <param name="Type">F32, F64, S32 or S64.</param>
/// <param name="LoadVectors">Whether B's rows are read 16 bytes at a time.</param>
/// <param name="StoreVectors">Whether C's rows are written 16 bytes at a time.</param>
/// <param name="Bias">Whether a row is added.</param>
/// <param name="Relu">Whether negative results become 0.</param>
internal readonly record struct ThinProduct(PtxType Type, bool LoadVectors, bool StoreVectors, bool Bias, bool Relu)
{
    public const string Entry = "gemm_thin";

    public const int Threads = 256;

    /// <summary>Columns of a thread.</summary>
    public int Width => StoreVectors ? 16 / Type.SizeOf() : 1;

    /// <summary>The kernel. Parameters: as <see cref="GemmKernel"/>, less what concerns parts of the depth.</summary>
    public void Write(KernelWriter w)
    {
        (PtxType type, int size, int width) = (Type, Type.SizeOf(), Width);
        bool vectors = LoadVectors;
        w.Bounds(Threads);
        Value a = w.Parameter(PtxType.U64), b = w.Parameter(PtxType.U64), c = w.Parameter(PtxType.U64),
            bias = w.Parameter(PtxType.U64);
        Value m = w.Parameter(PtxType.U32), n = w.Parameter(PtxType.U32), k = w.Parameter(PtxType.U32);
        Value aRow = w.Parameter(PtxType.S64), aColumn = w.Parameter(PtxType.S64), aBatch = w.Parameter(PtxType.S64);
        Value bRow = w.Parameter(PtxType.S64), bColumn = w.Parameter(PtxType.S64), bBatch = w.Parameter(PtxType.S64);
        Value cRow = w.Parameter(PtxType.S64), cColumn = w.Parameter(PtxType.S64), cBatch = w.Parameter(PtxType.S64);

        Value groups = (n + (width - 1)) / width, index = (w.BlockX * Threads) + w.ThreadX, line = index / groups;
        w.ReturnIf(line >= m);
        Value row = line.To(PtxType.S64), column = (index - (line * groups)) * width;
        Value batch = w.BlockZ.To(PtxType.S64);
        Variable fromA = w.Variable(a + (((batch * aBatch) + (row * aRow)) * size));
        Variable fromB = w.Variable(b + (((batch * bBatch) + (column.To(PtxType.S64) * bColumn)) * size));
        Variable[] sums = [.. Enumerable.Range(0, width).Select(_ => w.Variable(Value.Constant(type, 0L)))];
        w.For(0, k, 1, _ =>
        {
            Value nowA = fromA.Value, nowB = fromB.Value, left = w.Load(Space.Global, type, nowA);
            Value[] right = vectors && width > 1
                ? w.LoadVector(Space.Global, type, width, nowB)
                : [.. Enumerable.Range(0, width)
                    .Select(j => w.Load(Space.Global, type, nowB + (bColumn * (j * size))))];
            for (int j = 0; j < width; j++)
            {
                w.MultiplyAccumulate(sums[j], left, right[j]);
            }

            fromA.Set(nowA + (aColumn * size));
            fromB.Set(nowB + (bRow * size));
        });

        GemmEpilogue epilogue = new(Bias ? bias : null, Relu);
        Value always = column < n;
        Value[] results =
            [.. sums.Select((sum, j) => epilogue.Apply(sum.Register, epilogue.BiasOf(w, type, column + j, always)))];
        Value to = c + (((batch * cBatch) + (row * cRow) + (column.To(PtxType.S64) * cColumn)) * size);
        if (width > 1)
        {
            w.StoreVector(Space.Global, type, to, results);
        }
        else
        {
            w.Store(Space.Global, type, to, results[0]);
        }
    }
}
