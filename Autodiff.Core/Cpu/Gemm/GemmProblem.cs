namespace Autodiff.Cpu;

/// <summary>One matrix product: sizes, places and strides in elements, and what happens at the end.</summary>
internal unsafe struct GemmProblem<T>(
    nint m, nint n, nint k,
    T* a, nint aRows, nint aColumns,
    T* b, nint bRows, nint bColumns,
    T* c, nint cRows, nint cColumns)
    where T : unmanaged
{
    public nint M = m, N = n, K = k;
    public T* A = a;
    public nint ARows = aRows, AColumns = aColumns;
    public T* B = b;
    public nint BRows = bRows, BColumns = bColumns;
    public T* C = c;
    public nint CRows = cRows, CColumns = cColumns;
    public bool Accumulate;
    public GemmEpilogue<T> Epilogue;

    /// <summary>Cᵀ = Bᵀ Aᵀ, the transposed problem.</summary>
    public readonly GemmProblem<T> Transposed() =>
        new(N, M, K, B, BColumns, BRows, A, AColumns, ARows, C, CColumns, CRows)
    {
        Accumulate = Accumulate,
        Epilogue = new() { RowBias = Epilogue.ColumnBias, ColumnBias = Epilogue.RowBias, Relu = Epilogue.Relu },
    };

    /// <summary>The product that gives rows [i, i + m) and columns [j, j + n) of C.</summary>
    public readonly GemmProblem<T> Slice(nint i, nint m, nint j, nint n)
    {
        GemmProblem<T> part = this;
        part.M = m;
        part.N = n;
        part.A += i * ARows;
        part.B += j * BColumns;
        part.C += (i * CRows) + (j * CColumns);
        part.Epilogue.RowBias += part.Epilogue.RowBias != null ? j : 0;
        part.Epilogue.ColumnBias += part.Epilogue.ColumnBias != null ? i : 0;
        return part;
    }
}
