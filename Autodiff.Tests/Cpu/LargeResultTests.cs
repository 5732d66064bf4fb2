using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>Results that are written past the caches, and bool results that are packed, element by element.</summary>
public class LargeResultTests
{
    // More than the 8 MiB from which results go past the caches, and no whole number of lines or parts.
    private const int Count = (2 << 20) + 12345;

    [TestCase(1)]
    [TestCase(2)]
    public void Large_results_have_the_bits_of_small_ones(int threads)
    {
        int before = CpuThreads.Count;
        CpuThreads.Count = threads;
        try
        {
            Tensor x = Tensor.Linspace(-4, 4, Count), y = x.Flip(0);
            float[] sums = (x + y * 2).ToArray<float>(), powers = x.Exp().ToArray<float>(),
                doubles = x.To(DType.Float64).Sin().ToArray<double>().Select(v => (float)v).ToArray();
            int[] starts = [0, 1, 127, 16384, 32767, 32768, 1 << 20, Count - 33];
            Assert.Multiple(() =>
            {
                foreach (int start in starts)
                {
                    int end = Math.Min(Count, start + 300);
                    Tensor p = x[start..end].Clone(), q = y[start..end].Clone();
                    Assert.That(sums[start..end], Is.EqualTo((p + q * 2).ToArray<float>()), $"sums from {start}");
                    Assert.That(powers[start..end], Is.EqualTo(p.Exp().ToArray<float>()), $"powers from {start}");
                    Assert.That(doubles[start..end],
                        Is.EqualTo(p.To(DType.Float64).Sin().To(DType.Float32).ToArray<float>()),
                        $"sines from {start}");
                }
            });
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }

    [Test]
    public void Large_copies_and_fills_are_complete()
    {
        Tensor x = Tensor.Arange(0, Count, type: DType.Int32);
        int[] copy = x.Clone().ToArray<int>();
        Assert.That(copy.Where((v, i) => v != i), Is.Empty);
        Assert.That(Tensor.Full([Count], 2.5f).ToArray<float>(), Is.All.EqualTo(2.5f));
        Assert.That(Tensor.Full([Count / 2], 7, DType.Int64).ToArray<long>(), Is.All.EqualTo(7));
    }

    [Test]
    public void A_large_tensor_changes_in_place()
    {
        Tensor x = Tensor.Arange(0, Count, type: DType.Float32);
        x.MulInPlace(2);
        Assert.That(x.ToArray<float>().Where((v, i) => v != 2f * i), Is.Empty);
    }

    [Test]
    public void Every_number_but_the_zeros_is_true()
    {
        float[] samples = [0, -0f, float.Epsilon, -float.Epsilon, 1e-40f, 1, -1, 65536, 256, float.NaN,
            float.PositiveInfinity, float.MinValue, 1.5e-45f, 0.25f];
        float[] values = [.. Enumerable.Range(0, 2000).Select(i => samples[i * 7 % samples.Length])];
        Assert.That(Tensor.From(values).To(DType.Bool).ToArray<bool>(), Is.EqualTo(values.Select(v => v != 0)));
        int[] integers = [.. values.Select(BitConverter.SingleToInt32Bits)];
        Assert.That(Tensor.From(integers).To(DType.Bool).ToArray<bool>(), Is.EqualTo(integers.Select(v => v != 0)));
        Assert.That(Tensor.From(values).IsNaN().ToArray<bool>(), Is.EqualTo(values.Select(float.IsNaN)));
        Assert.That(Tensor.From(values).IsInf().ToArray<bool>(), Is.EqualTo(values.Select(float.IsInfinity)));
        Assert.That(Tensor.From(integers).IsInf().ToArray<bool>(), Has.None.True);
        Assert.That(Tensor.From([int.MaxValue, int.MinValue]).IsFinite().ToArray<bool>(), Is.All.True);
        Assert.That(Tensor.From(values).IsFinite().ToArray<bool>(), Is.EqualTo(values.Select(float.IsFinite)));
    }
}
