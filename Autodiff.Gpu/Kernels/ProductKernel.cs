using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>What a matrix product is given.</summary>
/// <typeparam name="M">What lies in memory.</typeparam>
internal struct ProductArguments<M> where M : unmanaged
{
    /// <summary>The operands, the row that is added to each of the result's, the result.</summary>
    public ArrayView<M> A, B, Bias, Y;

    /// <summary>Elements from one matrix of an operand to the next, from row to row, from column to column.</summary>
    public long BatchA, RowA, ColumnA, BatchB, RowB, ColumnB, BatchY, RowY, ColumnY;

    public long StepBias;

    /// <summary>The result's rows and columns, and the length of the sums.</summary>
    public int Rows, Columns, Inner;

    /// <summary>Tiles of the result beside and above each other.</summary>
    public uint Across, Down;

    /// <summary>1 where there is a row to add, else 0.</summary>
    public int HasBias;
}

/// <summary>
/// y = a b, for any device: a block computes a tile of the result, a thread four of its elements, from strips of both
/// operands that pass through shared memory. Each sum runs in the order of the inner dimension.
/// </summary>
internal static class ProductKernel
{
    public const string Name = "product";

    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="S">What one number is.</typeparam>
    /// <typeparam name="E">How elements become numbers.</typeparam>
    /// <typeparam name="M">What lies in memory.</typeparam>
    public static void Run<TThreads, S, E, M>(ProductArguments<M> p)
        where TThreads : struct, IThreads
        where S : unmanaged, IReal<S>, IGroup<S>
        where E : struct, IElement<M>
        where M : unmanaged
    {
        int half = 1 << (TThreads.LogTile - 1), tile = 1 << TThreads.LogTile;
        int x = Group.IdxX & (half - 1), y = Group.IdxX >> (TThreads.LogTile - 1);
        uint block = (uint)Grid.IdxX, line = block / p.Across, batch = line / p.Down;
        int firstColumn = (int)(block - line * p.Across) * tile, firstRow = (int)(line - batch * p.Down) * tile;

        // One number of padding in a row, against bank conflicts of threads that read down a column.
        ArrayView<S> left = SharedMemory.Allocate<S>(
            (1 << TThreads.LogTile) * ((1 << (TThreads.LogTile - 1)) + 1));
        ArrayView<S> right = SharedMemory.Allocate<S>(
            (1 << (TThreads.LogTile - 1)) * ((1 << TThreads.LogTile) + 1));
        int leftPitch = half + 1, rightPitch = tile + 1;

        // Neighbouring threads read what are neighbours in memory.
        bool alongA = p.ColumnA <= p.RowA, alongB = p.ColumnB <= p.RowB;
        int rowA = alongA ? y : x, innerA = alongA ? x : y, innerB = alongB ? y : x, columnB = alongB ? x : y;
        long fromA = batch * p.BatchA, fromB = batch * p.BatchB;
        S topLeft = S.Const(0), topRight = topLeft, bottomLeft = topLeft, bottomRight = topLeft;
        for (int start = 0; start < p.Inner; start += half)
        {
            left[rowA * leftPitch + innerA] = Element<S, E, M>(
                p.A, fromA, firstRow + rowA, p.Rows, p.RowA, start + innerA, p.Inner, p.ColumnA);
            left[(rowA + half) * leftPitch + innerA] = Element<S, E, M>(
                p.A, fromA, firstRow + rowA + half, p.Rows, p.RowA, start + innerA, p.Inner, p.ColumnA);
            right[innerB * rightPitch + columnB] = Element<S, E, M>(
                p.B, fromB, start + innerB, p.Inner, p.RowB, firstColumn + columnB, p.Columns, p.ColumnB);
            right[innerB * rightPitch + columnB + half] = Element<S, E, M>(
                p.B, fromB, start + innerB, p.Inner, p.RowB, firstColumn + columnB + half, p.Columns, p.ColumnB);
            Group.Barrier();
            for (int k = 0; k < half; k++)
            {
                S top = left[y * leftPitch + k], bottom = left[(y + half) * leftPitch + k];
                S a = right[k * rightPitch + x], b = right[k * rightPitch + x + half];
                topLeft = S.FusedMultiplyAdd(top, a, topLeft);
                topRight = S.FusedMultiplyAdd(top, b, topRight);
                bottomLeft = S.FusedMultiplyAdd(bottom, a, bottomLeft);
                bottomRight = S.FusedMultiplyAdd(bottom, b, bottomRight);
            }

            Group.Barrier(); // before the next strips are written
        }

        long to = batch * p.BatchY;
        Store<S, E, M>(p, to, firstRow + y, firstColumn + x, topLeft);
        Store<S, E, M>(p, to, firstRow + y, firstColumn + x + half, topRight);
        Store<S, E, M>(p, to, firstRow + y + half, firstColumn + x, bottomLeft);
        Store<S, E, M>(p, to, firstRow + y + half, firstColumn + x + half, bottomRight);
    }

    /// <summary>The kernel for elements of a type.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method(DType type)
    {
        (Type element, Type memory) = MapTypes.Element(type);
        return typeof(ProductKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), MapTypes.Number(type), element, memory);
    }

    /// <summary>An element of a matrix; beyond it 0.</summary>
    private static S Element<S, E, M>(
        ArrayView<M> matrix, long from, int row, int rows, long rowStep, int column, int columns, long columnStep)
        where S : unmanaged, IReal<S>, IGroup<S> where E : struct, IElement<M> where M : unmanaged
    {
        S value = S.Const(0);
        if (row < rows && column < columns)
        {
            value = S.Spread<E, M>(matrix[from + row * rowStep + column * columnStep]);
        }

        return value;
    }

    private static void Store<S, E, M>(ProductArguments<M> p, long to, int row, int column, S value)
        where S : unmanaged, IReal<S>, IGroup<S> where E : struct, IElement<M> where M : unmanaged
    {
        if (row < p.Rows && column < p.Columns)
        {
            S sum = value;
            if (p.HasBias != 0)
            {
                sum += S.Spread<E, M>(p.Bias[column * p.StepBias]);
            }

            p.Y[to + row * p.RowY + column * p.ColumnY] = S.First<E, M>(sum);
        }
    }
}
