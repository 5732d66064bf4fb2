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
/// as the windows of a group of results need. Where an entry was found is carried along as its distance from the
/// window's first, which a lane holds exactly.
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

    /// <summary>How far ahead memory is asked for: rows are too short for the processor to do it.</summary>
    private const int BytesAhead = 2048;

    /// <summary>The largest distance within a window that every lane holds exactly.</summary>
    private const long Farthest = 1 << 24;

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
            for (Group group = After(0); group.Count > 0; group = After(group.End))
            {
                for (long plane = first; plane < end; plane++)
                {
                    T* x = X + plane * Windows.Inputs;
                    long at = plane * Windows.Outputs + group.First;
                    for (int d = 0; d < Windows.Depth.Outputs; d++)
                    {
                        for (int h = 0; h < Windows.Height.Outputs; h++, at += Windows.Width.Outputs)
                        {
                            Line(x, d, h, group, Y + at, Positions == null ? null : Positions + at, buffer, rows);
                        }
                    }
                }
            }
        }

        /// <summary>
        /// The results from <paramref name="o"/> on whose windows have as many entries and lie equally far apart, as
        /// many as a row has room for.
        /// </summary>
        private readonly Group After(int o)
        {
            Windows width = Windows.Width;
            if (o >= width.Outputs)
            {
                return default;
            }

            int[] starts = width.Starts, counts = width.Counts;
            int end = o + 1, stride = end < width.Outputs ? starts[end] - starts[o] : 1;
            long reach = (counts[o] - 1L) * width.Step;
            while (end < width.Outputs && counts[end] == counts[o] && starts[end] - starts[end - 1] == stride
                && starts[end] + reach - starts[o] < Widest)
            {
                end++;
            }

            return new(o, end, starts[o], stride, counts[o], reach);
        }

        /// <summary>The results of a group in one row.</summary>
        private readonly void Line(
            T* x, int d, int h, in Group group, T* y, long* positions, T* buffer, T** rows)
        {
            Windows height = Windows.Height;
            int deep = Windows.Depth.Counts[d], high = height.Counts[h], count = deep * high;
            long line = (long)height.Step * Windows.Width.Inputs;
            long layer = (long)Windows.Depth.Step * height.Inputs * Windows.Width.Inputs;
            long farthest = ((deep - 1) * layer) + ((high - 1) * line) + group.Reach;
            if (count is 0 or > MostRows || group.Reach >= Widest || farthest >= Farthest)
            {
                for (int i = 0; i < group.Count; i++)
                {
                    One(x, d, h, group.First + i, y + i, positions == null ? null : positions + i);
                }

                return;
            }

            T* start = x + Place(d, h, 0, 0) + group.Start;
            for (int z = 0, k = 0; z < deep; z++)
            {
                for (int r = 0; r < high; r++)
                {
                    rows[k++] = start + (z * layer) + (r * line);
                }
            }

            T* row = buffer, from = row + Room, best = from + Room, which = best + Room;
            nint span = ((nint)(group.Count - 1) * group.Stride) + 1;
            FoldRows(rows, count, span + (nint)group.Reach, row, from, positions != null);
            FoldEntries(row, from, group.Entries, Windows.Width.Step, span, best, which, positions != null);
            Pick(best, group.Stride, y, group.Count);
            if (positions != null)
            {
                Pick(which, group.Stride, from, group.Count);
                long at = rows[0] - x;
                for (int i = 0; i < group.Count; i++, at += group.Stride)
                {
                    positions[i] = at + int.CreateTruncating(from[i]);
                }
            }
        }

        /// <summary>y[i] = x[i stride].</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Pick(T* x, nint stride, T* y, nint count)
        {
            nint i = 0;
            for (; stride == 1 && i < count; i += V.Width)
            {
                V.Load(x + i).Store(y + i, V.First(count - i));
            }

            for (; stride == 2 && i < count; i += V.Width)
            {
                V.EvenLanes(V.Load(x + 2 * i), V.Load(x + 2 * i + V.Width)).Store(y + i, V.First(count - i));
            }

            for (; i < count; i++)
            {
                y[i] = x[i * stride];
            }
        }

        /// <summary>
        /// row = the largest of each column of the window's rows, from = how far behind the first row its row is.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void FoldRows(T** rows, int count, nint n, T* row, T* from, bool tell)
        {
            for (nint i = 0; i < n; i += V.Width)
            {
                V mask = V.First(n - i), best = V.Load(rows[0] + i, mask), which = V.Const(0);
                V.Prefetch(rows[0] + i + (BytesAhead / sizeof(T)));
                for (int k = 1; k < count; k++)
                {
                    V next = V.Load(rows[k] + i, mask);
                    V.Prefetch(rows[k] + i + (BytesAhead / sizeof(T)));
                    if (tell)
                    {
                        V number = V.SelectLessEqual(next, best, which, V.Const((double)(rows[k] - rows[0])));
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
        /// y[i] = the largest of row[i], row[i + step], ..., and place[i] = how far behind row[i] of the first row it
        /// was; of equals the one whose place is first.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void FoldEntries(T* row, T* from, int entries, int step, nint n, T* y, T* place, bool tell)
        {
            for (nint i = 0; i < n; i += V.Width)
            {
                V best = V.Load(row + i), which = tell ? V.Load(from + i) : best;
                for (int j = 1; j < entries; j++)
                {
                    V next = V.Load(row + i + j * step);
                    if (tell)
                    {
                        V number = V.Load(from + i + j * step) + V.Const(j * step);
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

    /// <summary>Results in a row whose windows have as many entries and begin equally far apart.</summary>
    /// <param name="First">The first result.</param>
    /// <param name="End">The one after the last.</param>
    /// <param name="Start">Where the first window begins.</param>
    /// <param name="Stride">How far apart two begin.</param>
    /// <param name="Entries">The entries of each.</param>
    /// <param name="Reach">From the first entry of a window to its last.</param>
    private readonly record struct Group(int First, int End, int Start, int Stride, int Entries, long Reach)
    {
        public int Count => End - First;
    }
}
