using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// A product of few rows or few columns whose operands both lie along k: dot products of rows of A with columns of B, four
/// rows by one, two or four columns at a time, as many as the processor has registers for, which need no copies and leave no part of a register unused.
/// </summary>
internal static unsafe class DotGemm<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Rows = 4;

    // Rows beyond which copying B into panels pays.
    private const int MostRows = 24;

    /// <summary>Whether the product is done faster this way than by blocks.</summary>
    public static bool Suits(in GemmProblem<T> g) =>
        g.AColumns == 1 && g.BRows == 1 && g.K >= 4 * V.Width && (g.M <= MostRows || 4 * g.N <= 3 * V.Width);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in GemmProblem<T> g)
    {
        nint whole = g.M / Rows * Rows;
        for (nint i = 0; i < whole; i += Rows)
        {
            nint j = 0;
            for (; V.Registers >= 32 && j + 4 <= g.N; j += 4)
            {
                FourByFour(g, i, j);
            }

            for (; V.Registers >= 16 && j + 2 <= g.N; j += 2)
            {
                FourByTwo(g, i, j);
            }

            for (; j < g.N; j++)
            {
                FourByOne(g, i, j);
            }
        }

        // What is left are three rows at most: the same the other way round, or one by one.
        GemmProblem<T> rest = g.Slice(whole, g.M - whole, 0, g.N).Transposed();
        for (nint i = 0; i < rest.M; i += Rows)
        {
            for (nint j = 0; j < rest.N; j++)
            {
                if (i + Rows <= rest.M)
                {
                    FourByOne(rest, i, j);
                    continue;
                }

                for (nint row = i; row < rest.M; row++)
                {
                    OneByOne(rest, row, j);
                }
            }
        }
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByFour(in GemmProblem<T> g, nint i, nint j)
    {
        T* sums = stackalloc T[16];
        T* a0 = g.A + (i * g.ARows), a1 = a0 + g.ARows, a2 = a1 + g.ARows, a3 = a2 + g.ARows;
        T* b0 = g.B + (j * g.BColumns), b1 = b0 + g.BColumns, b2 = b1 + g.BColumns, b3 = b2 + g.BColumns;
        V s00 = default, s01 = default, s02 = default, s03 = default;
        V s10 = default, s11 = default, s12 = default, s13 = default;
        V s20 = default, s21 = default, s22 = default, s23 = default;
        V s30 = default, s31 = default, s32 = default, s33 = default;
        nint p = 0;
        for (; p <= g.K - V.Width; p += V.Width)
        {
            V x0 = V.Load(a0 + p), x1 = V.Load(a1 + p);
            V x2 = V.Load(a2 + p), x3 = V.Load(a3 + p);
            V y = V.Load(b0 + p);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
            y = V.Load(b1 + p);
            s01 = V.FusedMultiplyAdd(x0, y, s01);
            s11 = V.FusedMultiplyAdd(x1, y, s11);
            s21 = V.FusedMultiplyAdd(x2, y, s21);
            s31 = V.FusedMultiplyAdd(x3, y, s31);
            y = V.Load(b2 + p);
            s02 = V.FusedMultiplyAdd(x0, y, s02);
            s12 = V.FusedMultiplyAdd(x1, y, s12);
            s22 = V.FusedMultiplyAdd(x2, y, s22);
            s32 = V.FusedMultiplyAdd(x3, y, s32);
            y = V.Load(b3 + p);
            s03 = V.FusedMultiplyAdd(x0, y, s03);
            s13 = V.FusedMultiplyAdd(x1, y, s13);
            s23 = V.FusedMultiplyAdd(x2, y, s23);
            s33 = V.FusedMultiplyAdd(x3, y, s33);
        }

        if (p < g.K)
        {
            V rest = V.First(g.K - p);
            V x0 = V.Load(a0 + p, rest), x1 = V.Load(a1 + p, rest);
            V x2 = V.Load(a2 + p, rest), x3 = V.Load(a3 + p, rest);
            V y = V.Load(b0 + p, rest);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
            y = V.Load(b1 + p, rest);
            s01 = V.FusedMultiplyAdd(x0, y, s01);
            s11 = V.FusedMultiplyAdd(x1, y, s11);
            s21 = V.FusedMultiplyAdd(x2, y, s21);
            s31 = V.FusedMultiplyAdd(x3, y, s31);
            y = V.Load(b2 + p, rest);
            s02 = V.FusedMultiplyAdd(x0, y, s02);
            s12 = V.FusedMultiplyAdd(x1, y, s12);
            s22 = V.FusedMultiplyAdd(x2, y, s22);
            s32 = V.FusedMultiplyAdd(x3, y, s32);
            y = V.Load(b3 + p, rest);
            s03 = V.FusedMultiplyAdd(x0, y, s03);
            s13 = V.FusedMultiplyAdd(x1, y, s13);
            s23 = V.FusedMultiplyAdd(x2, y, s23);
            s33 = V.FusedMultiplyAdd(x3, y, s33);
        }

        V.Sums(s00, s01, s02, s03, sums);
        V.Sums(s10, s11, s12, s13, sums + 4);
        V.Sums(s20, s21, s22, s23, sums + 8);
        V.Sums(s30, s31, s32, s33, sums + 12);
        Finish(g, i, j, sums, 4, 4);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByTwo(in GemmProblem<T> g, nint i, nint j)
    {
        T* sums = stackalloc T[8];
        T* a0 = g.A + (i * g.ARows), a1 = a0 + g.ARows, a2 = a1 + g.ARows, a3 = a2 + g.ARows;
        T* b0 = g.B + (j * g.BColumns), b1 = b0 + g.BColumns;
        V s00 = default, s01 = default;
        V s10 = default, s11 = default;
        V s20 = default, s21 = default;
        V s30 = default, s31 = default;
        nint p = 0;
        for (; p <= g.K - V.Width; p += V.Width)
        {
            V x0 = V.Load(a0 + p), x1 = V.Load(a1 + p);
            V x2 = V.Load(a2 + p), x3 = V.Load(a3 + p);
            V y = V.Load(b0 + p);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
            y = V.Load(b1 + p);
            s01 = V.FusedMultiplyAdd(x0, y, s01);
            s11 = V.FusedMultiplyAdd(x1, y, s11);
            s21 = V.FusedMultiplyAdd(x2, y, s21);
            s31 = V.FusedMultiplyAdd(x3, y, s31);
        }

        if (p < g.K)
        {
            V rest = V.First(g.K - p);
            V x0 = V.Load(a0 + p, rest), x1 = V.Load(a1 + p, rest);
            V x2 = V.Load(a2 + p, rest), x3 = V.Load(a3 + p, rest);
            V y = V.Load(b0 + p, rest);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
            y = V.Load(b1 + p, rest);
            s01 = V.FusedMultiplyAdd(x0, y, s01);
            s11 = V.FusedMultiplyAdd(x1, y, s11);
            s21 = V.FusedMultiplyAdd(x2, y, s21);
            s31 = V.FusedMultiplyAdd(x3, y, s31);
        }

        V.Sums(s00, s01, s10, s11, sums);
        V.Sums(s20, s21, s30, s31, sums + 4);
        Finish(g, i, j, sums, 4, 2);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void FourByOne(in GemmProblem<T> g, nint i, nint j)
    {
        T* sums = stackalloc T[4];
        T* a0 = g.A + (i * g.ARows), a1 = a0 + g.ARows, a2 = a1 + g.ARows, a3 = a2 + g.ARows;
        T* b0 = g.B + (j * g.BColumns);
        V s00 = default;
        V s10 = default;
        V s20 = default;
        V s30 = default;
        nint p = 0;
        for (; p <= g.K - V.Width; p += V.Width)
        {
            V x0 = V.Load(a0 + p), x1 = V.Load(a1 + p);
            V x2 = V.Load(a2 + p), x3 = V.Load(a3 + p);
            V y = V.Load(b0 + p);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
        }

        if (p < g.K)
        {
            V rest = V.First(g.K - p);
            V x0 = V.Load(a0 + p, rest), x1 = V.Load(a1 + p, rest);
            V x2 = V.Load(a2 + p, rest), x3 = V.Load(a3 + p, rest);
            V y = V.Load(b0 + p, rest);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
            s10 = V.FusedMultiplyAdd(x1, y, s10);
            s20 = V.FusedMultiplyAdd(x2, y, s20);
            s30 = V.FusedMultiplyAdd(x3, y, s30);
        }

        V.Sums(s00, s10, s20, s30, sums);
        Finish(g, i, j, sums, 4, 1);
    }

    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void OneByOne(in GemmProblem<T> g, nint i, nint j)
    {
        T* sums = stackalloc T[4];
        T* a0 = g.A + (i * g.ARows);
        T* b0 = g.B + (j * g.BColumns);
        V s00 = default;
        nint p = 0;
        for (; p <= g.K - V.Width; p += V.Width)
        {
            V x0 = V.Load(a0 + p);
            V y = V.Load(b0 + p);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
        }

        if (p < g.K)
        {
            V rest = V.First(g.K - p);
            V x0 = V.Load(a0 + p, rest);
            V y = V.Load(b0 + p, rest);
            s00 = V.FusedMultiplyAdd(x0, y, s00);
        }

        V.Sums(s00, default, default, default, sums);
        Finish(g, i, j, sums, 1, 1);
    }

    /// <summary>A block of results, from its sums, row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(in GemmProblem<T> g, nint i, nint j, T* sums, nint rows, nint columns)
    {
        T* c = g.C + (i * g.CRows) + (j * g.CColumns);
        for (nint row = i; row < i + rows; row++)
        {
            T down = g.Epilogue.ColumnBias != null ? g.Epilogue.ColumnBias[row] : T.Zero;
            for (nint column = 0; column < columns; column++)
            {
                T sum = *sums++;
                sum += g.Epilogue.RowBias != null ? g.Epilogue.RowBias[j + column] : T.Zero;
                sum += down;
                T* to = c + (column * g.CColumns);
                sum = g.Accumulate ? *to + sum : sum;
                *to = g.Epilogue.Relu && sum < T.Zero ? T.Zero : sum;
            }

            c += g.CRows;
        }
    }
}
