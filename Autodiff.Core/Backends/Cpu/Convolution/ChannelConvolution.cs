using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Backends.Cpu;

/// <summary>
/// The sum over taps where groups have so few channels that a matrix product would leave its registers empty: the
/// depthwise convolution. Rows of outputs are summed up directly from what the taps read.
/// </summary>
internal unsafe struct ChannelConvolution<T, V, W> : IParallelBody
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where V : unmanaged, IFloatLanes<V, T>
    where W : unmanaged, IFloatLanes<W, T>
{
    private const int WindowBytes = 128 << 10, MaxTaps = 1024, MaxOutputs = 4096;

    // Channels of source and result in a group, multiplied, up to which this pays.
    private const int MostPairs = 4;

    private const int MinPartWork = 1 << 16;

    // Rows of a block of registers.
    private const int Registers = 4;

    /// <summary>
    /// The source and the weight; the other operand: the result, or what is given where the weight is wanted.
    /// </summary>
    public T* Source, Weight, Result, Bias;

    public nint Samples, Groups, Channels, Rows;

    /// <summary>The distances in the weight: of two rows, of two channels, of two groups.</summary>
    public nint WeightRows, WeightChannels, WeightGroups;

    /// <summary>The kernel's taps along height and width, as they lie in the weight.</summary>
    public nint KernelHeight, KernelWidth;

    /// <summary>Whether the weight is computed.</summary>
    public bool IsForWeight;

    public TapWindow Window;

    private nint _boxes, _groupsOfPart, _windowRoom;

    /// <summary>Does it if the shapes are for it.</summary>
    public bool TryRun()
    {
        nint taps = Window.Taps;
        if (Channels * Rows > MostPairs || taps is 0 or > MaxTaps || Window.Outputs == 0)
        {
            return false;
        }

        Window.IsDirect = false;
        nint most = MaxOutputs;
        for (;; most /= 2)
        {
            Window.Shrink(most);
            if (Channels * Window.Room * sizeof(T) <= WindowBytes)
            {
                break;
            }

            if (most <= 32)
            {
                return false;
            }
        }

        (nint d, nint h, nint w) = Window.Boxes;
        _boxes = d * h * w;
        _windowRoom = ((Channels * Window.Room) + (2 * Registers * W.Width) + 15) & -16;
        nint work = Channels * Rows * Window.Outputs * taps * (IsForWeight ? Samples : 1);
        _groupsOfPart = Math.Clamp(MinPartWork / work, 1, Groups);
        nint parts = ((Groups + _groupsOfPart - 1) / _groupsOfPart) * (IsForWeight ? 1 : Samples);
        CpuThreads.For(Sizes.Parts(parts, 1), this);
        return true;
    }

    public readonly void Run(int part)
    {
        nint blocks = (Groups + _groupsOfPart - 1) / _groupsOfPart;
        (nint n, nint block) = Math.DivRem(part, blocks);
        nint taps = Window.Taps, sumRoom = IsForWeight ? (2 * Channels * Rows * taps * W.Width) : 0;
        T* memory = (T*)Scratch.Take(
            ((_windowRoom + sumRoom + Window.WCount + W.Width) * sizeof(T)) + (taps * 2 * sizeof(nint)));
        nint* places = (nint*)memory;
        T* window = (T*)(places + (2 * taps)), sums = window + _windowRoom, row = sums + sumRoom;
        for (nint t = 0; t < taps; t++)
        {
            (nint rest, nint w) = Math.DivRem(t, Window.Width.Taps);
            (nint d, nint h) = Math.DivRem(rest, Window.Height.Taps);
            places[taps + t] = ((((Window.Depth.Kernel + (d * Window.Depth.KernelStep)) * KernelHeight)
                + Window.Height.Kernel + (h * Window.Height.KernelStep)) * KernelWidth)
                + Window.Width.Kernel + (w * Window.Width.KernelStep);
        }

        nint end = Math.Min(Groups, (block + 1) * _groupsOfPart);
        for (nint group = block * _groupsOfPart; group < end; group++)
        {
            if (!IsForWeight)
            {
                Sample(n, group, places, window, sums, row);
                continue;
            }

            new Span<T>(sums, (int)sumRoom).Clear();
            for (nint sample = 0; sample < Samples; sample++)
            {
                Sample(sample, group, places, window, sums, row);
            }

            for (nint i = 0; i < Channels * Rows * taps; i++)
            {
                (nint pair, nint t) = Math.DivRem(i, taps);
                (nint m, nint c) = Math.DivRem(pair, Channels);
                Weight[(group * WeightGroups) + (m * WeightRows) + (c * WeightChannels) + places[taps + t]] =
                    W.Sum(W.Load(sums + (((Channels * Rows * taps) + i) * W.Width)));
            }
        }
    }

    /// <summary>All boxes of one group of one sample.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private readonly void Sample(nint n, nint group, nint* places, T* window, T* sums, T* row)
    {
        nint taps = Window.Taps, count = Channels * Rows * taps;
        nint first = (n * Groups) + group;
        for (nint box = 0; box < _boxes; box++)
        {
            TapWindow at = Window.At(box);
            at.Stage<T, V>(Source + (first * Channels * at.SourcePlane), Channels, window);
            nint t = 0;
            for (nint d = 0; d < at.Depth.Taps; d++)
            {
                for (nint h = 0; h < at.Height.Taps; h++)
                {
                    for (nint w = 0; w < at.Width.Taps; w++)
                    {
                        places[t++] = at.Tap(d, h, w);
                    }
                }
            }

            for (nint m = 0; m < Rows; m++)
            {
                for (nint d = 0; d < at.DCount; d++)
                {
                    for (nint h = 0; h < at.HCount; h++)
                    {
                        nint to = ((((first * Rows) + m) * at.Depth.ResultSize) + at.Depth.ResultFirst
                            + ((at.D0 + d) * at.Depth.ResultStep));
                        to = (to * at.Height.ResultSize) + at.Height.ResultFirst + ((at.H0 + h) * at.Height.ResultStep);
                        to = (to * at.Width.ResultSize) + at.Width.ResultFirst + (at.W0 * at.Width.ResultStep);
                        T* from = window + (d * at.Layer) + (h * at.Line);
                        if (IsForWeight)
                        {
                            Products(from, places, at.Plane, Result + to, at.WCount,
                                sums + (m * Channels * taps * W.Width));
                        }
                        else
                        {
                            Row(group, m, from, places, at, Result + to, row);
                        }
                    }
                }
            }

            // A box's sums end here, so that long ones are sums of sums.
            for (nint i = 0; IsForWeight && i < count; i++)
            {
                T* sum = sums + (i * W.Width), total = sum + (count * W.Width);
                (W.Load(total) + W.Load(sum)).Store(total);
                default(W).Store(sum);
            }
        }
    }

    /// <summary>A row of results.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Row(nint group, nint m, T* from, nint* places, in TapWindow at, T* to, T* row)
    {
        nint taps = Window.Taps, count = at.WCount, step = at.Width.ResultStep;
        T* weight = Weight + (group * WeightGroups) + (m * WeightRows);
        T* target = step == 1 ? to : row;
        V start = V.Broadcast(Bias == null ? T.Zero : Bias[(group * Rows) + m]);
        nint j = 0;
        for (; j < count; j += Registers * V.Width)
        {
            V s0 = start, s1 = start, s2 = start, s3 = start;
            for (nint c = 0; c < Channels; c++)
            {
                T* x = from + (c * at.Plane) + j, w = weight + (c * WeightChannels);
                for (nint t = 0; t < taps; t++)
                {
                    V k = V.Broadcast(w[places[taps + t]]);
                    T* read = x + places[t];
                    s0 = V.FusedMultiplyAdd(k, V.Load(read), s0);
                    s1 = V.FusedMultiplyAdd(k, V.Load(read + V.Width), s1);
                    s2 = V.FusedMultiplyAdd(k, V.Load(read + (2 * V.Width)), s2);
                    s3 = V.FusedMultiplyAdd(k, V.Load(read + (3 * V.Width)), s3);
                }
            }

            s0.Store(target + j, V.First(count - j));
            s1.Store(target + j + V.Width, V.First(count - j - V.Width));
            s2.Store(target + j + (2 * V.Width), V.First(count - j - (2 * V.Width)));
            s3.Store(target + j + (3 * V.Width), V.First(count - j - (3 * V.Width)));
        }

        for (nint i = 0; step != 1 && i < count; i++)
        {
            to[i * step] = row[i];
        }
    }

    /// <summary>Adds the products of a row of outputs and what each tap reads for it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly void Products(T* from, nint* places, nint plane, T* output, nint count, T* sums)
    {
        nint taps = Window.Taps;
        for (nint j = 0; j < count; j += W.Width)
        {
            W mask = W.First(count - j), g = W.Load(output + j, mask);
            T* sum = sums;
            for (nint c = 0; c < Channels; c++)
            {
                T* x = from + (c * plane) + j;
                for (nint t = 0; t < taps; t++)
                {
                    W.FusedMultiplyAdd(g, W.Load(x + places[t], mask), W.Load(sum)).Store(sum);
                    sum += W.Width;
                }
            }
        }
    }
}
