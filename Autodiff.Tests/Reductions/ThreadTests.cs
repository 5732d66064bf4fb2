using Autodiff.Cpu;

namespace Autodiff.Tests.Reductions;

/// <summary>
/// The same bits whatever the number of threads. The thread count is one setting of the process, so nothing else runs
/// beside these tests.
/// </summary>
[NonParallelizable]
public class ThreadTests
{
    private int _count;

    [SetUp]
    public void RememberThreads() => _count = CpuThreads.Count;

    [TearDown]
    public void RestoreThreads() => CpuThreads.Count = _count;

    private static IEnumerable<TestCaseData> Operations()
    {
        (string, int[], Func<Tensor, Tensor>)[] operations =
        [
            ("sum", [777_777], x => x.Sum()),
            ("sum of squares", [3, 200_001], x => x.Norm(2, 1)),
            ("sum down columns", [5000, 256], x => x.Sum(0)),
            ("sum down narrow columns", [100_003, 3], x => x.Sum(0)),
            ("sum along short rows", [40_009, 7], x => x.Sum(1)),
            ("sum of channels", [8, 16, 40, 40], x => x.Sum([0, 2, 3])),
            ("max of a transpose", [600, 700], x => x.T.Amax(0)),
            ("argmax", [900, 300], x => x.ArgMax(1).To(DType.Float32)),
            ("argmax of short rows", [40_009, 7], x => x.ArgMax(1).To(DType.Float32)),
            ("cumsum", [40, 9001], x => x.CumSum(1)),
            ("softmax", [3001, 100], x => x.Softmax(1)),
            ("log-softmax of short rows", [30_001, 10], x => x.LogSoftmax(1)),
            ("map", [444_445], x => (x * x).Exp()),
            ("map of rows", [50_001, 7], x => x + x.Select(0, 3)),
            ("map of columns", [3001, 150], x => x * x.Narrow(1, 4, 1)),
            ("map of a transpose", [600, 700], x => x.T + 1),
        ];
        foreach ((string name, int[] shape, Func<Tensor, Tensor> f) in operations)
        {
            yield return new TestCaseData(shape, f).SetArgDisplayNames(name);
        }
    }

    [TestCaseSource(nameof(Operations))]
    public void Any_number_of_threads_gives_the_same_bits(int[] shape, Func<Tensor, Tensor> f)
    {
        Tensor x = GradientCheck.Sample(shape).To(DType.Float32);
        CpuThreads.Count = 1;
        float[] alone = f(x).ToArray<float>();
        foreach (int threads in new[] { 2, 3, 5 })
        {
            CpuThreads.Count = threads;
            Assert.That(f(x).ToArray<float>().AsSpan().SequenceEqual(alone), $"{threads} threads");
        }

        double[] exact = f(x.To(DType.Float64)).ToArray<double>();
        double scale = exact.Max(Math.Abs);
        Assert.That(alone.Zip(exact, (a, e) => Math.Abs(a - e)).Max(), Is.LessThan(2e-6 * Math.Max(1, scale)));
    }

    [Test]
    public void Repeated_rows_of_any_length_are_added_right([Values(1, 3, 7, 10, 64, 1000, 1025, 3000)] int width)
    {
        Tensor row = GradientCheck.Sample([width]), x = GradientCheck.Sample([200, width], 2),
            column = GradientCheck.Sample([200, 1], 3);
        double[] actual = (x * row + column).ToArray<double>(), r = row.ToArray<double>(), a = x.ToArray<double>(),
            c = column.ToArray<double>();
        double[] strided = (x.T.Clone().T + GradientCheck.Sample([width, 2], 4)[.., 1]).ToArray<double>(),
            second = GradientCheck.Sample([width, 2], 4).ToArray<double>();
        for (int i = 0; i < actual.Length; i++)
        {
            Assert.That(actual[i], Is.EqualTo(a[i] * r[i % width] + c[i / width]).Within(1e-14));
            Assert.That(strided[i], Is.EqualTo(a[i] + second[2 * (i % width) + 1]).Within(1e-14));
        }
    }

    /// <summary>Where the collector suspends a thread it uses that thread's stack.</summary>
    [Test]
    public void Sums_of_repeated_rows_keep_their_elements_while_the_collector_runs()
    {
        bool stop = false;
        Thread collector = new(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                GC.Collect(0);
            }
        });
        collector.Start();
        Tensor x = Tensor.Scalar(1f).Expand(2000, 3000);
        bool isRight = true;
        for (int i = 0; i < 20 && isRight; i++)
        {
            isRight = x.Sum(1).ToArray<float>().All(static sum => sum == 3000);
        }

        Volatile.Write(ref stop, true);
        collector.Join();
        Assert.That(isRight);
    }
}
