using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The steps of a line of outputs that some taps of an image's height would read above or below the image: those taps
/// are left out, since what they read is 0. Of a block of steps it tells where each that is left reads, and how far the
/// steps that are left out make the weight jump.
/// </summary>
internal unsafe struct EdgeTaps
{
    /// <summary>The most kinds of such lines that are told apart.</summary>
    public const int Most = 8;

    /// <summary>The taps of the height that are left: from this one to that before the end.</summary>
    public nint First, End;

    /// <summary>Where each step reads, as <see cref="TileRun{T}.Places"/>.</summary>
    public nint* Places;

    /// <summary>How the steps lie in the weight, as <see cref="TileRun{T}.Pieces"/>.</summary>
    public nint* Pieces;

    /// <summary>The steps that are left, and those that are left out before the first of them.</summary>
    public nint Count, Skipped;

    /// <summary>Numbers that the lists of a block of so many steps take.</summary>
    public static nint Capacity(nint steps) => 3 * (steps + 1);

    /// <summary>How many kinds there can be.</summary>
    public static int MostOf(in TapWindow window) =>
        HasAny(window) ? (int)nint.Min(Most, nint.Min(2 * window.Height.Taps, window.Height.Outputs)) : 0;

    /// <summary>The kinds of lines that a box has.</summary>
    /// <param name="box">The box.</param>
    /// <param name="edges">Gets them.</param>
    /// <param name="most">How many there may be; further ones read zeros.</param>
    /// <param name="lists">Memory for their lists.</param>
    /// <param name="steps">The most steps of a block.</param>
    /// <returns>How many there are.</returns>
    public static int List(in TapWindow box, EdgeTaps* edges, int most, nint* lists, nint steps)
    {
        int count = 0;
        for (nint h = 0; h < box.HCount && count < most; h++)
        {
            (nint first, nint end) = box.Height.Inside(box.H0 + h);
            if (end - first < box.Height.Taps && !TryFind(edges, count, box, h, out _))
            {
                edges[count++] = new() { First = first, End = end, Places = lists, Pieces = lists + steps };
                lists += Capacity(steps);
            }
        }

        return count;
    }

    /// <summary>The lines of the box, from the first one to that before the end, that lack no tap.</summary>
    public static (nint First, nint End) Whole(in TapWindow box)
    {
        (nint first, nint end) = box.Height.Reached(0, box.H0, box.HCount);
        (nint first2, nint end2) = box.Height.Reached(box.Height.Taps - 1, box.H0, box.HCount);
        return (nint.Max(first, first2), nint.Min(end, end2));
    }

    /// <summary>The kind of a line of the box, if it is one of these.</summary>
    public static bool TryFind(EdgeTaps* edges, int count, in TapWindow box, nint line, out EdgeTaps edge)
    {
        edge = default;
        (nint first, nint end) = box.Height.Inside(box.H0 + line);
        for (int i = 0; i < count; i++)
        {
            if (edges[i].First == first && edges[i].End == end)
            {
                edge = edges[i];
                return true;
            }
        }

        return false;
    }

    /// <summary>Fills the lists for a block of steps.</summary>
    /// <param name="window">The window, of one layer.</param>
    /// <param name="tap">The tap of the first step.</param>
    /// <param name="offsets">Where each step reads.</param>
    /// <param name="steps">How many steps there are.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Fill(in TapWindow window, nint tap, nint* offsets, nint steps)
    {
        nint* place = Places, piece = Pieces;
        nint width = window.Width.Taps, taps = window.Taps, from = First * width, end = End * width, i = 0;
        (Count, Skipped) = (0, steps);
        if (from == end)
        {
            return;
        }

        bool isFirst = true;
        while (i < steps)
        {
            nint skip = tap < from ? from - tap : tap >= end ? taps - tap + from : 0;
            skip = nint.Min(skip, steps - i);
            if (isFirst)
            {
                Skipped = skip;
            }
            else
            {
                *piece++ = skip;
            }

            isFirst = false;
            i += skip;
            tap += skip;
            tap -= tap >= taps ? taps : 0;
            nint count = nint.Min(end - tap, steps - i);
            if (count <= 0)
            {
                continue;
            }

            *piece++ = count;
            for (nint k = 0; k < count; k++)
            {
                *place++ = offsets[i++];
            }

            tap += count;
        }

        *piece = 0;
        Count = (nint)(place - Places);
    }

    private static bool HasAny(in TapWindow window) =>
        !window.IsDirect && window.Depth.Taps == 1 && window.Height.Taps > 1;
}
