using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;
using Autodiff.Operations;

namespace Autodiff.Cpu;

/// <summary>
/// The largest entry of each window of each plane of x [planes, inputs], and, where wanted, its position in the plane:
/// y [planes, results] and positions of the same shape. The first of equals; NaN before all, the last of several.
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
/// Windows of few entries, one or two apart, are read where they lie. Of others the rows are folded into one first, a
/// vector at a time; then the entries of that row. A row is as wide as the windows of a group of results need. Where an
/// entry was found is carried along as its distance from the window's first, which a lane holds exactly. Of 0 and -0 in
/// different columns such a window gives the leftmost, though the position is that of the uppermost.
/// </remarks>
internal static unsafe partial class MaxPooler<T, V>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    private const int ElementsPerPart = 32 * 1024;

    /// <summary>The same where planes are one tall plane: a part begins and ends with a delay.</summary>
    private const int ElementsPerTallPart = 128 * 1024;

    /// <summary>The widest row that is folded at once.</summary>
    private const int Widest = 1024;

    /// <summary>A row and what vectors touch behind it.</summary>
    private const int Capacity = Widest + 2 * 64;

    /// <summary>Entries of a window up to which each is read where it lies.</summary>
    private const int MostDirect = 16;

    /// <summary>The most rows of a window that are folded so.</summary>
    private const int MostRows = 128;

    /// <summary>How far ahead memory is prefetched: rows are too short for the hardware prefetcher.</summary>
    private const int BytesAhead = 2048;

    /// <summary>The largest distance within a window that every lane holds exactly.</summary>
    private const long Farthest = 1 << 24;

    public static void Run(in MaxPoolLoop loop, ReadOnlySpan<TensorView> views)
    {
        PlaneWindows windows = loop.Windows;
        long planes = views[0].Count / windows.Inputs;
        int elements = IsTall(windows) ? ElementsPerTallPart : ElementsPerPart;
        int perPart = (int)Math.Clamp(elements / Math.Max(windows.Inputs, 1), 1, int.MaxValue);
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* x = &views[0].Memory(use), y = &views[1].Memory(use), positions = &views[^1].Memory(use))
        {
            Part body = new()
            {
                X = (T*)x + views[0].Offset, Y = (T*)y + views[1].Offset,
                Positions = loop.WithPositions ? (long*)positions + views[2].Offset : null,
                Windows = windows, Planes = planes, PerPart = perPart,
            };
            ThreadedLoop.For(Sizes.Parts(planes, perPart), planes * windows.Inputs, body);
        }
    }

    /// <summary>
    /// Whether a plane's lines end where the next plane begins, so that planes are one tall plane: a loop that ends
    /// with each plane costs more than the memory it reads.
    /// </summary>
    private static bool IsTall(PlaneWindows windows)
    {
        Windows height = windows.Height;
        return windows.Depth.Inputs == 1 && windows.Depth.Outputs == 1 && height.Outputs > 0
            && height.AlikeUntil[0] == height.Outputs && height.Starts[0] == 0
            && height.Inputs == height.StrideFrom(0) * height.Outputs;
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
            T* buffer = stackalloc T[4 * Capacity];
            nint* rows = stackalloc nint[MostRows];
            long first = (long)part * PerPart, end = Math.Min(Planes, first + PerPart);
            Group all = After(0);
            if (all.Count == Windows.Width.Outputs && all.Count > 0 && IsTall(Windows) && IsSquare(0, 0, all))
            {
                nint lines = (nint)(end - first) * Windows.Height.Outputs;
                Square(X + first * Windows.Inputs, 0, 0, lines, all, Y + first * Windows.Outputs);
                return;
            }

            for (long plane = first; plane < end; plane++)
            {
                for (Group group = After(0); group.Count > 0; group = After(group.End))
                {
                    Plane(plane, group, buffer, rows);
                }
            }
        }

        /// <summary>A group's results of a plane.</summary>
        private readonly void Plane(long plane, in Group group, T* buffer, nint* rows)
        {
            T* x = X + plane * Windows.Inputs;
            long at = plane * Windows.Outputs + group.First;
            for (int d = 0; d < Windows.Depth.Outputs; d++)
            {
                for (int h = 0, lines; h < Windows.Height.Outputs; h += lines)
                {
                    lines = Windows.Height.AlikeUntil[h] - h;
                    if (IsSquare(d, h, group))
                    {
                        Square(x, d, h, lines, group, Y + at);
                    }
                    else
                    {
                        lines = (int)Math.Clamp(Widest / group.Pitch, 1, lines);
                        Lines(x, d, h, lines, group, Y + at, Positions == null ? null : Positions + at, buffer, rows);
                    }

                    at += (long)lines * Windows.Width.Outputs;
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

            int end = width.AlikeUntil[o], stride = width.StrideFrom(o), count = width.Counts[o];
            long reach = (count - 1L) * width.Step;
            if (end == o + 1 || stride == 0)
            {
                return new(o, o + 1, width.Starts[o], 1, count, reach);
            }

            end = (int)Math.Min(end, o + 1 + Math.Max(0, (Widest - 1 - reach) / stride));
            return new(o, end, width.Starts[o], stride, count, reach);
        }

        /// <summary>Whether <see cref="SquareFold"/> is for the windows of a group from a line on.</summary>
        private readonly bool IsSquare(int d, int h, in Group group) =>
            Positions == null && group.Entries is 2 or 3 && Windows.Height.Counts[h] == group.Entries
            && Windows.Depth.Counts[d] == 1 && group.Stride is 1 or 2
            && Windows.Width.Step == 1 && Windows.Height.Step == 1;

        private readonly void Square(T* x, int d, int h, nint lines, in Group group, T* y)
        {
            nint row = Windows.Width.Inputs, between = row * Windows.Height.StrideFrom(h);
            SquareFold(group.Entries, group.Stride, group.Count < V.Width)(
                x + Place(d, h, 0, 0) + group.Start, row, between, lines, group.Count, y, Windows.Width.Outputs);
        }

        /// <summary>
        /// The results of a group in some lines. Each step is done for all lines before the next one, since store
        /// forwarding fails for a load that spans two stores.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void Lines(
            T* x, int d, int h, int lines, in Group group, T* y, long* positions, T* buffer, nint* rows)
        {
            Windows height = Windows.Height;
            int deep = Windows.Depth.Counts[d], high = height.Counts[h], count = deep * high;
            long line = (long)height.Step * Windows.Width.Inputs;
            long layer = (long)Windows.Depth.Step * height.Inputs * Windows.Width.Inputs;
            long farthest = ((deep - 1) * layer) + ((high - 1) * line) + group.Reach;
            nint width = Windows.Width.Outputs, pitch = group.Pitch;
            if (count is 0 or > MostRows || group.Reach >= Widest || farthest >= Farthest)
            {
                for (int l = 0; l < lines; l++)
                {
                    for (int i = 0; i < group.Count; i++)
                    {
                        nint at = (l * width) + i;
                        One(x, d, h + l, group.First + i, y + at, positions == null ? null : positions + at);
                    }
                }

                return;
            }

            T* row = buffer, from = row + Capacity, best = from + Capacity, which = best + Capacity;
            bool isSmall = group.Stride is 1 or 2 && count * group.Entries <= MostDirect;
            for (int z = 0, k = 0; z < deep; z++)
            {
                for (int r = 0; r < high; r++)
                {
                    rows[k++] = (nint)((z * layer) + (r * line));
                }
            }

            for (int l = 0; l < lines; l++)
            {
                T* start = x + Place(d, h + l, 0, 0) + group.Start;
                if (isSmall)
                {
                    Fold(start, rows, count, group, Windows.Width.Step, y + (l * width), which, positions != null);
                    if (positions != null)
                    {
                        Write(which, start - x, group, positions + (l * width));
                    }

                    continue;
                }

                FoldRows(
                    start, rows, count, group.Span + (nint)group.Reach, row + (l * pitch), from + (l * pitch),
                    positions != null);
            }

            if (isSmall)
            {
                return;
            }

            FoldEntries(
                row, from, group.Entries, Windows.Width.Step, ((lines - 1) * pitch) + group.Span, best, which,
                positions != null);
            for (int l = 0; l < lines; l++)
            {
                Pick(best + (l * pitch), group.Stride, y + (l * width), group.Count);
                if (positions != null)
                {
                    Pick(which + (l * pitch), group.Stride, from, group.Count);
                    Write(from, Place(d, h + l, 0, 0) + group.Start, group, positions + (l * width));
                }
            }
        }

        /// <summary>positions[i] = the first entry of window i and from[i] beyond.</summary>
        private static void Write(T* from, long at, in Group group, long* positions)
        {
            for (int i = 0; i < group.Count; i++, at += group.Stride)
            {
                positions[i] = at + int.CreateTruncating(from[i]);
            }
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
                    if (x[at] > best || T.IsNaN(x[at]))
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

        /// <summary>From the first entry of the first window to that of the last.</summary>
        public nint Span => ((nint)(Count - 1) * Stride) + 1;

        /// <summary>From a line of windows to the next, where they lie beside each other: whole vectors.</summary>
        public nint Pitch => (Span + (nint)Reach + V.Width - 1) / V.Width * V.Width;
    }
}
