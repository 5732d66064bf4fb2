using System.Diagnostics;
using Autodiff.Cpu;

namespace Autodiff.Bench.Compare;

/// <summary>Somebody who can do the work of a row.</summary>
/// <param name="Run">Does the work so many times and gives the seconds that took.</param>
internal sealed record Contender(Func<int, double> Run)
{
    /// <summary>
    /// Work in this process, one call each time. The same work on several sets of operands takes them by turns: where
    /// the system put a set in memory decides which of its lines meet in the cache, which isn't the work's doing.
    /// </summary>
    public static Contender Of(params Action[] works)
    {
        int turn = 0;
        return new(iterations =>
        {
            Action work = works[turn++ % works.Length];
            long start = Stopwatch.GetTimestamp();
            for (int i = 0; i < iterations; i++)
            {
                work();
            }

            return Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
    }
}

/// <summary>
/// Lets contenders do the same work by turns, so that whatever disturbs the machine disturbs them all.
/// </summary>
/// <remarks>
/// What a turn takes beyond the best one is the rest of the machine's doing, so the best one counts, for all alike.
/// </remarks>
/// <param name="threads">The threads of our engine and of the peers.</param>
/// <param name="isQuick">Whether warming up may be skimped.</param>
internal sealed class Contest(int threads, bool isQuick)
{
    private const int Tiers = 3, CallsToNextTier = 40;

    /// <summary>How often each contender has its turn.</summary>
    public required int Rounds { get; init; }

    /// <summary>How long a turn should take.</summary>
    public required double TurnSeconds { get; init; }

    /// <summary>
    /// How long each contender works before the first turn, so that code is compiled in its last tier and caches are
    /// warm.
    /// </summary>
    public required double WarmUpSeconds { get; init; }

    /// <summary>
    /// Worker threads of OpenBLAS and OpenMP spin for some time after their last job; nobody's turn starts before they
    /// sleep.
    /// </summary>
    private double PauseSeconds => threads == 1 ? 0 : 0.05;

    /// <summary>
    /// The time of one piece of work in each contender's best turn, in seconds; null for one that is missing.
    /// </summary>
    public double?[] Run(params Contender?[] contenders)
    {
        int before = CpuThreads.Count;
        CpuThreads.Count = threads;
        Alternation.Take();
        try
        {
            WarmUp(contenders);
            int[] iterations = [.. contenders.Select(c => c is null ? 0 : Calibrate(c))];
            double?[] best = new double?[contenders.Length];
            for (int round = 0; round < Rounds; round++)
            {
                for (int c = 0; c < contenders.Length; c++)
                {
                    if (contenders[c] is { } contender)
                    {
                        Pause();
                        double each = contender.Run(iterations[c]) / iterations[c];
                        best[c] = Math.Min(each, best[c] ?? each);
                    }
                }

                Alternation.Give();
                Alternation.Take();
            }

            return best;
        }
        finally
        {
            Alternation.Give();
            CpuThreads.Count = before;
        }
    }

    /// <summary>The smaller of two times, of which one may be missing.</summary>
    public static double? Faster(double? a, double? b) => a is null || b < a ? b : a;

    /// <summary>
    /// Calls everything as often as the runtime asks before it compiles a method in its next tier, and gives it the
    /// time to, for each tier: it counts calls only after a pause of 100 ms in which no new method ran.
    /// </summary>
    private void WarmUp(Contender?[] contenders)
    {
        for (int tier = 0; tier < (isQuick ? 1 : Tiers); tier++)
        {
            foreach (Contender? contender in contenders)
            {
                double spent = 0;
                for (int call = 0; call < CallsToNextTier && spent < 2 * WarmUpSeconds && contender is not null; call++)
                {
                    spent += contender.Run(1);
                }
            }

            if (!isQuick)
            {
                Thread.Sleep(150);
            }
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
}
