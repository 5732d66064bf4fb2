using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// A box of outputs and what its taps read of each channel: copied with zeros around it and de-interleaved by phase
/// (polyphase, <see cref="WindowDim.Slots"/>), so that every tap reads the box's rows as rows; or in place, where it
/// does so already.
/// </summary>
internal unsafe struct TapWindow
{
    public WindowDim Depth, Height, Width;

    /// <summary>The first output of the box along each dimension.</summary>
    public nint D0, H0, W0;

    /// <summary>The outputs of the box along each dimension.</summary>
    public nint DCount, HCount, WCount;

    /// <summary>The distance of two rows, of two layers of rows and of two channels.</summary>
    public nint Line, Layer, Plane;

    /// <summary>Whether the source is read in place.</summary>
    public bool IsDirect;

    private nint _dLength, _hLength, _wLength;

    public TapWindow(in WindowDim depth, in WindowDim height, in WindowDim width)
    {
        (Depth, Height, Width) = (depth, height, width);
        IsDirect = depth.IsInside && height.IsInside && width.IsInside;
        Box(0, depth.Outputs, 0, height.Outputs, 0, width.Outputs);
    }

    public readonly nint Taps => Depth.Taps * Height.Taps * Width.Taps;

    public readonly nint Outputs => Depth.Outputs * Height.Outputs * Width.Outputs;

    /// <summary>The outputs of the box.</summary>
    public readonly nint Count => DCount * HCount * WCount;

    /// <summary>Numbers that the copy of one channel takes.</summary>
    public readonly nint Capacity => IsDirect ? 0 : Plane;

    /// <summary>How many numbers there are in the source for a channel.</summary>
    public readonly nint SourcePlane => Depth.Size * Height.Size * Width.Size;

    /// <summary>Chooses another box.</summary>
    public void Box(nint d0, nint dCount, nint h0, nint hCount, nint w0, nint wCount)
    {
        (D0, DCount, H0, HCount, W0, WCount) = (d0, dCount, h0, hCount, w0, wCount);
        (_dLength, _hLength, _wLength) = (Depth.Length(dCount), Height.Length(hCount), Width.Length(wCount));
        Line = IsDirect ? Width.Size : Width.Slots * _wLength;
        Layer = IsDirect ? Height.Size * Line : Height.Slots * _hLength * Line;
        Plane = IsDirect ? SourcePlane : Depth.Slots * _dLength * Layer;
    }

    /// <summary>
    /// Makes the boxes about as large as <paramref name="most"/> outputs: whole layers, whole rows, or parts of a row.
    /// </summary>
    public void Shrink(nint most)
    {
        nint row = Width.Outputs, layer = Height.Outputs * row;
        if (row > most)
        {
            Box(0, 1, 0, 1, 0, EqualBlocks.Of(row, most, 32));
        }
        else if (layer > most)
        {
            Box(0, 1, 0, EqualBlocks.Of(Height.Outputs, most / row, 1), 0, row);
        }
        else
        {
            Box(0, EqualBlocks.Of(Depth.Outputs, Math.Max(1, most / layer), 1), 0, Height.Outputs, 0, row);
        }
    }

    /// <summary>
    /// Makes the boxes as large as <paramref name="most"/> outputs, or half of that, and so on, until the copy
    /// of a channel is small enough.
    /// </summary>
    /// <param name="most">The outputs of the largest box.</param>
    /// <param name="least">A box of so few outputs is the last one tried.</param>
    /// <param name="unit">The outputs of a box are a multiple of this.</param>
    /// <param name="capacity">Numbers that the copy of one channel may have.</param>
    /// <returns>Whether there is such a box.</returns>
    public bool TryShrink(nint most, nint least, nint unit, nint capacity)
    {
        for (;; most = most / (2 * unit) * unit)
        {
            Shrink(most);
            if (Capacity <= capacity || most <= least)
            {
                return Capacity <= capacity;
            }
        }
    }

    /// <summary>The boxes along each dimension, if all are as large as this one.</summary>
    public readonly (nint Depth, nint Height, nint Width) Boxes => (
        (Depth.Outputs + DCount - 1) / DCount, (Height.Outputs + HCount - 1) / HCount,
        (Width.Outputs + WCount - 1) / WCount);

    /// <summary>The box of number <paramref name="index"/> among boxes as large as this one.</summary>
    public readonly TapWindow At(nint index)
    {
        (_, nint height, nint width) = Boxes;
        (nint rest, nint w) = Math.DivRem(index, width);
        (nint d, nint h) = Math.DivRem(rest, height);
        (d, h, w) = (d * DCount, h * HCount, w * WCount);
        TapWindow box = this;
        box.Box(
            d, Math.Min(DCount, Depth.Outputs - d), h, Math.Min(HCount, Height.Outputs - h), w,
            Math.Min(WCount, Width.Outputs - w));
        return box;
    }

    /// <summary>The place of tap number <paramref name="tap"/> along each dimension.</summary>
    public readonly (nint Depth, nint Height, nint Width) Split(nint tap)
    {
        (nint rest, nint w) = Math.DivRem(tap, Width.Taps);
        (nint d, nint h) = Math.DivRem(rest, Height.Taps);
        return (d, h, w);
    }

    /// <summary>The same outputs with tap number <paramref name="tap"/> alone.</summary>
    public readonly TapWindow Only(nint tap)
    {
        (nint d, nint h, nint w) = Split(tap);
        return new(Depth.Only(d), Height.Only(h), Width.Only(w));
    }

    /// <summary>Where, from the first channel's window on, tap (d, h, w) of the box's first output is.</summary>
    public readonly nint Tap(nint d, nint h, nint w)
    {
        if (IsDirect)
        {
            return ((D0 + Depth.First + (d * Depth.Step)) * Layer) + ((H0 + Height.First + (h * Height.Step)) * Line)
                + W0 + Width.First + (w * Width.Step);
        }

        return (Depth.Offset(d, _dLength) * Layer) + (Height.Offset(h, _hLength) * Line) + Width.Offset(w, _wLength);
    }

    /// <summary>The same for all taps, in their order.</summary>
    public readonly void Places(nint* places)
    {
        for (nint d = 0; d < Depth.Taps; d++)
        {
            for (nint h = 0; h < Height.Taps; h++)
            {
                for (nint w = 0; w < Width.Taps; w++)
                {
                    *places++ = Tap(d, h, w);
                }
            }
        }
    }

    /// <summary>Copies what the box reads of some channels.</summary>
    /// <param name="source">The first channel.</param>
    /// <param name="channels">How many there are.</param>
    /// <param name="to">Gets the window; up to a register behind it may be written, too.</param>
    /// <param name="isFramed">Whether the zeros around the image are there already: this box was copied there
    /// before.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Stage<T, V>(T* source, nint channels, T* to, bool isFramed)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint sourceLayer = Height.Size * Width.Size, sourcePlane = Depth.Size * sourceLayer;
        if (Height.Stride == 1 && Width.Stride == 1 && Depth.Size == 1 && _dLength == 1 && D0 + Depth.Low == 0
            && W0 + Width.Low > -V.Width)
        {
            StageImages<T, V>(source, channels, to, isFramed);
            return;
        }

        nint dSlots = Depth.Slots, hSlots = Height.Slots, wSlots = Width.Slots;
        for (nint c = 0; c < channels; c++)
        {
            T* from = source + (c * sourcePlane);
            for (nint ds = 0; ds < dSlots; ds++)
            {
                nint d = (D0 * Depth.Stride) + Depth.Low + Depth.Phase(ds);
                for (nint i = 0; i < _dLength; i++, d += Depth.Stride)
                {
                    bool isLayer = d >= 0 && d < Depth.Size;
                    for (nint hs = 0; hs < hSlots; hs++)
                    {
                        nint h = (H0 * Height.Stride) + Height.Low + Height.Phase(hs);
                        for (nint j = 0; j < _hLength; j++, h += Height.Stride)
                        {
                            if (!isLayer || h < 0 || h >= Height.Size)
                            {
                                Clear<T, V>(to, isFramed ? 0 : Line);
                                to += Line;
                                continue;
                            }

                            T* line = from + (d * sourceLayer) + (h * Width.Size);
                            for (nint ws = 0; ws < wSlots; ws++)
                            {
                                CopyLine<T, V>(
                                    line, (W0 * Width.Stride) + Width.Low + Width.Phase(ws), to, isFramed);
                                to += _wLength;
                            }
                        }
                    }
                }
            }
        }
    }

    /// <summary>
    /// The same for images whose neighbours remain neighbours: whole registers are written, the zeros at a line's ends
    /// among them, so what is beyond a line is written before the line that has it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void StageImages<T, V>(T* source, nint channels, T* to, bool isFramed)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint h = H0 + Height.Low, w = W0 + Width.Low, size = Width.Size, line = Line;
        nint top = Math.Clamp(-h, 0, _hLength), lines = Math.Clamp(Height.Size - h, top, _hLength) - top;
        nint left = Math.Clamp(-w, 0, _wLength), end = Math.Clamp(size - w, left, _wLength);
        nint start = left > 0 ? V.Width : 0, whole = start + (Math.Max(0, end - start) / V.Width * V.Width);
        V first = V.SelectLess(V.Lanes, V.Const(left), default, V.First(end)), rest = V.First(end - whole);
        for (; channels > 0; channels--, source += Height.Size * size, to += Plane)
        {
            T* from = source + ((h + top) * size) + w, target = to + (top * line);
            if (!isFramed)
            {
                Clear<T, V>(to, top * line);
                Clear<T, V>(target + (lines * line), Plane - ((top + lines) * line));
            }

            for (nint i = lines; i > 0; i--, from += size, target += line)
            {
                if (left > 0)
                {
                    V.Load(from, first).Store(target);
                }

                nint j = start;
                for (; j < whole; j += V.Width)
                {
                    V.Load(from + j).Store(target + j);
                }

                if (j < line)
                {
                    V.Load(from + j, rest).Store(target + j);
                    for (j += V.Width; j < line; j += V.Width)
                    {
                        default(V).Store(target + j);
                    }
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void CopyLine<T, V>(T* line, nint first, T* to, bool isFramed)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint step = Width.Stride, length = _wLength;
        nint from = first >= 0 ? 0 : Math.Min(length, Steps(-first, step));
        nint end = first >= Width.Size ? 0 : Math.Min(length, Steps(Width.Size - first, step));
        end = Math.Max(from, end);
        if (!isFramed)
        {
            Clear<T, V>(to, from);
            Clear<T, V>(to + end, length - end);
        }

        if (step == 1)
        {
            T* source = line + first;
            nint j = from;
            for (; j + V.Width <= end; j += V.Width)
            {
                V.Load(source + j).Store(to + j);
            }

            if (j < end)
            {
                V rest = V.First(end - j);
                V.Load(source + j, rest).Store(to + j, rest);
            }
        }
        else
        {
            CopyApart<T, V>(line + first + (from * step), step, to + from, end - from);
        }
    }

    // Apart, so that the copy of neighbours is small enough to be inlined whole.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CopyApart<T, V>(T* source, nint step, T* to, nint count)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint j = 0;
        for (; step == 2 && j + V.Width < count; j += V.Width)
        {
            V.EvenLanes(V.Load(source), V.Load(source + V.Width)).Store(to + j);
            source += 2 * V.Width;
        }

        for (; j < count; j++)
        {
            to[j] = *source;
            source += step;
        }
    }

    /// <summary>How many steps it takes to come so far.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint Steps(nint distance, nint step) =>
        step == 1 ? distance : (distance + step - 1) / step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear<T, V>(T* to, nint count)
        where T : unmanaged
        where V : unmanaged, IFloatLanes<V, T>
    {
        nint j = 0;
        for (; j + V.Width <= count; j += V.Width)
        {
            default(V).Store(to + j);
        }

        if (j < count)
        {
            default(V).Store(to + j, V.First(count - j));
        }
    }
}
