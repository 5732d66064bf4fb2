using Autodiff.Devices;
using Autodiff.Gpu;
using Autodiff.Gpu.Kernels.Gemm;
using Autodiff.Tests.Convolutions;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda.Convolutions;

/// <summary>Computes convolutions on an emulated device of its own and compares them with the processor's.</summary>
internal sealed class ConvolutionBench : IDisposable
{
    private static readonly ConvolutionResult[] All =
        [ConvolutionResult.Output, ConvolutionResult.Weight, ConvolutionResult.Input];

    private readonly List<Tensor> _made = [];

    public ConvolutionBench()
    {
        Driver = new(1UL << 28);
        Device = CudaUnderTest.Emulated(Driver);
    }

    public EmulatedDriver Driver { get; }

    public Device Device { get; }

    public CudaBackend Backend => (CudaBackend)Device.Backend;

    public void Dispose()
    {
        // Before the driver goes, so that no finalizer comes to it later.
        _made.ForEach(static tensor => tensor.Dispose());
        Driver.Dispose();
    }

    /// <summary>
    /// Fails unless all three operands, each from the other two, are what the processor computes in float64, within
    /// <paramref name="bits"/> of the sum of the products' magnitudes.
    /// </summary>
    public void Check(
        ConvolutionCase c, DType type, double bits, MatMulPrecision precision = MatMulPrecision.Highest,
        GemmPlan? plan = null)
    {
        Random random = new(7);
        foreach (ConvolutionResult wanted in All)
        {
            (double[] X, double[] W, double[] Y, double[] B) = (
                Numbers(random, c.InputShape), Numbers(random, c.WeightShape), Numbers(random, c.OutputShape),
                Numbers(random, [c.Outputs]));
            double[] expected = OnProcessor(c, wanted, X, W, Y, B),
                sizes = OnProcessor(c, wanted, Magnitudes(X), Magnitudes(W), Magnitudes(Y), Magnitudes(B));
            Tensor[] operands = Operands(c, wanted, type, X, W, Y, B);
            double[] actual = Run(c, wanted, operands, precision, plan).To(DType.Float64).ToArray<double>();
            for (int i = 0; i < actual.Length; i++)
            {
                Assert.That(
                    actual[i], Is.EqualTo(expected[i]).Within((sizes[i] * Math.Pow(2, -bits)) + 1e-30),
                    $"element {i} of the {wanted} of {c}, {type}, {plan}");
            }
        }
    }

    /// <summary>Operands of random numbers on the device, NaN in place of the one that is wanted.</summary>
    public Tensor[] Operands(ConvolutionCase c, ConvolutionResult wanted, DType type)
    {
        Random random = new(8);
        return Operands(
            c, wanted, type, Numbers(random, c.InputShape), Numbers(random, c.WeightShape),
            Numbers(random, c.OutputShape), Numbers(random, [c.Outputs]));
    }

    /// <summary>Has the device compute one operand.</summary>
    public Tensor Run(
        ConvolutionCase c, ConvolutionResult wanted, Tensor[] operands,
        MatMulPrecision precision = MatMulPrecision.Highest, GemmPlan? plan = null)
    {
        (MatMulPrecision before, Autodiff.Cuda.MatMulPrecision, Backend.Products.Forced) =
            (Autodiff.Cuda.MatMulPrecision, precision, plan);
        try
        {
            Convolve(Backend, c, wanted, operands);
        }
        finally
        {
            (Autodiff.Cuda.MatMulPrecision, Backend.Products.Forced) = (before, null);
        }

        return operands[Place(wanted)];
    }

    /// <summary>Where the wanted operand stands among input, weight and output.</summary>
    public static int Place(ConvolutionResult wanted) => wanted switch
    {
        ConvolutionResult.Input => 0,
        ConvolutionResult.Weight => 1,
        _ => 2,
    };

    private static double[] Numbers(Random random, int[] shape) =>
        [.. Enumerable.Range(0, shape.Aggregate(1, (n, size) => n * size)).Select(_ => random.NextDouble() - 0.5)];

    private static double[] Magnitudes(double[] numbers) => Array.ConvertAll(numbers, Math.Abs);

    private static double[] OnProcessor(ConvolutionCase c, ConvolutionResult wanted, params double[][] numbers)
    {
        Tensor[] operands = [.. Shapes(c).Zip(numbers, static (shape, x) => Tensor.From<double>(x, shape))];
        Convolve(Autodiff.Device.Cpu.Backend, c, wanted, operands);
        return operands[Place(wanted)].ToArray<double>();
    }

    private Tensor[] Operands(ConvolutionCase c, ConvolutionResult wanted, DType type, params double[][] numbers)
    {
        int[][] shapes = Shapes(c);
        Tensor[] operands =
        [
            .. shapes.Select((shape, i) => i == Place(wanted)
                ? Tensor.Full(shape, double.NaN, type, Device)
                : Tensor.From<double>(numbers[i], shape).To(type).To(Device)),
        ];
        _made.AddRange(operands);
        return operands;
    }

    private static int[][] Shapes(ConvolutionCase c) =>
        [WithThree(c.InputShape), WithThree(c.WeightShape), WithThree(c.OutputShape), [c.Outputs]];

    private static int[] WithThree(int[] shape) =>
        [.. shape[..2], .. Enumerable.Repeat(1, 5 - shape.Length), .. shape[2..]];

    private static void Convolve(IBackend backend, ConvolutionCase c, ConvolutionResult wanted, Tensor[] operands)
    {
        ConvolutionDim[] axes =
        [
            .. Enumerable.Repeat(ConvolutionDim.None, 3 - c.Size.Length),
            .. c.Size.Select((_, d) => new ConvolutionDim(c.Stride[d], c.Padding[d], c.Dilation[d])),
        ];
        TensorView? bias = wanted == ConvolutionResult.Output ? operands[3].View : null;
        backend.Convolve(
            new(axes[0], axes[1], axes[2], c.Groups), wanted, operands[0].View, operands[1].View, operands[2].View,
            bias);
    }
}
