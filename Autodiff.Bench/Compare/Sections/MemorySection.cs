using System.Diagnostics;
using System.Globalization;
using Autodiff.Bench.Machine;
using Autodiff.Bench.Peers;
using Autodiff.Bench.Workloads;
using Autodiff.Cpu;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// The most memory that a process of its own holds while it trains: runtime, libraries, data and model together.
/// </summary>
internal static class MemorySection
{
    private const string Section = "Peak memory of a process that trains";

    private static readonly (string Key, int Iterations)[] Works =
    [
        ("x-squared", 2000), ("linear-regression", 2000), ("mlp", 500), ("logistic-regression", 5), ("lab-network", 20),
    ];

    public static void Run(Comparison comparison)
    {
        foreach ((string key, int iterations) in Works)
        {
            int times = comparison.Settings.IsQuick ? Math.Max(iterations / 10, 1) : iterations;
            int threads = comparison.Settings.Threads[^1];
            double? ours = PeakOfChild(key, times, threads), peer = PyTorch.PeakMemory(key, times, threads);
            if (peer is null)
            {
                comparison.Hints.Add(PyTorch.Hint);
            }

            const double MiB = 1 << 20;
            comparison.Add(Row.Of(Section, Models.All[key]().Name, ours / MiB, peer / MiB, "PyTorch", "MiB",
                Better.Lower, threads));
        }
    }

    /// <summary>
    /// <c>-- memory WORKLOAD ITERATIONS THREADS</c>: trains, then prints the process's peak in bytes.
    /// </summary>
    public static int Measure(string key, string iterations, string threads)
    {
        CpuThreads.Count = int.Parse(threads, CultureInfo.InvariantCulture);
        TrainingWorkload work = Models.All[key]();
        for (int i = int.Parse(iterations, CultureInfo.InvariantCulture); i > 0; i--)
        {
            work.Run();
        }

        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(self.PeakWorkingSet64.ToString(CultureInfo.InvariantCulture));
        return 0;
    }

    private static double? PeakOfChild(string key, int iterations, int threads)
    {
        string answer = ChildProcess.Answer("memory", key, iterations.ToString(CultureInfo.InvariantCulture),
            threads.ToString(CultureInfo.InvariantCulture));
        return double.TryParse(answer, NumberStyles.Float, CultureInfo.InvariantCulture, out double bytes)
            ? bytes
            : null;
    }
}
