using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Algebra;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// Finds where each row attains its extreme: the extreme of a block is folded by vectors, and only a block that
/// improves on those before is searched.
/// </summary>
internal static unsafe class ArgReduction<TOp, T, V>
    where TOp : unmanaged, IReduction
    where T : unmanaged, INumber<T>
    where V : struct, ILanes<V, T>
{
    private const int Block = 1024;
    private const int ElementsPerPart = 32 * 1024;

    public static void Run(TOp op, in TensorView x, in TensorView indices)
    {
        long length = x.Layout.Rank == 0 ? 1 : x.Layout.Dims[^1], rows = indices.Count;
        if (rows == 0)
        {
            return;
        }

        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* source = &x.Memory(use), target = &indices.Memory(use))
        {
            Rows body = new()
            {
                Op = op, X = x, Memory = source, To = (long*)target + indices.Offset,
                Count = rows, Length = length, PerPart = Math.Max(1, ElementsPerPart / length),
            };
            ThreadedLoop.For(Sizes.Parts(rows, body.PerPart), x.Count, body);
        }
    }

    private struct Rows : IParallelBody
    {
        public TOp Op;
        public TensorView X;
        public byte* Memory;
        public long* To;
        public long Count, Length, PerPart;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            TOp op = Op;
            T* buffer = stackalloc T[Block];
            long first = part * PerPart, end = Math.Min(Count, first + PerPart);
            ElementCursor<T> cursor = default;
            cursor.Start(X, Memory, first * Length);
            if (Length <= ShortRows.Longest && V.Width > 1)
            {
                Across(ref cursor, To + first, (int)(end - first));
                return;
            }

            for (long row = first; row < end; row++)
            {
                T best = default;
                long position = 0;
                for (long done = 0; done < Length; done += Block)
                {
                    int n = (int)Math.Min(Block, Length - done);
                    T* block = cursor.Read(n, buffer);
                    T extreme;
                    ReductionLoops.Run<TOp, T, V>(&op, block, n, &extreme);
                    if (done == 0 || (!T.IsNaN(best) && ReductionLoops.Combine<TOp, T, V>(op, best, extreme) != best))
                    {
                        (best, position) = (extreme, done + Find(block, n, extreme));
                    }
                }

                To[row] = position;
            }
        }

        [SkipLocalsInit]
        private readonly void Across(ref ElementCursor<T> cursor, long* to, int count)
        {
            int length = (int)Length;
            T* buffer = stackalloc T[ShortRows.Longest * V.Width], columns = stackalloc T[ShortRows.Longest * V.Width],
                positions = stackalloc T[V.Width];
            for (int r = 0; r < count; r += V.Width)
            {
                int n = Math.Min(V.Width, count - r);
                ShortRows.Transpose(cursor.Read(n * length, buffer), n, length, columns, V.Width);
                Positions(columns, length, positions);
                for (int i = 0; i < n; i++)
                {
                    to[r + i] = long.CreateTruncating(positions[i]);
                }
            }
        }

        /// <summary>For each lane the first place of its extreme, or of NaN.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Positions(T* columns, int length, T* positions)
        {
            V best = V.Load(columns), position = V.Const(0);
            for (int j = 1; j < length; j++)
            {
                V x = V.Load(columns + j * V.Width), here = V.Const(j);
                bool largest = typeof(TOp) == typeof(Fold<Identity, Maximum>);
                V low = largest ? best : x, high = largest ? x : best;
                V orNaN = V.SelectEqual(x, x, position, V.SelectEqual(best, best, here, position));
                position = V.SelectLess(low, high, here, orNaN);
                best = V.SelectLess(low, high, x, V.SelectEqual(x, x, best, x));
            }

            position.Store(positions);
        }

        /// <summary>Where a block first holds the value, which it does; NaN is found, too.</summary>
        private static int Find(T* block, int n, T value)
        {
            int i = 0;
            if (T.IsNaN(value))
            {
                for (; i < n && !T.IsNaN(block[i]); i++)
                {
                }

                return i;
            }

            for (; i < n && block[i] != value; i++)
            {
            }

            return i;
        }
    }
}
