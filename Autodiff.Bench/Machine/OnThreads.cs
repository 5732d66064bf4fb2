using System.Diagnostics;

namespace Autodiff.Bench.Machine;

/// <summary>Runs the same work on several threads that start together.</summary>
internal static class OnThreads
{
    /// <summary>Seconds from the first start to the last end.</summary>
    public static double Time(int threads, Action<int> work)
    {
        if (threads == 1)
        {
            long alone = Stopwatch.GetTimestamp();
            work(0);
            return Stopwatch.GetElapsedTime(alone).TotalSeconds;
        }

        using Barrier barrier = new(threads);
        long[] starts = new long[threads], ends = new long[threads];
        Thread[] others = [.. Enumerable.Range(1, threads - 1)
            .Select(i => new Thread(() => Part(i)) { IsBackground = true })];
        foreach (Thread thread in others)
        {
            thread.Start();
        }

        Part(0);
        foreach (Thread thread in others)
        {
            thread.Join();
        }

        return Stopwatch.GetElapsedTime(starts.Min(), ends.Max()).TotalSeconds;

        void Part(int i)
        {
            barrier.SignalAndWait();
            starts[i] = Stopwatch.GetTimestamp();
            work(i);
            ends[i] = Stopwatch.GetTimestamp();
        }
    }
}
