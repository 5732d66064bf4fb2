using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// Copies between layouts without looking at what is copied: by blocks where both lie alike, by tiles where one is
/// transposed.
/// </summary>
internal static unsafe class CopyLoops
{
    /// <summary>Entries of a tile's side: its rows and its columns fit the first-level cache together.</summary>
    private const int Tile = 64;

    public static void Copy<T>(T* x, Layout from, T* y, Layout to) where T : unmanaged
    {
        if (to.Count == 0)
        {
            return;
        }

        Walk walk = default;
        int rank = walk.Collapse(from, to);
        int inner = rank - 1, across = walk.Across(inner);
        long n = walk.Dims[inner], xi = walk.From[inner], yi = walk.To[inner];
        long m = 1, xa = 0, ya = 0;
        if (across >= 0)
        {
            (m, xa, ya) = (walk.Dims[across], walk.From[across], walk.To[across]);
            walk.Dims[across] = 1;
        }

        walk.Dims[inner] = 1;
        do
        {
            if (across >= 0)
            {
                CopyTiles(x + walk.X, xa, xi, y + walk.Y, ya, yi, m, n);
            }
            else
            {
                CopyRow(x + walk.X, xi, y + walk.Y, yi, n);
            }
        }
        while (walk.Next(rank));
    }

    /// <summary>A block of elements that lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyBlock<T>(T* x, T* y, long n) where T : unmanaged
    {
        if (n * sizeof(T) < 32)
        {
            for (long i = 0; i < n; i++)
            {
                y[i] = x[i];
            }
        }
        else
        {
            Buffer.MemoryCopy(x, y, n * sizeof(T), n * sizeof(T));
        }
    }

    private static void CopyRow<T>(T* x, long xi, T* y, long yi, long n) where T : unmanaged
    {
        if (xi == 1 && yi == 1)
        {
            CopyBlock(x, y, n);
            return;
        }

        for (long i = 0; i < n; i++)
        {
            y[i * yi] = x[i * xi];
        }
    }

    [SkipLocalsInit]
    private static void CopyTiles<T>(T* x, long xa, long xi, T* y, long ya, long yi, long m, long n) where T : unmanaged
    {
        // A tile passes through a buffer, so that both sides see whole lines of cache, however far their rows lie
        // apart.
        T* buffer = stackalloc T[Tile * Tile];
        for (long top = 0; top < m; top += Tile)
        {
            long rows = Math.Min(Tile, m - top);
            for (long left = 0; left < n; left += Tile)
            {
                long columns = Math.Min(Tile, n - left);
                T* source = x + top * xa + left * xi, target = y + top * ya + left * yi;
                for (long j = 0; j < columns; j++, source += xi)
                {
                    for (long i = 0; i < rows; i++)
                    {
                        buffer[i * Tile + j] = source[i * xa];
                    }
                }

                for (long i = 0; i < rows; i++, target += ya)
                {
                    CopyRow(buffer + i * Tile, 1, target, yi, columns);
                }
            }
        }
    }

    /// <summary>
    /// The dimensions of two layouts of one shape, joined where both allow, the target's finest last.
    /// </summary>
    private struct Walk
    {
        public fixed long Dims[Layout.MaxRank + 1];
        public fixed long From[Layout.MaxRank + 1];
        public fixed long To[Layout.MaxRank + 1];
        private fixed long _at[Layout.MaxRank + 1];

        public long X { get; private set; }

        public long Y { get; private set; }

        public int Collapse(Layout from, Layout to)
        {
            int rank = 0;
            for (int d = 0; d < to.Rank; d++)
            {
                (long dim, long x, long y) = (to.Dims[d], from.Strides[d], to.Strides[d]);
                if (dim == 1)
                {
                    continue;
                }

                if (rank > 0 && From[rank - 1] == x * dim && To[rank - 1] == y * dim)
                {
                    (Dims[rank - 1], From[rank - 1], To[rank - 1]) = (Dims[rank - 1] * dim, x, y);
                    continue;
                }

                // Insertion keeps the order where strides are equal.
                int place = rank++;
                for (; place > 0 && Math.Abs(To[place - 1]) < Math.Abs(y); place--)
                {
                    (Dims[place], From[place], To[place]) = (Dims[place - 1], From[place - 1], To[place - 1]);
                }

                (Dims[place], From[place], To[place]) = (dim, x, y);
            }

            if (rank == 0)
            {
                Dims[rank++] = 1;
            }

            return rank;
        }

        /// <summary>The dimension along which the source is finer than along <paramref name="inner"/>, or -1.</summary>
        public readonly int Across(int inner)
        {
            int best = -1;
            for (int d = 0; d < inner; d++)
            {
                if (From[d] != 0 && Math.Abs(From[d]) < Math.Abs(From[best < 0 ? inner : best]))
                {
                    best = d;
                }
            }

            return best;
        }

        public bool Next(int rank)
        {
            for (int d = rank - 1; d >= 0; d--)
            {
                X += From[d];
                Y += To[d];
                if (++_at[d] < Dims[d])
                {
                    return true;
                }

                X -= From[d] * Dims[d];
                Y -= To[d] * Dims[d];
                _at[d] = 0;
            }

            return false;
        }
    }
}
