using System.Numerics;
using System.Runtime.CompilerServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>Passes tensor views to the convolution and chooses its algorithm.</summary>
internal static unsafe class CpuConvolution
{
    public static void Run(
        in ConvolutionGeometry geometry, ConvolutionResult wanted,
        in TensorView input, in TensorView weight, in TensorView output, TensorView? bias)
    {
        Shapes shapes = new(geometry, input.Layout.Dims, weight.Layout.Dims, output.Layout.Dims);
        int size = output.DType.SizeOf();
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* x = &input.Memory(use), w = &weight.Memory(use), y = &output.Memory(use), b = &bias.Memory(use))
        {
            ((delegate*<in Shapes, ConvolutionResult, void*, void*, void*, void*, void>)Lanes.FloatLoop<Loop>(
                output.DType))(
                    shapes, wanted, x + (input.Offset * size), w + (weight.Offset * size), y + (output.Offset * size),
                    bias is { } given ? b + (given.Offset * size) : null);
        }
    }

    private readonly struct Loop : IFloatLoop
    {
        public static void* For<T, V, W>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
            where W : unmanaged, IFloatLanes<W, T> =>
                (delegate*<in Shapes, ConvolutionResult, T*, T*, T*, T*, void>)&Run<T, V, W>;
    }

    /// <summary>The same in vectors V, and W where lanes are summed.</summary>
    internal static void Run<T, V, W>(in Shapes shapes, ConvolutionResult wanted, T* x, T* w, T* y, T* bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        switch (wanted)
        {
            case ConvolutionResult.Output: Output<T, V, W>(shapes, x, w, y, bias); break;
            case ConvolutionResult.Weight: Weight<T, V, W>(shapes, x, w, y); break;
            default: Input<T, V, W>(shapes, x, w, y); break;
        }
    }

    private static void Output<T, V, W>(in Shapes s, T* x, T* w, T* y, T* bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        ConvolutionProduct<T, V> product = s.Product<T, V>(x, w, y, s.Forward());
        product.Bias = bias;
        Run<T, V, W>(ref product);
    }

    private static void Input<T, V, W>(in Shapes s, T* x, T* w, T* y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        for (int d = 0; d < Math.Min(s.Geometry[0].Stride, s.Input[2]); d++)
        {
            for (int h = 0; h < Math.Min(s.Geometry[1].Stride, s.Input[3]); h++)
            {
                for (int k = 0; k < Math.Min(s.Geometry[2].Stride, s.Input[4]); k++)
                {
                    ConvolutionProduct<T, V> product = s.Product<T, V>(y, w, x, s.Backward(d, h, k));
                    // from the output's channels to the input's
                    (product.Channels, product.Rows) = (product.Rows, product.Channels);
                    (product.WeightChannels, product.WeightRows) = (product.WeightRows, product.WeightChannels);
                    Run<T, V, W>(ref product);
                }
            }
        }
    }

    private static void Run<T, V, W>(ref ConvolutionProduct<T, V> product)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        if (!new ChannelConvolution<T, V, W>(product, isForWeight: false).TryRun()
            && !new LineConvolution<T, V>(product).TryRun())
        {
            product.Run();
        }
    }

    private static void Weight<T, V, W>(in Shapes s, T* x, T* w, T* y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        ConvolutionProduct<T, V> product = s.Product<T, V>(x, w, y, s.Forward());
        if (!new ChannelConvolution<T, V, W>(product, isForWeight: true).TryRun())
        {
            new ConvolutionWeights<T, V>(product).Run();
        }
    }

    /// <summary>The shapes of the three operands.</summary>
    internal readonly struct Shapes(in ConvolutionGeometry geometry, int[] input, int[] weight, int[] output)
    {
        public readonly ConvolutionGeometry Geometry = geometry;
        public readonly int[] Input = input, Weight = weight, Output = output;

        /// <summary>The convolution from the input's channels to the output's.</summary>
        public ConvolutionProduct<T, V> Product<T, V>(T* source, T* weight, T* result, in TapWindow window)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
            where V : unmanaged, IFloatLanes<V, T>
        {
            nint taps = (nint)Weight[2] * Weight[3] * Weight[4], rows = Output[1] / Geometry.Groups;
            return new()
            {
                Source = source,
                Weight = weight,
                Result = result,
                Samples = Input[0],
                Groups = Geometry.Groups,
                Channels = Weight[1],
                Rows = rows,
                WeightRows = Weight[1] * taps,
                WeightChannels = taps,
                WeightGroups = rows * Weight[1] * taps,
                KernelHeight = Weight[3],
                KernelWidth = Weight[4],
                Window = window,
            };
        }

        public TapWindow Forward() => new(Forward(0), Forward(1), Forward(2));

        /// <summary>
        /// From the output to those inputs that are so far from a multiple of the stride along each dimension.
        /// </summary>
        public TapWindow Backward(int depth, int height, int width) =>
            new(Backward(0, depth), Backward(1, height), Backward(2, width));

        private WindowDim Backward(int dim, int phase) =>
            WindowDim.Backward(Geometry[dim], Input[dim + 2], Weight[dim + 2], Output[dim + 2], phase);

        private WindowDim Forward(int dim) =>
            WindowDim.Forward(Geometry[dim], Input[dim + 2], Weight[dim + 2], Output[dim + 2]);
    }
}
