using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// A product of few rows or few columns whose operands both lie along k: dot products of rows of A with columns of B,
/// four rows by one, two or four columns at a time, as many as the processor has registers for, which need no copies
/// and leave no part of a register unused.
/// </summary>
internal static unsafe class DotGemm<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int Rows = 4;

    // Rows beyond which packing B into panels is faster.
    private const int MostRows = 24;

    /// <summary>Whether dot products are faster than blocks.</summary>
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
                Block<Four, Four>(g, i, j);
            }

            for (; V.Registers >= 16 && j + 2 <= g.N; j += 2)
            {
                Block<Four, Two>(g, i, j);
            }

            for (; j < g.N; j++)
            {
                Block<Four, One>(g, i, j);
            }
        }

        // Three rows at most are left: the transposed problem, or one by one.
        GemmProblem<T> rest = g.Slice(whole, g.M - whole, 0, g.N).Transposed();
        for (nint i = 0; i < rest.M; i += Rows)
        {
            for (nint j = 0; j < rest.N; j++)
            {
                if (i + Rows <= rest.M)
                {
                    Block<Four, One>(rest, i, j);
                    continue;
                }

                for (nint row = i; row < rest.M; row++)
                {
                    Block<One, One>(rest, row, j);
                }
            }
        }
    }

    /// <summary>
    /// Four rows of A (or one) by one, two or four columns of B, whose sums stay in registers while k runs.
    /// </summary>
    /// <remarks>Spelled out because the JIT keeps separate locals in registers, and arrays not.</remarks>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Block<TRows, TColumns>(in GemmProblem<T> g, nint i, nint j)
        where TRows : struct, IConstant
        where TColumns : struct, IConstant
    {
        T* a0 = g.A + (i * g.ARows), a1 = a0 + g.ARows, a2 = a1 + g.ARows, a3 = a2 + g.ARows;
        T* b0 = g.B + (j * g.BColumns), b1 = b0 + g.BColumns, b2 = b1 + g.BColumns, b3 = b2 + g.BColumns;
        V s00 = default, s01 = default, s02 = default, s03 = default;
        V s10 = default, s11 = default, s12 = default, s13 = default;
        V s20 = default, s21 = default, s22 = default, s23 = default;
        V s30 = default, s31 = default, s32 = default, s33 = default;
        nint p = 0;
        for (; p <= g.K - V.Width; p += V.Width)
        {
            V x0 = V.Load(a0 + p), x1 = TRows.Value > 1 ? V.Load(a1 + p) : default;
            V x2 = TRows.Value > 1 ? V.Load(a2 + p) : default, x3 = TRows.Value > 1 ? V.Load(a3 + p) : default;
            Step<TRows>(x0, x1, x2, x3, V.Load(b0 + p), ref s00, ref s10, ref s20, ref s30);
            if (TColumns.Value > 1)
            {
                Step<TRows>(x0, x1, x2, x3, V.Load(b1 + p), ref s01, ref s11, ref s21, ref s31);
            }

            if (TColumns.Value > 2)
            {
                Step<TRows>(x0, x1, x2, x3, V.Load(b2 + p), ref s02, ref s12, ref s22, ref s32);
                Step<TRows>(x0, x1, x2, x3, V.Load(b3 + p), ref s03, ref s13, ref s23, ref s33);
            }
        }

        if (p < g.K)
        {
            V rest = V.First(g.K - p);
            V x0 = V.Load(a0 + p, rest), x1 = TRows.Value > 1 ? V.Load(a1 + p, rest) : default;
            V x2 = TRows.Value > 1 ? V.Load(a2 + p, rest) : default,
                x3 = TRows.Value > 1 ? V.Load(a3 + p, rest) : default;
            Step<TRows>(x0, x1, x2, x3, V.Load(b0 + p, rest), ref s00, ref s10, ref s20, ref s30);
            if (TColumns.Value > 1)
            {
                Step<TRows>(x0, x1, x2, x3, V.Load(b1 + p, rest), ref s01, ref s11, ref s21, ref s31);
            }

            if (TColumns.Value > 2)
            {
                Step<TRows>(x0, x1, x2, x3, V.Load(b2 + p, rest), ref s02, ref s12, ref s22, ref s32);
                Step<TRows>(x0, x1, x2, x3, V.Load(b3 + p, rest), ref s03, ref s13, ref s23, ref s33);
            }
        }

        // Four at a time, row after row.
        T* sums = stackalloc T[16];
        if (TColumns.Value == 1)
        {
            V.Sums(s00, s10, s20, s30, sums);
        }
        else if (TColumns.Value == 2)
        {
            V.Sums(s00, s01, s10, s11, sums);
            V.Sums(s20, s21, s30, s31, sums + 4);
        }
        else
        {
            V.Sums(s00, s01, s02, s03, sums);
            V.Sums(s10, s11, s12, s13, sums + 4);
            V.Sums(s20, s21, s22, s23, sums + 8);
            V.Sums(s30, s31, s32, s33, sums + 12);
        }

        Finish(g, i, j, sums, TRows.Value, TColumns.Value);
    }

    /// <summary>What a vector of a column adds to its sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRows>(V x0, V x1, V x2, V x3, V y, ref V s0, ref V s1, ref V s2, ref V s3)
        where TRows : struct, IConstant
    {
        s0 = V.FusedMultiplyAdd(x0, y, s0);
        if (TRows.Value > 1)
        {
            s1 = V.FusedMultiplyAdd(x1, y, s1);
            s2 = V.FusedMultiplyAdd(x2, y, s2);
            s3 = V.FusedMultiplyAdd(x3, y, s3);
        }
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
