using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// Up to a register of outputs in a row: where the window has them, and in which lanes of a panel they go. The same for
/// all taps and channels, which only move the window.
/// </summary>
internal unsafe struct PanelRun
{
    public int Source, Lane, Count;

    /// <summary>The runs of a box, in the order of its outputs.</summary>
    public static void List<V, T>(in TapWindow box, PanelRun* runs)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        int width = MicroKernel<T, V>.TileColumns, lane = 0;
        for (nint d = 0; d < box.DCount; d++)
        {
            for (nint h = 0; h < box.HCount; h++)
            {
                nint at = (d * box.Layer) + (h * box.Line);
                for (nint w = 0; w < box.WCount;)
                {
                    int count = (int)Math.Min(Math.Min(V.Width, box.WCount - w), width - lane);
                    *runs++ = new() { Source = checked((int)(at + w)), Lane = lane, Count = count };
                    w += count;
                    lane = (lane + count) % width;
                }
            }
        }
    }

    /// <summary>Fills the panels with what each step's tap reads for the outputs of a box.</summary>
    /// <param name="window">The window of the first channel.</param>
    /// <param name="offsets">Where each step's tap begins in it.</param>
    /// <param name="steps">The steps.</param>
    /// <param name="runs">The outputs.</param>
    /// <param name="outputs">How many there are.</param>
    /// <param name="panels">Gets the panels; one register behind them may be written, too.</param>
    /// <param name="isExact">Whether nothing may be read beside the outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Pack<V, T>(
        T* window, nint* offsets, nint steps, PanelRun* runs, nint outputs, T* panels, bool isExact)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint width = MicroKernel<T, V>.TileColumns;
        for (nint j = 0; j < outputs; j += width)
        {
            nint left = Math.Min(width, outputs - j), count = 0, lanes = 0;
            bool isWhole = true;
            while (lanes < left)
            {
                isWhole &= runs[count].Count == V.Width;
                lanes += runs[count++].Count;
            }

            T* to = panels + (j * steps);
            if (count == 2 && isWhole)
            {
                T* a = window + runs[0].Source, b = window + runs[1].Source;
                for (nint p = 0; p < steps; p++)
                {
                    nint offset = offsets[p];
                    V.Load(a + offset).Store(to);
                    V.Load(b + offset).Store(to + V.Width);
                    to += width;
                }
            }
            else if (!isExact && TryPlace<V, T>(window, runs, count, 0, out T* a, out T* b, out int first)
                && TryPlace<V, T>(window, runs, count, V.Width, out T* c, out T* d, out int second))
            {
                Join<V, T>(a, b, V.Const(first), c, d, V.Const(second), offsets, steps, to);
            }
            else
            {
                Gather<V, T>(window, offsets, steps, runs, count, to, isExact);
            }

            runs += count;
        }
    }

    /// <summary>
    /// Where the lanes of a register from <paramref name="lane"/> on are read, and those from <paramref name="split"/>
    /// on; false where they lie in more than two places.
    /// </summary>
    private static bool TryPlace<V, T>(
        T* window, PanelRun* runs, nint count, int lane, out T* first, out T* second, out int split)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        first = second = null;
        split = V.Width;
        for (nint r = 0; r < count; r++)
        {
            T* at = window + runs[r].Source + lane - runs[r].Lane;
            if (runs[r].Lane >= lane + V.Width || runs[r].Lane + runs[r].Count <= lane || at == second)
            {
                continue;
            }

            if (first != second)
            {
                return false;
            }

            split = first == null ? V.Width : runs[r].Lane - lane;
            first = first == null ? at : first;
            second = at;
        }

        if (first == null)
        {
            first = second = window + runs[0].Source; // lanes behind the last output
        }

        return true;
    }

    /// <summary>A panel of two registers, each read at two places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Join<V, T>(T* a, T* b, V first, T* c, T* d, V second, nint* offsets, nint steps, T* to)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        V lanes = V.Lanes;
        for (nint p = 0; p < steps; p++)
        {
            nint offset = offsets[p];
            V.SelectLess(lanes, first, V.Load(a + offset), V.Load(b + offset)).Store(to);
            V.SelectLess(lanes, second, V.Load(c + offset), V.Load(d + offset)).Store(to + V.Width);
            to += MicroKernel<T, V>.TileColumns;
        }
    }

    /// <summary>A panel run by run, with zeros behind the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Gather<V, T>(
        T* window, nint* offsets, nint steps, PanelRun* runs, nint count, T* to, bool isExact)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint width = MicroKernel<T, V>.TileColumns;
        if (runs[count - 1].Lane + runs[count - 1].Count < width)
        {
            new Span<T>(to, (int)(width * steps)).Clear();
        }

        for (nint p = 0; p < steps; p++)
        {
            T* from = window + offsets[p];
            for (nint r = 0; r < count; r++)
            {
                V mask = V.First(isExact ? runs[r].Count : V.Width);
                V.Load(from + runs[r].Source, mask).Store(to + runs[r].Lane);
            }

            to += width;
        }
    }
}
