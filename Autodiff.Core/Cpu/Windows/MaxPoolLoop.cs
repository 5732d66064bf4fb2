using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// The largest entry of each window of each plane of x [planes, inputs], and, where wanted, its position in the plane:
/// y [planes, results] and positions of the same shape. The first of equals; NaN before all.
/// </summary>
/// <param name="Windows">The windows of a plane.</param>
/// <param name="WithPositions">Whether positions are written too.</param>
internal readonly unsafe record struct MaxPoolLoop(PlaneWindows Windows, bool WithPositions) : IFusedLoop
{
    public static string Name => "MaxPool";

    public void Run<T, V, W>(ReadOnlySpan<TensorView> views)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T> => MaxPooler<T, V>.Run(this, views);
}

/// <summary>The loop of <see cref="MaxPoolLoop"/>.</summary>
/// <remarks>
/// The rows of a window are folded into one first, a vector at a time; then the entries of that row. A row is as wide
/// as the windows of a group of results need.
/// </remarks>
internal static unsafe class MaxPooler<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int ElementsPerPart = 32 * 1024;

    /// <summary>The widest row that is folded at once.</summary>
    private const int Widest = 1024;

    /// <summary>A row and what vectors touch behind it.</summary>
    private const int Room = Widest + 2 * 64;

    /// <summary>The most rows of a window that are folded so.</summary>
    private const int MostRows = 128;

    public static void Run(in MaxPoolLoop loop, ReadOnlySpan<TensorView> views)
    {
        PlaneWindows windows = loop.Windows;
        long planes = views[0].Count / windows.Inputs;
        int perPart = (int)Math.Clamp(ElementsPerPart / Math.Max(windows.Inputs, 1), 1, int.MaxValue);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* x = &views[0].Memory(use), y = &views[1].Memory(use), positions = &views[^1].Memory(use))
        {
            Part body = new()
            {
                X = (T*)x + views[0].Offset, Y = (T*)y + views[1].Offset,
                Positions = loop.WithPositions ? (long*)positions + views[2].Offset : null,
                Windows = windows, Planes = planes, PerPart = perPart,
            };
            CpuWork.For(Sizes.Parts(planes, perPart), planes * windows.Inputs, body);
        }
    }

    private struct Part : IParallelBody
    {
        public T* X, Y;
        public long* Positions;
        public PlaneWindows Windows;
        public long Planes;
        public int PerPart;

        [SkipLocalsInit]
        public readonly void Run(int part)
        {
            // Vectors read past the end of a row, as far as the last window reaches behind its last entry.
            T* buffer = stackalloc T[4 * Room];
            T** rows = stackalloc T*[MostRows];
            long first = (long)part * PerPart, end = Math.Min(Planes, first + PerPart);
            for (long plane = first; plane < end; plane++)
            {
                T* x = X + plane * Windows.Inputs;
                long at = plane * Windows.Outputs;
                for (int d = 0; d < Windows.Depth.Outputs; d++)
                {
                    for (int h = 0; h < Windows.Height.Outputs; h++, at += Windows.Width.Outputs)
                    {
                        Line(x, d, h, Y + at, Positions == null ? null : Positions + at, buffer, rows);
                    }
                }
            }
        }

        /// <summary>The results of one row.</summary>
        private readonly void Line(T* x, int d, int h, T* y, long* positions, T* buffer, T** rows)
        {
            Windows width = Windows.Width, height = Windows.Height;
            int high = height.Counts[h], count = Windows.Depth.Counts[d] * high;
            for (int o = 0; o < width.Outputs;)
            {
                int start = width.Starts[o], entries = width.Counts[o], reach = (entries - 1) * width.Step;
                int next = o;
                while (next < width.Outputs && width.Counts[next] == entries
                    && width.Starts[next] + reach - start < Widest)
                {
                    next++;
                }

                if (next == o || count > MostRows)
                {
                    One(x, d, h, o, y + o, positions == null ? null : positions + o);
                    o++;
                    continue;
                }

                for (int k = 0; k < count; k++)
                {
                    rows[k] = x + Place(d, h, k / high, k % high) + start;
                }

                int span = width.Starts[next - 1] - start + 1;
                FoldRows(rows, count, span + reach, buffer, buffer + Room, positions != null);
                FoldEntries(
                    buffer, buffer + Room, entries, width.Step, span, buffer + 2 * Room, buffer + 3 * Room,
                    positions != null);
                for (; o < next; o++)
                {
                    int i = width.Starts[o] - start;
                    y[o] = buffer[2 * Room + i];
                    if (positions != null)
                    {
                        (int k, int column) = Math.DivRem(int.CreateTruncating(buffer[3 * Room + i]), entries);
                        positions[o] = rows[k] + i + column * width.Step - x;
                    }
                }
            }
        }

        /// <summary>row = the largest of each column of the window's rows, from = which row it is in.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void FoldRows(T** rows, int count, nint n, T* row, T* from, bool tell)
        {
            for (nint i = 0; i < n; i += V.Width)
            {
                V mask = V.First(n - i), best = V.Load(rows[0] + i, mask), which = V.Const(0);
                for (int k = 1; k < count; k++)
                {
                    V next = V.Load(rows[k] + i, mask);
                    if (tell)
                    {
                        V number = V.SelectLessEqual(next, best, which, V.Const(k));
                        which = V.SelectEqual(best, best, number, which);
                    }

                    best = Larger(best, next);
                }

                best.Store(row + i);
                if (tell)
                {
                    which.Store(from + i);
                }
            }
        }

        /// <summary>
        /// y[i] = the largest of row[i], row[i + step], ..., and place[i] = the number of its row times their number,
        /// plus its own; of
        /// equals the one whose place is first.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void FoldEntries(T* row, T* from, int entries, int step, nint n, T* y, T* place, bool tell)
        {
            V all = V.Const(entries);
            for (nint i = 0; i < n; i += V.Width)
            {
                V best = V.Load(row + i), which = tell ? V.Load(from + i) * all : best;
                for (int j = 1; j < entries; j++)
                {
                    V next = V.Load(row + i + j * step);
                    if (tell)
                    {
                        V number = V.FusedMultiplyAdd(V.Load(from + i + j * step), all, V.Const(j));
                        V first = V.SelectLess(number, which, number, which);
                        V taken = V.SelectLess(next, best, which, V.SelectEqual(next, best, first, number));
                        which = V.SelectEqual(best, best, taken, which);
                    }

                    best = Larger(best, next);
                }

                best.Store(y + i);
                if (tell)
                {
                    which.Store(place + i);
                }
            }
        }

        /// <summary>The larger of two; a NaN that comes is taken, and one that is there stays.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static V Larger(V best, V next) =>
            V.SelectEqual(best, best, V.SelectLessEqual(next, best, best, next), best);

        /// <summary>A window that is too wide for a row.</summary>
        private readonly void One(T* x, int d, int h, int o, T* y, long* position)
        {
            Windows width = Windows.Width;
            int rows = Windows.Height.Counts[h], all = Windows.Depth.Counts[d] * rows;
            long place = Place(d, h, 0, 0) + width.Starts[o];
            T best = x[place];
            for (int k = 0; k < all; k++)
            {
                long at = Place(d, h, k / rows, k % rows) + width.Starts[o];
                for (int j = 0; j < width.Counts[o]; j++, at += width.Step)
                {
                    if (x[at] > best || (T.IsNaN(x[at]) && !T.IsNaN(best)))
                    {
                        (best, place) = (x[at], at);
                    }
                }
            }

            *y = best;
            if (position != null)
            {
                *position = place;
            }
        }

        /// <summary>Where a row of a window begins in the plane.</summary>
        private readonly long Place(int d, int h, int z, int r) =>
            ((long)(Windows.Depth.Starts[d] + z * Windows.Depth.Step) * Windows.Height.Inputs
                + Windows.Height.Starts[h] + r * Windows.Height.Step) * Windows.Width.Inputs;
    }
}
