namespace Autodiff.Tests.Cuda.Kernels;

/// <summary>The device's random numbers are the processor's.</summary>
public class PhiloxKernelTests
{
    [TestCase(1)]
    [TestCase(6)]
    [TestCase(2051)]
    public void Draws_are_the_same_on_both_devices(int count)
    {
        foreach (DType type in new[] { DType.Float32, DType.Float64 })
        {
            Same(device => g => Tensor.Rand([count], type, device, g), $"{type} uniform");
            Same(device => g => Tensor.Randn([count], type, device, g), $"{type} normal");
            Same(device => g => Tensor.Empty([2, count], type, device).T.NormalInPlace(1, 2, g), $"{type} transposed");
            Same(device => g => Tensor.Zeros([count + 1], type, device)[1..].UniformInPlace(-1, 3, g),
                $"{type} beside a boundary");
            Same(device => g => Autodiff.Nn.Functional.Dropout(Tensor.Ones([count], type, device), 0.3, true, g),
                $"{type} dropout");
        }

        Same(device => g => Tensor.Empty([count], DType.Bool, device).BernoulliInPlace(0.4, g).To(DType.Float32),
            "bool");
        Same(device => g => Tensor.RandInt(5, 50, [count], device: device, generator: g), "whole numbers");
    }

    [Test]
    public void The_device_draws_itself()
    {
        Tensor warm = Tensor.Randn([8], device: EmulatedCuda.Device, generator: new PhiloxGenerator(0));
        long launches = EmulatedCuda.Driver.Launches;
        Tensor.Randn([8], device: EmulatedCuda.Device, generator: new PhiloxGenerator(0));
        Assert.That(EmulatedCuda.Driver.Launches - launches, Is.EqualTo(1));
        GC.KeepAlive(warm);
    }

    private static void Same(Func<Device, Func<Generator, Tensor>> draw, string what)
    {
        double[][] drawn = [.. new[] { Device.Cpu, EmulatedCuda.Device }.Select(device =>
        {
            PhiloxGenerator generator = new(123) { Offset = (1UL << 32) - 3 };
            Tensor first = draw(device)(generator), second = draw(device)(generator);
            return first.To(DType.Float64).ToArray<double>().Concat(second.To(DType.Float64).ToArray<double>())
                .ToArray();
        })];
        Assert.That(drawn[1], Is.EqualTo(drawn[0]), what);
    }
}
