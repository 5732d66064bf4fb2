using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>Products that only stream through memory once: a row times a matrix, and a column times a row.</summary>
internal static unsafe class VectorGemm<T, V>
    where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // Targets of this many numbers stay in the first-level cache while the rows of B are streamed.
    private const int Columns = 1024;

    // Longest chain of additions: longer sums are made of sums of this many terms, which keeps their rounding small.
    private const int MaxDepth = 256;

    /// <summary>
    /// A row times a matrix whose rows are contiguous: C += A[p] · (row p of B), four rows at a time.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowTimesRows(in GemmProblem<T> g)
    {
        T* partial = stackalloc T[g.K > MaxDepth ? Columns : 1];
        for (nint j = 0; j < g.N; j += Columns)
        {
            nint n = Math.Min(Columns, g.N - j);
            GemmProblem<T> part = g.Slice(0, 1, j, n);
            Begin(part);
            for (nint p = 0; p < g.K; p += MaxDepth)
            {
                T* a = g.A + (p * g.AColumns), b = part.B + (p * g.BRows);
                nint depth = Math.Min(MaxDepth, g.K - p);
                if (p == 0)
                {
                    AddRows(a, g.AColumns, b, g.BRows, depth, part.C, n);
                }
                else
                {
                    new Span<T>(partial, (int)n).Clear();
                    AddRows(a, g.AColumns, b, g.BRows, depth, partial, n);
                    AddOne(T.One, partial, part.C, n);
                }
            }

            if (g.Epilogue.Relu)
            {
                Clamp(part.C, n);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddRows(T* a, nint aStride, T* b, nint bStride, nint depth, T* c, nint n)
    {
        for (; depth >= 4; depth -= 4)
        {
            AddFour(a[0], a[aStride], a[2 * aStride], a[3 * aStride], b, bStride, c, n);
            a += 4 * aStride;
            b += 4 * bStride;
        }

        for (; depth > 0; depth--)
        {
            AddOne(*a, b, c, n);
            a += aStride;
            b += bStride;
        }
    }

    /// <summary>
    /// A row times a matrix whose columns are contiguous: one dot product for each column, four at a time.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void RowTimesColumns(in GemmProblem<T> g)
    {
        T* a = g.A;
        if (g.AColumns != 1)
        {
            a = (T*)Scratch.Take(g.K * sizeof(T));
            for (nint p = 0; p < g.K; p++)
            {
                a[p] = g.A[p * g.AColumns];
            }
        }

        nint done = V.Registers >= 16 ? FourColumns(g, a) : 0;
        if (done < g.N)
        {
            ColumnByColumn(g, a, done);
        }
    }

    // Apart, and only where there are registers for it: the compiler inlines only so much into one method and calls
    // the rest, which made single columns three times slower where this part is never reached.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static nint FourColumns(in GemmProblem<T> g, T* a)
    {
        nint stride = g.BColumns, j = 0;
        for (; j + 4 <= g.N; j += 4)
        {
            T* b0 = g.B + (j * stride), b1 = b0 + stride, b2 = b1 + stride, b3 = b2 + stride;
            V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default,
                t3 = default;
            nint p = 0;
            for (; p + (2 * V.Width) <= g.K; p += 2 * V.Width)
            {
                V x = V.Load(a + p), y = V.Load(a + p + V.Width);
                s0 = V.FusedMultiplyAdd(x, V.Load(b0 + p), s0);
                s1 = V.FusedMultiplyAdd(x, V.Load(b1 + p), s1);
                s2 = V.FusedMultiplyAdd(x, V.Load(b2 + p), s2);
                s3 = V.FusedMultiplyAdd(x, V.Load(b3 + p), s3);
                t0 = V.FusedMultiplyAdd(y, V.Load(b0 + p + V.Width), t0);
                t1 = V.FusedMultiplyAdd(y, V.Load(b1 + p + V.Width), t1);
                t2 = V.FusedMultiplyAdd(y, V.Load(b2 + p + V.Width), t2);
                t3 = V.FusedMultiplyAdd(y, V.Load(b3 + p + V.Width), t3);
            }

            Finish(g, j, a, b0, p, s0, t0);
            Finish(g, j + 1, a, b1, p, s1, t1);
            Finish(g, j + 2, a, b2, p, s2, t2);
            Finish(g, j + 3, a, b3, p, s3, t3);
        }

        return j;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void ColumnByColumn(in GemmProblem<T> g, T* a, nint j)
    {
        nint stride = g.BColumns;
        for (; j < g.N; j++)
        {
            T* b = g.B + (j * stride);
            V s = default, t = default;
            nint p = 0;
            for (; p + (2 * V.Width) <= g.K; p += 2 * V.Width)
            {
                s = V.FusedMultiplyAdd(V.Load(a + p), V.Load(b + p), s);
                t = V.FusedMultiplyAdd(V.Load(a + p + V.Width), V.Load(b + p + V.Width), t);
            }

            Finish(g, j, a, b, p, s, t);
        }
    }

    /// <summary>A column times a row (k = 1): each row of C is a multiple of the row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ColumnTimesRow(in GemmProblem<T> g)
    {
        for (nint i = 0; i < g.M; i++)
        {
            GemmProblem<T> row = g.Slice(i, 1, 0, g.N);
            ScaledRow(*row.A, row.B, row.C, row.N, row.Epilogue.RowBias, row.Epilogue.ColumnBias, row.Accumulate,
                row.Epilogue.Relu);
        }
    }

    /// <summary>The rest of a dot product from step <paramref name="p"/> on, and its place in C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in GemmProblem<T> g, nint j, T* a, T* b, nint p, V s, V t)
    {
        if (p + V.Width <= g.K)
        {
            s = V.FusedMultiplyAdd(V.Load(a + p), V.Load(b + p), s);
            p += V.Width;
        }

        if (p < g.K)
        {
            V tail = V.First(g.K - p);
            t = V.FusedMultiplyAdd(V.Load(a + p, tail), V.Load(b + p, tail), t);
        }

        T* c = g.C + (j * g.CColumns);
        T sum = V.Sum(s + t);
        sum += g.Epilogue.RowBias != null ? g.Epilogue.RowBias[j] : T.Zero;
        sum += g.Epilogue.ColumnBias != null ? *g.Epilogue.ColumnBias : T.Zero;
        sum = g.Accumulate ? *c + sum : sum;
        *c = g.Epilogue.Relu && sum < T.Zero ? T.Zero : sum;
    }

    /// <summary>The row of C before the first product is added.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Begin(in GemmProblem<T> g)
    {
        if (!g.Accumulate)
        {
            new Span<T>(g.C, (int)g.N).Clear();
        }

        for (nint j = 0; g.Epilogue.RowBias != null && j < g.N; j++)
        {
            g.C[j] += g.Epilogue.RowBias[j];
        }

        for (nint j = 0; g.Epilogue.ColumnBias != null && j < g.N; j++)
        {
            g.C[j] += *g.Epilogue.ColumnBias;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddFour(T x0, T x1, T x2, T x3, T* b, nint stride, T* c, nint n)
    {
        V a0 = V.Broadcast(x0), a1 = V.Broadcast(x1);
        V a2 = V.Broadcast(x2), a3 = V.Broadcast(x3);
        T* b1 = b + stride, b2 = b1 + stride, b3 = b2 + stride;
        nint j = 0;
        for (; j + V.Width <= n; j += V.Width)
        {
            V sum = V.FusedMultiplyAdd(a0, V.Load(b + j), V.Load(c + j));
            sum = V.FusedMultiplyAdd(a1, V.Load(b1 + j), sum);
            sum = V.FusedMultiplyAdd(a2, V.Load(b2 + j), sum);
            V.FusedMultiplyAdd(a3, V.Load(b3 + j), sum).Store(c + j);
        }

        if (j < n)
        {
            V tail = V.First(n - j);
            V sum = V.FusedMultiplyAdd(a0, V.Load(b + j, tail), V.Load(c + j, tail));
            sum = V.FusedMultiplyAdd(a1, V.Load(b1 + j, tail), sum);
            sum = V.FusedMultiplyAdd(a2, V.Load(b2 + j, tail), sum);
            V.FusedMultiplyAdd(a3, V.Load(b3 + j, tail), sum).Store(c + j, tail);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddOne(T x, T* b, T* c, nint n)
    {
        V a = V.Broadcast(x);
        nint j = 0;
        for (; j + V.Width <= n; j += V.Width)
        {
            V.FusedMultiplyAdd(a, V.Load(b + j), V.Load(c + j)).Store(c + j);
        }

        if (j < n)
        {
            V tail = V.First(n - j);
            V sum = V.FusedMultiplyAdd(a, V.Load(b + j, tail), V.Load(c + j, tail));
            sum.Store(c + j, tail);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Clamp(T* c, nint n)
    {
        nint j = 0;
        for (; j + V.Width <= n; j += V.Width)
        {
            V.AtLeast(default, V.Load(c + j)).Store(c + j);
        }

        if (j < n)
        {
            V tail = V.First(n - j);
            V.AtLeast(default, V.Load(c + j, tail)).Store(c + j, tail);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ScaledRow(T a, T* b, T* c, nint n, T* rowBias, T* columnBias, bool accumulate, bool relu)
    {
        V x = V.Broadcast(a);
        V bias = V.Broadcast(columnBias != null ? *columnBias : T.Zero);
        nint j = 0;
        for (; j + V.Width <= n; j += V.Width)
        {
            V start = rowBias != null ? bias + V.Load(rowBias + j) : bias;
            V y = V.FusedMultiplyAdd(x, V.Load(b + j), start);
            y = accumulate ? V.Load(c + j) + y : y;
            (relu ? V.AtLeast(default, y) : y).Store(c + j);
        }

        if (j < n)
        {
            V tail = V.First(n - j);
            V start = rowBias != null ? bias + V.Load(rowBias + j, tail) : bias;
            V y = V.FusedMultiplyAdd(x, V.Load(b + j, tail), start);
            y = accumulate ? V.Load(c + j, tail) + y : y;
            (relu ? V.AtLeast(default, y) : y).Store(c + j, tail);
        }
    }
}
