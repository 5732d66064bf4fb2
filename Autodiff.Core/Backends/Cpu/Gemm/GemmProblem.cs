namespace Autodiff.Backends.Cpu;

/// <summary>One matrix product: sizes, places and strides in elements, and what happens at the end.</summary>
internal unsafe struct GemmProblem<T>
    where T : unmanaged
{
    public nint M, N, K;
    public T* A;
    public nint ARows, AColumns;
    public T* B;
    public nint BRows, BColumns;
    public T* C;
    public nint CRows, CColumns;
    public bool Accumulate;
    public GemmEpilogue<T> Epilogue;

    /// <summary>Cᵀ = Bᵀ Aᵀ, the same product read the other way round.</summary>
    public readonly GemmProblem<T> Transposed() => new()
    {
        M = N,
        N = M,
        K = K,
        A = B,
        ARows = BColumns,
        AColumns = BRows,
        B = A,
        BRows = AColumns,
        BColumns = ARows,
        C = C,
        CRows = CColumns,
        CColumns = CRows,
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
