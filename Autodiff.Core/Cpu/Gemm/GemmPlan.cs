using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>The algorithms of a product.</summary>
internal enum GemmPath
{
    /// <summary>Three plain loops: done before another path has begun.</summary>
    Tiny,

    /// <summary><see cref="VectorGemm{T, V}.ColumnTimesRow"/>.</summary>
    ColumnTimesRow,

    /// <summary><see cref="VectorGemm{T, V}.RowTimesRows"/>.</summary>
    RowTimesRows,

    /// <summary><see cref="VectorGemm{T, V}.RowTimesColumns"/>.</summary>
    RowTimesColumns,

    /// <summary><see cref="DotGemm{T, V}"/>.</summary>
    RowsTimesColumns,

    /// <summary><see cref="BlockedGemm{T, V}"/>, or <see cref="SharedGemm{T, V}"/> on several threads.</summary>
    Blocked,
}

/// <summary>
/// Decides how a product is done: its orientation, its path, its parts. Path and orientation follow from the whole
/// product alone and parts never share an element, so the number of threads can't change a bit of the answer.
/// </summary>
internal static unsafe class GemmPlan
{
    private const int TinyWork = 64;

    // Longest row that is gathered into working memory for the sake of contiguous dot products.
    private const int MaxGather = 1 << 18;

    // The fewest multiply-adds for which another thread is woken: fewer where the product is bound by memory.
    private const int MinPartWork = 1 << 18, MinStreamedPartWork = 1 << 17;

    // A part of this much work is split in two, so that a thread that is held up leaves less for the others to wait
    // for.
    private const int MaxPartWork = 1 << 26;

    // What it costs to pack one number, in multiply-adds.
    private const int PackingCost = 8;

    /// <summary>Does <paramref name="count"/> products that lie the given strides apart.</summary>
    public static void Run<T>(GemmProblem<T> problem, nint count, nint aStride, nint bStride, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (count == 1 && problem.M * problem.N * problem.K <= TinyWork)
        {
            Tiny(problem);
        }
        else
        {
            ((delegate*<GemmProblem<T>, nint, nint, nint, nint, void>)Lanes.FloatLoop<RunLoop, T>())(problem, count,
                aStride, bStride, cStride);
        }
    }

    /// <summary>Bytes that <see cref="TryDecide{T}"/> needs at most.</summary>
    public static int DecisionBytes => sizeof(Work<double, V512<double>, V512<double>>);

    /// <summary>
    /// Decides once for many runs of a product on the same memory, if it is too small for threads to share.
    /// </summary>
    /// <param name="problem">The product.</param>
    /// <param name="decision">Gets what was decided: <see cref="DecisionBytes"/> bytes that stay where they
    /// are.</param>
    /// <returns>Does the product, given <paramref name="decision"/>, with the bits of <see cref="Run{T}"/>; null for a
    /// large one.</returns>
    public static delegate*<void*, void**, void*, nint, void> TryDecide<T>(GemmProblem<T> problem, void* decision)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        problem.M == 0 || problem.N == 0 ? null
        : ((delegate*<GemmProblem<T>, void*, delegate*<void*, void**, void*, nint, void>>)
            Lanes.FloatLoop<DecideLoop, T>())(problem, decision);

    private readonly struct RunLoop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<GemmProblem<T>, nint, nint, nint, nint, void>)&Run<T, V, W>;
    }

    private readonly struct DecideLoop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
            (delegate*<GemmProblem<T>, void*, delegate*<void*, void**, void*, nint, void>>)&Decide<T, V, W>;
    }

    private static nint PartWork(GemmPath path) => path == GemmPath.Blocked ? MinPartWork : MinStreamedPartWork;

    private static delegate*<void*, void**, void*, nint, void> Decide<T, V, W>(GemmProblem<T> problem, void* decision)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        nint size = problem.M * problem.N * problem.K;
        GemmPath path = size <= TinyWork ? GemmPath.Tiny : Orient<T, W>(ref problem, out _);
        if (size >= 2 * PartWork(path))
        {
            return null;
        }

        *(Work<T, V, W>*)decision = new() { Path = path, Whole = problem };
        return &RunDecided<T, V, W>;
    }

    private static void RunDecided<T, V, W>(void* decision, void** operands, void* result, nint count)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => ((Work<T, V, W>*)decision)->RunOne(((Work<T, V, W>*)decision)->Whole);

    /// <summary>The same in vectors V, and W where lanes are summed.</summary>
    internal static void Run<T, V, W>(GemmProblem<T> problem, nint count, nint aStride, nint bStride, nint cStride)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        if (count == 0 || problem.M == 0 || problem.N == 0)
        {
            return;
        }

        GemmPath path = Orient<T, W>(ref problem, out bool transposed);
        var work = new Work<T, V, W>
        {
            Path = path,
            Whole = problem,
            Count = count,
            AStride = transposed ? bStride : aStride,
            BStride = transposed ? aStride : bStride,
            CStride = cStride,
            Products = count,
            Rows = problem.M,
            Columns = problem.N,
        };
        nint size = Math.Max(1, count * problem.M * problem.N * problem.K);
        nint parts = Math.Min(CpuThreads.Count, size / PartWork(path));
        if (parts <= 1)
        {
            work.Run(0);
            return;
        }

        if (path == GemmPath.Blocked && count == 1 && SharedGemm<T, V>.Suits(problem, parts))
        {
            SharedGemm<T, V>.Run(problem, parts);
            return;
        }

        parts *= size / parts > MaxPartWork ? 2 : 1;
        CpuThreads.For(work.Split(parts), work);
    }

    /// <summary>Transposes the product where that lets registers run along C, and names the path.</summary>
    private static GemmPath Orient<T, W>(ref GemmProblem<T> g, out bool transposed)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        // A third of the registers along so few columns would be empty, and along the rows none.
        nint registers = (g.N + W.Width - 1) / W.Width;
        bool narrow = registers <= 2 && 3 * g.N <= 2 * registers * W.Width && g.M > W.Width && g.ARows == 1
            && g.K >= 64;
        transposed = g.M != 1 && (g.N == 1 || narrow || (g.CColumns != 1 && g.CRows == 1));
        if (transposed)
        {
            g = g.Transposed();
        }

        if (g.M * g.N * g.K <= TinyWork)
        {
            return GemmPath.Tiny;
        }

        if (g.K == 1 && g.BColumns == 1 && g.CColumns == 1)
        {
            return GemmPath.ColumnTimesRow;
        }

        bool isDot = g.N == 1 && g.BRows == 1;
        if (g.M == 1 && g.BColumns == 1 && g.CColumns == 1 && !isDot)
        {
            return GemmPath.RowTimesRows;
        }

        if (g.M == 1 && g.BRows == 1 && (g.AColumns == 1 || g.K <= MaxGather))
        {
            return GemmPath.RowTimesColumns;
        }

        return DotGemm<T, W>.Suits(g) ? GemmPath.RowsTimesColumns : GemmPath.Blocked;
    }

    private static void Tiny<T>(in GemmProblem<T> g)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (nint i = 0; i < g.M; i++)
        {
            for (nint j = 0; j < g.N; j++)
            {
                T sum = g.Epilogue.RowBias != null ? g.Epilogue.RowBias[j] : T.Zero;
                sum += g.Epilogue.ColumnBias != null ? g.Epilogue.ColumnBias[i] : T.Zero;
                T* a = g.A + (i * g.ARows), b = g.B + (j * g.BColumns);
                for (nint p = g.K; p > 0; p--)
                {
                    sum = T.FusedMultiplyAdd(*a, *b, sum);
                    a += g.AColumns;
                    b += g.BRows;
                }

                T* c = g.C + (i * g.CRows) + (j * g.CColumns);
                sum = g.Accumulate ? *c + sum : sum;
                *c = g.Epilogue.Relu && sum < T.Zero ? T.Zero : sum;
            }
        }
    }

    /// <summary>
    /// A batch of products cut into parts: ranges of products, and a grid of rows and columns of each.
    /// </summary>
    private struct Work<T, V, W> : IParallelBody
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        public GemmPath Path;
        public GemmProblem<T> Whole;
        public nint Count, AStride, BStride, CStride;

        /// <summary>A part's products, rows and columns.</summary>
        public nint Products, Rows, Columns;

        private static nint TileRows => MicroKernel<T, V>.TileRows;

        private static nint TileColumns => MicroKernel<T, V>.TileColumns;

        /// <summary>Sets a part's size for about <paramref name="parts"/> of them and gives their number.</summary>
        public int Split(nint parts)
        {
            nint ranges = Math.Min(Count, parts);
            Products = Over(Count, ranges);
            nint cells = Math.Max(1, parts / ranges), best = nint.MaxValue;
            for (nint across = 1; across <= cells; across++)
            {
                nint down = cells / across;
                nint rows = Math.Min(Whole.M, Over(Over(Whole.M, down), TileRows) * TileRows);
                nint columns = Math.Min(Whole.N, Over(Over(Whole.N, across), TileColumns) * TileColumns);
                nint cost = (rows * columns) + (PackingCost * (rows + columns));
                if (cost < best)
                {
                    (best, Rows, Columns) = (cost, rows, columns);
                }
            }

            return (int)(Over(Count, Products) * Over(Whole.M, Rows) * Over(Whole.N, Columns));
        }

        public readonly void Run(int part)
        {
            (nint rest, nint across) = Math.DivRem(part, Over(Whole.N, Columns));
            (nint range, nint down) = Math.DivRem(rest, Over(Whole.M, Rows));
            nint i = down * Rows, j = across * Columns;
            GemmProblem<T> g = Whole.Slice(i, Math.Min(Rows, Whole.M - i), j, Math.Min(Columns, Whole.N - j));
            nint first = range * Products;
            g.A += first * AStride;
            g.B += first * BStride;
            g.C += first * CStride;
            for (nint t = Math.Min(Products, Count - first); t > 0; t--)
            {
                RunOne(g);
                g.A += AStride;
                g.B += BStride;
                g.C += CStride;
            }
        }

        public readonly void RunOne(in GemmProblem<T> g)
        {
            switch (Path)
            {
                case GemmPath.Tiny: Tiny(g); break;
                case GemmPath.ColumnTimesRow: VectorGemm<T, V>.ColumnTimesRow(g); break;
                case GemmPath.RowTimesRows: VectorGemm<T, V>.RowTimesRows(g); break;
                case GemmPath.RowTimesColumns: VectorGemm<T, W>.RowTimesColumns(g); break;
                case GemmPath.RowsTimesColumns: DotGemm<T, W>.Run(g); break;
                default: BlockedGemm<T, V>.Run(g); break;
            }
        }

        private static nint Over(nint size, nint unit) => (size + unit - 1) / unit;
    }
}
