using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Gpu.Compilation;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels;

/// <summary>
/// y = x where neighbours of y are neighbours along one dimension and those of x along another: squares pass through
/// shared memory, so that both sides are read and written in rows.
/// </summary>
internal static class TransposeKernel
{
    /// <summary>A square of the matrix; each thread moves four elements.</summary>
    public static void Transpose<TThreads, M, W, TWord, TSpace>(TransposeArguments<M, TSpace> t)
        where TThreads : struct, IThreads
        where M : unmanaged where W : unmanaged where TWord : struct, IWord<M, W> where TSpace : struct, ISpace
    {
        int side = 1 << TThreads.LogTile, rows = TThreads.Block >> TThreads.LogTile;

        // One word of padding in a row, against bank conflicts of threads that read down a column.
        int pitch = side + 1;
        ArrayView<W> tile = SharedMemory.Allocate<W>((1 << TThreads.LogTile) * ((1 << TThreads.LogTile) + 1));
        uint rest = t.Across.Divide((uint)Grid.IdxX, out uint across);
        rest = t.Down.Divide(rest, out uint down);
        Place origin = t.Others.At(rest);
        int x = Group.IdxX & (side - 1), y = Group.IdxX >> TThreads.LogTile;
        int firstColumn = (int)across * side, firstRow = (int)down * side;

        // All that a thread reads is on its way before the first of it is needed. Beyond the matrix it reads an edge
        // again: no thread goes a way of its own before all meet at the barrier.
        int row = Math.Min(firstRow + x, t.Rows - 1), column = firstColumn + y, right = t.Columns - 1;
        M a = t.Read(origin, row, Math.Min(column, right));
        M b = t.Read(origin, row, Math.Min(column + rows, right));
        M c = t.Read(origin, row, Math.Min(column + 2 * rows, right));
        M d = t.Read(origin, row, Math.Min(column + 3 * rows, right));
        int into = y * pitch + x, from = x * pitch + y;
        tile[into] = TWord.Of(a);
        tile[into + rows * pitch] = TWord.Of(b);
        tile[into + 2 * rows * pitch] = TWord.Of(c);
        tile[into + 3 * rows * pitch] = TWord.Of(d);
        Group.Barrier();
        int line = firstRow + y, own = firstColumn + x;
        if (own < t.Columns)
        {
            for (int i = 0; i < side / rows; i++)
            {
                if (line < t.Rows)
                {
                    t.Write(origin, line, own, TWord.Back(tile[from + i * rows]));
                }

                line += rows;
            }
        }
    }

    /// <summary>The kernel for elements of so many bytes and so many other dimensions.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method(int size, int others)
    {
        (Type memory, Type number, Type word) = size switch
        {
            8 => (typeof(long), typeof(long), typeof(Same<long>)),
            4 => (typeof(int), typeof(int), typeof(Same<int>)),
            _ => (typeof(byte), typeof(int), typeof(Wide)),
        };
        return typeof(TransposeKernel).GetMethod(nameof(Transpose), BindingFlags.Public | BindingFlags.Static)!
            .MakeGenericMethod(
                typeof(CudaThreads), memory, number, word, others == 0 ? typeof(Flat) : MapTypes.Dimensions(others));
    }
}

/// <summary>What a transposed copy is given: the columns are y's fastest dimension, the rows x's.</summary>
/// <typeparam name="M">What lies in memory.</typeparam>
/// <typeparam name="TSpace">The other dimensions, through which blocks count.</typeparam>
internal struct TransposeArguments<M, TSpace> where M : unmanaged where TSpace : struct, ISpace
{
    public ArrayView<M> Source, Target;

    public int Columns, Rows, SourceStep, TargetStep;

    /// <summary>Division by the number of squares in each direction.</summary>
    public KernelDivisor Across, Down;

    public TSpace Others;

    public readonly M Read(Place origin, int row, int column) =>
        Source[Whole.MultiplyAdd(column, SourceStep, origin.A + row)];

    public readonly void Write(Place origin, int line, int column, M value) =>
        Target[Whole.MultiplyAdd(line, TargetStep, origin.Y + column)] = value;
}

/// <summary>How an element stands in shared memory: its banks are words of at least 32 bits.</summary>
internal interface IWord<M, W>
{
    static abstract W Of(M raw);

    static abstract M Back(W word);
}

/// <summary>As it is in memory.</summary>
internal readonly struct Same<T> : IWord<T, T>
{
    public static T Of(T raw) => raw;

    public static T Back(T word) => word;
}

/// <summary>A byte in a word.</summary>
internal readonly struct Wide : IWord<byte, int>
{
    public static int Of(byte raw) => raw;

    public static byte Back(int word) => (byte)word;
}
