using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The gradient of a convolution's weight, w[o, c, t] = Σ source[n, c, i and t] output[n, o, i] over samples n and
/// outputs i, as a matrix product: rows are the taps of channels, read as a window has them, columns are the outputs'
/// channels. A part is a block of the weight and, where the weight has few blocks, some of the boxes of outputs; their
/// sums are added in their order, and boxes follow from the shapes alone, so the number of threads can't change a bit.
/// </summary>
internal unsafe struct ConvolutionWeights<T, V> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // Bytes of what one thread holds: sums, what a box reads of some channels, a box of outputs in panels.
    private const int SumBytes = 256 << 10, WindowBytes = 256 << 10, PanelBytes = 256 << 10;

    // Outputs of a box, whose panel of 32 channels stays in the first-level cache.
    private const int MaxOutputs = 224;

    // Numbers of panels: a multiple of what two registers of any processor hold.
    private const int PanelUnit = 32;

    // Parts that are worth having; with fewer blocks the boxes are shared out.
    private const int FewParts = 8;

    // Rows that are gathered instead of read in place, where a tap has fewer channels.
    private const int FewChannels = 6;

    private const int MinPartWork = 1 << 18;

    /// <summary>The source, the output and the weight.</summary>
    public T* Source, Output, Weight;

    /// <summary>Samples, groups, and the channels of source and output in each group.</summary>
    public nint Samples, Groups, Channels, Outputs;

    public TapWindow Window;

    private nint _taps, _tapBlock, _channelBlock, _outputBlock, _boxes, _chunks, _boxesOfChunk;
    private nint _sumCapacity, _windowCapacity, _panelCapacity, _listCapacity;
    private int* _done;

    private readonly nint TapBlocks => (_taps + _tapBlock - 1) / _tapBlock;

    private readonly nint ChannelBlocks => (Channels + _channelBlock - 1) / _channelBlock;

    private readonly nint OutputBlocks => (Outputs + _outputBlock - 1) / _outputBlock;

    public void Run()
    {
        _taps = Window.Taps;
        if (Plan())
        {
            nint blocks = Groups * TapBlocks * ChannelBlocks * OutputBlocks;
            _boxesOfChunk = blocks >= FewParts ? Samples * _boxes : ((Samples * _boxes) + FewParts - 1) / FewParts;
            _chunks = ((Samples * _boxes) + _boxesOfChunk - 1) / _boxesOfChunk;
            int parts = Sizes.Parts(blocks * _chunks, 1);
            _done = (int*)Scratch.TakeShared((blocks + 1) * sizeof(int));
            new Span<int>(_done, (int)blocks + 1).Clear();
            if (Samples * Groups * Channels * Outputs * Window.Outputs * _taps < 2 * MinPartWork)
            {
                for (int part = 0; part < parts; part++)
                {
                    Run(part);
                }
            }
            else
            {
                CpuThreads.For(parts, this);
            }

            return;
        }

        // What all taps read together is too much for a window: one after the other.
        TapWindow all = Window;
        for (nint d = 0; d < all.Depth.Taps; d++)
        {
            for (nint h = 0; h < all.Height.Taps; h++)
            {
                for (nint w = 0; w < all.Width.Taps; w++)
                {
                    ConvolutionWeights<T, V> one = this;
                    one.Window = new(all.Depth.Only(d), all.Height.Only(h), all.Width.Only(w));
                    one.WeightTaps = _taps;
                    one.WeightTap = (((d * all.Height.Taps) + h) * all.Width.Taps) + w;
                    one.Run();
                }
            }
        }
    }

    /// <summary>The taps of the weight and the first of them that the window has, if the window hasn't all.</summary>
    public nint WeightTaps, WeightTap;

    /// <summary>Chooses blocks and boxes; false where not even a small box fits.</summary>
    private bool Plan()
    {
        nint size = sizeof(T), padded = (Outputs + PanelUnit - 1) / PanelUnit * PanelUnit;
        WeightTaps = WeightTaps == 0 ? _taps : WeightTaps;
        _outputBlock = EqualBlocks.Of(padded, 128, PanelUnit);
        _tapBlock = EqualBlocks.Of(_taps, Math.Max(1, SumBytes / (size * _outputBlock)), 1);
        _channelBlock = EqualBlocks.Of(Channels, Math.Max(1, SumBytes / (size * _outputBlock * _tapBlock)), 1);
        nint most = MaxOutputs * 4 / size;
        for (;; most = (most + 1) / 2)
        {
            Window.Shrink(most);
            nint fitting = Window.Capacity == 0 ? Channels : WindowBytes / (Window.Capacity * size);
            if (fitting >= Math.Min(_channelBlock, 16) || (most <= PanelUnit && fitting >= 1))
            {
                _channelBlock = EqualBlocks.Of(Channels, Math.Min(_channelBlock, fitting), 1);
                break;
            }

            if (most <= PanelUnit)
            {
                return false;
            }
        }

        (nint d, nint h, nint w) = Window.Boxes;
        _boxes = d * h * w;
        _sumCapacity = _tapBlock * _channelBlock * _outputBlock;
        _windowCapacity = ((_channelBlock * Window.Capacity) + 31) & -16;
        _panelCapacity = Window.Count * _outputBlock;
        nint tiles = MicroKernel<T, V>.TileRows, gathered = Gathers ? tiles * Window.Count : 0;
        _listCapacity = ((((Window.DCount * Window.HCount) + _tapBlock) * sizeof(nint) / size) + gathered + 32) & -16;
        return true;
    }

    private readonly bool Gathers => _channelBlock < FewChannels;

    public readonly void Run(int part)
    {
        nint blocks = Groups * TapBlocks * ChannelBlocks * OutputBlocks;
        (nint chunk, nint block) = Math.DivRem(part, blocks);
        try
        {
            (nint rest, nint o) = Math.DivRem(block, OutputBlocks);
            (rest, nint c) = Math.DivRem(rest, ChannelBlocks);
            (nint group, nint t) = Math.DivRem(rest, TapBlocks);
            nint tap = t * _tapBlock, channel = c * _channelBlock, output = o * _outputBlock;
            Part sums = new()
            {
                Group = group,
                Tap = tap,
                Taps = Math.Min(_tapBlock, _taps - tap),
                Channel = channel,
                Channels = Math.Min(_channelBlock, Channels - channel),
                Output = output,
                Outputs = Math.Min(_outputBlock, Outputs - output),
                Sums = (T*)Scratch.Take((_sumCapacity + _windowCapacity + _panelCapacity + _listCapacity) * sizeof(T)),
            };
            new Span<T>(sums.Sums, (int)_sumCapacity).Clear();
            nint end = Math.Min(Samples * _boxes, (chunk + 1) * _boxesOfChunk);
            for (nint box = chunk * _boxesOfChunk; box < end; box++)
            {
                (nint n, nint index) = Math.DivRem(box, _boxes);
                Add(sums, n, Window.At(index), _boxes == 1 && box > chunk * _boxesOfChunk);
            }

            if (Await(_done + block, chunk))
            {
                Deliver(sums, chunk > 0);
                Volatile.Write(ref _done[block], (int)chunk + 1);
            }
        }
        catch
        {
            Volatile.Write(ref _done[blocks], 1);
            throw;
        }
    }

    /// <summary>Waits for the sums that come before these; false when a part has failed.</summary>
    private readonly bool Await(int* done, nint chunk)
    {
        SpinWait spin = default;
        while (Volatile.Read(ref *done) < chunk)
        {
            if (Volatile.Read(ref _done[Groups * TapBlocks * ChannelBlocks * OutputBlocks]) != 0)
            {
                return false;
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }

        return true;
    }

    /// <summary>Adds the products of one box of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Add(in Part part, nint n, in TapWindow at, bool isFramed)
    {
        T* window = part.Sums + _sumCapacity, panels = window + _windowCapacity;
        nint* jumps = (nint*)(panels + _panelCapacity), taps = jumps + (at.DCount * at.HCount);
        T* gathered = (T*)(taps + _tapBlock);
        nint k = at.Count, plane = at.Outputs, width = 2 * V.Width;
        T* source = Source + (((((n * Groups) + part.Group) * Channels) + part.Channel) * at.SourcePlane);
        if (!at.IsDirect)
        {
            at.Stage<T, V>(source, part.Channels, window, isFramed);
            source = window;
        }

        T* output = Output + (((((n * Groups) + part.Group) * Outputs) + part.Output) * plane)
            + (((at.D0 * at.Height.Outputs) + at.H0) * at.Width.Outputs) + at.W0;
        Packing<T, V>.Pack(output, plane, 1, Panels.Of(part.Outputs, width), k, panels);
        for (nint d = 0; d < at.DCount; d++)
        {
            for (nint h = 0; h < at.HCount; h++)
            {
                jumps[(d * at.HCount) + h] = (d * at.Layer) + (h * at.Line);
            }
        }

        for (nint t = 0; t < part.Taps; t++)
        {
            (nint rest, nint w) = Math.DivRem(part.Tap + t, at.Width.Taps);
            (nint d, nint h) = Math.DivRem(rest, at.Height.Taps);
            taps[t] = at.Tap(d, h, w);
        }

        TileRun<T> run = default;
        run.K = k;
        run.CRows = _outputBlock;
        run.Width = width;
        run.Add = true;
        run.BSteps = width;
        if (Gathers)
        {
            Gathered(part, at, source, jumps, taps, gathered, panels, &run);
            return;
        }

        run.ARows = at.Plane;
        run.Jumps = jumps;
        run.JumpSteps = at.WCount;
        Panels tiles = Panels.Even(part.Channels, MicroKernel<T, V>.TileRows);
        nint larger = tiles.Larger;
        for (nint o = 0; o < part.Outputs; o += width)
        {
            run.B = panels + (o * k);
            for (nint t = 0; t < part.Taps; t++)
            {
                T* a = source + taps[t], c = part.Sums + (t * part.Channels * _outputBlock) + o;
                Line(&run, a, c, tiles, 0, larger, at.Plane);
                Line(&run, a, c, tiles, larger, tiles.Count - larger, at.Plane);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Line(TileRun<T>* run, T* a, T* c, Panels tiles, nint tile, nint count, nint plane)
    {
        if (count > 0)
        {
            nint start = tiles.Start(tile), rows = tiles.WidthOf(tile);
            run->A = a + (start * plane);
            run->ANext = rows * plane;
            run->C = c + (start * _outputBlock);
            run->CNext = rows * _outputBlock;
            MicroKernel<T, V>.Run((int)rows, run, count);
        }
    }

    /// <summary>
    /// The same where a tap has few channels: taps of several channels, gathered, make a tile.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Gathered(
        in Part part, in TapWindow at, T* source, nint* jumps, nint* taps, T* gathered, T* panels, TileRun<T>* run)
    {
        nint rows = part.Taps * part.Channels, lines = at.DCount * at.HCount, k = at.Count;
        Panels tiles = Panels.Even(rows, MicroKernel<T, V>.TileRows);
        run->A = gathered;
        run->ARows = 1;
        for (nint tile = 0; tile < tiles.Count; tile++)
        {
            nint start = tiles.Start(tile), width = tiles.WidthOf(tile);
            for (nint l = 0; l < width; l++)
            {
                (nint t, nint c) = Math.DivRem(start + l, part.Channels);
                T* from = source + taps[t] + (c * at.Plane), to = gathered + l;
                for (nint line = 0; line < lines; line++)
                {
                    T* x = from + jumps[line];
                    for (nint w = at.WCount; w > 0; w--)
                    {
                        *to = *x++;
                        to += width;
                    }
                }
            }

            run->ASteps = width;
            for (nint o = 0; o < part.Outputs; o += 2 * V.Width)
            {
                run->B = panels + (o * k);
                run->C = part.Sums + (start * _outputBlock) + o;
                MicroKernel<T, V>.Run((int)width, run, 1);
            }
        }
    }

    /// <summary>Scatters the sums to the weight.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Deliver(in Part part, bool add)
    {
        for (nint o = 0; o < part.Outputs; o++)
        {
            T* row = Weight + (((((part.Group * Outputs) + part.Output + o) * Channels) + part.Channel) * WeightTaps)
                + WeightTap + part.Tap;
            for (nint c = 0; c < part.Channels; c++, row += WeightTaps)
            {
                T* sum = part.Sums + (c * _outputBlock) + o;
                for (nint t = 0; t < part.Taps; t++)
                {
                    T value = sum[t * part.Channels * _outputBlock];
                    row[t] = add ? row[t] + value : value;
                }
            }
        }
    }

    /// <summary>A block of the weight, with its sums: tap by tap, a row for each channel of the source.</summary>
    private struct Part
    {
        public nint Group, Tap, Taps, Channel, Channels, Output, Outputs;

        public T* Sums;
    }
}
