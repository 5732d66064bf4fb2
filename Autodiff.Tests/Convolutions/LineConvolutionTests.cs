using System.Numerics;
using System.Runtime.Intrinsics;
using Autodiff.Cpu;
using Autodiff.Devices;

namespace Autodiff.Tests.Convolutions;

/// <summary>
/// The two ways of a convolution with many channels, registers along outputs or along rows, give the same bits.
/// </summary>
[TestFixture]
public unsafe class LineConvolutionTests
{
    private static IEnumerable<ConvolutionCase> Cases =>
    [
        new(3, 16, 32, [14, 14], [3, 3]) { Padding = [1, 1] },
        new(1, 40, 50, [9, 17], [3, 3]) { Padding = [1, 1] },
        new(2, 70, 64, [13, 13], [3, 3]) { Padding = [2, 2], Dilation = [2, 2] },
        new(1, 12, 16, [41, 37], [5, 3]) { Stride = [2, 2], Padding = [2, 1] },
        new(1, 24, 48, [1500], [7]) { Padding = [3] },
        new(1, 8, 16, [6, 9, 10], [3, 3, 3]) { Padding = [1, 0, 1] },
        new(1, 12, 16, [20, 20], [3, 3]) { Padding = [1, 17] },
        // lines of more kinds than are told apart, and lines whose taps all read padding
        new(1, 24, 16, [9, 14], [9, 3]) { Padding = [7, 1] },
        new(1, 60, 32, [2, 40], [3, 3]) { Padding = [4, 1], Dilation = [3, 1] },
        new(1, 16, 32, [404, 14], [3, 3]) { Padding = [1, 1] },
        new(1, 16, 32, [504, 14], [3, 3]) { Padding = [1, 1] },
    ];

    [TestCaseSource(nameof(Cases))]
    public void Bits_are_those_of_the_product_in_panels(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        if (Vector512.IsHardwareAccelerated)
        {
            Compare<float, V512<float>>(c);
        }

        if (Vector256.IsHardwareAccelerated)
        {
            Compare<float, V256<float>>(c);
            Compare<double, V256<double>>(c);
        }

        Compare<float, V128<float, Fused>>(c);
    }

    private static IEnumerable<ConvolutionCase> Unpadded =>
    [
        new(2, 128, 32, [11, 12], [1, 1]),
        new(1, 256, 64, [28, 28], [1, 1]),
        new(2, 16, 32, [30, 26], [3, 3]) { Groups = 2 },
    ];

    /// <summary>A small image is read as it lies, by wide registers alone.</summary>
    [TestCaseSource(nameof(Unpadded))]
    public void Bits_are_those_of_the_product_in_panels_without_padding(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        if (!Vector512.IsHardwareAccelerated)
        {
            Assert.Ignore("This processor has no registers of 512 bits.");
        }

        Compare<float, V512<float>>(c);
        Compare<double, V512<double>>(c);
    }

    private static void Compare<T, V>(ConvolutionCase c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
    {
        Tensor.ManualSeed(4);
        DType type = sizeof(T) == 4 ? DType.Float32 : DType.Float64;
        T[] x = Tensor.Randn(c.InputShape).To(type).ToArray<T>(), w = Tensor.Randn(c.WeightShape).To(type).ToArray<T>(),
            b = Tensor.Randn([c.Outputs]).To(type).ToArray<T>();
        T[] panels = new T[c.OutputShape.Aggregate((m, n) => m * n)], lines = new T[panels.Length];
        fixed (T* px = x, pw = w, pb = b, pp = panels, pl = lines)
        {
            foreach (bool hasBias in new[] { false, true })
            {
                ConvolutionProduct<T, V> product = Product<T, V>(c, px, pw, hasBias ? pb : null);
                product.Result = pl;
                Assert.That(new LineConvolution<T, V>(product).TryRun(), "the way along lines takes it");
                product.Result = pp;
                product.Run();
                Assert.That(lines.AsSpan().SequenceEqual(panels), $"{typeof(V)}, bias: {hasBias}");
            }
        }
    }

    private static ConvolutionProduct<T, V> Product<T, V>(ConvolutionCase c, T* x, T* weight, T* bias)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where V : unmanaged, IFloatLanes<V, T>
    {
        int channels = c.Inputs / c.Groups, rows = c.Outputs / c.Groups, missing = 3 - c.Size.Length;
        nint taps = c.Kernel.Aggregate(1, (m, n) => m * n);
        return new()
        {
            Source = x,
            Weight = weight,
            Bias = bias,
            Samples = c.Samples,
            Groups = c.Groups,
            Channels = channels,
            Rows = rows,
            WeightRows = channels * taps,
            WeightChannels = taps,
            WeightGroups = rows * channels * taps,
            KernelHeight = missing < 2 ? c.Kernel[^2] : 1,
            KernelWidth = c.Kernel[^1],
            Window = new(DimOf(0), DimOf(1), DimOf(2)),
        };

        WindowDim DimOf(int dim) => dim < missing
            ? WindowDim.Forward(ConvolutionDim.None, 1, 1, 1)
            : WindowDim.Forward(
                new(c.Stride[dim - missing], c.Padding[dim - missing], c.Dilation[dim - missing]),
                c.Size[dim - missing], c.Kernel[dim - missing], c.OutputSize[dim - missing]);
    }
}
