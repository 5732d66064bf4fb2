using System.Runtime.CompilerServices;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// The general product on one thread: blocks of k and of rows sized to the caches, packed where reading in place would
/// cost more, and tiles of <see cref="MicroKernel{T, TRegister}"/>.
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

    // Up to here, too few panels of B share a packed row of A to pay for the packing.
    private const int DirectColumns = 256;

    // Up to here, too few tiles share a packed panel of B.
    private const int DirectRows = 24;

    private static int Width => 2 * TRegister.Count;

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GemmProblem<T> g)
    {
        nint depths = (g.K + MaxDepth - 1) / MaxDepth, depth = (g.K + depths - 1) / depths;
        nint columns = Even(g.N, MaxColumns, Width), rows = Even(g.M, MaxRows, TRegister.TileRows);
        bool packA = (g.AColumns != 1 && g.ARows != 1) || (g.N > DirectColumns && g.M > TRegister.TileRows);
        bool packB = g.BColumns != 1 || g.M > DirectRows;
        nint tail = g.N % TRegister.Count;
        nint bSize = packB ? Up(columns, Width) * depth : tail != 0 ? Width * depth : 0;
        nint aSize = packA ? rows * depth : 0;
        T* packedB = null, packedA = null;
        if (aSize + bSize > 0)
        {
            packedB = (T*)Scratch.Take((aSize + bSize) * sizeof(T));
            packedA = packedB + bSize;
        }

        for (nint j = 0; j < g.N; j += columns)
        {
            nint n = Math.Min(columns, g.N - j);
            for (nint p = 0; p < g.K; p += depth)
            {
                nint k = Math.Min(depth, g.K - p);
                bool first = p == 0, last = p + k == g.K;
                T* b = g.B + (p * g.BRows) + (j * g.BColumns);
                if (packB)
                {
                    PackPanels(b, g.BColumns, g.BRows, n, k, packedB);
                }
                else if (n % TRegister.Count != 0)
                {
                    nint start = n / Width * Width;
                    Packing<T>.Panel(b + start, 1, g.BRows, n - start, k, packedB, Width);
                }

                for (nint i = 0; i < g.M; i += rows)
                {
                    nint m = Math.Min(rows, g.M - i);
                    T* a = g.A + (i * g.ARows) + (p * g.AColumns);
                    if (packA)
                    {
                        PackTiles(a, g.ARows, g.AColumns, m, k, packedA);
                    }

                    GemmProblem<T> part = g.Slice(i, m, j, n);
                    part.K = k;
                    part.A = packA ? packedA : a;
                    part.B = b;
                    part.Accumulate |= !first;
                    part.Epilogue.Relu &= last;
                    if (!first)
                    {
                        part.Epilogue.RowBias = null;
                        part.Epilogue.ColumnBias = null;
                    }

                    Tiles(part, packA, packB, packedB);
                }
            }
        }
    }

    /// <summary>The tiles of one block, down each panel of B.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles(in GemmProblem<T> g, bool packedA, bool packedB, T* panels)
    {
        T* buffer = stackalloc T[TRegister.TileRows * Width];
        nint tiles = (g.M + TRegister.TileRows - 1) / TRegister.TileRows;
        int tileRows = (int)(g.M / tiles), larger = (int)(g.M % tiles);
        var end = new TileEnd(g.Accumulate, g.Epilogue.Relu);
        T* rowBias = g.Epilogue.RowBias, columnBias = g.Epilogue.ColumnBias;
        for (nint j = 0; j < g.N; j += Width)
        {
            nint width = Math.Min(Width, g.N - j);
            int registers = width > TRegister.Count ? 2 : 1;
            bool whole = width == registers * TRegister.Count && g.CColumns == 1;
            T* b = g.B + j;
            nint bRows = g.BRows;
            if (packedB)
            {
                b = panels + (j * g.K);
                bRows = Width;
            }
            else if (width != registers * TRegister.Count)
            {
                b = panels;
                bRows = Width;
            }

            T* a = g.A;
            nint i = 0;
            for (nint tile = 0; tile < tiles; tile++)
            {
                int rows = tileRows + (tile < larger ? 1 : 0);
                T* c = g.C + (i * g.CRows) + (j * g.CColumns);
                (nint aRows, nint aColumns) = packedA ? (1, (nint)rows) : (g.ARows, g.AColumns);
                if (whole)
                {
                    MicroKernel<T, TRegister>.Run(
                        rows, registers, g.K, a, aRows, aColumns, b, bRows, c, g.CRows,
                        rowBias == null ? null : rowBias + j, columnBias == null ? null : columnBias + i, end);
                }
                else
                {
                    MicroKernel<T, TRegister>.Run(
                        rows, registers, g.K, a, aRows, aColumns, b, bRows, buffer, Width, null, null, default);
                    Merge(g, buffer, i, rows, j, width);
                }

                i += rows;
                a += packedA ? rows * g.K : rows * g.ARows;
            }
        }
    }

    /// <summary>Puts the used part of a tile where it belongs, as the kernel does with whole tiles.</summary>
    private static void Merge(in GemmProblem<T> g, T* tile, nint row, int rows, nint column, nint width)
    {
        for (nint i = 0; i < rows; i++)
        {
            TRegister bias = TRegister.Broadcast(g.Epilogue.ColumnBias == null ? default : g.Epilogue.ColumnBias[row + i]);
            T* c = g.C + ((row + i) * g.CRows) + (column * g.CColumns);
            for (nint j = 0; j < width; j += TRegister.Count)
            {
                nint count = Math.Min(TRegister.Count, width - j);
                T* from = tile + (i * Width) + j, to = c + (j * g.CColumns);
                TRegister sum = TRegister.Add(TRegister.Load(from), bias);
                if (g.Epilogue.RowBias != null)
                {
                    sum = TRegister.Add(sum, TRegister.LoadFirst(g.Epilogue.RowBias + column + j, count));
                }

                if (g.Accumulate)
                {
                    sum = TRegister.Add(sum, Gather(to, g.CColumns, count));
                }

                if (g.Epilogue.Relu)
                {
                    sum = TRegister.Relu(sum);
                }

                if (g.CColumns == 1)
                {
                    TRegister.StoreFirst(sum, to, count);
                    continue;
                }

                TRegister.Store(sum, from);
                for (nint l = 0; l < count; l++)
                {
                    to[l * g.CColumns] = from[l];
                }
            }
        }
    }

    [SkipLocalsInit]
    private static TRegister Gather(T* from, nint stride, nint count)
    {
        if (stride == 1)
        {
            return TRegister.LoadFirst(from, count);
        }

        T* gathered = stackalloc T[TRegister.Count];
        for (nint l = 0; l < count; l++)
        {
            gathered[l] = from[l * stride];
        }

        return TRegister.LoadFirst(gathered, count);
    }

    private static void PackPanels(T* b, nint columnStride, nint rowStride, nint n, nint k, T* to)
    {
        for (nint j = 0; j < n; j += Width)
        {
            Packing<T>.Panel(b + (j * columnStride), columnStride, rowStride, Math.Min(Width, n - j), k, to + (j * k), Width);
        }
    }

    private static void PackTiles(T* a, nint rowStride, nint columnStride, nint m, nint k, T* to)
    {
        nint tiles = (m + TRegister.TileRows - 1) / TRegister.TileRows;
        nint rows = m / tiles, larger = m % tiles, i = 0;
        for (nint tile = 0; tile < tiles; tile++)
        {
            nint height = rows + (tile < larger ? 1 : 0);
            Packing<T>.Panel(a + (i * rowStride), rowStride, columnStride, height, k, to + (i * k), height);
            i += height;
        }
    }

    /// <summary>Blocks of at most <paramref name="most"/>, as equal as multiples of <paramref name="unit"/> allow.</summary>
    private static nint Even(nint size, nint most, nint unit)
    {
        nint blocks = (size + most - 1) / most;
        return Math.Min(size, Up((size + blocks - 1) / blocks, unit));
    }

    private static nint Up(nint size, nint unit) => (size + unit - 1) / unit * unit;
}
