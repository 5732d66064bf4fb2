namespace Autodiff.Cpu;

/// <summary>
/// Tiles of equal size in a line: what the kernel reads and writes for the first of them, and how far it is to the
/// next. Distances count elements.
/// </summary>
internal unsafe struct TileRun<T>
    where T : unmanaged
{
    /// <summary>
    /// The tile's rows of A, and the distances between rows and between steps of k; one of them must be 1.
    /// </summary>
    public T* A;
    public nint ARows, ASteps, ANext;

    /// <summary>
    /// Where, from A on, each piece of <see cref="JumpSteps"/> steps begins, if rows of A lie in several pieces; else
    /// null.
    /// </summary>
    public nint* Jumps;
    public nint JumpSteps;

    /// <summary>Indirect addressing: the offset from A of each step of k; null where one stride says it.</summary>
    public nint* Places;

    /// <summary>
    /// For places whose steps of B don't follow each other: how many do, how many of B are left out behind them, and so
    /// on; else null.
    /// </summary>
    public nint* Pieces;

    /// <summary>The tile's columns of B, read in whole registers, and the distance between steps of k.</summary>
    public T* B;
    public nint BSteps, BNext;

    public T* C;
    public nint CRows, CNext;

    /// <summary>Biases of the tile's columns and rows; null for none.</summary>
    public T* RowBias, ColumnBias;
    public nint RowBiasNext, ColumnBiasNext;

    /// <summary>The steps of k.</summary>
    public nint K;

    /// <summary>The columns of a tile.</summary>
    public nint Width;

    /// <summary>Whether the sums are added to what C holds.</summary>
    public bool Add;

    /// <summary>Whether results below 0 become 0.</summary>
    public bool Relu;

    /// <summary>A spare buffer for the sums of a tile that can't be stored in whole registers.</summary>
    public T* Spare;
}
