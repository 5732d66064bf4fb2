using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// The sum over taps where groups have so few channels that a matrix product would leave its registers empty: the
/// depthwise convolution. Rows of outputs are summed up directly from what the taps read.
/// </summary>
/// <param name="of">What is to be done.</param>
/// <param name="isForWeight">Whether the weight is computed from the source and the result.</param>
internal unsafe struct ChannelConvolution<T, V, W>(in ConvolutionProduct<T, V> of, bool isForWeight) : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
    where W : unmanaged, IFloatLanes<W, T>
{
    private const int WindowBytes = 256 << 10, MaxTaps = 1024, MaxOutputs = 4096;

    // Rows of a group up to which this pays; for the weight, rows times channels.
    private const int MostRows = 4;

    // Terms of a sum in one chain: longer ones are made of sums of these, which keeps their rounding small.
    private const int MaxDepth = 256;

    private const int MinPartWork = 1 << 16;

    // Rows of a block of registers.
    private const int Registers = 4;

    private readonly bool _isForWeight = isForWeight;
    private ConvolutionProduct<T, V> _of = of;
    private nint _boxes, _groupsOfPart, _windowCapacity;

    /// <summary>Does it if the shapes are for it.</summary>
    public bool TryRun()
    {
        nint taps = _of.Window.Taps;
        nint few = _isForWeight ? _of.Channels * _of.Rows : _of.Rows;
        if (few > MostRows || taps is 0 or > MaxTaps || _of.Window.Outputs == 0)
        {
            return false;
        }

        _of.Window.IsDirect = false;
        if (!_of.Window.TryShrink(MaxOutputs, 64, 1, WindowBytes / (_of.Channels * sizeof(T))))
        {
            return false;
        }

        (nint d, nint h, nint w) = _of.Window.Boxes;
        _boxes = d * h * w;
        _windowCapacity = ((_of.Channels * _of.Window.Capacity) + (2 * Registers * W.Width) + 15) & -16;
        nint outputs = _isForWeight ? _of.Samples * _of.Window.Outputs : _of.Window.Count;
        _groupsOfPart = Math.Clamp(MinPartWork / (_of.Channels * _of.Rows * outputs * taps), 1, _of.Groups);
        nint parts = (_of.Groups + _groupsOfPart - 1) / _groupsOfPart * (_isForWeight ? 1 : _of.Samples * _boxes);
        CpuThreads.For(Sizes.Parts(parts, 1), this);
        return true;
    }

    public readonly void Run(int part)
    {
        nint blocks = (_of.Groups + _groupsOfPart - 1) / _groupsOfPart;
        (nint rest, nint block) = Math.DivRem(part, blocks);
        (nint n, nint box) = Math.DivRem(rest, _boxes);
        nint taps = _of.Window.Taps, sumCapacity = _isForWeight ? (2 * _of.Channels * _of.Rows * taps * W.Width) : 0;
        nint capacity = _windowCapacity + sumCapacity + (_of.Rows * _of.Window.WCount) + W.Width;
        T* memory = (T*)Scratch.Take((capacity * sizeof(T)) + (taps * 2 * sizeof(nint)));
        nint* places = (nint*)memory;
        T* window = (T*)(places + (2 * taps)), sums = window + _windowCapacity, row = sums + sumCapacity;
        for (nint t = 0; t < taps; t++)
        {
            places[taps + t] = _of.KernelPlace(_of.Window, t);
        }

        nint end = Math.Min(_of.Groups, (block + 1) * _groupsOfPart);
        for (nint group = block * _groupsOfPart; group < end; group++)
        {
            if (!_isForWeight)
            {
                Boxes(n, group, box, box + 1, places, window, sums, row);
                continue;
            }

            new Span<T>(sums, (int)sumCapacity).Clear();
            for (nint sample = 0; sample < _of.Samples; sample++)
            {
                Boxes(sample, group, 0, _boxes, places, window, sums, row);
            }

            for (nint i = 0; i < _of.Channels * _of.Rows * taps; i++)
            {
                (nint pair, nint t) = Math.DivRem(i, taps);
                (nint m, nint c) = Math.DivRem(pair, _of.Channels);
                nint place = (group * _of.WeightGroups) + (m * _of.WeightRows) + (c * _of.WeightChannels);
                _of.Weight[place + places[taps + t]] =
                    W.Sum(W.Load(sums + (((_of.Channels * _of.Rows * taps) + i) * W.Width)));
            }
        }
    }

    /// <summary>Some boxes of one group of one sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Boxes(
        nint n, nint group, nint box, nint end, nint* places, T* window, T* sums, T* row)
    {
        nint taps = _of.Window.Taps, count = _of.Channels * _of.Rows * taps;
        nint first = (n * _of.Groups) + group;
        for (; box < end; box++)
        {
            TapWindow at = _of.Window.At(box);
            at.Stage<T, V>(_of.Source + (first * _of.Channels * at.SourcePlane), _of.Channels, window, isFramed: false);
            at.Places(places);
            nint rows = _isForWeight ? _of.Rows : 1;
            for (nint m = 0; m < rows; m++)
            {
                for (nint d = 0; d < at.DCount; d++)
                {
                    for (nint h = 0; h < at.HCount; h++)
                    {
                        nint to = (((first * _of.Rows) + m) * at.Depth.ResultSize) + at.Depth.ResultFirst
                            + ((at.D0 + d) * at.Depth.ResultStep);
                        to = (to * at.Height.ResultSize) + at.Height.ResultFirst
                            + ((at.H0 + h) * at.Height.ResultStep);
                        to = (to * at.Width.ResultSize) + at.Width.ResultFirst + (at.W0 * at.Width.ResultStep);
                        T* from = window + (d * at.Layer) + (h * at.Line);
                        if (_isForWeight)
                        {
                            Products(
                                from, places, at.Plane, _of.Result + to, at.WCount,
                                sums + (m * _of.Channels * taps * W.Width));
                        }
                        else
                        {
                            AllRows(group, from, places, at, _of.Result + to, row);
                        }
                    }
                }
            }

            // A box's sums end here, so that long ones are sums of sums.
            for (nint i = 0; _isForWeight && i < count; i++)
            {
                T* sum = sums + (i * W.Width), total = sum + (count * W.Width);
                (W.Load(total) + W.Load(sum)).Store(total);
                default(W).Store(sum);
            }
        }
    }

    /// <summary>A row of results of each row of the group.</summary>
    private readonly void AllRows(nint group, T* from, nint* places, in TapWindow at, T* to, T* row)
    {
        nint step = at.Width.ResultStep, plane = at.Depth.ResultSize * at.Height.ResultSize * at.Width.ResultSize;
        T* weight = _of.Weight + (group * _of.WeightGroups);
        T* bias = _of.Bias == null ? null : _of.Bias + (group * _of.Rows);
        T* target = step == 1 ? to : row;
        nint next = step == 1 ? plane : at.WCount;
        nint block = Math.Max(1, MaxDepth / _of.Window.Taps);
        for (nint c = 0; c < _of.Channels; c += block)
        {
            nint channels = Math.Min(block, _of.Channels - c);
            T* x = from + (c * at.Plane), w = weight + (c * _of.WeightChannels), start = c == 0 ? bias : null;
            switch (_of.Rows)
            {
                case 1: Sums<One>(x, w, places, channels, at, start, target, next, c > 0); break;
                case 2: Sums<Two>(x, w, places, channels, at, start, target, next, c > 0); break;
                case 3: Sums<Three>(x, w, places, channels, at, start, target, next, c > 0); break;
                default: Sums<Four>(x, w, places, channels, at, start, target, next, c > 0); break;
            }
        }

        for (nint m = 0; step != 1 && m < _of.Rows; m++)
        {
            for (nint i = 0; i < at.WCount; i++)
            {
                to[(m * plane) + (i * step)] = row[(m * next) + i];
            }
        }
    }

    /// <summary>The sums over some channels and all taps, a few registers along the row at a time.</summary>
    private readonly void Sums<TRows>(
        T* x, T* weight, nint* places, nint channels, in TapWindow at, T* bias, T* to, nint next, bool add)
        where TRows : struct, IConstant
    {
        nint j = 0, count = at.WCount;
        for (; count - j > 2 * V.Width; j += Registers * V.Width)
        {
            Sums<TRows, Four>(x + j, weight, places, channels, at.Plane, bias, to + j, next, count - j, add);
        }

        if (j < count)
        {
            Sums<TRows, Two>(x + j, weight, places, channels, at.Plane, bias, to + j, next, count - j, add);
        }
    }

    /// <summary>Up to four rows of two or four registers, whose sums stay in registers.</summary>
    /// <remarks>Spelled out because the JIT keeps separate locals in registers, and arrays not.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Sums<TRows, TWide>(
        T* x, T* weight, nint* places, nint channels, nint plane, T* bias, T* to, nint next, nint count, bool add)
        where TRows : struct, IConstant
        where TWide : struct, IConstant
    {
        nint taps = _of.Window.Taps, row1 = _of.WeightRows, row2 = 2 * row1, row3 = 3 * row1;
        V a0 = Start<TRows>(0, bias), a1 = a0, a2 = a0, a3 = a0;
        V b0 = Start<TRows>(1, bias), b1 = b0, b2 = b0, b3 = b0;
        V c0 = Start<TRows>(2, bias), c1 = c0, c2 = c0, c3 = c0;
        V d0 = Start<TRows>(3, bias), d1 = d0, d2 = d0, d3 = d0;
        for (; channels > 0; channels--, x += plane, weight += _of.WeightChannels)
        {
            for (nint t = 0; t < taps; t++)
            {
                T* read = x + places[t], w = weight + places[taps + t];
                V x0 = V.Load(read), x1 = V.Load(read + V.Width);
                V x2 = TWide.Value > 2 ? V.Load(read + (2 * V.Width)) : default;
                V x3 = TWide.Value > 2 ? V.Load(read + (3 * V.Width)) : default;
                Step<TWide>(w, x0, x1, x2, x3, ref a0, ref a1, ref a2, ref a3);
                if (TRows.Value > 1)
                {
                    Step<TWide>(w + row1, x0, x1, x2, x3, ref b0, ref b1, ref b2, ref b3);
                }

                if (TRows.Value > 2)
                {
                    Step<TWide>(w + row2, x0, x1, x2, x3, ref c0, ref c1, ref c2, ref c3);
                }

                if (TRows.Value > 3)
                {
                    Step<TWide>(w + row3, x0, x1, x2, x3, ref d0, ref d1, ref d2, ref d3);
                }
            }
        }

        Put<TWide>(a0, a1, a2, a3, to, count, add);
        if (TRows.Value > 1)
        {
            Put<TWide>(b0, b1, b2, b3, to + next, count, add);
        }

        if (TRows.Value > 2)
        {
            Put<TWide>(c0, c1, c2, c3, to + (2 * next), count, add);
        }

        if (TRows.Value > 3)
        {
            Put<TWide>(d0, d1, d2, d3, to + (3 * next), count, add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Start<TRows>(int row, T* bias)
        where TRows : struct, IConstant =>
        TRows.Value > row && bias != null ? V.Broadcast(bias[row]) : default;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TWide>(T* w, V x0, V x1, V x2, V x3, ref V s0, ref V s1, ref V s2, ref V s3)
        where TWide : struct, IConstant
    {
        V k = V.Broadcast(*w);
        s0 = V.FusedMultiplyAdd(k, x0, s0);
        s1 = V.FusedMultiplyAdd(k, x1, s1);
        if (TWide.Value > 2)
        {
            s2 = V.FusedMultiplyAdd(k, x2, s2);
            s3 = V.FusedMultiplyAdd(k, x3, s3);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put<TWide>(V s0, V s1, V s2, V s3, T* to, nint count, bool add)
        where TWide : struct, IConstant
    {
        Put(s0, to, count, add);
        Put(s1, to + V.Width, count - V.Width, add);
        if (TWide.Value > 2)
        {
            Put(s2, to + (2 * V.Width), count - (2 * V.Width), add);
            Put(s3, to + (3 * V.Width), count - (3 * V.Width), add);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(V sum, T* to, nint count, bool add)
    {
        V mask = V.First(count);
        (add ? V.Load(to, mask) + sum : sum).Store(to, mask);
    }

    /// <summary>Adds the products of a row of outputs and what each tap reads for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Products(T* from, nint* places, nint plane, T* output, nint count, T* sums)
    {
        nint taps = _of.Window.Taps, whole = count - (count % W.Width);
        W mask = W.First(count - whole), rest = W.Load(output + whole, mask);
        for (nint c = 0; c < _of.Channels; c++, from += plane)
        {
            for (nint t = 0; t < taps; t++, sums += W.Width)
            {
                T* x = from + places[t];
                W sum = W.Load(sums);
                for (nint j = 0; j < whole; j += W.Width)
                {
                    sum = W.FusedMultiplyAdd(W.Load(output + j), W.Load(x + j), sum);
                }

                if (whole < count)
                {
                    sum = W.FusedMultiplyAdd(rest, W.Load(x + whole, mask), sum);
                }

                sum.Store(sums);
            }
        }
    }
}
