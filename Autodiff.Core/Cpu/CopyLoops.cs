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

    /// <summary>Elements of a part: what one thread does at a time.</summary>
    private const int PartElements = 32 * 1024;

    public static void Copy<T>(T* x, Layout from, T* y, Layout to) where T : unmanaged
    {
        if (to.Count == 0)
        {
            return;
        }

        Walk walk = default;
        Strips<T> strips = new() { X = x, Y = y, Walk = &walk, Rank = walk.Collapse(from, to) };
        int inner = strips.Rank - 1, across = walk.Across(inner);
        (strips.N, strips.FromInner, strips.ToInner) = (walk.Dims[inner], walk.From[inner], walk.To[inner]);
        strips.M = 1;
        if (across >= 0)
        {
            (strips.M, strips.FromAcross, strips.ToAcross) = (walk.Dims[across], walk.From[across], walk.To[across]);
            walk.Dims[across] = 1;
            strips.IsAcross = true;
        }

        walk.Dims[inner] = 1;
        strips.Each = (strips.M + Tile - 1) / Tile;
        strips.Count = to.Count / (strips.M * strips.N) * strips.Each;
        strips.PerPart = Math.Max(1, PartElements / (Math.Min(strips.M, Tile) * strips.N));
        ThreadedLoop.For(Sizes.Parts(strips.Count, strips.PerPart), to.Count, strips);
    }

    /// <summary>
    /// The work in strips: some rows of a transposed matrix, or one row where both lie alike, at each place of the
    /// other dimensions.
    /// </summary>
    private struct Strips<T> : IParallelBody where T : unmanaged
    {
        public T* X, Y;
        public Walk* Walk;
        public int Rank;
        public bool IsAcross;

        /// <summary>The matrix at each place: M rows of N, and the distances in both.</summary>
        public long M, N, FromAcross, FromInner, ToAcross, ToInner;

        /// <summary>Strips of each matrix, of all, and of a part.</summary>
        public long Each, Count, PerPart;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            long first = part * PerPart, end = Math.Min(Count, first + PerPart);
            Place place;
            Walk->Start(&place, Rank, first / Each);
            for (long strip = first % Each; first < end; first++)
            {
                T* x = X + place.X, y = Y + place.Y;
                if (IsAcross)
                {
                    long top = strip * Tile;
                    CopyTiles(x + (top * FromAcross), FromAcross, FromInner, y + (top * ToAcross), ToAcross, ToInner,
                        Math.Min(Tile, M - top), N);
                }
                else
                {
                    CopyRow(x, FromInner, y, ToInner, N);
                }

                if (++strip == Each)
                {
                    strip = 0;
                    Walk->Next(&place, Rank);
                }
            }
        }
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

    /// <summary>A matrix, column by column.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Move<T>(
        T* from, nint fromRows, nint fromColumns, T* to, nint toRows, nint toColumns, nint rows, nint columns)
        where T : unmanaged
    {
        for (nint j = 0; j < columns; j++)
        {
            T* source = from + (j * fromColumns), target = to + (j * toColumns);
            for (nint i = rows; i > 0; i--)
            {
                *target = *source;
                source += fromRows;
                target += toRows;
            }
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

    /// <summary>At most a tile of rows.</summary>
    [SkipLocalsInit]
    private static void CopyTiles<T>(
        T* x, long xa, long xi, T* y, long ya, long yi, long rows, long n) where T : unmanaged
    {
        // A tile passes through a buffer, so that both sides see whole lines of cache, however far their rows lie
        // apart.
        byte* memory = stackalloc byte[(Tile * Tile * sizeof(T)) + Lanes.LineBytes];
        T* buffer = (T*)((nint)(memory + Lanes.LineBytes - 1) & -Lanes.LineBytes);
        for (long left = 0; left < n; left += Tile)
        {
            long columns = Math.Min(Tile, n - left);
            T* source = x + left * xi, target = y + left * yi;
            if (xa == 1 && yi == 1 && Transposition.IsFor<T>())
            {
                for (long j = 0; j < columns; j++)
                {
                    CopyBlock(source + j * xi, buffer + j * Tile, rows);
                }

                Transposition.Run((float*)buffer, Tile, (nint)columns, (nint)rows, (float*)target, (nint)ya);
                continue;
            }

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

    /// <summary>
    /// The dimensions of two layouts of one shape, joined where both allow, the target's finest last.
    /// </summary>
    private struct Walk
    {
        public fixed long Dims[Layout.MaxRank + 1];
        public fixed long From[Layout.MaxRank + 1];
        public fixed long To[Layout.MaxRank + 1];

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

        /// <summary>The place of number <paramref name="index"/>.</summary>
        public readonly void Start(Place* place, int rank, long index)
        {
            (place->X, place->Y) = (0, 0);
            for (int d = rank - 1; d >= 0; d--)
            {
                (index, long at) = Math.DivRem(index, Dims[d]);
                place->At[d] = at;
                place->X += at * From[d];
                place->Y += at * To[d];
            }
        }

        /// <summary>Advances the iterator's position; from the last one to the first.</summary>
        public readonly void Next(Place* place, int rank)
        {
            for (int d = rank - 1; d >= 0; d--)
            {
                place->X += From[d];
                place->Y += To[d];
                if (++place->At[d] < Dims[d])
                {
                    return;
                }

                place->X -= From[d] * Dims[d];
                place->Y -= To[d] * Dims[d];
                place->At[d] = 0;
            }
        }
    }

    /// <summary>An iterator's position: along each dimension, and in the memory of both.</summary>
    private struct Place
    {
        public long X, Y;

        public fixed long At[Layout.MaxRank + 1];
    }
}
