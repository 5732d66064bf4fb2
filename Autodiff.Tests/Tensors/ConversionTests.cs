using System.Numerics.Tensors;
using Autodiff.Nn;
using Autodiff.Tests.Accelerators;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TensorTests;

/// <summary>Elements from every type to every other, wherever they lie.</summary>
public class ConversionTests
{
    private static readonly double[] Reals =
    [
        0, -0.0, 0.5, -0.5, 0.9999999, -1.7, 2.9, 1e-300, -1e-30, 1e-45, 255.5, 256, 65536, -65536, 2147483520,
        2147483647.5, 2147483648, -2147483648, -2147483649, 4294967296, 1e10, 9.3e18, -9.3e18, 9223372036854774784.0,
        1e30, -1e30, 1e300, -1e300, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 0.1, 16777217,
        1.0000000596046448, 3.4028235677973366e38,
    ];

    private static readonly long[] Integers =
    [
        0, 1, -1, 2, 127, 128, 255, 256, -256, 32768, 65536, -65536, 1 << 24, (1 << 24) + 1, int.MaxValue, int.MinValue,
        1L << 31, 1L << 32, -(1L << 32), (1L << 33) + 5, (1L << 53) + 1, (1L << 53) + (1L << 29) + 1, long.MaxValue,
        long.MinValue, long.MaxValue - 512,
    ];

    private static Tensor Source(DType type, int length)
    {
        double[] reals = [.. Enumerable.Range(0, length).Select(i => Reals[i % Reals.Length])];
        long[] integers = [.. Enumerable.Range(0, length).Select(i => Integers[i % Integers.Length])];
        return type switch
        {
            DType.Float64 => Tensor.From(reals),
            DType.Float32 => Tensor.From(Array.ConvertAll(reals, x => (float)x)),
            DType.Int64 => Tensor.From(integers),
            DType.Int32 => Tensor.From(Array.ConvertAll(integers, x => (int)x)),
            _ => Tensor.From(Array.ConvertAll(integers, x => x % 3 != 0)),
        };
    }

    private static object[] Expected(Tensor source, DType type) => [.. source.DType switch
    {
        DType.Float64 => source.ToArray<double>().Select(x => FromReal(x, type)),
        DType.Float32 => source.ToArray<float>().Select(x => FromReal(x, type)),
        DType.Int64 => source.ToArray<long>().Select(x => FromInteger(x, type)),
        DType.Int32 => source.ToArray<int>().Select(x => FromInteger(x, type)),
        _ => source.ToArray<bool>().Select(x => FromInteger(x ? 1 : 0, type)),
    }];

    private static object FromReal(double x, DType type) => type switch
    {
        DType.Float64 => x,
        DType.Float32 => (float)x,
        DType.Int64 => double.IsNaN(x) ? 0 : x >= 9223372036854775808.0 ? long.MaxValue
            : x <= -9223372036854775808.0 ? long.MinValue : (object)(long)x,
        DType.Int32 => double.IsNaN(x) ? 0 : x >= int.MaxValue ? int.MaxValue
            : x <= int.MinValue ? int.MinValue : (object)(int)x,
        _ => x != 0,
    };

    private static object FromInteger(long x, DType type) => type switch
    {
        DType.Float64 => (double)x,
        DType.Float32 => (float)x,
        DType.Int64 => x,
        DType.Int32 => unchecked((int)x),
        _ => x != 0,
    };

    private static object[] Values(Tensor x) => x.DType switch
    {
        DType.Float64 => [.. x.ToArray<double>()],
        DType.Float32 => [.. x.ToArray<float>()],
        DType.Int64 => [.. x.ToArray<long>()],
        DType.Int32 => [.. x.ToArray<int>()],
        _ => [.. x.ToArray<bool>()],
    };

    private static Device On(string device) => device switch
    {
        "cpu" => Device.Cpu,
        "reference" => Device.Reference,
        "accelerator" => CpuAccelerator.Device,
        _ => CudaUnderTest.Device,
    };

    [Test]
    public void Every_type_becomes_every_other(
        [Values("cpu", "reference", "accelerator", "cuda")] string device, [Values] DType from, [Values] DType to)
    {
        foreach (int length in device == "cpu" ? (int[])[1, 7, 8, 35, 64, 81, 144, 1000] : [1, 81])
        {
            Tensor x = Source(from, length);
            object[] expected = Expected(x, to);
            x = x.To(On(device));
            Check(x.To(to), expected, "in a row");
            Tensor gaps = Tensor.Zeros([length, 3], from, x.Device);
            gaps.Select(1, 1).CopyFrom(x);
            Check(gaps.Select(1, 1).To(to), expected, "with gaps");
            Check(x.Flip(0).To(to), [.. expected.Reverse()], "backwards");
            Tensor target = Tensor.Zeros([length, 2], to, x.Device);
            target.Select(1, 1).CopyFrom(x);
            Check(target.Select(1, 1), expected, "into gaps");
            Tensor twice = Tensor.Zeros([2, length], to, x.Device).CopyFrom(x);
            Check(twice.Reshape(-1), [.. expected, .. expected], "repeated");
            Tensor each = Tensor.Zeros([length, 2], to, x.Device).CopyFrom(x.Unsqueeze(1));
            Check(each.T.Reshape(-1), [.. expected, .. expected], "each twice");
        }

        void Check(Tensor y, object[] expected, string how)
        {
            Assert.That(y.DType, Is.EqualTo(to));
            object[] actual = Values(y.To(Device.Cpu));
            for (int i = 0; i < expected.Length; i++)
            {
                Assert.That(actual[i], Is.EqualTo(expected[i]), $"{how}, element {i} of {expected.Length}");
            }
        }
    }

    [Test]
    public void Copies_into_another_type_take_gradients_back_in_the_sources_type()
    {
        Tensor a = Tensor.Randn([2, 3], DType.Float64).RequireGrad(), b = Tensor.Randn([3, 2], DType.Float64);
        Tensor y = Tensor.Zeros([2, 2]).CopyFrom(a.MatMul(b));
        y.Sum().Backward();
        Assert.That(a.Grad!.DType, Is.EqualTo(DType.Float64));
        Assert.That(a.Grad.ToArray<double>(), Is.EqualTo(Tensor.Ones([2, 2], DType.Float64).MatMul(b.T)
            .ToArray<double>()).Within(1e-12));

        Tensor c = Tensor.Randn([2, 2]).RequireGrad();
        Tensor z = Tensor.Zeros([2, 4], DType.Float64);
        z[.., ..2] = c.MatMul(c);
        z[.., 2..] = c.Relu();
        (z * z).Sum().Backward();
        Assert.That(c.Grad!.DType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void Spans_of_tensors_keep_shapes_without_elements_and_without_dimensions()
    {
        foreach (int[] shape in (int[][])[[], [1], [0], [2, 0], [0, 3], [2, 1, 3]])
        {
            Tensor x = Tensor.Full(shape, 7), y = x.AsReadOnlyTensorSpan<float>().ToTensor();
            Assert.That(y.Shape.ToArray(), Is.EqualTo(shape.Length == 0 ? [1] : shape), "one number is a vector");
            Assert.That(y.ToArray<float>(), Is.EqualTo(x.ToArray<float>()));
        }

        Tensor number = Tensor.Scalar(7f);
        number.AsTensorSpan<float>()[0] = 8;
        Assert.That(number.Item(), Is.EqualTo(8));

        TensorSpan<float> whole = Tensor.Arange(0, 12).Reshape(3, 4).AsTensorSpan<float>();
        Assert.That(((ReadOnlyTensorSpan<float>)whole[1..3, 1..3]).ToTensor().ToArray<float>(),
            Is.EqualTo(new float[] { 5, 6, 9, 10 }));
    }

    [Test]
    public void Elements_may_be_copied_over_the_tensor_that_they_come_from()
    {
        Tensor x = Tensor.Arange(0, 6).Reshape(2, 3);
        x.T.CopyTo(x.AsSpan<float>());
        Assert.That(x.ToArray<float>(), Is.EqualTo(new float[] { 0, 3, 1, 4, 2, 5 }));
    }

    [Test]
    public void A_batch_made_ahead_is_where_the_readers_tensors_are()
    {
        using (Device.Use(Device.Reference))
        {
            Assert.That(new DataLoader<Tensor>(new Made(), 2, prefetch: 3).Select(b => b.Device),
                Is.All.SameAs(Device.Reference));
        }
    }

    private sealed class Made : Dataset<Tensor>
    {
        public override int Count => 20;

        protected override Tensor Get(int index) => Tensor.From((float)index);
    }
}
