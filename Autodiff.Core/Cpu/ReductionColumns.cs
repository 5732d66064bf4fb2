using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>
/// Folds down columns whose neighbours lie side by side: whole rows are combined, block by block, into rows of partial
/// results.
/// </summary>
internal static unsafe class ReductionColumns<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    /// <summary>Columns of one part: their accumulators stay in the first-level cache.</summary>
    private const int Widest = 512;
    private const int RowsPerBlock = 32;
    private const int RowsAtOnce = 8;
    private const int ElementsPerPart = 64 * 1024;

    public static void Run(TOp op, T* x, Layout layout, int reduced, T* y)
    {
        int kept = layout.Rank - reduced, width = layout.Dims[kept - 1];
        long outer = 1, rows = 1;
        for (int d = 0; d < kept - 1; d++)
        {
            outer *= layout.Dims[d];
        }

        for (int d = kept; d < layout.Rank; d++)
        {
            rows *= layout.Dims[d];
        }

        // Narrow rows that follow each other without gaps are taken several at a time as one.
        int group = 1;
        if (reduced == 1 && layout.Strides[^1] == width && width <= Widest / 8)
        {
            group = 1 << BitOperations.Log2((uint)Math.Min(rows, Widest / 2 / width));
        }

        int span = Math.Min(width, Widest),
            perSegment = (int)BitOperations.RoundUpToPowerOf2((uint)(ElementsPerPart / span));
        Part body = new()
        {
            Op = op, X = x, Layout = layout, Kept = kept, Width = width, Rows = rows, Group = group,
            ColumnBlocks = (width + Widest - 1) / Widest, RowsPerSegment = perSegment,
            Segments = Sizes.Parts(rows, perSegment),
        };
        int parts = Sizes.Parts(outer * body.ColumnBlocks * body.Segments, 1);
        if (body.Segments == 1)
        {
            body.Result = y;
            ThreadedLoop.For(parts, outer * rows * width, body);
            return;
        }

        T* partial = (T*)Scratch.Take(checked((nint)(outer * body.Segments * width * sizeof(T))));
        body.Result = partial;
        ThreadedLoop.For(parts, outer * rows * width, body);
        for (long o = 0; o < outer; o++)
        {
            T* segments = partial + o * body.Segments * width;
            Fold(op, segments, body.Segments, width);
            new Span<T>(segments, width).CopyTo(new Span<T>(y + o * width, width));
        }
    }

    /// <summary>Combines rows of partial results into the first, as a balanced tree.</summary>
    private static void Fold(TOp op, T* rows, int count, int width)
    {
        for (int step = 1; step < count; step *= 2)
        {
            for (int r = 0; r + step < count; r += 2 * step)
            {
                ReductionLoops.Row<TOp, T, V>(&op, rows + (long)r * width, rows + (long)(r + step) * width, width,
                    map: false);
            }
        }
    }

    private struct Part : IParallelBody
    {
        public TOp Op;
        public T* X, Result;
        public Layout Layout;
        public long Rows;
        public int Kept, Width, Group, ColumnBlocks, RowsPerSegment, Segments;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            TOp op = Op;
            int segment = part % Segments, block = part / Segments % ColumnBlocks;
            long o = part / Segments / ColumnBlocks;
            int column = block * Widest, n = Math.Min(Widest, Width - column);
            long first = (long)segment * RowsPerSegment;
            int count = (int)Math.Min(RowsPerSegment, Rows - first);
            T* x = X + Layout.Place(0, Kept - 1, o) + column;
            T* result = Result + (o * Segments + segment) * Width + column;
            T* sum = stackalloc T[Widest], partial = stackalloc T[Widest];
            if (Group == 1)
            {
                Down(op, x, first, count, RowStride, n, result, partial);
                return;
            }

            int wide = n * Group, whole = count / Group;
            x += first * n;
            Down(op, x, 0, whole, wide, wide, sum, partial);
            ReductionLoops.Row<TOp, T, V>(&op, sum, x + (nint)whole * wide, count % Group * n, map: true);
            for (int half = wide / 2; half >= n; half /= 2)
            {
                ReductionLoops.Row<TOp, T, V>(&op, sum, sum + half, half, map: false);
            }

            Unsafe.CopyBlockUnaligned(result, sum, (uint)(n * sizeof(T)));
        }

        private readonly void Down(TOp op, T* x, long first, int count, long stride, int n, T* result, T* partial)
        {
            T** rows = stackalloc T*[RowsAtOnce];
            ReductionLoops.Fill<TOp, T, V>(&op, result, n);
            for (int r = 0; r < count; r += RowsPerBlock)
            {
                ReductionLoops.Fill<TOp, T, V>(&op, partial, n);
                for (int at = r, end = Math.Min(count, r + RowsPerBlock); at < end; at += RowsAtOnce)
                {
                    int together = Math.Min(RowsAtOnce, end - at);
                    for (int k = 0; k < together; k++)
                    {
                        rows[k] = x + Row(first + at + k, stride);
                    }

                    ReductionLoops.Rows<TOp, T, V>(&op, partial, rows, together, n);
                }

                ReductionLoops.Row<TOp, T, V>(&op, result, partial, n, map: false);
            }
        }

        /// <summary>The step from row to row; 0 where several reduced dimensions leave none.</summary>
        private readonly long RowStride => Layout.Rank == Kept + 1 ? Layout.Strides[^1] : 0;

        private readonly long Row(long row, long stride) =>
            stride != 0 ? row * stride : Layout.Place(Kept, Layout.Rank, row);
    }
}
