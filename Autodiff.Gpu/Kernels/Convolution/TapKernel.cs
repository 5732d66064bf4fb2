using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using Autodiff.Algebra;
using Autodiff.Gpu.Kernels.Carriers;
using Autodiff.Gpu.Kernels.Maps;
using Autodiff.Gpu.Kernels.Reductions;
using Autodiff.Operations;
using ILGPU;

namespace Autodiff.Gpu.Kernels.Convolution;

/// <summary>One dimension of <see cref="TapArguments{M}"/>.</summary>
internal struct TapArgument
{
    /// <summary>Division by the number of the output's places, and of the taps.</summary>
    public KernelDivisor Places, Taps;

    /// <summary>Place i and tap k meet the input's element i · Scale + Shift + k · TapScale.</summary>
    public int Scale, Shift, TapScale, Size;

    /// <summary>Elements from an element of the input to the next.</summary>
    public int Step;
}

/// <summary>What <see cref="TapKernel"/> is given.</summary>
/// <typeparam name="M">What lies in memory.</typeparam>
internal struct TapArguments<M> where M : unmanaged
{
    public ArrayView<M> Input, Output, Weight;

    public TapArgument Depth, Height, Width;

    /// <summary>Division by the inputs and by the outputs of a group.</summary>
    public KernelDivisor Inputs, Outputs;

    /// <summary>Elements from a sample, a channel, a group to the next; how many terms there are.</summary>
    public int InputSample, InputChannel, InputGroup, OutputSample, OutputChannel, Terms;

    /// <summary>The samples, and the stride from one to the next of a term's.</summary>
    public int Samples, SampleStride;

    /// <summary>Elements from a term's sample to its next.</summary>
    public long InputStride, OutputStride;
}

/// <summary>
/// The gradient of a convolution's weight where groups have so few channels that the tiles of a product would be nearly
/// empty: a block sums up one element of it over all samples and places, its threads' sums as a tree.
/// </summary>
internal static class TapKernel
{
    public const string Name = "convolution_taps";

    /// <typeparam name="TThreads">The threads of a block.</typeparam>
    /// <typeparam name="S">What one number is.</typeparam>
    /// <typeparam name="E">How elements become numbers.</typeparam>
    /// <typeparam name="M">What lies in memory.</typeparam>
    public static void Run<TThreads, S, E, M>(TapArguments<M> p)
        where TThreads : struct, IThreads
        where S : unmanaged, IReal<S>, IGroup<S>
        where E : struct, IElement<M>
        where M : unmanaged
    {
        uint rest = p.Width.Taps.Divide((uint)Grid.IdxX, out uint c);
        rest = p.Height.Taps.Divide(rest, out uint b);
        rest = p.Depth.Taps.Divide(rest, out uint a);
        int row = (int)p.Inputs.Divide(rest, out uint channel);
        int group = (int)p.Outputs.Divide((uint)row, out _);
        int firstDepth = (int)a * p.Depth.TapScale + p.Depth.Shift,
            firstHeight = (int)b * p.Height.TapScale + p.Height.Shift,
            firstWidth = (int)c * p.Width.TapScale + p.Width.Shift;
        long input = Whole.MultiplyAdd(group, p.InputGroup, Whole.Multiply((int)channel, p.InputChannel)),
            output = Whole.Multiply(row, p.OutputChannel);
        S sum = S.Const(0);
        for (int term = Group.IdxX; term < p.Terms; term += TThreads.Block)
        {
            rest = p.Width.Places.Divide((uint)term, out uint x);
            rest = p.Height.Places.Divide(rest, out uint y);
            int sample = (int)p.Depth.Places.Divide(rest, out uint z);
            int depth = (int)z * p.Depth.Scale + firstDepth, height = (int)y * p.Height.Scale + firstHeight,
                width = (int)x * p.Width.Scale + firstWidth;
            int inside = ChannelKernel.Within(
                depth, p.Depth.Size, ChannelKernel.Within(height, p.Height.Size, p.Width.Size));
            if ((uint)width < (uint)inside)
            {
                long from = Whole.MultiplyAdd(sample, p.InputSample, Whole.MultiplyAdd(depth, p.Depth.Step, input));
                from = Whole.MultiplyAdd(height, p.Height.Step, Whole.MultiplyAdd(width, p.Width.Step, from));

                // A sample's places of one channel lie together, so a term's number counts them, too.
                long place = Whole.MultiplyAdd(sample, p.OutputSample - p.OutputChannel, output) + term;
                for (int more = sample; more < p.Samples; more += p.SampleStride)
                {
                    sum = S.FusedMultiplyAdd(S.Spread<E, M>(p.Input[from]), S.Spread<E, M>(p.Output[place]), sum);
                    from += p.InputStride;
                    place += p.OutputStride;
                }
            }
        }

        S total = Fold.Across<TThreads, Count256, Fold<Identity, Add>, S>(default, sum);
        if (Group.IdxX == 0)
        {
            p.Weight[(long)Grid.IdxX] = S.First<E, M>(total);
        }
    }

    /// <summary>The kernel for elements of a type.</summary>
    [RequiresDynamicCode("The kernel's types are put together at run time.")]
    public static MethodInfo Method(DType type)
    {
        (Type element, Type memory) = MapTypes.Element(type);
        return typeof(TapKernel).GetMethod(nameof(Run))!.MakeGenericMethod(
            typeof(CudaThreads), MapTypes.Number(type), element, memory);
    }
}
