using Autodiff.Cpu;

namespace Autodiff.Tests.Convolutions;

/// <summary>
/// What the processor's convolution promises beside its values: bits that threads can't change, little scratch memory.
/// </summary>
[TestFixture, NonParallelizable]
public class CpuConvolutionTests
{
    /// <summary>Shapes whose work is split among threads, every path among them.</summary>
    private static IEnumerable<ConvolutionCase> Large =>
    [
        new(3, 64, 64, [32, 32], [3, 3]) { Padding = [1, 1] },
        new(2, 256, 256, [14, 14], [3, 3]) { Padding = [1, 1] },
        new(4, 1, 16, [28, 28], [3, 3]),
        new(2, 256, 64, [28, 28], [1, 1]),
        new(2, 128, 96, [28, 28], [1, 1]) { Stride = [2, 2] },
        new(1, 3, 64, [112, 112], [7, 7]) { Stride = [2, 2], Padding = [3, 3] },
        new(2, 64, 64, [56, 56], [3, 3]) { Groups = 64, Padding = [1, 1] },
        new(2, 32, 64, [28, 28], [3, 3]) { Groups = 4, Stride = [2, 1], Padding = [1, 1] },
        new(1, 40, 30, [40000], [5]) { Padding = [2] },
        new(1, 3, 5, [300000], [3]) { Dilation = [100000], Padding = [20000] },
        new(1, 2, 5, [60000], [700]) { Stride = [7] },
        new(1, 16, 24, [8, 14, 14], [3, 3, 3]) { Padding = [1, 1, 1] },
        new(2, 70, 4, [40, 75], [3, 3]) { Padding = [1, 1], Stride = [2, 1] },
        new(1, 8, 8, [700, 20], [3, 3]) { Dilation = [200, 1], Groups = 8 },
    ];

    [TestCaseSource(nameof(Large))]
    public void Bits_are_the_same_for_any_number_of_threads_and_the_values_right(ConvolutionCase c)
    {
        ArgumentNullException.ThrowIfNull(c);
        float[][] one = Run(c, 1), three = Run(c, 3);
        for (int i = 0; i < one.Length; i++)
        {
            Assert.That(three[i].AsSpan().SequenceEqual(one[i]), $"operand {i}");
        }

        // Against float64 by way of another path: the windows as columns, a matrix product.
        float[][] composed = Composed(c);
        for (int i = 0; i < one.Length; i++)
        {
            double scale = composed[i].Max(Math.Abs);
            Assert.That(one[i], Is.EqualTo(composed[i]).Within(2e-5 * scale), $"operand {i}");
        }
    }

    [Test]
    public void Scratch_is_at_most_one_mebibyte_a_thread()
    {
        int threads = CpuThreads.Count;
        long held = 0, packed = 0;
        List<(long Held, long Packed)> shared = [];
        CpuThreads.Count = 1;
        try
        {
            // A thread of its own begins without scratch memory and keeps what it took.
            Thread worker = new(() =>
            {
                foreach (ConvolutionCase c in Large)
                {
                    Gradients(c, DType.Float32);
                    Gradients(c, DType.Float64);
                    held = Math.Max(held, Scratch.Held);
                    packed = Math.Max(packed, Math.Max(PackedBytes(c, DType.Float32), PackedBytes(c, DType.Float64)));
                    shared.Add((Scratch.HeldShared, packed));
                }
            });
            worker.Start();
            worker.Join();
        }
        finally
        {
            CpuThreads.Count = threads;
        }

        Assert.That(held, Is.InRange(1L, 1L << 20));
        Assert.That(shared, Has.All.Matches<(long Held, long Packed)>(now => now.Held <= now.Packed + (64 << 10)));
        Assert.That(shared[^1].Held, Is.InRange(1L, (4L << 20) + (64 << 10)));
    }

    /// <summary>The weight, its channels filled up to registers, where it is packed once: up to 4 MiB.</summary>
    private static long PackedBytes(ConvolutionCase c, DType type)
    {
        int inputs = c.Inputs / c.Groups, outputs = c.Outputs / c.Groups;
        long taps = c.Kernel.Aggregate(1L, (m, n) => m * n);
        return Math.Max(Bytes(inputs, outputs), Bytes(outputs, inputs));

        long Bytes(long channels, long rows)
        {
            long lanes = Lanes.Bytes / type.SizeOf();
            long bytes = c.Groups * taps * channels * ((rows + lanes - 1) / lanes * lanes) * type.SizeOf();
            return bytes <= 4 << 20 ? bytes : 0;
        }
    }

    [Test]
    public void Non_finite_inputs_touch_only_the_sums_that_read_them()
    {
        Tensor x = Tensor.Ones([1, 8, 6, 6]), w = Tensor.Ones([8, 8, 3, 3]).RequireGrad();
        x.AsSpan<float>()[35] = float.PositiveInfinity; // the last place of the first channel
        Tensor y = x.Convolution(w, null, default, [1]);
        float[] values = y.ToArray<float>();
        Assert.That(values[0], Is.EqualTo(32));
        Assert.That(values[35], Is.EqualTo(float.PositiveInfinity));
        Assert.That(values.Count(float.IsInfinity), Is.EqualTo(8 * 4));
        y.Sum().Backward();
        float[] gradient = w.Grad!.ToArray<float>();
        Assert.That(gradient.Count(float.IsNaN), Is.Zero);
        Assert.That(gradient[0], Is.EqualTo(25));
        Assert.That(
            float.IsInfinity(gradient[8]),
            "the tap at the lower right reads the place for all but the last row and column");
    }

    private static float[][] Run(ConvolutionCase c, int threads)
    {
        int before = CpuThreads.Count;
        CpuThreads.Count = threads;
        try
        {
            return Gradients(c, DType.Float32);
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }

    private static float[][] Gradients(ConvolutionCase c, DType type)
    {
        Tensor.ManualSeed(9);
        Tensor x = Tensor.Randn(c.InputShape).To(type).RequireGrad(),
            w = Tensor.Randn(c.WeightShape).To(type).RequireGrad();
        Tensor b = Tensor.Randn([c.Outputs]).To(type).RequireGrad(), g = Tensor.Randn(c.OutputShape).To(type);
        Tensor y = x.Convolution(w, b, c.Stride, c.Padding, c.Dilation, groups: c.Groups);
        y.Backward(g);
        return type == DType.Float32
            ? [y.ToArray<float>(), x.Grad!.ToArray<float>(), w.Grad!.ToArray<float>(), b.Grad!.ToArray<float>()] : [];
    }

    /// <summary>The same by views, copies and products of float64.</summary>
    private static float[][] Composed(ConvolutionCase c)
    {
        Tensor.ManualSeed(9);
        Tensor x = Tensor.Randn(c.InputShape).To(DType.Float64).RequireGrad(),
            w = Tensor.Randn(c.WeightShape).To(DType.Float64).RequireGrad();
        Tensor b = Tensor.Randn([c.Outputs]).To(DType.Float64).RequireGrad(),
            g = Tensor.Randn(c.OutputShape).To(DType.Float64);
        int spatial = c.Size.Length, inputs = c.Inputs / c.Groups, taps = c.Kernel.Aggregate(1, (n, k) => n * k);
        Tensor padded = x.Pad([.. c.Padding.Reverse().SelectMany(p => new[] { p, p })]);
        List<Tensor> windows = [];
        for (int tap = 0; tap < taps; tap++)
        {
            Tensor window = padded;
            for (int d = spatial - 1, rest = tap; d >= 0; rest /= c.Kernel[d--])
            {
                int first = rest % c.Kernel[d] * c.Dilation[d], end = first + ((c.OutputSize[d] - 1) * c.Stride[d]) + 1;
                TensorIndex[] at = [.. Enumerable.Repeat(TensorIndex.Slice(null, null), 2 + spatial)];
                at[2 + d] = TensorIndex.Slice(first, end, c.Stride[d]);
                window = window[at];
            }

            windows.Add(window.Reshape(c.Samples, c.Groups, inputs, 1, -1));
        }

        Tensor columns = Tensor.Cat(windows.ToArray(), 3).Reshape(c.Samples, c.Groups, inputs * taps, -1);
        Tensor y = w.Reshape(1, c.Groups, c.Outputs / c.Groups, inputs * taps).MatMul(columns).Reshape(c.OutputShape)
            + b.Reshape([-1, .. Enumerable.Repeat(1, spatial)]);
        y.Backward(g);
        return [.. new[] { y, x.Grad!, w.Grad!, b.Grad! }.Select(t => t.To(DType.Float32).ToArray<float>())];
    }
}
