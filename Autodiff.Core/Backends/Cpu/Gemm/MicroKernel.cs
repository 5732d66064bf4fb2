using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Backends.Cpu;

/// <summary>A number that the JIT knows when it compiles a kernel.</summary>
internal interface IConstant
{
    static abstract int Value { get; }
}

/// <summary>What a tile does besides its sums.</summary>
internal readonly struct TileEnd(bool add, bool relu)
{
    /// <summary>Whether the sums are added to what the target holds.</summary>
    public readonly bool Add = add;

    /// <summary>Whether negative results become 0.</summary>
    public readonly bool Relu = relu;
}

/// <summary>
/// The inner loop of the matrix product: a tile of at most 12 rows by one or two registers, whose sums stay in registers
/// while k runs, as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008). Every element
/// is one chain of multiply-adds over k, so its bits don't depend on the shape of the tile it falls into.
/// </summary>
internal static unsafe class MicroKernel<T, TRegister>
    where T : unmanaged
    where TRegister : unmanaged, IRegister<TRegister, T>
{
    /// <summary>
    /// C[i,j] (+)= rowBias[j] + columnBias[i] + Σₚ a[i·ars + p·acs] b[p·brs + j] for i in [0, rows) and j in [0, width).
    /// A null bias is 0. Rows of b are read in whole registers.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(
        int rows, int width, nint k, T* a, nint ars, nint acs, T* b, nint brs, T* c, nint crs,
        T* rowBias, T* columnBias, TileEnd end)
    {
        if (width > TRegister.Count)
        {
            Run<Two>(rows, width - TRegister.Count, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
        }
        else
        {
            Run<One>(rows, width, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TWide>(
        int rows, int last, nint k, T* a, nint ars, nint acs, T* b, nint brs, T* c, nint crs,
        T* rowBias, T* columnBias, TileEnd end)
        where TWide : struct, IConstant
    {
        switch (rows)
        {
            case 1:
                Tile<One, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 2:
                Tile<Two, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 3:
                Tile<Three, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 4:
                Tile<Four, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 5:
                Tile<Five, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 6:
                Tile<Six, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 7:
                Tile<Seven, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 8:
                Tile<Eight, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 9:
                Tile<Nine, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 10:
                Tile<Ten, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            case 11:
                Tile<Eleven, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
            default:
                Tile<Twelve, TWide>(last, k, a, ars, acs, b, brs, c, crs, rowBias, columnBias, end);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<TRows, TWide>(
        nint last, nint k, T* a, nint ars, nint acs, T* b, nint brs, T* c, nint crs,
        T* rowBias, T* columnBias, TileEnd end)
        where TRows : struct, IConstant
        where TWide : struct, IConstant
    {
        // Spelled out because the JIT keeps separate locals in registers, and arrays not.
        TRegister startL = default, startR = default;
        if (rowBias != null)
        {
            TRegister used = TRegister.First(last);
            startL = TWide.Value > 1 ? TRegister.Load(rowBias) : TRegister.Load(rowBias, used);
            startR = TWide.Value > 1 ? TRegister.Load(rowBias + TRegister.Count, used) : default;
        }

        TRegister s0L = startL, s0R = startR;
        TRegister s1L = startL, s1R = startR;
        TRegister s2L = startL, s2R = startR;
        TRegister s3L = startL, s3R = startR;
        TRegister s4L = startL, s4R = startR;
        TRegister s5L = startL, s5R = startR;
        TRegister s6L = startL, s6R = startR;
        TRegister s7L = startL, s7R = startR;
        TRegister s8L = startL, s8R = startR;
        TRegister s9L = startL, s9R = startR;
        TRegister s10L = startL, s10R = startR;
        TRegister s11L = startL, s11R = startR;
        if (columnBias != null)
        {
            Bias<TRows, TWide>(0, columnBias, ref s0L, ref s0R);
            Bias<TRows, TWide>(1, columnBias, ref s1L, ref s1R);
            Bias<TRows, TWide>(2, columnBias, ref s2L, ref s2R);
            Bias<TRows, TWide>(3, columnBias, ref s3L, ref s3R);
            Bias<TRows, TWide>(4, columnBias, ref s4L, ref s4R);
            Bias<TRows, TWide>(5, columnBias, ref s5L, ref s5R);
            Bias<TRows, TWide>(6, columnBias, ref s6L, ref s6R);
            Bias<TRows, TWide>(7, columnBias, ref s7L, ref s7R);
            Bias<TRows, TWide>(8, columnBias, ref s8L, ref s8R);
            Bias<TRows, TWide>(9, columnBias, ref s9L, ref s9R);
            Bias<TRows, TWide>(10, columnBias, ref s10L, ref s10R);
            Bias<TRows, TWide>(11, columnBias, ref s11L, ref s11R);
        }

        nint ars2 = 2 * ars, ars3 = 3 * ars;
        T* a4 = a + (4 * ars), a8 = a + (8 * ars);

        // C is asked for row by row while the sums run, so that it is there when they are done.
        T* ahead = c;
        nint ahead1 = TWide.Value > 1 ? TRegister.Count : 0, pace = (k / TRows.Value) + 1;
        while (k > 0)
        {
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(ahead);
                Sse.Prefetch0(ahead + ahead1);
            }

            ahead += crs;
            nint step = Math.Min(pace, k);
            for (k -= step; step > 0; step--)
            {
                TRegister left = TRegister.Load(b);
                TRegister right = TWide.Value > 1 ? TRegister.Load(b + TRegister.Count) : default;
                Step<TRows, TWide>(0, a, left, right, ref s0L, ref s0R);
                Step<TRows, TWide>(1, a + ars, left, right, ref s1L, ref s1R);
                Step<TRows, TWide>(2, a + ars2, left, right, ref s2L, ref s2R);
                Step<TRows, TWide>(3, a + ars3, left, right, ref s3L, ref s3R);
                Step<TRows, TWide>(4, a4, left, right, ref s4L, ref s4R);
                Step<TRows, TWide>(5, a4 + ars, left, right, ref s5L, ref s5R);
                Step<TRows, TWide>(6, a4 + ars2, left, right, ref s6L, ref s6R);
                Step<TRows, TWide>(7, a4 + ars3, left, right, ref s7L, ref s7R);
                Step<TRows, TWide>(8, a8, left, right, ref s8L, ref s8R);
                Step<TRows, TWide>(9, a8 + ars, left, right, ref s9L, ref s9R);
                Step<TRows, TWide>(10, a8 + ars2, left, right, ref s10L, ref s10R);
                Step<TRows, TWide>(11, a8 + ars3, left, right, ref s11L, ref s11R);
                a += acs;
                a4 += acs;
                a8 += acs;
                b += brs;
            }
        }

        TRegister mask = TRegister.First(last);
        bool whole = last == TRegister.Count;
        Finish<TRows, TWide>(0, s0L, s0R, c + (0 * crs), whole, mask, end);
        Finish<TRows, TWide>(1, s1L, s1R, c + (1 * crs), whole, mask, end);
        Finish<TRows, TWide>(2, s2L, s2R, c + (2 * crs), whole, mask, end);
        Finish<TRows, TWide>(3, s3L, s3R, c + (3 * crs), whole, mask, end);
        Finish<TRows, TWide>(4, s4L, s4R, c + (4 * crs), whole, mask, end);
        Finish<TRows, TWide>(5, s5L, s5R, c + (5 * crs), whole, mask, end);
        Finish<TRows, TWide>(6, s6L, s6R, c + (6 * crs), whole, mask, end);
        Finish<TRows, TWide>(7, s7L, s7R, c + (7 * crs), whole, mask, end);
        Finish<TRows, TWide>(8, s8L, s8R, c + (8 * crs), whole, mask, end);
        Finish<TRows, TWide>(9, s9L, s9R, c + (9 * crs), whole, mask, end);
        Finish<TRows, TWide>(10, s10L, s10R, c + (10 * crs), whole, mask, end);
        Finish<TRows, TWide>(11, s11L, s11R, c + (11 * crs), whole, mask, end);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Bias<TRows, TWide>(int row, T* columnBias, ref TRegister left, ref TRegister right)
        where TRows : struct, IConstant
        where TWide : struct, IConstant
    {
        if (TRows.Value > row)
        {
            TRegister x = TRegister.Broadcast(columnBias[row]);
            left = TRegister.Add(left, x);
            if (TWide.Value > 1)
            {
                right = TRegister.Add(right, x);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TRows, TWide>(int row, T* a, TRegister left, TRegister right, ref TRegister sumLeft, ref TRegister sumRight)
        where TRows : struct, IConstant
        where TWide : struct, IConstant
    {
        if (TRows.Value > row)
        {
            TRegister x = TRegister.Broadcast(*a);
            sumLeft = TRegister.MultiplyAdd(x, left, sumLeft);
            if (TWide.Value > 1)
            {
                sumRight = TRegister.MultiplyAdd(x, right, sumRight);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<TRows, TWide>(int row, TRegister left, TRegister right, T* c, bool whole, TRegister mask, TileEnd end)
        where TRows : struct, IConstant
        where TWide : struct, IConstant
    {
        if (TRows.Value > row)
        {
            if (TWide.Value > 1)
            {
                TRegister.Store(Finish(left, end.Add ? TRegister.Load(c) : default, end), c);
                left = right;
                c += TRegister.Count;
            }

            if (whole)
            {
                TRegister.Store(Finish(left, end.Add ? TRegister.Load(c) : default, end), c);
            }
            else
            {
                TRegister.Store(Finish(left, end.Add ? TRegister.Load(c, mask) : default, end), c, mask);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TRegister Finish(TRegister sum, TRegister before, TileEnd end)
    {
        sum = end.Add ? TRegister.Add(before, sum) : sum;
        return end.Relu ? TRegister.Relu(sum) : sum;
    }

    private struct One : IConstant
    {
        public static int Value => 1;
    }

    private struct Two : IConstant
    {
        public static int Value => 2;
    }

    private struct Three : IConstant
    {
        public static int Value => 3;
    }

    private struct Four : IConstant
    {
        public static int Value => 4;
    }

    private struct Five : IConstant
    {
        public static int Value => 5;
    }

    private struct Six : IConstant
    {
        public static int Value => 6;
    }

    private struct Seven : IConstant
    {
        public static int Value => 7;
    }

    private struct Eight : IConstant
    {
        public static int Value => 8;
    }

    private struct Nine : IConstant
    {
        public static int Value => 9;
    }

    private struct Ten : IConstant
    {
        public static int Value => 10;
    }

    private struct Eleven : IConstant
    {
        public static int Value => 11;
    }

    private struct Twelve : IConstant
    {
        public static int Value => 12;
    }
}
