using System.Reflection;
using Autodiff.Cpu;
using Autodiff.Tests.Memory;

namespace Autodiff.Tests.Cpu;

/// <summary>The thread count is one setting of the process, so nothing else runs beside these tests.</summary>
[NonParallelizable]
public class CpuThreadsTests
{
    private int _count;

    [SetUp]
    public void UseFourThreads()
    {
        _count = CpuThreads.Count;
        CpuThreads.Count = 4;
    }

    [TearDown]
    public void RestoreThreads() => CpuThreads.Count = _count;

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(1000)]
    public void Every_part_runs_once(int parts)
    {
        int[] runs = new int[parts];
        for (int round = 0; round < 200; round++)
        {
            CpuThreads.For(parts, new CountRuns(runs));
        }

        Assert.That(runs, Is.All.EqualTo(200));
    }

    [Test]
    public void Sleeping_workers_are_woken()
    {
        int[] runs = new int[3];
        for (int round = 0; round < 5; round++)
        {
            CpuThreads.For(3, new CountRuns(runs));
            Thread.Sleep(5);
        }

        Assert.That(runs, Is.All.EqualTo(5));
    }

    [TestCase(64 * 1024)]
    [TestCase(33 * 1024 + 5)]
    public void A_function_gives_the_same_bits_on_one_thread_and_on_four(int count)
    {
        Tensor x = Tensor.Rand([count]).Mul(20f).Sub(10f);
        Tensor across = x.View(1, count).Expand(2, count);
        float[][] shared = [x.Tanh().ToArray<float>(), x.Exp().ToArray<float>(), across.Sigmoid().ToArray<float>()];
        CpuThreads.Count = 1;
        Assert.That(new float[][]
            {
                x.Tanh().ToArray<float>(), x.Exp().ToArray<float>(), across.Sigmoid().ToArray<float>()
            },
            Is.EqualTo(shared));
    }

    [Test]
    public void An_interrupted_thread_stays_until_every_part_has_run()
    {
        object gate = typeof(CpuThreads).GetField("s_gate", BindingFlags.Static | BindingFlags.NonPublic)!
            .GetValue(null)!;
        int[] runs = new int[8];
        CpuThreads.For(8, new CountRuns(runs));
        Thread.Sleep(100); // the workers sleep now
        bool isInterrupted = false;
        int[] seen = [];
        Thread caller = new(() =>
        {
            try
            {
                CpuThreads.For(8, new CountRuns(runs));
            }
            catch (ThreadInterruptedException)
            {
                isInterrupted = true;
            }

            seen = [.. runs];
        });
        lock (gate) // they can't be woken
        {
            caller.Start();
            SpinWait.SpinUntil(() => caller.ThreadState.HasFlag(ThreadState.WaitSleepJoin), 5000);
            caller.Interrupt();
            caller.Join();
        }

        Assert.That(isInterrupted);
        Assert.That(seen, Is.All.EqualTo(2));
    }

    [Test]
    public void An_exception_of_a_part_reaches_the_caller_and_the_next_job_is_unharmed()
    {
        for (int round = 0; round < 50; round++)
        {
            Assert.That(
                () => CpuThreads.For(8, new FailAt(round % 8)),
                Throws.InvalidOperationException.With.Message.EqualTo("part " + (round % 8)));
            int[] runs = new int[8];
            CpuThreads.For(8, new CountRuns(runs));
            Assert.That(runs, Is.All.EqualTo(1));
        }
    }

    [Test]
    public void A_part_may_start_a_job_of_its_own()
    {
        int[] runs = new int[16];
        CpuThreads.For(4, new Nested(runs));
        Assert.That(runs, Is.All.EqualTo(4));
    }

    [Test]
    public void User_threads_may_start_jobs_at_the_same_time()
    {
        int[][] runs = [new int[50], new int[50], new int[50]];
        Thread[] users = [.. runs.Select(own => new Thread(() =>
        {
            for (int round = 0; round < 2000; round++)
            {
                CpuThreads.For(own.Length, new CountRuns(own));
            }
        }))];
        foreach (Thread user in users)
        {
            user.Start();
        }

        foreach (Thread user in users)
        {
            user.Join();
        }

        Assert.That(runs.SelectMany(own => own), Is.All.EqualTo(2000));
    }

    [Test]
    public void A_job_allocates_nothing()
    {
        int[] runs = new int[4];
        CpuThreads.For(4, new CountRuns(runs));
        Assert.That(Allocation.OfEachRound(() =>
        {
            for (int round = 0; round < 1000; round++)
            {
                CpuThreads.For(4, new CountRuns(runs));
            }
        }), Is.Zero);
    }

    [Test]
    public void A_count_below_one_is_refused() =>
        Assert.That(() => CpuThreads.Count = 0, Throws.TypeOf<ArgumentOutOfRangeException>());

    private readonly struct CountRuns(int[] runs) : IParallelBody
    {
        public void Run(int part) => Interlocked.Increment(ref runs[part]);
    }

    private readonly struct FailAt(int bad) : IParallelBody
    {
        public void Run(int part)
        {
            if (part == bad)
            {
                throw new InvalidOperationException("part " + part);
            }
        }
    }

    private readonly struct Nested(int[] runs) : IParallelBody
    {
        public void Run(int part) => CpuThreads.For(runs.Length, new CountRuns(runs));
    }
}
