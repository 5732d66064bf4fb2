using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

/// <summary>Pools of one to three dimensions against their definition, one window after the other.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("reference")]
[TestFixture("cuda")]
public class PoolTests(string device) : DeviceFixture(device)
{
    /// <summary>A pool's settings along up to three dimensions.</summary>
    public sealed record Setting(int[] Input, int[] Kernel, int[] Stride, int[] Padding, int[] Dilation, bool Ceil)
    {
        public override string ToString() =>
            $"[{string.Join(",", Input)}] k {string.Join(",", Kernel)} s {string.Join(",", Stride)} p "
                + $"{string.Join(",", Padding)} d {string.Join(",", Dilation)} {Ceil}";
    }

    private static readonly Setting[] Settings =
    [
        new([11], [3], [2], [1], [1], false), new([11], [3], [2], [1], [2], true), new([10], [2], [3], [0], [1], true),
        new([1], [1], [1], [0], [1], false), new([7, 9], [2, 2], [2, 2], [0, 0], [1, 1], false),
        new([7, 9], [3, 2], [2, 1], [1, 0], [1, 2], true), new([5, 6], [5, 6], [1, 1], [2, 3], [1, 1], false),
        new([4, 40], [2, 3], [2, 2], [1, 1], [2, 1], true),
        new([4, 5, 6], [2, 3, 2], [1, 2, 2], [1, 1, 0], [1, 1, 1], true),
        new([3, 4, 5], [2, 2, 2], [2, 2, 2], [0, 0, 1], [1, 2, 1], false),
        // windows that begin farther left than the one before, where the padding is cut off
        new([4], [3], [1], [1], [2], false), new([6], [3], [1], [1], [3], false), new([8], [7], [1], [3], [2], false),
        new([10], [7], [1], [3], [2], false), new([4, 4], [3, 3], [1, 1], [1, 1], [2, 2], false),
    ];

    [TestCase(2, 2)]
    [TestCase(3, 1)]
    [TestCase(4, 2)]
    public void A_largest_entry_has_the_bits_of_its_place(int kernel, int stride)
    {
        Random random = new(kernel);
        double[] entries = [-1, -1, -0.0, 0.0];
        Tensor x = Tensor.From<double>([.. Enumerable.Range(0, 23 * 40).Select(
            _ => random.Next(99) == 0 ? double.NaN : entries[random.Next(4)])]).Reshape(1, 23, 40);
        (Tensor values, Tensor indices) = F.MaxPool2dWithIndices(x.To(Device.Current), kernel, stride);
        double[] plane = x.ToArray<double>();
        Assert.That(
            values.ToArray<double>().Select(BitConverter.DoubleToInt64Bits),
            Is.EqualTo(indices.ToArray<long>().Select(at => BitConverter.DoubleToInt64Bits(plane[at]))));
    }

    /// <summary>Where no positions are wanted, the commonest windows have loops of their own.</summary>
    [Test]
    public void Values_alone_have_the_bits_of_those_with_positions(
        [Values(2, 3)] int kernel, [Values(1, 2)] int stride, [Values(0, 1)] int padding,
        [Values(8, 9)] int height, [Values(9, 23, 40, 75)] int width)
    {
        Random random = new(kernel);
        float[] entries = [float.NaN, -0f, 0, 1, 2, 3, float.NegativeInfinity];
        Tensor x = Tensor.From<float>([.. Enumerable.Range(0, 3 * height * width).Select(
            _ => entries[random.Next(random.Next(9) == 0 ? 0 : 1, 7)])]).Reshape(3, height, width).To(Device.Current);
        Same<float>(x, static value => BitConverter.SingleToInt32Bits(value));
        Same<double>(x.To(DType.Float64), BitConverter.DoubleToInt64Bits);

        void Same<T>(Tensor x, Func<T, long> bits) where T : unmanaged
        {
            Tensor expected = F.MaxPool2dWithIndices(x, kernel, stride, padding).Values;
            Assert.That(F.MaxPool2d(x, kernel, stride, padding).ToArray<T>().Select(bits),
                Is.EqualTo(expected.ToArray<T>().Select(bits)));
        }
    }

    [TestCaseSource(nameof(Settings))]
    public void Max_pools_find_the_first_of_the_largest(Setting s)
    {
        Tensor x = Sample(s, ties: true).RequireGrad();
        (Tensor values, Tensor indices) = MaxPool(x, s);
        double[] plane = x.ToArray<double>();
        List<double> expected = [];
        List<long> places = [];
        foreach ((int start, int[] window) in Windows(s, x))
        {
            int best = window.Where(i => i >= 0).First();
            foreach (int i in window.Where(i => i >= 0))
            {
                best = plane[start + i] > plane[start + best] ? i : best;
            }

            expected.Add(plane[start + best]);
            places.Add(best);
        }

        Assert.That(values.ToArray<double>(), Is.EqualTo(expected));
        Assert.That(indices.ToArray<long>(), Is.EqualTo(places));
        Tensor g = GradientCheck.Sample(values.Shape, 3);
        double[] gradient = new double[plane.Length], upstream = g.ToArray<double>();
        int each = places.Count / 6, size = plane.Length / 6;
        for (int i = 0; i < places.Count; i++)
        {
            gradient[i / each * size + places[i]] += upstream[i];
        }

        values.Backward(g);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(gradient).Within(1e-14));
    }

    [TestCaseSource(nameof(Settings))]
    public void Average_pools_are_means_of_windows(Setting s)
    {
        s = s with { Dilation = [.. s.Dilation.Select(_ => 1)] };
        Tensor x = Sample(s, ties: false);
        double[] plane = x.ToArray<double>();
        foreach (bool include in new[] { true, false })
        {
            Tensor y = AvgPool(x, s, include, null);
            double[] expected = [.. Windows(s, x).Select(w =>
                w.Entries.Where(i => i >= 0).Sum(i => plane[w.Start + i]) / w.Entries.Count(
                    i => i >= 0 || (include && i == Padding)))];
            Assert.That(y.ToArray<double>(), Is.EqualTo(expected).Within(1e-14), $"include {include}");
        }

        if (s.Input.Length > 1)
        {
            double[] sums =
                [.. Windows(s, x).Select(w => w.Entries.Where(i => i >= 0).Sum(i => plane[w.Start + i]) / 5)];
            Assert.That(AvgPool(x, s, true, 5).ToArray<double>(), Is.EqualTo(sums).Within(1e-14));
        }
    }

    [TestCaseSource(nameof(Settings))]
    public void Gradients_are_differences_to_second_order(Setting s)
    {
        Tensor x = Sample(s, ties: false);
        if (x.ElementCount > 300 && Device.Current != Device.Cpu)
        {
            x = x[0, 0].Reshape([1, 1, .. s.Input]);
        }

        GradientCheck.Second(t => MaxPool(t.Square(), s).Values, x, 1e-4);
        GradientCheck.Second(
            t => AvgPool(t.Square(), s with { Dilation = [.. s.Dilation.Select(_ => 1)] }, false, null), x, 1e-4);
    }

    [Test]
    public void Adaptive_pools_share_the_input_out()
    {
        foreach ((int inputs, int outputs) in new[] { (7, 3), (5, 5), (3, 7), (10, 1), (1, 4) })
        {
            Tensor x = GradientCheck.Sample([2, 3, inputs], 4), mean = F.AdaptiveAvgPool1d(x, outputs);
            (Tensor largest, Tensor places) = F.AdaptiveMaxPool1dWithIndices(x, outputs);
            double[] v = x.ToArray<double>();
            for (int i = 0; i < 6 * outputs; i++)
            {
                (int row, int o) = (i / outputs, i % outputs);
                int start = o * inputs / outputs, end = ((o + 1) * inputs + outputs - 1) / outputs;
                double[] window = v[(row * inputs + start)..(row * inputs + end)];
                Assert.That(mean.ToArray<double>()[i], Is.EqualTo(window.Average()).Within(1e-15));
                Assert.That(largest.ToArray<double>()[i], Is.EqualTo(window.Max()));
                Assert.That(places.ToArray<long>()[i], Is.EqualTo(start + Array.IndexOf(window, window.Max())));
            }
        }

        Tensor image = GradientCheck.Sample([2, 3, 6, 5], 5), volume = GradientCheck.Sample([2, 3, 4, 5], 6);
        Assert.That(F.AdaptiveAvgPool2d(image, null, 2).Shape.ToArray(), Is.EqualTo(new[] { 2, 3, 6, 2 }));
        Assert.That(new AdaptiveAvgPool3d(2).Forward(volume).Shape.ToArray(), Is.EqualTo(new[] { 2, 2, 2, 2 }));
        Assert.That(
            new AdaptiveMaxPool2d(2, null).ForwardWithIndices(image).Values.Shape.ToArray(),
            Is.EqualTo(new[] { 2, 3, 2, 5 }));
        Assert.That(
            F.AdaptiveAvgPool2d(image, 1, 1).ToArray<double>(), Is.EqualTo(
                image.Mean([2, 3]).ToArray<double>()).Within(1e-15), "a global pool");
        GradientCheck.Second(t => F.AdaptiveAvgPool2d(t.Square(), 4, 2), image, 1e-4);
        GradientCheck.Second(t => F.AdaptiveMaxPool2d(t.Square(), 4, 2), image, 1e-4);
    }

    [Test]
    public void LP_pools_are_norms_of_windows()
    {
        Tensor x = GradientCheck.Sample([2, 3, 8, 6], 7, 0.1, 2);
        double[] v = x.ToArray<double>(), actual = F.LPPool2d(x, 3, 2).ToArray<double>();
        for (int i = 0; i < actual.Length; i++)
        {
            int at = i / 12 * 48 + i / 3 % 4 * 12 + i % 3 * 2;
            double sum = new[] { 0, 1, 6, 7 }.Sum(k => Math.Pow(v[at + k], 3));
            Assert.That(actual[i], Is.EqualTo(Math.Cbrt(sum)).Within(1e-14));
        }

        Assert.That(new LPPool1d(2, 3, 2).Forward(x[0]).Shape.ToArray(), Is.EqualTo(new[] { 3, 8, 2 }));
        Assert.That(new LPPool3d(2, 2).Forward(x).Shape.ToArray(), Is.EqualTo(new[] { 2, 1, 4, 3 }));
        GradientCheck.Second(t => F.LPPool2d(t, 3, 2), x[0, 0].Unsqueeze(0).Unsqueeze(0), 1e-4);
    }

    [Test]
    public void Unpooling_puts_values_where_they_were()
    {
        Tensor x = GradientCheck.Sample([2, 3, 5, 6], 8);
        (Tensor values, Tensor indices) = F.MaxPool2dWithIndices(x, 2);
        Tensor y = F.MaxUnpool2d(values, indices, 2, outputSize: (5, 6));
        double[] kept = x.ToArray<double>(), back = y.ToArray<double>();
        Assert.That(y.Shape, Is.EqualTo(x.Shape));
        Assert.That(back.Where((v, i) => v != 0 && v != kept[i]), Is.Empty);
        Assert.That(back.Count(v => v != 0), Is.EqualTo(values.ElementCount));
        Assert.That(F.MaxUnpool2d(values, indices, 2).Shape.ToArray(), Is.EqualTo(new[] { 2, 3, 4, 6 }));
        GradientCheck.Second(t => F.MaxUnpool2d(t.Square(), indices, 2, outputSize: (5, 6)), values, 1e-4);
        (Tensor line, Tensor at) = F.MaxPool1dWithIndices(x[0], 2);
        Assert.That(new MaxUnpool1d(2).Forward(line, at).Shape.ToArray(), Is.EqualTo(new[] { 3, 5, 6 }));
        Assert.That(
            () => F.MaxUnpool2d(values, indices, 2, outputSize: (9, 6)),
            Throws.ArgumentException.With.Message.Contains("between 3 and 5"));
        Assert.That(
            () => F.MaxUnpool2d(values, indices[0], 2), Throws.ArgumentException.With.Message.Contains("MaxUnpool2d"));
        (Tensor block, Tensor blockAt) = F.MaxPool3dWithIndices(x, 2);
        Assert.That(
            F.MaxUnpool3d(block, blockAt, 2, outputSize: (3, 5, 6)).Shape.ToArray(), Is.EqualTo(new[] { 2, 3, 5, 6 }));
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void An_average_sees_its_window_alone(DType type)
    {
        double inf = double.PositiveInfinity;
        Tensor x = Tensor.From(inf, 0, 0, 0, 0, 0, 0, 0).To(type).To(Device.Current).RequireGrad();
        double[] first = [inf, 0, 0, 0];
        Assert.That(F.AvgPool2d(x.Reshape(1, 1, 1, 8), (1, 2)).ToArray<double>(), Is.EqualTo(first));
        Assert.That(F.AvgPool2d(x.Reshape(1, 1, 8, 1), (2, 1)).ToArray<double>(), Is.EqualTo(first));
        Assert.That(F.AdaptiveAvgPool1d(x.Reshape(1, 1, 8), 4).ToArray<double>(), Is.EqualTo(first));
        Assert.That(
            F.LocalResponseNorm(x.Reshape(1, 8, 1), 3, beta: 0).ToArray<double>(),
            Is.EqualTo(x.ToArray<double>()), "channels");
        Tensor pooled = F.AvgPool1d(x.Reshape(1, 1, 8), 3, 2, 1);
        Assert.That(pooled.ToArray<double>(), Is.EqualTo(first), "windows of unequal sizes");
        pooled.Backward(x.Detach().Slice(0, 0, 4).Reshape(1, 1, 4));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { inf, inf, 0, 0, 0, 0, 0, 0 }), "gradient");
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Averages_have_the_bits_of_the_processor(DType type)
    {
        Tensor x = Tensor.Randn([2, 3, 9, 31], type, generator: new TorchGenerator(5));
        Func<Tensor, Tensor>[] operations =
        [
            t => F.AvgPool2d(t, 3, 2, 1, ceilMode: true), t => F.AdaptiveAvgPool2d(t, 4, 7),
            t => F.Interpolate(t, [20, 45], mode: InterpolationMode.Bilinear),
            t => F.Interpolate(t, [7, 40], mode: InterpolationMode.Bicubic), t => F.Interpolate(t, [18, 62]),
        ];
        foreach (Func<Tensor, Tensor> operation in operations)
        {
            Assert.That(On(Device.Current), Is.EqualTo(On(Device.Cpu)));

            double[][] On(Device device)
            {
                Tensor t = x.Detach().To(device).RequireGrad(), y = operation(t);
                y.Backward(y.Detach());
                return [y.ToArray<double>(), t.Grad!.ToArray<double>()];
            }
        }
    }

    [TestCase(DType.Float32, 1e-6)]
    [TestCase(DType.Float64, 1e-14)]
    public void Wide_windows_are_averaged_in_blocks(DType type, double error)
    {
        Tensor x = Tensor.Randn([2, 100, 70], DType.Float64, generator: new TorchGenerator(6)).To(type).RequireGrad();
        Tensor y = F.AdaptiveAvgPool2d(x, 2, 1);
        double[] expected = x.Reshape(2, 2, 50, 70).Mean([2, 3]).ToArray<double>();
        Assert.That(y.ToArray<double>(), Is.EqualTo(expected).Within(error));
        y.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(1.0 / 3500).Within(error / 1000));
    }

    [Test]
    public void NaN_and_minus_infinity_are_found()
    {
        Tensor x = Tensor.From(
            new[,] { { 1.0, double.NaN, 3, 2 }, { double.NegativeInfinity, double.NegativeInfinity, -5, 0 } });
        (Tensor values, Tensor places) = F.MaxPool1dWithIndices(x, 2);
        Assert.That(values.ToArray<double>(), Is.EqualTo(new[] { double.NaN, 3, double.NegativeInfinity, 0 }));
        Assert.That(places.ToArray<long>(), Is.EqualTo(new long[] { 1, 2, 0, 3 }));
        Tensor image = Tensor.From(new[,] { { 1.0, 2 }, { double.NaN, 3 } }).Unsqueeze(0);
        Assert.That(F.MaxPool2d(image, 2).Item(), Is.NaN);
    }

    [Test]
    public void Types_shapes_and_prints()
    {
        Tensor x = GradientCheck.Sample([2, 3, 9, 70], 9);
        (Tensor values, Tensor places) = F.MaxPool2dWithIndices(x.To(DType.Float32), 3, 2, 1);
        Assert.That(values.ToArray<double>(), Is.EqualTo(F.MaxPool2d(x, 3, 2, 1).To(DType.Float32).ToArray<double>()));
        Assert.That((values.DType, places.DType), Is.EqualTo((DType.Float32, DType.Int64)));
        Assert.That(
            F.AvgPool2d(x.To(DType.Float32), 3, 2, 1).ToArray<double>(), Is.EqualTo(
                F.AvgPool2d(x, 3, 2, 1).ToArray<double>()).Within(1e-6));
        Tensor empty = Tensor.Zeros([0, 3, 4, 4]).RequireGrad();
        (F.MaxPool2d(empty, 2) + F.AvgPool2d(empty, 2) + F.AdaptiveAvgPool2d(empty, 2, 2)).Sum().Backward();
        Assert.That(empty.Grad!.Shape, Is.EqualTo(empty.Shape));
        (Module Layer, string Text)[] prints =
        [
            (new MaxPool2d(3, 2, 1), "MaxPool2d(kernel_size=3, stride=2, padding=1, dilation=1, ceil_mode=False)"),
            (
                new MaxPool2d((3, 2)),
                "MaxPool2d(kernel_size=(3, 2), stride=(3, 2), padding=0, dilation=1, ceil_mode=False)"),
            (new AvgPool1d(3), "AvgPool1d(kernel_size=(3,), stride=(3,), padding=(0,))"),
            (new AvgPool3d(2), "AvgPool3d(kernel_size=2, stride=2, padding=0)"),
            (new LPPool2d(2, 3), "LPPool2d(norm_type=2, kernel_size=3, stride=None, ceil_mode=False)"),
            (new AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)"),
            (new AdaptiveMaxPool2d(null, 7), "AdaptiveMaxPool2d(output_size=(None, 7))"),
            (new MaxUnpool2d(3, 2), "MaxUnpool2d(kernel_size=(3, 3), stride=(2, 2), padding=(0, 0))"),
        ];
        Assert.That(
            prints.Select(print => print.Layer.ToString()!.Split('\n')[0]),
            Is.EqualTo(prints.Select(print => print.Text)));
    }

    [Test]
    public void Wrong_settings_are_refused_in_words()
    {
        Tensor x = Tensor.Zeros([2, 3, 4, 4]);
        Assert.That(
            () => F.MaxPool2d(x[0, 0], 2),
            Throws.ArgumentException.With.Message.Contains(
                "MaxPool2d: input [4, 4] must be [N, C, H, W] or [C, H, W]"));
        Assert.That(() => F.MaxPool2d(x, 5), Throws.ArgumentException.With.Message.Contains("spans 5 entries"));
        Assert.That(
            () => F.MaxPool2d(x, 2, padding: 2),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("half"));
        Assert.That(
            () => F.AvgPool2d(x, 0),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("kernelSize is 0"));
        Assert.That(() => F.AvgPool2d(x, 2, divisorOverride: 0), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => F.AdaptiveAvgPool2d(x, 0, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(
            () => F.MaxPool2d(Tensor.Zeros([2, 0, 4, 4]), 2),
            Throws.ArgumentException.With.Message.Contains("no samples"));
        Assert.That(() => F.MaxPool2d(Tensor.Zeros([1, 1, 4, 4], DType.Int64), 2), Throws.InvalidOperationException);
    }

    private const int Padding = -1, Beyond = -2;

    private static Tensor Sample(Setting s, bool ties)
    {
        Tensor x = GradientCheck.Sample([2, 3, .. s.Input], 1, 0.1, 2);
        return ties ? (x * 2).Round() : x + Tensor.Arange(0, x.ElementCount, 1, DType.Float64).Reshape(x.Shape) * 1e-3;
    }

    private static (Tensor Values, Tensor Indices) MaxPool(Tensor x, Setting s) => s.Input.Length switch
    {
        1 => F.MaxPool1dWithIndices(x, s.Kernel[0], s.Stride[0], s.Padding[0], s.Dilation[0], s.Ceil),
        2 => F.MaxPool2dWithIndices(x, Two(s.Kernel), Two(s.Stride), Two(s.Padding), Two(s.Dilation), s.Ceil),
        _ => F.MaxPool3dWithIndices(x, Three(s.Kernel), Three(s.Stride), Three(s.Padding), Three(s.Dilation), s.Ceil),
    };

    private static Tensor AvgPool(Tensor x, Setting s, bool include, int? divisor) => s.Input.Length switch
    {
        1 => F.AvgPool1d(x, s.Kernel[0], s.Stride[0], s.Padding[0], s.Ceil, include),
        2 => F.AvgPool2d(x, Two(s.Kernel), Two(s.Stride), Two(s.Padding), s.Ceil, include, divisor),
        _ => F.AvgPool3d(x, Three(s.Kernel), Three(s.Stride), Three(s.Padding), s.Ceil, include, divisor),
    };

    private static Size2D Two(int[] sizes) => (sizes[0], sizes[1]);

    private static Size3D Three(int[] sizes) => (sizes[0], sizes[1], sizes[2]);

    /// <summary>Every window: where its plane starts, and the entries in the plane in row-major order, or Padding, or
    /// Beyond that.</summary>
    private static IEnumerable<(int Start, int[] Entries)> Windows(Setting s, Tensor x)
    {
        int rank = s.Input.Length, size = s.Input.Aggregate(1, (all, n) => all * n);
        int[] outputs = new int[rank];
        for (int d = 0; d < rank; d++)
        {
            double room = (s.Input[d] + 2 * s.Padding[d] - s.Dilation[d] * (s.Kernel[d] - 1) - 1) / (double)s.Stride[d];
            outputs[d] = (int)(s.Ceil ? Math.Ceiling(room) : Math.Floor(room)) + 1;
            outputs[d] -= s.Ceil && (outputs[d] - 1) * s.Stride[d] >= s.Input[d] + s.Padding[d] ? 1 : 0;
        }

        for (int start = 0; start < x.ElementCount; start += size)
        {
            foreach (int[] o in Counted(outputs))
            {
                yield return (start, [.. Counted(s.Kernel).Select(k =>
                {
                    int entry = 0;
                    bool isPadding = false, isBeyond = false;
                    for (int d = 0; d < rank; d++)
                    {
                        int i = o[d] * s.Stride[d] - s.Padding[d] + k[d] * s.Dilation[d];
                        isPadding |= i < 0 || i >= s.Input[d];
                        isBeyond |= i >= s.Input[d] + s.Padding[d];
                        entry = entry * s.Input[d] + i;
                    }

                    return isBeyond ? Beyond : isPadding ? Padding : entry;
                })]);
            }
        }
    }

    private static IEnumerable<int[]> Counted(int[] sizes)
    {
        int all = sizes.Aggregate(1, (product, n) => product * n);
        for (int k = 0; k < all; k++)
        {
            int[] at = new int[sizes.Length];
            for (int d = sizes.Length - 1, rest = k; d >= 0; d--)
            {
                (rest, at[d]) = Math.DivRem(rest, sizes[d]);
            }

            yield return at;
        }
    }
}
