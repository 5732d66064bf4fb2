using System.Diagnostics;
using Autodiff.Backends.Cpu;

namespace Autodiff.Bench.Compare;

/// <summary>Somebody who can do the work of a row.</summary>
/// <param name="Run">Does the work so many times and gives the seconds that took.</param>
internal sealed record Contender(Func<int, double> Run)
{
    /// <summary>Work in this process, one call of <paramref name="work"/> each time.</summary>
    public static Contender Of(Action work) => new(iterations =>
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < iterations; i++)
        {
            work();
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}

/// <summary>Lets contenders do the same work by turns, so that whatever disturbs the machine disturbs them all.</summary>
/// <param name="settings">How many rounds.</param>
/// <param name="threads">The threads of our engine and of the peers.</param>
internal sealed class Contest(Settings settings, int threads)
{
    private const int CallsToLastTier = 40;

    /// <summary>How long a turn should take.</summary>
    public double TurnSeconds { get; init; } = settings.IsQuick ? 0.004 : 0.03;

    /// <summary>How long each contender works before the first turn, so that code is compiled in its last tier and caches are warm.</summary>
    public double WarmUpSeconds { get; init; } = settings.IsQuick ? 0.05 : 0.2;

    /// <summary>Worker threads of OpenBLAS and OpenMP spin for some time after their last job; nobody's turn starts before they sleep.</summary>
    private double PauseSeconds => threads == 1 ? 0 : 0.05;

    /// <summary>The median time of one piece of work, in seconds, of each contender; null for one that is missing.</summary>
    public double?[] Run(params Contender?[] contenders)
    {
        int before = CpuThreads.Count;
        CpuThreads.Count = threads;
        try
        {
            WarmUp(contenders);
            int[] iterations = [.. contenders.Select(c => c is null ? 0 : Calibrate(c))];
            double[][] times = [.. contenders.Select(_ => new double[settings.Rounds])];
            for (int round = 0; round < settings.Rounds; round++)
            {
                for (int c = 0; c < contenders.Length; c++)
                {
                    if (contenders[c] is { } contender)
                    {
                        Pause();
                        times[c][round] = contender.Run(iterations[c]) / iterations[c];
                    }
                }
            }

            return [.. contenders.Select((c, i) => c is null ? null : (double?)Median(times[i]))];
        }
        finally
        {
            CpuThreads.Count = before;
        }
    }

    /// <summary>Calls everything as often as the runtime asks before it compiles a method in its last tier, and gives it the time to.</summary>
    private void WarmUp(Contender?[] contenders)
    {
        foreach (Contender? contender in contenders)
        {
            double spent = 0;
            for (int call = 0; call < CallsToLastTier && spent < 4 * WarmUpSeconds && contender is not null; call++)
            {
                spent += contender.Run(1);
            }
        }

        if (!settings.IsQuick)
        {
            Thread.Sleep(150);
        }
    }

    private int Calibrate(Contender contender)
    {
        Pause();
        double spent = 0, each = double.PositiveInfinity;
        for (int iterations = 1; ; iterations *= 2)
        {
            double seconds = contender.Run(iterations);
            spent += seconds;
            each = seconds / iterations;
            if (spent >= WarmUpSeconds || seconds > WarmUpSeconds / 2)
            {
                return (int)Math.Clamp(TurnSeconds / Math.Max(each, 1e-12), 1, 1 << 30);
            }

            iterations = seconds > TurnSeconds ? Math.Max(iterations / 2, 1) : iterations;
        }
    }

    private void Pause()
    {
        if (PauseSeconds > 0)
        {
            Thread.Sleep(TimeSpan.FromSeconds(PauseSeconds));
        }
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        int half = values.Length / 2;
        return values.Length % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    }
}
