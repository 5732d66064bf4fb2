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

    public void Run(ReadOnlySpan<TensorView> views) => ((delegate*<in MaxPoolLoop, ReadOnlySpan<TensorView>, void>)
        Lanes.FloatLoop<Choice>(views[0].DType))(this, views);

    private readonly struct Choice : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
                (delegate*<in MaxPoolLoop, ReadOnlySpan<TensorView>, void>)&MaxPooler<T, V>.Run;
    }
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
            T* row = stackalloc T[Widest], from = stackalloc T[Widest];
            long first = (long)part * PerPart, end = Math.Min(Planes, first + PerPart);
            for (long plane = first; plane < end; plane++)
            {
                T* x = X + plane * Windows.Inputs;
                long at = plane * Windows.Outputs;
                for (int d = 0; d < Windows.Depth.Outputs; d++)
                {
                    for (int h = 0; h < Windows.Height.Outputs; h++, at += Windows.Width.Outputs)
                    {
                        Line(x, d, h, Y + at, Positions == null ? null : Positions + at, row, from);
                    }
                }
            }
        }

        /// <summary>The results of one row.</summary>
        private readonly void Line(T* x, int d, int h, T* y, long* positions, T* row, T* from)
        {
            Windows width = Windows.Width, height = Windows.Height;
            int rows = Windows.Depth.Counts[d] * height.Counts[h];
            for (int o = 0; o < width.Outputs;)
            {
                int start = width.Starts[o], end = start, next = o;
                for (; next < width.Outputs; next++)
                {
                    int last = width.Starts[next] + (width.Counts[next] - 1) * width.Step + 1;
                    if (last - start > Widest)
                    {
                        break;
                    }

                    end = Math.Max(end, last);
                }

                if (next == o || rows > Widest)
                {
                    One(x, d, h, o, y + o, positions == null ? null : positions + o);
                    o++;
                    continue;
                }

                if (rows > 1)
                {
                    FoldRows(x + start, d, h, end - start, row, from);
                }

                T* line = rows > 1 ? row : x + Place(d, h, 0, 0) + start;
                for (; o < next; o++)
                {
                    Fold(
                        line - start, rows > 1 ? from - start : null, width, o, out T best, out int column,
                        out int which);
                    y[o] = best;
                    if (positions != null)
                    {
                        (int z, int r) = Math.DivRem(which, height.Counts[h]);
                        positions[o] = Place(d, h, z, r) + column;
                    }
                }
            }
        }

        /// <summary>row = the largest of each column of the window's rows, from = which row it is in.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void FoldRows(T* x, int d, int h, int n, T* row, T* from)
        {
            int rows = Windows.Height.Counts[h], all = Windows.Depth.Counts[d] * rows;
            bool tell = Positions != null;
            for (nint i = 0; i < n; i += V.Width)
            {
                V mask = V.First(n - i), best = V.Load(x + Place(d, h, 0, 0) + i, mask), which = V.Const(0);
                for (int k = 1; k < all; k++)
                {
                    V next = V.Load(x + Place(d, h, k / rows, k % rows) + i, mask);
                    // A NaN that comes is taken; one that is there stays.
                    V larger = V.SelectLessEqual(next, best, best, next);
                    V taken = V.SelectEqual(best, best, larger, best);
                    if (tell)
                    {
                        V number = V.SelectLessEqual(next, best, which, V.Const(k));
                        which = V.SelectEqual(best, best, number, which);
                    }

                    best = taken;
                }

                best.Store(row + i, mask);
                if (tell)
                {
                    which.Store(from + i, mask);
                }
            }
        }

        /// <summary>The largest entry of a window in a row; of equals, that of the first row, and there the
        /// first.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Fold(T* row, T* from, Windows width, int o, out T best, out int column, out int which)
        {
            column = width.Starts[o];
            best = row[column];
            T number = from == null ? T.Zero : from[column];
            int count = width.Counts[o], step = width.Step;
            for (int j = 1, i = column + step; j < count; j++, i += step)
            {
                T value = row[i];
                if (value > best || (from != null && value == best && from[i] < number)
                    || (T.IsNaN(value) && !T.IsNaN(best)))
                {
                    best = value;
                    column = i;
                    number = from == null ? T.Zero : from[i];
                }
            }

            which = int.CreateTruncating(number);
        }

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
