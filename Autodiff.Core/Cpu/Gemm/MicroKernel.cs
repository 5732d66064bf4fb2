using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>
/// The inner loop of the matrix product: a tile of at most 14 rows by one or two registers, whose sums stay in
/// registers while k runs, as in Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008).
/// Every element is one chain of multiply-adds over k, so its bits don't depend on the shape of the tile it falls into.
/// </summary>
internal static unsafe class MicroKernel<T, V>
    where T : unmanaged
    where V : unmanaged, IFloatLanes<V, T>
{
    // The steps of k that hide the latency of prefetching a tile of C.
    private const int MinLongRun = 128;

    /// <summary>The most rows of a tile two registers wide whose sums and operands fit in the registers.</summary>
    public static int TileRows => V.Registers * 3 / 8;

    /// <summary>The same where a step has its numbers side by side, which takes no registers for addresses.</summary>
    public static int TileRowsBeside => V.Registers > 16 ? 14 : TileRows;

    /// <summary>The columns of a tile two registers wide.</summary>
    public static int TileColumns => 2 * V.Width;

    /// <summary>
    /// For each of <paramref name="count"/> tiles: C[i,j] = ((C[i,j] +) rowBias[j] + columnBias[i] + Σₚ
    /// A[i,p] B[p,j]), or 0 where relu is asked for and that is less, for i in [0, rows) and j in [0, width).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int rows, TileRun<T>* run, nint count)
    {
        if (run->Jumps != null)
        {
            Run<Jumping>(rows, run, count);
        }
        else if (run->Pieces != null)
        {
            Run<Skipping>(rows, run, count);
        }
        else if (run->Places != null)
        {
            Run<Listed>(rows, run, count);
        }
        else if (run->ARows == 1)
        {
            Run<Side>(rows, run, count);
        }
        else
        {
            Run<Apart>(rows, run, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes>(int rows, TileRun<T>* run, nint count)
        where TLanes : struct, IConstant
    {
        if (run->Width > V.Width)
        {
            Run<TLanes, Two>(rows, run, count);
        }
        else
        {
            Run<TLanes, One>(rows, run, count);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<TLanes, TWide>(int rows, TileRun<T>* run, nint count)
        where TLanes : struct, IConstant
        where TWide : struct, IConstant
    {
        switch (rows)
        {
            case 1: Tiles<TLanes, TWide, One>(run, count); break;
            case 2: Tiles<TLanes, TWide, Two>(run, count); break;
            case 3: Tiles<TLanes, TWide, Three>(run, count); break;
            case 4: Tiles<TLanes, TWide, Four>(run, count); break;
            case 5: Tiles<TLanes, TWide, Five>(run, count); break;
            case 6: Tiles<TLanes, TWide, Six>(run, count); break;
            case 7: Tiles<TLanes, TWide, Seven>(run, count); break;
            case 8: Tiles<TLanes, TWide, Eight>(run, count); break;
            case 9: Tiles<TLanes, TWide, Nine>(run, count); break;
            case 10: Tiles<TLanes, TWide, Ten>(run, count); break;
            case 11: Tiles<TLanes, TWide, Eleven>(run, count); break;
            case 12: Tiles<TLanes, TWide, Twelve>(run, count); break;
            case 13: Tiles<TLanes, TWide, Thirteen>(run, count); break;
            default: Tiles<TLanes, TWide, Fourteen>(run, count); break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<TLanes, TWide, TRows>(TileRun<T>* run, nint count)
        where TLanes : struct, IConstant
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        for (nint tile = 0; tile < count; tile++)
        {
            // Spelled out because the JIT keeps separate locals in registers, and arrays not.
            V startL = default, startR = default;
            if (run->RowBias != null)
            {
                T* bias = run->RowBias + (tile * run->RowBiasNext);
                V used = V.First(run->Width - ((TWide.Value - 1) * V.Width));
                startL = TWide.Value > 1 ? V.Load(bias) : V.Load(bias, used);
                startR = TWide.Value > 1 ? V.Load(bias + V.Width, used) : default;
            }

            V s0L = startL, s0R = startR;
            V s1L = startL, s1R = startR;
            V s2L = startL, s2R = startR;
            V s3L = startL, s3R = startR;
            V s4L = startL, s4R = startR;
            V s5L = startL, s5R = startR;
            V s6L = startL, s6R = startR;
            V s7L = startL, s7R = startR;
            V s8L = startL, s8R = startR;
            V s9L = startL, s9R = startR;
            V s10L = startL, s10R = startR;
            V s11L = startL, s11R = startR;
            V s12L = startL, s12R = startR;
            V s13L = startL, s13R = startR;
            // The rows of C are prefetched while the sums run, unless k is too short to hide the latency.
            T* ahead = run->C + (tile * run->CNext);

            // Distances in bytes: the fewer registers the loop below needs, the fewer it keeps in memory.
            byte* a = (byte*)(run->A + (tile * run->ANext)), b = (byte*)(run->B + (tile * run->BNext));
            nint aStep = (TLanes.Value == 1 ? run->ASteps : 1) * sizeof(T), bStep = run->BSteps * sizeof(T);
            nint row1 = IsContiguous<TLanes>() ? 0 : run->ARows * sizeof(T), row2 = 2 * row1, row3 = 3 * row1;
            byte* a4 = a + (4 * row1), a8 = a + (8 * row1);
            nint left = run->K, pace = left < MinLongRun ? left : (left / TRows.Value) + 1;
            nint* jump = run->Jumps, place = run->Places, piece = run->Pieces;
            T* origin = (T*)a;
            if (TLanes.Value == Jumping.Value)
            {
                pace = run->JumpSteps;
            }

            while (left > 0)
            {
                if (TLanes.Value == Jumping.Value)
                {
                    a = (byte*)(run->A + (tile * run->ANext) + *jump++);
                    a4 = a + (4 * row1);
                    a8 = a + (8 * row1);
                }

                if (Sse.IsSupported)
                {
                    Sse.Prefetch0(ahead);
                    Sse.Prefetch0(ahead + ((TWide.Value - 1) * V.Width));
                }

                ahead += run->CRows;
                nint step = TLanes.Value == Skipping.Value ? *piece++ : Math.Min(pace, left);
                left -= step;
                do
                {
                    V l = V.Load((T*)b);
                    V r = TWide.Value > 1 ? V.Load((T*)b + V.Width) : default;
                    b += bStep;
                    if (TLanes.Value >= Listed.Value)
                    {
                        a = (byte*)(origin + *place++);
                    }

                    if (IsContiguous<TLanes>())
                    {
                        Step<TWide, TRows>(0, (T*)a + 0, l, r, ref s0L, ref s0R);
                        Step<TWide, TRows>(1, (T*)a + 1, l, r, ref s1L, ref s1R);
                        Step<TWide, TRows>(2, (T*)a + 2, l, r, ref s2L, ref s2R);
                        Step<TWide, TRows>(3, (T*)a + 3, l, r, ref s3L, ref s3R);
                        Step<TWide, TRows>(4, (T*)a + 4, l, r, ref s4L, ref s4R);
                        Step<TWide, TRows>(5, (T*)a + 5, l, r, ref s5L, ref s5R);
                        Step<TWide, TRows>(6, (T*)a + 6, l, r, ref s6L, ref s6R);
                        Step<TWide, TRows>(7, (T*)a + 7, l, r, ref s7L, ref s7R);
                        Step<TWide, TRows>(8, (T*)a + 8, l, r, ref s8L, ref s8R);
                        Step<TWide, TRows>(9, (T*)a + 9, l, r, ref s9L, ref s9R);
                        Step<TWide, TRows>(10, (T*)a + 10, l, r, ref s10L, ref s10R);
                        Step<TWide, TRows>(11, (T*)a + 11, l, r, ref s11L, ref s11R);
                        Step<TWide, TRows>(12, (T*)a + 12, l, r, ref s12L, ref s12R);
                        Step<TWide, TRows>(13, (T*)a + 13, l, r, ref s13L, ref s13R);
                        a += aStep;
                    }
                    else
                    {
                        Step<TWide, TRows>(0, (T*)a, l, r, ref s0L, ref s0R);
                        Step<TWide, TRows>(1, (T*)(a + row1), l, r, ref s1L, ref s1R);
                        Step<TWide, TRows>(2, (T*)(a + row2), l, r, ref s2L, ref s2R);
                        Step<TWide, TRows>(3, (T*)(a + row3), l, r, ref s3L, ref s3R);
                        Step<TWide, TRows>(4, (T*)a4, l, r, ref s4L, ref s4R);
                        Step<TWide, TRows>(5, (T*)(a4 + row1), l, r, ref s5L, ref s5R);
                        Step<TWide, TRows>(6, (T*)(a4 + row2), l, r, ref s6L, ref s6R);
                        Step<TWide, TRows>(7, (T*)(a4 + row3), l, r, ref s7L, ref s7R);
                        Step<TWide, TRows>(8, (T*)a8, l, r, ref s8L, ref s8R);
                        Step<TWide, TRows>(9, (T*)(a8 + row1), l, r, ref s9L, ref s9R);
                        Step<TWide, TRows>(10, (T*)(a8 + row2), l, r, ref s10L, ref s10R);
                        Step<TWide, TRows>(11, (T*)(a8 + row3), l, r, ref s11L, ref s11R);
                        a += sizeof(T);
                        a4 += sizeof(T);
                        a8 += sizeof(T);
                    }
                }
                while (--step > 0);
                b += TLanes.Value == Skipping.Value ? *piece++ * bStep : 0;
            }

            bool direct = run->Width == TWide.Value * V.Width;
            T* c = direct ? run->C + (tile * run->CNext) : run->Spare;
            nint rows = direct ? run->CRows : TWide.Value * V.Width;
            if (direct && run->ColumnBias != null)
            {
                T* bias = run->ColumnBias + (tile * run->ColumnBiasNext);
                Shift<TWide, TRows>(0, ref s0L, ref s0R, bias + 0);
                Shift<TWide, TRows>(1, ref s1L, ref s1R, bias + 1);
                Shift<TWide, TRows>(2, ref s2L, ref s2R, bias + 2);
                Shift<TWide, TRows>(3, ref s3L, ref s3R, bias + 3);
                Shift<TWide, TRows>(4, ref s4L, ref s4R, bias + 4);
                Shift<TWide, TRows>(5, ref s5L, ref s5R, bias + 5);
                Shift<TWide, TRows>(6, ref s6L, ref s6R, bias + 6);
                Shift<TWide, TRows>(7, ref s7L, ref s7R, bias + 7);
                Shift<TWide, TRows>(8, ref s8L, ref s8R, bias + 8);
                Shift<TWide, TRows>(9, ref s9L, ref s9R, bias + 9);
                Shift<TWide, TRows>(10, ref s10L, ref s10R, bias + 10);
                Shift<TWide, TRows>(11, ref s11L, ref s11R, bias + 11);
                Shift<TWide, TRows>(12, ref s12L, ref s12R, bias + 12);
                Shift<TWide, TRows>(13, ref s13L, ref s13R, bias + 13);
            }

            if (direct && run->Add)
            {
                Add<TWide, TRows>(0, ref s0L, ref s0R, c + (0 * rows));
                Add<TWide, TRows>(1, ref s1L, ref s1R, c + (1 * rows));
                Add<TWide, TRows>(2, ref s2L, ref s2R, c + (2 * rows));
                Add<TWide, TRows>(3, ref s3L, ref s3R, c + (3 * rows));
                Add<TWide, TRows>(4, ref s4L, ref s4R, c + (4 * rows));
                Add<TWide, TRows>(5, ref s5L, ref s5R, c + (5 * rows));
                Add<TWide, TRows>(6, ref s6L, ref s6R, c + (6 * rows));
                Add<TWide, TRows>(7, ref s7L, ref s7R, c + (7 * rows));
                Add<TWide, TRows>(8, ref s8L, ref s8R, c + (8 * rows));
                Add<TWide, TRows>(9, ref s9L, ref s9R, c + (9 * rows));
                Add<TWide, TRows>(10, ref s10L, ref s10R, c + (10 * rows));
                Add<TWide, TRows>(11, ref s11L, ref s11R, c + (11 * rows));
                Add<TWide, TRows>(12, ref s12L, ref s12R, c + (12 * rows));
                Add<TWide, TRows>(13, ref s13L, ref s13R, c + (13 * rows));
            }

            if (direct && run->Relu)
            {
                Raise<TWide, TRows>(0, ref s0L, ref s0R);
                Raise<TWide, TRows>(1, ref s1L, ref s1R);
                Raise<TWide, TRows>(2, ref s2L, ref s2R);
                Raise<TWide, TRows>(3, ref s3L, ref s3R);
                Raise<TWide, TRows>(4, ref s4L, ref s4R);
                Raise<TWide, TRows>(5, ref s5L, ref s5R);
                Raise<TWide, TRows>(6, ref s6L, ref s6R);
                Raise<TWide, TRows>(7, ref s7L, ref s7R);
                Raise<TWide, TRows>(8, ref s8L, ref s8R);
                Raise<TWide, TRows>(9, ref s9L, ref s9R);
                Raise<TWide, TRows>(10, ref s10L, ref s10R);
                Raise<TWide, TRows>(11, ref s11L, ref s11R);
                Raise<TWide, TRows>(12, ref s12L, ref s12R);
                Raise<TWide, TRows>(13, ref s13L, ref s13R);
            }

            Store<TWide, TRows>(0, s0L, s0R, c + (0 * rows));
            Store<TWide, TRows>(1, s1L, s1R, c + (1 * rows));
            Store<TWide, TRows>(2, s2L, s2R, c + (2 * rows));
            Store<TWide, TRows>(3, s3L, s3R, c + (3 * rows));
            Store<TWide, TRows>(4, s4L, s4R, c + (4 * rows));
            Store<TWide, TRows>(5, s5L, s5R, c + (5 * rows));
            Store<TWide, TRows>(6, s6L, s6R, c + (6 * rows));
            Store<TWide, TRows>(7, s7L, s7R, c + (7 * rows));
            Store<TWide, TRows>(8, s8L, s8R, c + (8 * rows));
            Store<TWide, TRows>(9, s9L, s9R, c + (9 * rows));
            Store<TWide, TRows>(10, s10L, s10R, c + (10 * rows));
            Store<TWide, TRows>(11, s11L, s11R, c + (11 * rows));
            Store<TWide, TRows>(12, s12L, s12R, c + (12 * rows));
            Store<TWide, TRows>(13, s13L, s13R, c + (13 * rows));
            if (!direct)
            {
                Finish(run, tile, TRows.Value, TWide.Value * V.Width);
            }
        }
    }

    /// <summary>Copies the sums of a tile from the spare buffer to C.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void Finish(TileRun<T>* run, nint tile, int rows, nint width)
    {
        T* bias = run->ColumnBias + (tile * run->ColumnBiasNext), c = run->C + (tile * run->CNext);
        for (int i = 0; i < rows; i++)
        {
            for (nint j = 0; j < run->Width; j += V.Width)
            {
                V mask = V.First(run->Width - j), sum = V.Load(run->Spare + (i * width) + j);
                sum = run->ColumnBias == null ? sum : sum + V.Broadcast(bias[i]);
                sum = run->Add ? V.Load(c + j, mask) + sum : sum;
                (run->Relu ? V.AtLeast(default, sum) : sum).Store(c + j, mask);
            }

            c += run->CRows;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TWide, TRows>(int row, T* a, V left, V right, ref V sumLeft, ref V sumRight)
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        if (TRows.Value > row)
        {
            V x = V.Broadcast(*a);
            sumLeft = V.FusedMultiplyAdd(x, left, sumLeft);
            if (TWide.Value > 1)
            {
                sumRight = V.FusedMultiplyAdd(x, right, sumRight);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Shift<TWide, TRows>(int row, ref V left, ref V right, T* bias)
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        if (TRows.Value > row)
        {
            V x = V.Broadcast(*bias);
            left = left + x;
            if (TWide.Value > 1)
            {
                right = right + x;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TWide, TRows>(int row, ref V left, ref V right, T* c)
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        if (TRows.Value > row)
        {
            left = V.Load(c) + left;
            if (TWide.Value > 1)
            {
                right = V.Load(c + V.Width) + right;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Raise<TWide, TRows>(int row, ref V left, ref V right)
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        if (TRows.Value > row)
        {
            left = V.AtLeast(default, left);
            if (TWide.Value > 1)
            {
                right = V.AtLeast(default, right);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TWide, TRows>(int row, V left, V right, T* c)
        where TWide : struct, IConstant
        where TRows : struct, IConstant
    {
        if (TRows.Value > row)
        {
            left.Store(c);
            if (TWide.Value > 1)
            {
                right.Store(c + V.Width);
            }
        }
    }

    /// <summary>Whether the numbers of a step lie side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsContiguous<TLanes>()
        where TLanes : struct, IConstant => TLanes.Value == Side.Value || TLanes.Value >= Listed.Value;

    /// <summary>The rows of A lie side by side.</summary>
    private readonly struct Side : IConstant { public static int Value => 1; }

    /// <summary>Each row of A lies in one piece.</summary>
    private readonly struct Apart : IConstant { public static int Value => 0; }

    /// <summary>Each row of A lies in several pieces.</summary>
    private readonly struct Jumping : IConstant { public static int Value => 2; }

    /// <summary>The rows of A lie side by side, each step of k somewhere else.</summary>
    private readonly struct Listed : IConstant { public static int Value => 3; }

    /// <summary>The same, and some steps of B are left out.</summary>
    private readonly struct Skipping : IConstant { public static int Value => 4; }
}
