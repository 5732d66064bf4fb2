using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The general product on one thread: blocks of k, of columns and of rows sized to the caches, packed where reading in
/// place would cost more, and tiles of <see cref="MicroKernel{T, V}"/>.
/// </summary>
internal static unsafe class BlockedGemm<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // Steps of k whose panel of B (128 bytes a step with AVX-512) stays in the first-level cache beside the tile's rows
    // of A. It decides how a sum is grouped, so it depends on nothing but k.
    private const int MaxDepth = 256;

    // Rows of A whose packed block (MaxDepth deep) takes a good part of the second-level cache.
    private const int MaxRows = 384;

    private const int MaxColumns = 3072;

    // Up to here, rows of A read in place cost less than packing them; beyond, their stride costs more cache misses.
    private const int DirectColumns = 768;

    // The same where the rows of a tile begin in one set of the first-level cache and drive each other out.
    private const int DirectCollidingColumns = 192, CollidingBytes = 4096;

    // Up to here, too few tiles share a packed panel of B.
    private const int DirectRows = 24;

    // A block of this many bytes stays in the first-level cache, packed or not.
    private const int SmallBlock = 24 << 10;

    private static int Width => MicroKernel<T, V>.TileColumns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GemmProblem<T> g)
    {
        nint depth = Depth(g.K), columns = EqualBlocks.Of(g.N, MaxColumns, Width),
            rows = EqualBlocks.Of(g.M, MaxRows, MicroKernel<T, V>.TileRows);
        bool packA = PacksA(g, depth), smallB = g.N * depth * sizeof(T) <= SmallBlock;
        bool packB = g.BColumns != 1 || (g.M > DirectRows && !smallB);
        nint bSize = packB ? (columns + Width - 1) / Width * Width * depth : g.N % V.Width != 0 ? Width * depth : 0;
        nint aSize = packA ? rows * depth : 0;

        // Where lines of C are strided and would be gathered again and again, a few rows are summed up elsewhere.
        bool isAside = g.CColumns != 1 && g.K > depth && g.M <= DirectRows;
        nint cSize = isAside ? g.M * columns : 0;
        T* panels = aSize + bSize + cSize > 0 ? (T*)Scratch.Take((aSize + bSize + cSize) * sizeof(T)) : null,
            aside = panels + bSize + aSize;
        var pass = new Pass
        {
            RowsFirst = smallB, PackedB = packB, Panels = panels, PackedRows = packA ? panels + bSize : null
        };
        for (nint j = 0; j < g.N; j += columns)
        {
            nint n = Math.Min(columns, g.N - j);
            T* c = g.C + (j * g.CColumns);
            if (isAside && g.Accumulate)
            {
                CopyLoops.Move(c, g.CRows, g.CColumns, aside, columns, 1, g.M, n);
            }

            for (nint p = 0; p < g.K; p += depth)
            {
                nint k = Math.Min(depth, g.K - p);
                T* b = g.B + (p * g.BRows) + (j * g.BColumns);
                if (packB)
                {
                    Packing<T, V>.Pack(b, g.BColumns, g.BRows, Panels.Of(n, Width), k, panels);
                }
                else if (n % V.Width != 0)
                {
                    nint start = n / Width * Width;
                    Packing<T, V>.Pack(b + start, 1, g.BRows, Panels.Of(n - start, Width), k, panels);
                }

                for (nint i = 0; i < g.M; i += rows)
                {
                    GemmProblem<T> part = g.Slice(i, Math.Min(rows, g.M - i), j, n);
                    if (isAside)
                    {
                        part.C = aside;
                        (part.CRows, part.CColumns) = (columns, 1);
                    }

                    Rows(part, p, k, pass);
                }
            }

            if (isAside)
            {
                CopyLoops.Move(aside, columns, 1, c, g.CRows, g.CColumns, g.M, n);
            }
        }
    }

    /// <summary>Steps of k of a block, balanced.</summary>
    public static nint Depth(nint k)
    {
        nint depths = (k + MaxDepth - 1) / MaxDepth;
        return (k + depths - 1) / depths;
    }

    /// <summary>Whether rows of A are copied before they are used.</summary>
    public static bool PacksA(in GemmProblem<T> g, nint depth) => g.AColumns == 1
        ? g.N > (g.ARows * sizeof(T) % CollidingBytes == 0 ? DirectCollidingColumns : DirectColumns)
            && g.M > MicroKernel<T, V>.TileRows
        : g.ARows != 1 || g.M * depth * sizeof(T) > SmallBlock;

    /// <summary>Adds steps [p, p + k) of a product to its rows of C; the last ones finish it.</summary>
    public static void Rows(GemmProblem<T> g, nint p, nint k, Pass pass)
    {
        bool isLast = p + k == g.K;
        g.K = k;
        g.A += p * g.AColumns;
        g.B += p * g.BRows;
        if (p > 0)
        {
            g.Accumulate = true;
            g.Epilogue.RowBias = g.Epilogue.ColumnBias = null;
        }

        g.Epilogue.Relu &= isLast;
        pass.Tiles = Panels.Even(g.M, MicroKernel<T, V>.TileRows);
        if (pass.PackedRows != null)
        {
            Packing<T, V>.Pack(g.A, g.ARows, g.AColumns, pass.Tiles, k, pass.PackedRows);
            g.A = pass.PackedRows;
        }

        AllTiles(g, pass);
    }

    /// <summary>
    /// The tiles of one block: along the rows where B stays in cache or is read once, else down each panel of B.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AllTiles(in GemmProblem<T> g, in Pass pass)
    {
        T* spare = stackalloc T[2 * MicroKernel<T, V>.TileRows * Width];
        TileRun<T> run;
        run.Spare = spare;
        run.Jumps = run.Places = run.Pieces = null;
        run.ARows = pass.PackedA ? 1 : g.ARows;
        run.K = g.K;
        run.Add = g.Accumulate;
        run.Relu = g.Epilogue.Relu;
        nint tiles = pass.Tiles.Count, whole = g.N / Width * Width;
        if (g.CColumns != 1)
        {
            Strided(g, pass, &run);
        }
        else if (pass.RowsFirst || tiles == 1)
        {
            for (nint tile = 0; tile < tiles; tile++)
            {
                Line(g, pass, &run, tile, 1, 0, whole);
                Line(g, pass, &run, tile, 1, whole, g.N - whole);
            }
        }
        else
        {
            nint larger = pass.Tiles.Larger;
            for (nint j = 0; j < g.N; j += Width)
            {
                nint width = Math.Min(Width, g.N - j);
                Line(g, pass, &run, 0, larger, j, width);
                Line(g, pass, &run, larger, tiles - larger, j, width);
            }
        }
    }

    /// <summary>
    /// Tiles in a line: <paramref name="tiles"/> of them, equally high, down the panel of B at column
    /// <paramref name="j"/>, or the <paramref name="columns"/> columns from there to the right, whole panels or one
    /// that isn't.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Line(in GemmProblem<T> g, in Pass pass, TileRun<T>* run, nint tile, nint tiles, nint j,
        nint columns)
    {
        if (tiles == 0 || columns == 0)
        {
            return;
        }

        nint i = pass.Tiles.Start(tile), rows = pass.Tiles.WidthOf(tile);
        Place(g, pass, run, i, rows, j, Math.Min(columns, Width));
        run->C = g.C + (i * g.CRows) + j;
        run->CRows = g.CRows;
        nint count = tiles;
        if (columns > Width)
        {
            count = columns / Width;
            run->ANext = run->ColumnBiasNext = 0;
            run->BNext = pass.PackedB ? Width * g.K : Width;
            run->CNext = run->RowBiasNext = Width;
        }
        else
        {
            run->ANext = pass.PackedA ? rows * g.K : rows * g.ARows;
            run->ColumnBiasNext = rows;
            run->BNext = run->RowBiasNext = 0;
            run->CNext = rows * g.CRows;
        }

        MicroKernel<T, V>.Run((int)rows, run, count);
    }

    /// <summary>Where the kernel finds the operands of a tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Place(in GemmProblem<T> g, in Pass pass, TileRun<T>* run, nint i, nint rows, nint j, nint width)
    {
        run->A = g.A + (i * (pass.PackedA ? g.K : g.ARows));
        run->ASteps = pass.PackedA ? rows : g.AColumns;
        run->Width = width;
        run->RowBias = g.Epilogue.RowBias == null ? null : g.Epilogue.RowBias + j;
        run->ColumnBias = g.Epilogue.ColumnBias == null ? null : g.Epilogue.ColumnBias + i;
        run->BSteps = Width;
        if (pass.PackedB)
        {
            run->B = pass.Panels + (j * g.K);
        }
        else if (width % V.Width != 0)
        {
            run->B = pass.Panels;
        }
        else
        {
            run->B = g.B + j;
            run->BSteps = g.BRows;
        }
    }

    /// <summary>
    /// The tiles of a block of C whose lines are strided, while registers run along them: each through a buffer.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Strided(in GemmProblem<T> g, in Pass pass, TileRun<T>* run)
    {
        T* buffer = run->Spare + (MicroKernel<T, V>.TileRows * Width);
        run->C = buffer;
        run->CRows = Width;
        for (nint j = 0; j < g.N; j += Width)
        {
            nint width = Math.Min(Width, g.N - j);
            for (nint tile = 0; tile < pass.Tiles.Count; tile++)
            {
                nint i = pass.Tiles.Start(tile), rows = pass.Tiles.WidthOf(tile);
                T* c = g.C + (i * g.CRows) + (j * g.CColumns);
                Place(g, pass, run, i, rows, j, width);
                if (g.Accumulate)
                {
                    CopyLoops.Move(c, g.CRows, g.CColumns, buffer, Width, 1, rows, width);
                }

                MicroKernel<T, V>.Run((int)rows, run, 1);
                CopyLoops.Move(buffer, Width, 1, c, g.CRows, g.CColumns, rows, width);
            }
        }
    }

    /// <summary>How the operands of a block lie.</summary>
    internal struct Pass
    {
        public bool RowsFirst, PackedB;

        /// <summary>
        /// The packed panels of B; where B is read in place, only its last panel if that isn't whole registers.
        /// </summary>
        public T* Panels;

        /// <summary>The packed rows of A; null where they are read in place.</summary>
        public T* PackedRows;

        public Panels Tiles;

        public readonly bool PackedA => PackedRows != null;
    }
}
