using System.Runtime.CompilerServices;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// The general product on one thread: blocks of k, of columns and of rows sized to the caches, packed where reading in
/// place would cost more, and tiles of <see cref="MicroKernel{T, TRegister}"/>.
/// </summary>
internal static unsafe class BlockedGemm<T, TRegister>
    where T : unmanaged
    where TRegister : unmanaged, IRegister<TRegister, T>
{
    // Steps of k whose panel of B (128 bytes a step with AVX-512) stays in the first-level cache beside the tile's rows
    // of A. It decides how a sum is grouped, so it depends on nothing but k.
    private const int MaxDepth = 256;

    // Rows of A whose packed block (MaxDepth deep) takes a good part of the second-level cache.
    private const int MaxRows = 384;

    private const int MaxColumns = 3072;

    // Up to here, rows of A read in place cost less than packing them; beyond, their distance costs the caches more.
    private const int DirectColumns = 768;

    // Up to here, too few tiles share a packed panel of B.
    private const int DirectRows = 24;

    // A block of this many bytes stays in the first-level cache, packed or not.
    private const int SmallBlock = 24 << 10;

    private static int Width => 2 * TRegister.Count;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GemmProblem<T> g)
    {
        nint depths = (g.K + MaxDepth - 1) / MaxDepth, depth = (g.K + depths - 1) / depths;
        nint columns = Block(g.N, MaxColumns, Width), rows = Block(g.M, MaxRows, TRegister.TileRows);
        bool packA = g.AColumns == 1
            ? g.N > DirectColumns && g.M > TRegister.TileRows
            : g.ARows != 1 || g.M * depth * sizeof(T) > SmallBlock;
        bool smallB = g.N * depth * sizeof(T) <= SmallBlock;
        bool packB = g.BColumns != 1 || (g.M > DirectRows && !smallB);
        nint bSize = packB ? (columns + Width - 1) / Width * Width * depth : g.N % TRegister.Count != 0 ? Width * depth : 0;
        nint aSize = packA ? rows * depth : 0;
        var pass = new Pass { RowsFirst = smallB, PackedA = packA, PackedB = packB };
        if (aSize + bSize > 0)
        {
            pass.Panels = (T*)Scratch.Take((aSize + bSize) * sizeof(T));
        }

        for (nint j = 0; j < g.N; j += columns)
        {
            nint n = Math.Min(columns, g.N - j);
            for (nint p = 0; p < g.K; p += depth)
            {
                nint k = Math.Min(depth, g.K - p);
                T* b = g.B + (p * g.BRows) + (j * g.BColumns);
                if (packB)
                {
                    Packing<T, TRegister>.Pack(b, g.BColumns, g.BRows, Panels.Of(n, Width), k, pass.Panels);
                }
                else if (n % TRegister.Count != 0)
                {
                    nint start = n / Width * Width;
                    Packing<T, TRegister>.Pack(b + start, 1, g.BRows, Panels.Of(n - start, Width), k, pass.Panels);
                }

                for (nint i = 0; i < g.M; i += rows)
                {
                    GemmProblem<T> part = g.Slice(i, Math.Min(rows, g.M - i), j, n);
                    part.K = k;
                    part.A += p * g.AColumns;
                    part.B = b;
                    if (p > 0)
                    {
                        part.Accumulate = true;
                        part.Epilogue.RowBias = part.Epilogue.ColumnBias = null;
                    }

                    part.Epilogue.Relu &= p + k == g.K;
                    pass.Tiles = Panels.Even(part.M, TRegister.TileRows);
                    if (packA)
                    {
                        T* packed = pass.Panels + bSize;
                        Packing<T, TRegister>.Pack(part.A, g.ARows, g.AColumns, pass.Tiles, k, packed);
                        part.A = packed;
                    }

                    AllTiles(part, pass);
                }
            }
        }
    }

    /// <summary>The tiles of one block: along the rows where all of B stays close, else down each panel of B.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AllTiles(in GemmProblem<T> g, in Pass pass)
    {
        T* buffer = stackalloc T[TRegister.TileRows * Width];
        nint tiles = pass.Tiles.Count;
        if (pass.RowsFirst)
        {
            for (nint tile = 0; tile < tiles; tile++)
            {
                for (nint j = 0; j < g.N; j += Width)
                {
                    OneTile(g, pass, tile, j, buffer);
                }
            }
        }
        else
        {
            for (nint j = 0; j < g.N; j += Width)
            {
                for (nint tile = 0; tile < tiles; tile++)
                {
                    OneTile(g, pass, tile, j, buffer);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void OneTile(in GemmProblem<T> g, in Pass pass, nint tile, nint j, T* buffer)
    {
        nint i = pass.Tiles.Start(tile), width = Math.Min(Width, g.N - j), bRows = Width;
        int rows = (int)pass.Tiles.Room(tile);
        T* b;
        if (pass.PackedB)
        {
            b = pass.Panels + (j * g.K);
        }
        else if (width % TRegister.Count != 0)
        {
            b = pass.Panels;
        }
        else
        {
            b = g.B + j;
            bRows = g.BRows;
        }

        T* a = g.A + (i * (pass.PackedA ? g.K : g.ARows));
        (nint aRows, nint aColumns) = pass.PackedA ? (1, (nint)rows) : (g.ARows, g.AColumns);
        T* c = g.C + (i * g.CRows) + (j * g.CColumns);
        T* rowBias = g.Epilogue.RowBias == null ? null : g.Epilogue.RowBias + j;
        T* columnBias = g.Epilogue.ColumnBias == null ? null : g.Epilogue.ColumnBias + i;
        var end = new TileEnd(g.Accumulate, g.Epilogue.Relu);
        if (g.CColumns == 1)
        {
            MicroKernel<T, TRegister>.Run(
                rows, (int)width, g.K, a, aRows, aColumns, b, bRows, c, g.CRows, rowBias, columnBias, end);
        }
        else
        {
            // Registers run along a line of C, and here such a line lies scattered.
            Move(c, g.CRows, g.CColumns, buffer, Width, 1, rows, width);
            MicroKernel<T, TRegister>.Run(
                rows, (int)width, g.K, a, aRows, aColumns, b, bRows, buffer, Width, rowBias, columnBias, end);
            Move(buffer, Width, 1, c, g.CRows, g.CColumns, rows, width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Move(T* from, nint fromRows, nint fromColumns, T* to, nint toRows, nint toColumns, nint rows, nint width)
    {
        for (nint j = 0; j < width; j++)
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

    /// <summary>Blocks of at most <paramref name="most"/>, as equal as multiples of <paramref name="unit"/> allow.</summary>
    private static nint Block(nint size, nint most, nint unit)
    {
        if (size <= most)
        {
            return size;
        }

        nint blocks = (size + most - 1) / most, block = (size + blocks - 1) / blocks;
        return (block + unit - 1) / unit * unit;
    }

    /// <summary>How the operands of a block lie.</summary>
    private struct Pass
    {
        public bool RowsFirst, PackedA, PackedB;

        /// <summary>The packed panels of B; where B is read in place, only its last panel if that isn't whole registers.</summary>
        public T* Panels;

        public Panels Tiles;
    }
}
