using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Convolution;

/// <summary>One dimension of <see cref="ChannelArguments{M}"/>.</summary>
internal struct ChannelDim
{
    /// <summary>Division by the number of places.</summary>
    public KernelDivisor Places;

    /// <summary>Place i and tap k meet the source's element i · Scale + Shift + k · TapScale.</summary>
    public int Scale, Shift, Taps, TapScale, Size;

    /// <summary>Elements from an element of the source, a tap, a place of the result to the next.</summary>
    public int SourceStep, TapStep, ResultStep;
}

/// <summary>What <see cref="ChannelKernel"/> is given.</summary>
/// <typeparam name="M">What lies in memory.</typeparam>
internal struct ChannelArguments<M> where M : unmanaged
{
    public ArrayView<M> Source, Weight, Bias, Result;

    public ChannelDim Depth, Height, Width;

    /// <summary>Division by the rows of a group, and by the groups.</summary>
    public KernelDivisor Rows, Groups;

    /// <summary>Channels of the source that a row of the result sums up.</summary>
    public int Channels;

    public int SourceSample, SourceGroup, SourceChannel;

    public int WeightGroup, WeightRow, WeightChannel, BiasGroup;

    public int ResultSample, ResultGroup, ResultRow;

    /// <summary>Threads.</summary>
    public uint Count;

    public int Samples;

    /// <summary>1 where there is a bias to add, else 0.</summary>
    public int HasBias;
}

/// <summary>
/// The convolution whose groups have so few channels that the tiles of a product would be nearly empty: a thread sums
/// up the same element of four samples, channel by channel, tap by tap, so that a tap is looked up once for all four.
/// </summary>
internal static class ChannelKernel
{
    public const string Name = "convolution_channels";

    /// <summary>Samples that a thread takes.</summary>
    public const int SamplesPerThread = 4;

    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="S">What one number is.</typeparam>
    /// <typeparam name="E">How elements become numbers.</typeparam>
    /// <typeparam name="M">What lies in memory.</typeparam>
    public static void Run<TThreads, S, E, M>(ChannelArguments<M> p)
        where TThreads : struct, IThreads
        where S : unmanaged, IReal<S>, IGroup<S>
        where E : struct, IElement<M>
        where M : unmanaged
    {
        uint index = (uint)Grid.IdxX * (uint)TThreads.Block + (uint)Group.IdxX;
        if (index >= p.Count)
        {
            return;
        }

        uint rest = p.Width.Places.Divide(index, out uint x);
        rest = p.Height.Places.Divide(rest, out uint y);
        rest = p.Depth.Places.Divide(rest, out uint z);
        rest = p.Rows.Divide(rest, out uint row);
        int sample = (int)p.Groups.Divide(rest, out uint group) * SamplesPerThread;
        long weight = Whole.MultiplyAdd((int)group, p.WeightGroup, Whole.Multiply((int)row, p.WeightRow));

        // Samples beyond the last repeat it; what comes of them is not stored.
        long from = Whole.MultiplyAdd(sample, p.SourceSample, Whole.Multiply((int)group, p.SourceGroup));
        long second = Whole.Multiply(Math.Min(1, p.Samples - 1 - sample), p.SourceSample),
            third = Whole.Multiply(Math.Min(2, p.Samples - 1 - sample), p.SourceSample),
            fourth = Whole.Multiply(Math.Min(3, p.Samples - 1 - sample), p.SourceSample);
        int firstDepth = (int)z * p.Depth.Scale + p.Depth.Shift, firstHeight = (int)y * p.Height.Scale + p.Height.Shift,
            firstWidth = (int)x * p.Width.Scale + p.Width.Shift;
        S a = S.Const(0), b = a, c = a, d = a;
        for (int channel = 0; channel < p.Channels; channel++)
        {
            int depth = firstDepth;
            for (int k = 0; k < p.Depth.Taps; k++)
            {
                int height = firstHeight;
                for (int j = 0; j < p.Height.Taps; j++)
                {
                    // In a row that lies outside, no width is inside.
                    int inside = Within(depth, p.Depth.Size, Within(height, p.Height.Size, p.Width.Size));
                    long line = Whole.MultiplyAdd(
                        depth, p.Depth.SourceStep, Whole.MultiplyAdd(height, p.Height.SourceStep, from));
                    long tap = Whole.MultiplyAdd(
                        k, p.Depth.TapStep, Whole.MultiplyAdd(j, p.Height.TapStep, weight));
                    int width = firstWidth;
                    for (int i = 0; i < p.Width.Taps; i++)
                    {
                        if ((uint)width < (uint)inside)
                        {
                            long place = Whole.MultiplyAdd(width, p.Width.SourceStep, line);
                            S factor = S.Spread<E, M>(p.Weight[Whole.MultiplyAdd(i, p.Width.TapStep, tap)]);
                            a = S.FusedMultiplyAdd(factor, S.Spread<E, M>(p.Source[place]), a);
                            b = S.FusedMultiplyAdd(factor, S.Spread<E, M>(p.Source[place + second]), b);
                            c = S.FusedMultiplyAdd(factor, S.Spread<E, M>(p.Source[place + third]), c);
                            d = S.FusedMultiplyAdd(factor, S.Spread<E, M>(p.Source[place + fourth]), d);
                        }

                        width += p.Width.TapScale;
                    }

                    height += p.Height.TapScale;
                }

                depth += p.Depth.TapScale;
            }

            from += p.SourceChannel;
            weight += p.WeightChannel;
        }

        S bias = S.Const(0);
        if (p.HasBias != 0)
        {
            bias = S.Spread<E, M>(p.Bias[Whole.MultiplyAdd((int)group, p.BiasGroup, (long)row)]);
        }

        long to = Whole.MultiplyAdd(sample, p.ResultSample, Whole.Multiply((int)group, p.ResultGroup));
        to = Whole.MultiplyAdd((int)row, p.ResultRow, Whole.MultiplyAdd((int)z, p.Depth.ResultStep, to));
        to = Whole.MultiplyAdd((int)x, p.Width.ResultStep, Whole.MultiplyAdd((int)y, p.Height.ResultStep, to));
        p.Result[to] = S.First<E, M>(a + bias);
        Store<S, E, M>(p, to, sample, 1, b + bias);
        Store<S, E, M>(p, to, sample, 2, c + bias);
        Store<S, E, M>(p, to, sample, 3, d + bias);
    }

    /// <summary>A number where a coordinate is within a size, else 0.</summary>
    internal static int Within(int coordinate, int size, int then) =>
        Whole.SelectLess(coordinate, 0, 0, Whole.SelectLess(coordinate, size, then, 0));

    private static void Store<S, E, M>(ChannelArguments<M> p, long to, int sample, int further, S value)
        where S : unmanaged, IReal<S>, IGroup<S> where E : struct, IElement<M> where M : unmanaged
    {
        if (sample + further < p.Samples)
        {
            p.Result[Whole.MultiplyAdd(further, p.ResultSample, to)] = S.First<E, M>(value);
        }
    }

    /// <summary>The kernel for elements of a type.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method(DType type)
    {
        (Type element, Type memory) = MapTypes.Element(type);
        return typeof(ChannelKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), MapTypes.Number(type), element, memory);
    }
}
