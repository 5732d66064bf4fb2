using System.Diagnostics;

namespace Autodiff.Tests.TapeTests;

/// <summary>
/// What must hold at any size: memory that stays flat, work that stays linear, threads that do not meet.
/// </summary>
public class ScaleTests
{
    private static double TrainLine(int steps, double slope)
    {
        Tensor x = Tensor.From(new float[,] { { -1 }, { 0 }, { 1 }, { 2 } }), t = x * slope;
        Tensor w = Tensor.Zeros([1, 1]).RequireGrad();
        for (int i = 0; i < steps; i++)
        {
            (x.Linear(w) - t).Square().Mean().Backward();
            using (Tensor.NoGrad())
            {
                w -= w.Grad! * 0.1;
            }

            w.Grad = null;
        }

        return w.Item();
    }

    [Test]
    [Category("Memory")]
    public void Many_small_steps_run_in_flat_memory()
    {
        TrainLine(1000, 2);
        long before = GC.GetTotalMemory(forceFullCollection: true);
        TrainLine(50_000, 2);
        long after = GC.GetTotalMemory(forceFullCollection: true);
        Assert.That(after - before, Is.LessThan(256 * 1024));
    }

    [Test]
    [Category("Memory")]
    public void Large_tensors_are_reused_without_dispose()
    {
        MemoryStatistics.ResetPeak();
        long before = MemoryStatistics.Current.LiveBytes;
        Tensor x = Tensor.Ones([512, 512]).RequireGrad();
        for (int i = 0; i < 400; i++)
        {
            (x * x + 1).Square().Sum().Backward();
            x.Grad = null;
        }

        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(MemoryStatistics.Current.LiveBytes - before, Is.LessThan(64L << 20),
            "after 400 steps of 4 MB each");
        Assert.That(MemoryStatistics.Current.PeakBytes - before, Is.LessThan(400L << 20), "in between");
    }

    [TestCase(1_000)]
    [TestCase(1_000_000)]
    public void A_chain_of_any_length_is_walked_once(int length)
    {
        Tensor x = Tensor.Scalar(1.0).RequireGrad();
        int visits = 0;
        Tensor y = x;
        for (int i = 0; i < length; i++)
        {
            y = i == length / 2 ? Counting(y, () => visits++) : -y;
        }

        y.Backward();
        Assert.That(visits, Is.EqualTo(1));
        Assert.That(Math.Abs(x.Grad!.Item()), Is.EqualTo(1));
    }

    [Test]
    public void A_graph_that_doubles_at_each_step_is_still_linear()
    {
        // 2^60 paths, 60 nodes: only a walk that visits each node once ends.
        Tensor x = Tensor.Scalar(1.0).RequireGrad();
        Tensor y = x;
        for (int i = 0; i < 60; i++)
        {
            y = y + y;
        }

        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(Math.Pow(2, 60)));
    }

    [Test]
    public void Two_threads_train_two_models_at_once()
    {
        double[] expected = [TrainLine(300, 2), TrainLine(300, -3)];
        double[] actual = new double[2];
        Thread[] threads = [new(() => actual[0] = TrainLine(300, 2)), new(() => actual[1] = TrainLine(300, -3))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.That(actual, Is.EqualTo(expected));
    }

    [Test]
    public void Grad_mode_is_each_threads_own()
    {
        using GradMode.Scope _ = Tensor.NoGrad();
        bool other = false;
        Thread thread = new(() => other = GradMode.IsEnabled);
        thread.Start();
        thread.Join();
        Assert.That(other);
        Assert.That(GradMode.IsEnabled, Is.False);
    }

    private static Tensor Counting(Tensor x, Action visit) =>
        Autodiff.Autograd.Function("Counting", [x], inputs => inputs[0] * 1, (g, _, _) =>
    {
        visit();
        return [g];
    });
}
