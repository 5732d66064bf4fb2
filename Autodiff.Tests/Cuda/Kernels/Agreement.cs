namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>What an operation gives on the emulated device, against what the reference backend says.</summary>
internal static class Agreement
{
    /// <summary>The lengths at which warps, blocks and accesses begin and end.</summary>
    public static readonly int[] Lengths = [0, 1, 2, 3, 5, 8, 31, 32, 33, 100, 128, 255, 256, 257, 516, 1023, 1024,
        1025, 2500];

    /// <summary>A device whose kernels are interpreted.</summary>
    public static Device Cuda => EmulatedCuda.Device;

    /// <summary>Numbers of any type; small integers, and both signs where the type has them.</summary>
    public static Tensor Sample(DType type, params ReadOnlySpan<int> shape)
    {
        System.Random random = new(shape.Length == 0 ? 1 : 17 * shape[^1] + shape[0]);
        long count = 1;
        foreach (int size in shape)
        {
            count *= size;
        }

        double[] data = new double[count];
        for (int i = 0; i < data.Length; i++)
        {
            data[i] = type.IsFloatingPoint()
                ? (float)(2 * random.NextDouble() - 1)
                : type == DType.Bool ? random.Next(2) : random.Next(-9, 10);
        }

        return Tensor.From<double>(data, Shape.Create(shape)).To(type);
    }

    /// <summary>
    /// Expects that the device gives what the reference gives, to a tolerance relative to numbers around one.
    /// </summary>
    public static void Expect(Tensor x, Func<Tensor, Tensor> operation, double tolerance, string what)
    {
        Tensor expected = operation(x.To(Device.Reference)), actual = operation(x.To(Cuda));
        Assert.That((actual.Shape, actual.DType, actual.Device), Is.EqualTo((expected.Shape, expected.DType, Cuda)),
            what);
        double[] wanted = Numbers(expected), given = Numbers(actual);
        for (int i = 0; i < wanted.Length; i++)
        {
            bool agree = wanted[i].Equals(given[i])
                || Math.Abs(wanted[i] - given[i]) <= tolerance * Math.Max(1, Math.Abs(wanted[i]));
            if (!agree)
            {
                Assert.Fail($"{what}: element {i} is {given[i]:R}, not {wanted[i]:R}");
            }
        }
    }

    public static double[] Numbers(Tensor x) => x.To(Device.Cpu).To(DType.Float64).ToArray<double>();
}
