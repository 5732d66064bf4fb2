using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Backends.Cpu;

/// <summary>Reduces the trailing dimensions of a view, along rows or down columns, whichever its strides make cheap.</summary>
/// <remarks>
/// Elements are folded in blocks, the blocks' results in a binary tree, so that the rounding error of a sum grows with the
/// logarithm of its length. The order depends on shape and strides alone.
/// </remarks>
internal static unsafe class ReductionDriver<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    private const int Block = 1024;
    private const int Columns = 512;
    private const int RowsPerBlock = 64;
    private const int Levels = 48;

    public static void Run(TOp op, in TensorView x, in TensorView y, int reduced)
    {
        fixed (byte* source = ((CpuStorage)x.Storage).Buffer, target = ((CpuStorage)y.Storage).Buffer)
        {
            byte* from = source + ((CpuStorage)x.Storage).Start;
            T* to = (T*)(target + ((CpuStorage)y.Storage).Start) + y.Offset;
            long kept = y.Count;
            long length = kept == 0 ? 0 : x.Count / kept;
            if (x.Count == 0)
            {
                ReductionLoops.Fill<TOp, T, V>(&op, to, (nint)kept);
            }
            else if (IsColumnwise(x, reduced))
            {
                DownColumns(op, (T*)from + x.Offset, x.Layout, to, reduced);
            }
            else
            {
                AlongRows(op, x, from, to, kept, length);
            }
        }
    }

    /// <summary>Whether neighbours in memory belong to different results.</summary>
    private static bool IsColumnwise(in TensorView x, int reduced)
    {
        int lastKept = x.Layout.Rank - reduced - 1;
        return lastKept >= 0 && x.DType == DTypes.Of<T>() && x.Layout.Strides[lastKept] == 1 && x.Layout.Dims[lastKept] > 1
            && (reduced == 0 || x.Layout.Strides[^1] != 1 || x.Layout.Dims[^1] == 1);
    }

    [SkipLocalsInit]
    private static void AlongRows(TOp op, in TensorView x, byte* memory, T* y, long kept, long length)
    {
        T* buffer = stackalloc T[Block];
        T* partial = stackalloc T[Levels];
        ElementCursor<T> cursor = default;
        cursor.Start(x, memory, 0);
        for (long k = 0; k < kept; k++)
        {
            long blocks = 0;
            for (long done = 0; done < length; done += Block)
            {
                int n = (int)Math.Min(Block, length - done);
                T value;
                ReductionLoops.Run<TOp, T, V>(&op, cursor.Read(n, buffer), n, &value);

                // A binary counter of partial results: a carry combines two of equal weight.
                int level = 0;
                for (long bits = blocks++; (bits & 1) != 0; bits >>= 1)
                {
                    value = Combine(op, partial[level++], value);
                }

                partial[level] = value;
            }

            int low = BitOperations.TrailingZeroCount(blocks);
            T total = partial[low];
            for (int level = low + 1; blocks >> level != 0; level++)
            {
                if ((blocks >> level & 1) != 0)
                {
                    total = Combine(op, partial[level], total);
                }
            }

            y[k] = total;
        }
    }

    [SkipLocalsInit]
    private static void DownColumns(TOp op, T* x, Layout layout, T* y, int reduced)
    {
        int keptRank = layout.Rank - reduced;
        int width = layout.Dims[keptRank - 1];
        long outer = 1, rows = 1;
        for (int d = 0; d < keptRank - 1; d++)
        {
            outer *= layout.Dims[d];
        }

        for (int d = keptRank; d < layout.Rank; d++)
        {
            rows *= layout.Dims[d];
        }

        T* block = stackalloc T[Columns];
        for (long o = 0; o < outer; o++)
        {
            T* origin = x + Position(layout, 0, keptRank - 1, o);
            for (int column = 0; column < width; column += Columns)
            {
                int n = Math.Min(Columns, width - column);
                T* total = y + o * width + column;
                ReductionLoops.Fill<TOp, T, V>(&op, total, n);
                for (long row = 0; row < rows;)
                {
                    ReductionLoops.Fill<TOp, T, V>(&op, block, n);
                    for (long end = Math.Min(rows, row + RowsPerBlock); row < end; row++)
                    {
                        T* line = origin + column + (reduced == 1 ? row * layout.Strides[^1] : Position(layout, keptRank, layout.Rank, row));
                        ReductionLoops.Row<TOp, T, V>(&op, block, line, n, map: true);
                    }

                    ReductionLoops.Row<TOp, T, V>(&op, total, block, n, map: false);
                }
            }
        }
    }

    private static long Position(Layout layout, int from, int to, long linear)
    {
        long position = 0;
        for (int d = to - 1; d >= from; d--)
        {
            position += linear % layout.Dims[d] * layout.Strides[d];
            linear /= layout.Dims[d];
        }

        return position;
    }

    private static T Combine(TOp op, T a, T b)
    {
        T* lanes = stackalloc T[2 * V.Width];
        new Span<T>(lanes, V.Width).Fill(a);
        new Span<T>(lanes + V.Width, V.Width).Fill(b);
        return op.Combine(V.Load(lanes), V.Load(lanes + V.Width))[0];
    }
}
