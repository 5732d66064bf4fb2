using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>
/// Folds rows: short ones a vector's width at a time across the lanes, longer ones in blocks, very long ones in parts
/// that threads share.
/// </summary>
internal static unsafe class ReductionRows<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    /// <summary>The most elements that are folded at once.</summary>
    public const int Block = 1024;

    /// <summary>More than a core's caches hold.</summary>
    private const long LargeBytes = 4L << 20;

    /// <summary>A power of two of blocks, so that a row's tree is the same whether it is cut or not.</summary>
    private const int Segment = 64 * Block;

    public static void Run(TOp op, in TensorView x, byte* memory, long kept, T* y)
    {
        long length = x.Count / kept;
        Rows rows = new()
        {
            Op = op, X = x, Memory = memory, Y = y, Kept = kept, Length = length,
            Large = x.Count * sizeof(T) >= LargeBytes
        };
        if (length <= Segment)
        {
            rows.PerPart = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, Segment / length));
            ThreadedLoop.For(Sizes.Parts(kept, rows.PerPart), x.Count, rows);
            return;
        }

        int segments = Sizes.Parts(length, Segment);
        T* partial = (T*)Scratch.Take(checked((nint)(kept * segments * sizeof(T))));
        ThreadedLoop.For(Sizes.Parts(kept * segments, 1), x.Count,
            new Segments { Rows = rows, PerRow = segments, Partial = partial });
        T* levels = stackalloc T[PairwiseFold<TOp, T, V>.Levels];
        for (long k = 0; k < kept; k++)
        {
            PairwiseFold<TOp, T, V> fold = new(op, levels);
            for (int s = 0; s < segments; s++)
            {
                fold.Add(partial[k * segments + s]);
            }

            y[k] = fold.Total();
        }
    }

    private struct Rows : IParallelBody
    {
        public TOp Op;
        public TensorView X;
        public byte* Memory;
        public T* Y;
        public long Kept, Length;
        public int PerPart;
        public bool Large;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            long first = (long)part * PerPart;
            int count = (int)Math.Min(PerPart, Kept - first);
            ElementCursor<T> cursor = default;
            cursor.Start(X, Memory, first * Length);
            if (Length <= ShortRows.Longest && V.Width > 1)
            {
                Across(ref cursor, Y + first, count);
                return;
            }

            if (Length <= Block && !Large && cursor.IsDirect(count * (int)Length))
            {
                TOp op = Op;
                T* all = cursor.Read(count * (int)Length, null);
                ReductionLoops.Run<TOp, T, V>(&op, all, (nint)Length, Y + first, count);
                return;
            }

            T* buffer = stackalloc T[Block]; // of the whole walk: the cursor fills it once where elements repeat
            for (int r = 0; r < count; r++)
            {
                Y[first + r] = Fold(ref cursor, Length, buffer);
            }
        }

        [SkipLocalsInit]
        private readonly void Across(ref ElementCursor<T> cursor, T* y, int count)
        {
            TOp op = Op;
            T* buffer = stackalloc T[ShortRows.Longest * V.Width], columns = stackalloc T[ShortRows.Longest * V.Width],
                folds = stackalloc T[V.Width];
            for (int r = 0; r < count; r += V.Width)
            {
                int n = Math.Min(V.Width, count - r);
                ShortRows.Transpose(cursor.Read(n * (int)Length, buffer), n, (int)Length, columns, V.Width);
                ReductionLoops.Across<TOp, T, V>(&op, columns, (int)Length, folds);
                Unsafe.CopyBlockUnaligned(y + r, folds, (uint)(n * sizeof(T)));
            }
        }

        [SkipLocalsInit]
        public readonly T Fold(ref ElementCursor<T> cursor, long length, T* buffer)
        {
            if (length <= Block)
            {
                return FoldBlock(ref cursor, (int)length, buffer);
            }

            T* levels = stackalloc T[PairwiseFold<TOp, T, V>.Levels];
            PairwiseFold<TOp, T, V> fold = new(Op, levels);
            for (long done = 0; done < length; done += Block)
            {
                fold.Add(FoldBlock(ref cursor, (int)Math.Min(Block, length - done), buffer));
            }

            return fold.Total();
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private readonly T FoldBlock(ref ElementCursor<T> cursor, int count, T* buffer)
        {
            TOp op = Op;
            T value;
            T* x = cursor.Read(count, buffer);
            if (Large)
            {
                LookAhead(x, count);
            }

            ReductionLoops.Run<TOp, T, V>(&op, x, count, &value);
            return value;
        }

        /// <summary>
        /// Prefetches what comes two blocks later, as much as is read now: the hardware prefetcher does not cross a
        /// page.
        /// </summary>
        private static void LookAhead(T* x, int count)
        {
            for (T* ahead = x + 2 * Block, end = ahead + count; ahead < end; ahead += Lanes.LineBytes / sizeof(T))
            {
                V.Prefetch(ahead);
            }
        }
    }

    private struct Segments : IParallelBody
    {
        public Rows Rows;
        public int PerRow;
        public T* Partial;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            T* buffer = stackalloc T[Block];
            long at = (long)(part % PerRow) * Segment;
            ElementCursor<T> cursor = default;
            cursor.Start(Rows.X, Rows.Memory, part / PerRow * Rows.Length + at);
            Partial[part] = Rows.Fold(ref cursor, Math.Min(Segment, Rows.Length - at), buffer);
        }
    }
}
