using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// A <see cref="ConvolutionProduct{T, V}"/> whose registers run along the result's rows, that is the outputs' channels:
/// the kernel reads what a tap sees of a few outputs in a line where the window has it, so no panel is made of it, and
/// no line ends in half a register. The weight is packed once for all parts; what is summed up lies channel beside
/// channel and is transposed in the end. Every result is the same chain of the same terms as there, but for those of
/// <see cref="EdgeTaps"/>, which are 0.
/// </summary>
/// <param name="of">What is to be done.</param>
internal unsafe struct LineConvolution<T, V>(in ConvolutionProduct<T, V> of) : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
{
    // Bytes of what one thread holds: what a box reads, and a box of sums.
    private const int WindowBytes = 256 << 10, SumBytes = 256 << 10;

    // Bytes of a source that is read in place: for each panel of rows again, so they have to stay in the cache. Larger
    // channels of an image are copied first, line by line.
    private const int DirectBytes = 96 << 10, DirectImageBytes = 256 << 10;

    // Bytes of the packed weight, which the threads share; a larger one is read as it lies, by the product.
    private const int MostWeightBytes = 4 << 20;

    // Rows of a part, so that a box of their sums has some lines.
    private const int MostRows = 256;

    // Outputs in a line, and outputs together, from which on this pays.
    private const int FewestInLine = 6, FewestOutputs = 128;

    // Transposing the sums of a row costs about as much as packing for three steps.
    private const int TransposingSteps = 3;

    // Narrower registers leave a tile so few outputs that panels are better where nothing is copied anyway, or where
    // this many rows share them.
    private const int WideBytes = 64, RowsForPanels = 192;

    // Bytes of a packed weight that stays in the second-level cache from box to box.
    private const int NearBytes = 256 << 10;

    private readonly ConvolutionProduct<T, V> _of = of;
    private TapWindow _window;
    private T* _packed;
    private bool _packs;
    private nint _depth, _rowsOfPart, _boxes, _listCapacity, _windowCapacity, _sumCapacity;
    private int _edges;

    private static nint PanelWidth => MicroKernel<T, V>.TileColumns;

    private readonly nint Steps => _of.Steps;

    private readonly nint RowParts => (_of.Rows + _rowsOfPart - 1) / _rowsOfPart;

    private readonly nint PanelCount => (_of.Rows + PanelWidth - 1) / PanelWidth;

    /// <summary>Numbers of a group's packed rows.</summary>
    private readonly nint PackedCapacity => Steps * ((_of.Rows + V.Width - 1) / V.Width * V.Width);

    /// <summary>Does it if the shapes are for it.</summary>
    public bool TryRun()
    {
        nint lanes = (_of.Rows + V.Width - 1) / V.Width * V.Width, outputs = _of.Samples * _of.Window.Outputs;
        if (_of.Accumulate || _of.Window.Width.Outputs < FewestInLine || outputs < FewestOutputs
            || 4 * _of.Rows < 3 * lanes || Steps < TransposingSteps * _of.Rows
            || (V.Width * sizeof(T) < WideBytes && (_of.Window.IsDirect || _of.Rows >= RowsForPanels))
            || _of.Window.Width.ResultStep != 1 || _of.Window.Height.ResultStep != 1
            || _of.Window.Depth.ResultStep != 1 || _of.Groups * PackedCapacity * sizeof(T) > MostWeightBytes || !Plan())
        {
            return false;
        }

        _packed = (T*)Scratch.TakeShared(_of.Groups * PackedCapacity * sizeof(T));
        _packs = true;
        ThreadedLoop.For(Sizes.Parts(_of.Groups * PanelCount, 1), _of.Work, this);
        nint parts = _of.Samples * _of.Groups * _boxes;
        nint split = _of.Work < ThreadedLoop.Threshold ? 1 : (CpuThreads.Count + parts - 1) / parts;
        _rowsOfPart = Math.Min(_rowsOfPart, EqualBlocks.Of(_of.Rows, (_of.Rows + split - 1) / split, PanelWidth));
        _packs = false;
        ThreadedLoop.For(Sizes.Parts(parts * RowParts, 1), _of.Work, this);
        return true;
    }

    /// <summary>Chooses boxes; false where not even a small one fits.</summary>
    private bool Plan()
    {
        _depth = BlockedGemm<T, V>.Depth(Steps);
        _window = _of.Window;
        _window.IsDirect &= _of.Channels * _window.SourcePlane * sizeof(T) <= DirectImageBytes;
        _rowsOfPart = EqualBlocks.Of(_of.Rows, MostRows, PanelWidth);
        nint channels = Math.Min(_of.Channels, ((_depth - 1) / _of.Taps) + 2);
        nint rows = Steps > _depth ? (_rowsOfPart + V.Width - 1) / V.Width * V.Width : PanelWidth;
        nint most = SumBytes / (rows * sizeof(T));
        most = _window.IsDirect ? Math.Min(most, DirectBytes / (channels * sizeof(T))) : most;
        if (!_window.TryShrink(most, PanelWidth, 1, WindowBytes / (channels * sizeof(T))))
        {
            return false;
        }

        (nint d, nint h, nint w) = _window.Boxes;
        _boxes = d * h * w;
        _edges = EdgeTaps.MostOf(_window);
        nint lists = _of.Taps + _depth + (_edges * EdgeTaps.Capacity(_depth));
        _listCapacity = Aligned(lists * sizeof(nint) / sizeof(T));
        _windowCapacity = Aligned((channels * _window.Capacity) + V.Width);
        _sumCapacity = _window.Count * rows;
        return true;

        static nint Aligned(nint count) => (count + 15) & -16;
    }

    public readonly void Run(int part)
    {
        if (_packs)
        {
            (nint of, nint panel) = Math.DivRem(part, PanelCount);
            nint start = panel * PanelWidth, lanes = Math.Min(PanelWidth, _of.Rows - start);
            _of.PackRows(
                _of.Weight + (of * _of.WeightGroups) + (start * _of.WeightRows), _window,
                Panels.Of(lanes, WidthOf(lanes)), 0, Steps, _packed + (of * PackedCapacity) + (start * Steps));
            return;
        }

        (nint rest, nint rowPart) = Math.DivRem(part, RowParts);
        (rest, nint box) = Math.DivRem(rest, _boxes);
        (nint n, nint group) = Math.DivRem(rest, _of.Groups);
        nint row = rowPart * _rowsOfPart;
        Sum(_window.At(box), n, group, row, Math.Min(_rowsOfPart, _of.Rows - row));
    }

    private readonly bool IsFar => _of.Groups * PackedCapacity * sizeof(T) > NearBytes;

    private static nint WidthOf(nint lanes) => lanes > V.Width ? PanelWidth : V.Width;

    /// <summary>Some rows of a box of outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Sum(TapWindow at, nint n, nint group, nint row, nint rows)
    {
        T* memory = (T*)Scratch.Take((_listCapacity + _windowCapacity + _sumCapacity) * sizeof(T));
        nint* places = (nint*)memory, offsets = places + _of.Taps;
        T* window = memory + _listCapacity, sums = window + _windowCapacity;
        nint first = ((((n * _of.Groups) + group) * _of.Rows) + row) * _of.ResultPlane;
        T* result = _of.Result + first + (at.D0 * at.Height.ResultSize * at.Width.ResultSize)
            + (at.H0 * at.Width.ResultSize) + at.W0;
        T* bias = _of.Bias == null ? null : _of.Bias + (group * _of.Rows) + row;
        at.Places(places);
        EdgeTaps* edges = stackalloc EdgeTaps[EdgeTaps.Most];
        int edgeCount = EdgeTaps.List(at, edges, _edges, offsets + _depth, _depth);
        TileRun<T> run = default;
        run.Places = offsets;
        run.ARows = 1;
        nint framed = 0;
        for (nint p = 0; p < Steps; p += _depth)
        {
            nint channel = p / _of.Taps;
            run.K = Math.Min(_depth, Steps - p);
            _of.Offsets(places, at.Plane, p - (channel * _of.Taps), run.K, offsets);
            for (int e = 0; e < edgeCount; e++)
            {
                edges[e].Fill(at, p - (channel * _of.Taps), offsets, run.K);
            }

            T* source = _of.Source + ((((n * _of.Groups) + group) * _of.Channels) + channel) * at.SourcePlane;
            if (!at.IsDirect)
            {
                nint channels = ((p + run.K - 1) / _of.Taps) + 1 - channel;
                at.Stage<T, V>(source, channels, window, channels <= framed);
                framed = Math.Max(framed, channels);
                source = window;
            }

            for (nint j = 0; j < rows; j += PanelWidth)
            {
                nint lanes = Math.Min(PanelWidth, rows - j), width = WidthOf(lanes);
                T* to = sums + (Steps > _depth ? j * at.Count : 0);
                if (p == 0 && bias != null)
                {
                    Spread(bias + j, lanes, width, at.Count, to);
                }

                run.Add = p > 0 || bias != null;
                run.B = Panel(group, row + j, p);
                run.BSteps = run.Width = run.CRows = width;
                bool isLast = p + run.K == Steps;
                T* target = result + (j * _of.ResultPlane);
                PrefetchRange panel = new()
                {
                    At = j + PanelWidth < rows ? Panel(group, row + j + PanelWidth, p) : Panel(group, row, p + run.K),
                    Rows = IsFar ? 1 : 0,
                    Length = run.K * width / (at.DCount * at.HCount),
                };
                PrefetchRange transposed = new()
                {
                    At = target, Rows = isLast ? lanes : 0, Distance = _of.ResultPlane, Length = at.WCount,
                };
                Lines(&run, at, source, to, edges, edgeCount, panel, transposed);
                if (isLast)
                {
                    Transpose(to, width, at.Count, lanes, target, _of.ResultPlane);
                }
            }
        }
    }

    /// <summary>Steps from <paramref name="p"/> on of the packed rows from <paramref name="row"/> on.</summary>
    private readonly T* Panel(nint group, nint row, nint p) =>
        _packed + (group * PackedCapacity) + (row * Steps) + (p * WidthOf(Math.Min(PanelWidth, _of.Rows - row)));

    /// <summary>
    /// The tiles of a panel: pieces of each line of the box. Meanwhile the next panel and the result are prefetched.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Lines(
        TileRun<T>* all, in TapWindow at, T* source, T* to, EdgeTaps* edges, int edgeCount, PrefetchRange panel,
        PrefetchRange result)
    {
        TileRun<T> fewer = *all;
        Panels tiles = Panels.Even(at.WCount, MicroKernel<T, V>.TileRowsBeside);
        nint larger = tiles.Larger, smaller = tiles.Count - larger, width = tiles.Width, split = larger * (width + 1);
        nint lanes = all->Width;
        (nint whole, nint end) = edgeCount == 0 ? (0, at.HCount) : EdgeTaps.Whole(at);
        for (nint d = 0; d < at.DCount; d++)
        {
            for (nint h = 0; h < at.HCount; h++)
            {
                T* line = source + (d * at.Layer) + (h * at.Line);
                panel.Prefetch();
                result.Prefetch();
                TileRun<T>* run = all;
                if ((h < whole || h >= end) && EdgeTaps.TryFind(edges, edgeCount, at, h, out EdgeTaps edge))
                {
                    fewer.Places = edge.Places;
                    fewer.Pieces = edge.Pieces;
                    fewer.K = edge.Count;
                    fewer.B = all->B + (edge.Skipped * lanes);
                    run = &fewer;
                }

                if (larger > 0)
                {
                    run->A = line;
                    run->ANext = width + 1;
                    run->C = to;
                    run->CNext = (width + 1) * lanes;
                    MicroKernel<T, V>.Run((int)width + 1, run, larger);
                }

                run->A = line + split;
                run->ANext = width;
                run->C = to + (split * lanes);
                run->CNext = width * lanes;
                MicroKernel<T, V>.Run((int)width, run, smaller);
                to += at.WCount * lanes;
            }
        }
    }

    /// <summary>Every output's sums begin with the rows' biases.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Spread(T* bias, nint lanes, nint width, nint outputs, T* sums)
    {
        V used = V.First(lanes), left = V.Load(bias, used);
        V right = width > V.Width ? V.Load(bias + V.Width, V.First(lanes - V.Width)) : default;
        for (; outputs > 0; outputs--, sums += width)
        {
            left.Store(sums);
            if (width > V.Width)
            {
                right.Store(sums + V.Width);
            }
        }
    }

    /// <summary>Brings the sums of some outputs, which lie row beside row, to the rows of the result.</summary>
    private static void Transpose(T* sums, nint width, nint outputs, nint rows, T* result, nint plane)
    {
        if (Transposition.IsFor<T>())
        {
            Transposition.Run((float*)sums, width, outputs, rows, (float*)result, plane);
        }
        else
        {
            CopyLoops.Move(sums, width, 1, result, 1, plane, outputs, rows);
        }
    }

    /// <summary>Memory to prefetch: for each line of outputs a piece of each of its rows.</summary>
    private struct PrefetchRange
    {
        public T* At;
        public nint Rows, Distance, Length;

        /// <summary>Prefetches the next pieces.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Prefetch()
        {
            for (nint row = 0; row < Rows; row++)
            {
                for (nint i = 0; i < Length; i += Lanes.LineBytes / sizeof(T))
                {
                    V.Prefetch(At + (row * Distance) + i);
                }
            }

            At += Length;
        }
    }
}
