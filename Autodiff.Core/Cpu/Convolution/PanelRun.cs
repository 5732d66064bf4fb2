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
        int width = 2 * V.Width, lane = 0;
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
        nint width = 2 * V.Width;
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
            if (left < width)
            {
                new Span<T>(to, (int)(width * steps)).Clear();
            }

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
            else if (count is 3 or 4 && !isExact)
            {
                // Rows of about half a panel: spelled out, so that places stay in registers.
                T* a = window + runs[0].Source, b = window + runs[1].Source, c = window + runs[2].Source;
                T* d = window + runs[count - 1].Source;
                nint second = runs[1].Lane, third = runs[2].Lane, last = runs[count - 1].Lane;
                for (nint p = 0; p < steps; p++)
                {
                    nint offset = offsets[p];
                    V.Load(a + offset).Store(to);
                    V.Load(b + offset).Store(to + second);
                    V.Load(c + offset).Store(to + third);
                    V.Load(d + offset).Store(to + last);
                    to += width;
                }
            }
            else if (isExact)
            {
                for (nint p = 0; p < steps; p++)
                {
                    T* from = window + offsets[p];
                    for (nint r = 0; r < count; r++)
                    {
                        V.Load(from + runs[r].Source, V.First(runs[r].Count)).Store(to + runs[r].Lane);
                    }

                    to += width;
                }
            }
            else
            {
                for (nint p = 0; p < steps; p++)
                {
                    T* from = window + offsets[p];
                    for (nint r = 0; r < count; r++)
                    {
                        V.Load(from + runs[r].Source).Store(to + runs[r].Lane);
                    }

                    to += width;
                }
            }

            runs += count;
        }
    }
}
