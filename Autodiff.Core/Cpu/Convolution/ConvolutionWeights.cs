using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The gradient of a convolution's weight, w[o, c, t] = Σ source[n, c, i and t] output[n, o, i] over samples n and
/// outputs i, as a matrix product: rows are the taps of channels, read as a window has them, columns are the outputs'
/// channels. A part is a block of the weight and, where the weight has few blocks, some of the boxes of outputs; their
/// sums are added in their order, and boxes follow from the shapes alone, so the number of threads can't change a bit.
/// </summary>
/// <param name="of">The convolution whose result is the output.</param>
internal unsafe struct ConvolutionWeights<T, V>(in ConvolutionProduct<T, V> of) : IParallelBody
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

    private ConvolutionProduct<T, V> _of = of;
    private nint _tapBlock, _channelBlock, _outputBlock, _boxes, _chunks, _boxesOfChunk;
    private nint _sumCapacity, _windowCapacity, _panelCapacity, _listCapacity;
    private int* _done;

    // The taps of the weight and the first of them that the window has.
    private nint _weightTaps = of.Taps, _weightTap;

    private readonly nint TapBlocks => (_of.Taps + _tapBlock - 1) / _tapBlock;

    private readonly nint ChannelBlocks => (_of.Channels + _channelBlock - 1) / _channelBlock;

    private readonly nint OutputBlocks => (_of.Rows + _outputBlock - 1) / _outputBlock;

    private readonly nint Blocks => _of.Groups * TapBlocks * ChannelBlocks * OutputBlocks;

    private readonly nint AllBoxes => _of.Samples * _boxes;

    public void Run()
    {
        if (Plan())
        {
            nint blocks = Blocks;
            _boxesOfChunk = blocks >= FewParts ? AllBoxes : (AllBoxes + FewParts - 1) / FewParts;
            _chunks = (AllBoxes + _boxesOfChunk - 1) / _boxesOfChunk;
            _done = (int*)Scratch.TakeShared((blocks + 1) * sizeof(int));
            new Span<int>(_done, (int)blocks + 1).Clear();
            ThreadedLoop.For(Sizes.Parts(blocks * _chunks, 1), _of.Work, this);
            return;
        }

        // What all taps read together is too much for a window: one after the other.
        TapWindow all = _of.Window;
        for (nint t = 0; t < all.Taps; t++)
        {
            _of.Window = all.Only(t);
            _weightTap = t;
            Run();
        }
    }

    /// <summary>Chooses blocks and boxes; false where not even a small box fits.</summary>
    private bool Plan()
    {
        nint size = sizeof(T), padded = (_of.Rows + PanelUnit - 1) / PanelUnit * PanelUnit, taps = _of.Taps;
        ref TapWindow window = ref _of.Window;
        _outputBlock = EqualBlocks.Of(padded, 128, PanelUnit);
        _tapBlock = EqualBlocks.Of(taps, Math.Max(1, SumBytes / (size * _outputBlock)), 1);
        _channelBlock = EqualBlocks.Of(_of.Channels, Math.Max(1, SumBytes / (size * _outputBlock * _tapBlock)), 1);
        nint most = MaxOutputs * 4 / size;
        for (;; most = (most + 1) / 2)
        {
            window.Shrink(most);
            nint fitting = window.Capacity == 0 ? _of.Channels : WindowBytes / (window.Capacity * size);
            if (fitting >= Math.Min(_channelBlock, 16) || (most <= PanelUnit && fitting >= 1))
            {
                _channelBlock = EqualBlocks.Of(_of.Channels, Math.Min(_channelBlock, fitting), 1);
                break;
            }

            if (most <= PanelUnit)
            {
                return false;
            }
        }

        (nint d, nint h, nint w) = window.Boxes;
        _boxes = d * h * w;
        _sumCapacity = _tapBlock * _channelBlock * _outputBlock;
        _windowCapacity = ((_channelBlock * window.Capacity) + 31) & -16;
        _panelCapacity = window.Count * _outputBlock;
        nint tiles = MicroKernel<T, V>.TileRows, gathered = Gathers ? tiles * window.Count : 0;
        _listCapacity = ((((window.DCount * window.HCount) + _tapBlock) * sizeof(nint) / size) + gathered + 32) & -16;
        return true;
    }

    private readonly bool Gathers => _channelBlock < FewChannels;

    public readonly void Run(int part)
    {
        nint blocks = Blocks;
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
                Taps = Math.Min(_tapBlock, _of.Taps - tap),
                Channel = channel,
                Channels = Math.Min(_channelBlock, _of.Channels - channel),
                Output = output,
                Outputs = Math.Min(_outputBlock, _of.Rows - output),
                Sums = (T*)Scratch.Take((_sumCapacity + _windowCapacity + _panelCapacity + _listCapacity) * sizeof(T)),
            };
            new Span<T>(sums.Sums, (int)_sumCapacity).Clear();
            nint end = Math.Min(AllBoxes, (chunk + 1) * _boxesOfChunk);
            for (nint box = chunk * _boxesOfChunk; box < end; box++)
            {
                (nint n, nint index) = Math.DivRem(box, _boxes);
                Add(sums, n, _of.Window.At(index), _boxes == 1 && box > chunk * _boxesOfChunk);
            }

            if (CpuThreads.WaitFor(_done + block, chunk, _done + blocks))
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

    /// <summary>Adds the products of one box of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Add(in Part part, nint n, in TapWindow at, bool isFramed)
    {
        T* window = part.Sums + _sumCapacity, panels = window + _windowCapacity;
        nint* jumps = (nint*)(panels + _panelCapacity), taps = jumps + (at.DCount * at.HCount);
        T* gathered = (T*)(taps + _tapBlock);
        nint k = at.Count, plane = at.Outputs, width = MicroKernel<T, V>.TileColumns;
        T* source = _of.Source + (((((n * _of.Groups) + part.Group) * _of.Channels) + part.Channel) * at.SourcePlane);
        if (!at.IsDirect)
        {
            at.Stage<T, V>(source, part.Channels, window, isFramed);
            source = window;
        }

        T* output = _of.Result + (((((n * _of.Groups) + part.Group) * _of.Rows) + part.Output) * plane)
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
            (nint d, nint h, nint w) = at.Split(part.Tap + t);
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
        run.JumpSteps = at.WCount;
        Panels tiles = Panels.Even(part.Channels, MicroKernel<T, V>.TileRows);
        nint larger = tiles.Larger;
        for (nint o = 0; o < part.Outputs; o += width)
        {
            for (nint t = 0; t < part.Taps; t++)
            {
                // Lines that the tap reads above or below the image add nothing.
                (nint first, nint end) = at.DCount == 1
                    ? at.Height.Reached(at.Split(part.Tap + t).Height, at.H0, at.HCount)
                    : (0, at.DCount * at.HCount);
                if (first >= end)
                {
                    continue;
                }

                run.Jumps = jumps + first;
                run.K = (end - first) * at.WCount;
                run.B = panels + (o * k) + (first * at.WCount * width);
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
            for (nint o = 0; o < part.Outputs; o += MicroKernel<T, V>.TileColumns)
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
            nint first = (((part.Group * _of.Rows) + part.Output + o) * _of.Channels) + part.Channel;
            T* row = _of.Weight + (first * _weightTaps) + _weightTap + part.Tap;
            for (nint c = 0; c < part.Channels; c++, row += _weightTaps)
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
