using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The sum over channels and taps, result[n, m, i] = Σ w[m, c, t] source[n, c, i and t], as an implicit matrix product
/// (im2col for a panel at a time): what the taps of a few outputs read is copied into the product's panels. A part is a
/// box of outputs of a few samples, for some rows m of a group. Every result is one chain over channels and taps in
/// blocks that depend on their number alone, so parts can't change its bits.
/// </summary>
internal unsafe struct ConvolutionProduct<T, V> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // Bytes of what one thread holds: together less than 1 MiB, the size of many second-level caches.
    private const int PanelBytes = 320 << 10, RowBytes = 256 << 10, WindowBytes = 256 << 10, AsideBytes = 160 << 10;

    private const int MaxColumns = 1024, MaxRows = 384;

    // Multiply-adds that take as long as an element of a loop.
    private const int ProductsOfElement = 4;

    /// <summary>The source, the weight and the result; the bias of the rows or null.</summary>
    public T* Source, Weight, Result, Bias;

    /// <summary>Samples, groups, and the source's channels and the result's rows in each group.</summary>
    public nint Samples, Groups, Channels, Rows;

    /// <summary>The distances in the weight: of two rows, of two channels, of two groups.</summary>
    public nint WeightRows, WeightChannels, WeightGroups;

    /// <summary>The kernel's taps along height and width, as they lie in the weight.</summary>
    public nint KernelHeight, KernelWidth;

    /// <summary>Whether the sums are added to what is there.</summary>
    public bool Accumulate;

    public TapWindow Window;

    private nint _depth, _samplesOfPart, _rowsOfPart, _boxes;
    private nint _listCapacity, _panelCapacity, _rowCapacity, _windowCapacity, _asideCapacity;
    private bool _packsRows, _isAside;

    private static nint PanelWidth => MicroKernel<T, V>.TileColumns;

    public readonly nint Taps => Window.Taps;

    /// <summary>The terms of a sum.</summary>
    public readonly nint Steps => Channels * Taps;

    /// <summary>How much there is to do, in elements that a loop would take as long for.</summary>
    public readonly long Work => Samples * Groups * Rows * Window.Outputs * Steps / ProductsOfElement;

    public readonly nint ResultPlane => Window.Depth.ResultSize * Window.Height.ResultSize * Window.Width.ResultSize;

    /// <summary>
    /// Does it; one tap after the other where what all of them read together is too much for a window.
    /// </summary>
    public void Run()
    {
        if (Window.Outputs == 0)
        {
            return;
        }

        if (Taps == 0)
        {
            Clear();
            return;
        }

        if (Plan())
        {
            nint blocks = (Samples + _samplesOfPart - 1) / _samplesOfPart, parts = Groups * blocks * _boxes;
            SplitRows(Work < ThreadedLoop.Threshold ? 1 : (CpuThreads.Count + parts - 1) / parts);
            ThreadedLoop.For(Sizes.Parts(parts * RowParts, 1), Work, this);
            return;
        }

        TapWindow all = Window;
        for (nint t = 0; t < all.Taps; t++)
        {
            Window = all.Only(t);
            Run();
            Accumulate = true;
            Bias = null;
        }
    }

    private readonly nint RowParts => (Rows + _rowsOfPart - 1) / _rowsOfPart;

    /// <summary>Chooses boxes; false where not even a small one fits.</summary>
    private bool Plan()
    {
        _depth = BlockedGemm<T, V>.Depth(Steps);
        nint channels = Math.Min(Channels, ((_depth - 1) / Taps) + 2);
        _isAside = Window.Width.ResultStep != 1 || Window.Height.ResultStep != 1 || Window.Depth.ResultStep != 1;
        _packsRows = WeightChannels != Taps || Window.Width.KernelStep != 1 || Window.Height.KernelStep != 1
            || Window.Depth.KernelStep != 1 || KernelWidth != Window.Width.Taps || KernelHeight != Window.Height.Taps;
        nint fitting = Math.Clamp(RowBytes / (_depth * sizeof(T)), MicroKernel<T, V>.TileRows, MaxRows);
        _rowsOfPart = EqualBlocks.Of(Rows, fitting, MicroKernel<T, V>.TileRows);
        nint most = Math.Min(MaxColumns, PanelBytes / (_depth * sizeof(T)));
        most = _isAside ? Math.Min(most, AsideBytes / (_rowsOfPart * sizeof(T))) : most;
        most = Math.Max(32, most / 32 * 32);
        if (!Window.TryShrink(most, 32, 32, WindowBytes / (channels * sizeof(T))))
        {
            return false;
        }

        nint panels = (Window.Count + PanelWidth - 1) / PanelWidth * PanelWidth;
        _samplesOfPart = Window.Count == Window.Outputs ? Math.Clamp(most / panels, 1, Samples) : 1;
        (nint d, nint h, nint w) = Window.Boxes;
        _boxes = d * h * w;
        nint listBytes = ((Taps + _depth) * sizeof(nint)) + (panels * sizeof(PanelRun));
        _listCapacity = Aligned((listBytes + sizeof(T) - 1) / sizeof(T));
        _panelCapacity = Aligned((panels * _depth) + PanelWidth);
        _rowCapacity = _packsRows ? Aligned(_rowsOfPart * _depth) : 0;
        _windowCapacity = Aligned((channels * Window.Capacity) + PanelWidth);
        _asideCapacity = _isAside ? _rowsOfPart * _samplesOfPart * panels : 0;
        return true;

        static nint Aligned(nint count) => (count + 15) & -16;
    }

    private void SplitRows(nint parts)
    {
        nint least = Math.Min(_rowsOfPart, 2 * MicroKernel<T, V>.TileRows);
        _rowsOfPart = Math.Min(
            _rowsOfPart, Math.Max(least, EqualBlocks.Of(Rows, (Rows + parts - 1) / parts, MicroKernel<T, V>.TileRows)));
    }

    public readonly void Run(int part)
    {
        nint blocks = (Samples + _samplesOfPart - 1) / _samplesOfPart;
        (nint rest, nint rowPart) = Math.DivRem(part, RowParts);
        (rest, nint box) = Math.DivRem(rest, _boxes);
        (nint group, nint block) = Math.DivRem(rest, blocks);
        nint row = rowPart * _rowsOfPart, rows = Math.Min(_rowsOfPart, Rows - row);
        nint sample = block * _samplesOfPart, samples = Math.Min(_samplesOfPart, Samples - sample);
        T* memory = (T*)Scratch.Take(
            (_listCapacity + _panelCapacity + _rowCapacity + _windowCapacity + _asideCapacity) * sizeof(T));
        T* panels = memory + _listCapacity, rowBuffer = panels + _panelCapacity, window = rowBuffer + _rowCapacity,
            aside = window + _windowCapacity;
        nint* places = (nint*)memory, offsets = places + Taps;
        PanelRun* runs = (PanelRun*)(offsets + _depth);
        TapWindow at = Window.At(box);
        at.Places(places);
        PanelRun.List<V, T>(at, runs);
        nint plane = at.SourcePlane;
        Panels tiles = Panels.Even(rows, MicroKernel<T, V>.TileRows);
        T* weight = Weight + (group * WeightGroups) + (row * WeightRows);
        nint framed = 0;
        for (nint p = 0; p < Steps; p += _depth)
        {
            nint k = Math.Min(_depth, Steps - p), first = p / Taps, channels = ((p + k - 1) / Taps) + 1 - first;
            Offsets(places, at.Plane, p - (first * Taps), k, offsets);
            if (_packsRows)
            {
                PackRows(weight, at, tiles, p, k, rowBuffer);
            }

            for (nint n = sample; n < sample + samples; n++)
            {
                T* source = Source + (((((n * Groups) + group) * Channels) + first) * plane);
                if (!at.IsDirect)
                {
                    at.Stage<T, V>(source, channels, window, channels <= framed);
                    framed = Math.Max(framed, channels);
                }

                PanelRun.Pack<V, T>(at.IsDirect ? source : window, offsets, k, runs, at.Count, panels, at.IsDirect);
                nint start = ((((n * Groups) + group) * Rows) + row) * ResultPlane;
                T* result = Result + start + (at.D0 * Window.Height.ResultSize * Window.Width.ResultSize)
                    + (at.H0 * Window.Width.ResultSize) + at.W0;
                T* c = _isAside ? aside + ((n - sample) * rows * at.Count) : result;
                GemmProblem<T> g = new(
                    rows, at.Count, k, _packsRows ? rowBuffer : weight + p, WeightRows, 1, null, 0, 1,
                    c, _isAside ? at.Count : ResultPlane, 1)
                {
                    Accumulate = p > 0 || (Accumulate && !_isAside),
                };
                g.Epilogue.ColumnBias = p == 0 && Bias != null ? Bias + (group * Rows) + row : null;
                BlockedGemm<T, V>.AllTiles(g, new()
                {
                    PackedB = true,
                    Panels = panels,
                    PackedRows = _packsRows ? rowBuffer : null,
                    Tiles = tiles,
                });
                if (_isAside && p + k == Steps)
                {
                    Spread(at, c, rows, Result + start);
                }
            }
        }
    }

    /// <summary>Where each step's tap begins in the window, from the first channel that the steps touch on.</summary>
    /// <param name="places">Where each tap begins in a channel.</param>
    /// <param name="plane">The distance of two channels.</param>
    /// <param name="tap">The first step's tap.</param>
    /// <param name="count">The steps.</param>
    /// <param name="offsets">Gets them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Offsets(nint* places, nint plane, nint tap, nint count, nint* offsets)
    {
        nint taps = Taps, channel = 0;
        for (nint i = 0; i < count; i++)
        {
            offsets[i] = channel + places[tap++];
            if (tap == taps)
            {
                tap = 0;
                channel += plane;
            }
        }
    }

    /// <summary>Steps [p, p + k) of the rows, tile by tile, with zeros for rows that the last tile lacks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void PackRows(T* weight, in TapWindow at, Panels tiles, nint p, nint k, T* to)
    {
        nint taps = Taps;
        if (taps == 1)
        {
            T* from = weight + (p * WeightChannels) + KernelPlace(at, 0);
            Packing<T, V>.Pack(from, WeightRows, WeightChannels, tiles, k, to);
            return;
        }

        bool isDense = at.Depth.KernelStep == 1 && at.Height.KernelStep == 1 && at.Width.KernelStep == 1
            && at.Height.Taps == KernelHeight && at.Width.Taps == KernelWidth;
        for (nint tile = 0; tile < tiles.Count; tile++)
        {
            nint start = tiles.Start(tile), width = tiles.WidthOf(tile), lanes = Math.Min(width, tiles.Lanes - start);
            T* target = to + (start * k);
            (nint channel, nint tap) = Math.DivRem(p, taps);
            for (nint left = k; left > 0; channel++, tap = 0)
            {
                nint count = Math.Min(left, taps - tap);
                T* from = weight + (start * WeightRows) + (channel * WeightChannels);
                if (isDense)
                {
                    Packing<T, V>.Pack(from + tap, WeightRows, 1, Panels.Of(lanes, width), count, target);
                    target += count * width;
                }
                else
                {
                    for (nint t = tap; t < tap + count; t++)
                    {
                        T* source = from + KernelPlace(at, t);
                        for (nint l = 0; l < width; l++)
                        {
                            target[l] = l < lanes ? source[l * WeightRows] : T.Zero;
                        }

                        target += width;
                    }
                }

                left -= count;
            }
        }
    }

    /// <summary>Where a row and channel of the weight has a tap.</summary>
    public readonly nint KernelPlace(in TapWindow at, nint tap)
    {
        (nint d, nint h, nint w) = at.Split(tap);
        return ((((at.Depth.Kernel + (d * at.Depth.KernelStep)) * KernelHeight) + at.Height.Kernel
            + (h * at.Height.KernelStep)) * KernelWidth)
            + at.Width.Kernel + (w * at.Width.KernelStep);
    }

    /// <summary>Scatters sums to strided results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Spread(in TapWindow at, T* sums, nint rows, T* result)
    {
        nint step = at.Width.ResultStep;
        for (nint row = 0; row < rows; row++, result += ResultPlane)
        {
            for (nint d = at.D0; d < at.D0 + at.DCount; d++)
            {
                nint layer = (at.Depth.ResultFirst + (d * at.Depth.ResultStep)) * at.Height.ResultSize;
                for (nint h = at.H0; h < at.H0 + at.HCount; h++)
                {
                    nint line = (layer + at.Height.ResultFirst + (h * at.Height.ResultStep)) * at.Width.ResultSize;
                    T* to = result + line + at.Width.ResultFirst + (at.W0 * step);
                    for (nint w = 0; w < at.WCount; w++, to += step)
                    {
                        *to = Accumulate ? *to + sums[w] : sums[w];
                    }

                    sums += at.WCount;
                }
            }
        }
    }

    /// <summary>Results that no tap reaches: 0, or what is there already.</summary>
    private readonly void Clear()
    {
        if (Accumulate)
        {
            return;
        }

        nint count = Math.Max(1, Window.Outputs);
        T* zeros = (T*)Scratch.Take(Window.Width.Outputs * sizeof(T));
        new Span<T>(zeros, (int)Window.Width.Outputs).Clear();
        TapWindow row = Window;
        row.Box(0, 1, 0, 1, 0, Window.Width.Outputs);
        for (nint i = 0; i < Samples * Groups * Rows; i++)
        {
            for (nint box = 0; box < count / Window.Width.Outputs; box++)
            {
                Spread(row.At(box), zeros, 1, Result + (i * ResultPlane));
            }
        }
    }
}
