namespace Autodiff.Cpu;

/// <summary>
/// What a matrix product does to its result before it is stored: adds biases, then clamps below at 0.
/// </summary>
internal unsafe struct GemmEpilogue<T>
    where T : unmanaged
{
    /// <summary>A contiguous row of n numbers added to every row of the result, or null.</summary>
    public T* RowBias;

    /// <summary>A contiguous column of m numbers added to every column of the result, or null.</summary>
    public T* ColumnBias;

    /// <summary>Whether the result is max(0, x), with NaN kept.</summary>
    public bool Relu;
}
