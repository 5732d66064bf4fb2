using Autodiff.Cpu;
using Autodiff.Tests.Reductions;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Attention;

/// <summary>What attention needs of memory, and that its bits do not depend on threads.</summary>
[TestFixture, NonParallelizable]
public class AttentionMemoryTests
{
    /// <summary>All weights of one head would be 256 MiB.</summary>
    [TestCase(0.0, 4L << 20)]
    [TestCase(0.25, 14L << 20)] // 8 MiB of bits
    public void Memory_grows_with_the_length_alone(double dropout, long most)
    {
        const int length = 8192, features = 16;
        Tensor[] x = [.. Enumerable.Range(1, 3).Select(i => Drawn(1, length, features, i))];
        Step(); // buffers of the threads
        GC.Collect();
        GC.WaitForPendingFinalizers();
        MemoryStatistics.ResetPeak();
        long live = MemoryStatistics.Current.LiveBytes, allocated = GC.GetTotalAllocatedBytes(precise: true);
        Step();
        long peak = MemoryStatistics.Current.PeakBytes - live;
        long made = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        Assert.That(peak, Is.LessThan(most), "tensors that live together");
        Assert.That(made, Is.LessThan(most), "all that was allocated");

        void Step()
        {
            foreach (Tensor each in x)
            {
                each.Grad = null;
            }

            F.ScaledDotProductAttention(x[0], x[1], x[2], dropoutP: dropout, isCausal: true).Sum().Backward();
        }
    }

    [Test]
    public void Bits_are_the_same_for_any_number_of_threads()
    {
        (int Heads, int KeyHeads)[] all = [(1, 1), (3, 3), (4, 2), (8, 8)];
        int before = CpuThreads.Count;
        try
        {
            foreach ((int heads, int keyHeads) in all)
            {
                float[][] first = [];
                foreach (int threads in new[] { 1, 2, 3, 5 })
                {
                    CpuThreads.Count = threads;
                    Tensor[] x = [Drawn(heads, 300, 24, 1), Drawn(keyHeads, 410, 24, 2), Drawn(keyHeads, 410, 20, 3)];
                    Tensor y = F.ScaledDotProductAttention(
                        x[0], x[1], x[2], dropoutP: 0.1, enableGqa: true, generator: new TorchGenerator(1));
                    (y * y).Sum().Backward();
                    float[][] results =
                        [y.Detach().ToArray<float>(), .. x.Select(each => each.Grad!.ToArray<float>())];
                    first = first.Length == 0 ? results : first;
                    Assert.That(results, Is.EqualTo(first), $"{heads} heads, {threads} threads");
                }
            }
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }

    private static Tensor Drawn(int heads, int length, int features, int seed) =>
        GradientCheck.Sample([1, heads, length, features], seed).To(DType.Float32).RequireGrad();
}
