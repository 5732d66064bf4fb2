using Autodiff.Gpu.Ptx;

namespace Autodiff.Gpu.Kernels.Gemm;

/// <summary>
/// The part of a block's product that one thread makes: loads a step's factors from shared memory into registers, and
/// multiplies them. Factors are double buffered, so that a step's loads are in flight while the one before multiplies.
/// </summary>
/// <param name="w">The kernel.</param>
internal abstract class BlockProduct(KernelWriter w)
{
    protected KernelWriter Writer => w;

    /// <summary>Steps in a tile's depth; even.</summary>
    public abstract int Steps { get; }

    /// <summary>The thread's rows in the block's tile: <see cref="Row"/> plus each of these.</summary>
    public abstract IReadOnlyList<int> RowOffsets { get; }

    /// <summary>
    /// The first of <see cref="Width"/> neighbouring columns: <see cref="Column"/> plus each of these.
    /// </summary>
    public abstract IReadOnlyList<int> ColumnOffsets { get; }

    /// <summary>Neighbouring columns in 16 bytes.</summary>
    public abstract int Width { get; }

    public Value Row { get; protected init; }

    public Value Column { get; protected init; }

    /// <summary>
    /// Loads the factors of a step. <paramref name="stage"/> is where in shared memory the tiles lie, in bytes from the
    /// first stage on.
    /// </summary>
    public abstract void Load(int step, Value stage, int buffer);

    /// <summary>Adds the products of the factors to the sums.</summary>
    public abstract void Multiply(int buffer);

    /// <summary>The sum for a row and one column of a group.</summary>
    public abstract Value Sum(int row, int group, int column);
}
