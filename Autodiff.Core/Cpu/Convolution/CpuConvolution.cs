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
        if (output.DType == DType.Float32)
        {
            Run<float>(shapes, wanted, input, weight, output, bias);
        }
        else
        {
            Run<double>(shapes, wanted, input, weight, output, bias);
        }
    }

    private static void Run<T>(
        in Shapes shapes, ConvolutionResult wanted, in TensorView input, in TensorView weight, in TensorView output,
        TensorView? bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using MemoryUse use = MemoryUse.Begin();
        fixed (byte* px = &input.Memory(use), pw = &weight.Memory(use), py = &output.Memory(use), pb = &Bias(bias, use))
        {
            ((delegate*<in Shapes, ConvolutionResult, T*, T*, T*, T*, void>)Lanes.FloatLoop<Loop, T>())(
                shapes, wanted, (T*)px + input.Offset, (T*)pw + weight.Offset, (T*)py + output.Offset,
                bias is { } given ? (T*)pb + given.Offset : null);
        }
    }

    private static ref byte Bias(TensorView? bias, in MemoryUse use)
    {
        if (bias is { } channels)
        {
            return ref channels.Memory(use);
        }

        return ref Unsafe.NullRef<byte>();
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
        ConvolutionProduct<T, V> product = new()
        {
            Source = x,
            Weight = w,
            Result = y,
            Bias = bias,
            Samples = s.Input[0],
            Groups = s.Geometry.Groups,
            Channels = s.Weight[1],
            Rows = s.Output[1] / s.Geometry.Groups,
            WeightRows = s.Weight[1] * s.Taps,
            WeightChannels = s.Taps,
            WeightGroups = s.Output[1] / s.Geometry.Groups * s.Weight[1] * s.Taps,
            KernelHeight = s.Weight[3],
            KernelWidth = s.Weight[4],
            Window = s.Forward(),
        };
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
                    ConvolutionProduct<T, V> product = new()
                    {
                        Source = y,
                        Weight = w,
                        Result = x,
                        Samples = s.Input[0],
                        Groups = s.Geometry.Groups,
                        Channels = s.Output[1] / s.Geometry.Groups,
                        Rows = s.Weight[1],
                        WeightRows = s.Taps,
                        WeightChannels = s.Weight[1] * s.Taps,
                        WeightGroups = s.Output[1] / s.Geometry.Groups * s.Weight[1] * s.Taps,
                        KernelHeight = s.Weight[3],
                        KernelWidth = s.Weight[4],
                        Window = new(s.Backward(0, d), s.Backward(1, h), s.Backward(2, k)),
                    };
                    Run<T, V, W>(ref product);
                }
            }
        }
    }

    private static void Run<T, V, W>(ref ConvolutionProduct<T, V> p)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        ChannelConvolution<T, V, W> direct = new()
        {
            Source = p.Source,
            Weight = p.Weight,
            Result = p.Result,
            Bias = p.Bias,
            Samples = p.Samples,
            Groups = p.Groups,
            Channels = p.Channels,
            Rows = p.Rows,
            WeightRows = p.WeightRows,
            WeightChannels = p.WeightChannels,
            WeightGroups = p.WeightGroups,
            KernelHeight = p.KernelHeight,
            KernelWidth = p.KernelWidth,
            Window = p.Window,
        };
        if (!direct.TryRun() && !new LineConvolution<T, V>(p).TryRun())
        {
            p.Run();
        }
    }

    private static void Weight<T, V, W>(in Shapes s, T* x, T* w, T* y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
        where W : unmanaged, IFloatLanes<W, T>
    {
        nint outputs = s.Output[1] / s.Geometry.Groups, channels = s.Weight[1];
        ChannelConvolution<T, V, W> direct = new()
        {
            Source = x,
            Weight = w,
            Result = y,
            Samples = s.Input[0],
            Groups = s.Geometry.Groups,
            Channels = channels,
            Rows = outputs,
            WeightRows = channels * s.Taps,
            WeightChannels = s.Taps,
            WeightGroups = outputs * channels * s.Taps,
            KernelHeight = s.Weight[3],
            KernelWidth = s.Weight[4],
            IsForWeight = true,
            Window = s.Forward(),
        };
        if (direct.TryRun())
        {
            return;
        }

        ConvolutionWeights<T, V> product = new()
        {
            Source = x,
            Weight = w,
            Output = y,
            Samples = s.Input[0],
            Groups = s.Geometry.Groups,
            Channels = channels,
            Outputs = outputs,
            Window = s.Forward(),
        };
        product.Run();
    }

    /// <summary>The shapes of the three operands.</summary>
    internal readonly struct Shapes(in ConvolutionGeometry geometry, int[] input, int[] weight, int[] output)
    {
        public readonly ConvolutionGeometry Geometry = geometry;
        public readonly int[] Input = input, Weight = weight, Output = output;

        public nint Taps => (nint)Weight[2] * Weight[3] * Weight[4];

        public TapWindow Forward() => new(Forward(0), Forward(1), Forward(2));

        public WindowDim Backward(int dim, int phase) =>
            WindowDim.Backward(Geometry[dim], Input[dim + 2], Weight[dim + 2], Output[dim + 2], phase);

        private WindowDim Forward(int dim) =>
            WindowDim.Forward(Geometry[dim], Input[dim + 2], Weight[dim + 2], Output[dim + 2]);
    }
}
