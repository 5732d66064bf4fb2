using Autodiff.Bench.Peers;
using Autodiff.Bench.Workloads;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Whole training steps beside PyTorch's, beside loops written by hand, and beside the matrix products they can't do
/// without.
/// </summary>
internal static class TrainingSection
{
    private const string Section = "Training steps", Products = "The lab network's step and its matrix products",
        Allocation = "Allocation";

    private const int Placements = 8;

    private static readonly (string Key, string Unit, double Goal)[] Works =
    [
        ("x-squared", "µs", 40), ("linear-regression", "µs", 20), ("mlp", "µs", 3), ("logistic-regression", "ms", 3),
        ("lab-network", "ms", 3),
    ];

    public static void Run(Comparison comparison)
    {
        foreach (int threads in comparison.Settings.Threads)
        {
            foreach ((string key, string unit, double goal) in Works)
            {
                Compare(comparison, key, unit, goal, threads);
            }

            CompareWithProducts(comparison, threads);
        }

        foreach ((string key, _, _) in Works)
        {
            CountAllocation(comparison, Models.All[key]());
        }
    }

    private static void Compare(Comparison comparison, string key, string unit, double goal, int threads)
    {
        TrainingWorkload[] works = Placed(key, unit == "µs" ? Placements : 1);
        TrainingWorkload work = works[0];
        double scale = unit == "µs" ? 1e6 : 1e3;
        Action? byHand = key switch
        {
            "x-squared" => Loop(new HandWritten.XSquared().Step),
            "linear-regression" =>
                Loop(new HandWritten.LinearRegression(work.X.ToArray<float>(), work.Y.ToArray<float>()).Step),
            _ => null,
        };
        CompiledStep[] compiled = [.. works.Select(one => one.Compile())];
        Contest contest = works.Length > 1 ? comparison.ShortSteps(threads) : comparison.Steps(threads);
        double?[] seconds = contest.Run(
            Contender.Of([.. works.Select<TrainingWorkload, Action>(one => one.Run)]),
            Compiled(comparison, works, compiled), comparison.Torch(threads)?.Contender(key),
            byHand is null ? comparison.Torch(threads, asInstalled: true)?.Contender(key) : Contender.Of(byHand));
        Array.ForEach(compiled, step => step.Dispose());
        double? eager = seconds[0] * scale, replayed = seconds[1] * scale, torch = seconds[2] * scale;
        if (byHand is null)
        {
            double? asInstalled = seconds[3] * scale;
            torch = Contest.Faster(torch, asInstalled);
            Add("eager", eager, torch, "PyTorch", goal);
            Add("compiled", replayed, torch, "PyTorch", goal);
            Add("eager", eager, asInstalled, "PyTorch as installed", null);
        }
        else
        {
            double? loop = seconds[3] * scale;
            Add("eager", eager, torch, "PyTorch", goal);
            Add("compiled", replayed, torch, "PyTorch", null);
            Add("eager", eager, loop, "C# loop by hand", null);
            Add("compiled", replayed, loop, "C# loop by hand", 1 / 3.0);
        }

        void Add(string how, double? ours, double? peer, string peerName, double? goal) =>
            comparison.Add(Row.Of(Section, $"{work.Name}, {how}", ours, peer, peerName, unit, Better.Lower, threads,
                goal));
    }

    /// <summary>
    /// The same workload several times, its small arrays in other places of a cache line each time: which of a step's
    /// vectors cross lines is the allocator's doing, and takes up to a tenth of the smallest steps.
    /// </summary>
    private static TrainingWorkload[] Placed(string key, int placements)
    {
        return [.. Enumerable.Range(0, placements).Select(place =>
        {
            GC.KeepAlive(new byte[place * nint.Size]);
            return Models.All[key]();
        })];
    }

    /// <summary>The step replayed, by turns; null, and the reason told, where it can't be.</summary>
    private static Contender? Compiled(Comparison comparison, TrainingWorkload[] works, CompiledStep[] compiled)
    {
        for (int i = 0; i < works.Length; i++)
        {
            works[i].Run(compiled[i]);
            if (compiled[i].EagerReason is { } reason)
            {
                comparison.Hints.Add($"{works[i].Name} is not compiled: {reason}.");
                return null;
            }
        }

        return Contender.Of([.. works.Select<TrainingWorkload, Action>((work, i) => () => work.Run(compiled[i]))]);
    }

    private static unsafe void CompareWithProducts(Comparison comparison, int threads)
    {
        TrainingWorkload work = Models.LabNetwork();
        List<(GemmShape Shape, Operands<float> Memory)> products = [];
        int width = 20;
        foreach (int next in (ReadOnlySpan<int>)[256, 256, 256, 256, 1])
        {
            foreach (GemmShape shape in GemmShape.Layer("", 5000, width, next, first: width == 20))
            {
                products.Add((shape, new(shape.M, shape.N, shape.K)));
            }

            width = next;
        }

        using CompiledStep compiled = work.Compile();
        double?[] seconds = comparison.Steps(threads).Run(
            Contender.Of(work.Run),
            Compiled(comparison, [work], [compiled]),
            Contender.Of(() =>
            {
                foreach ((GemmShape shape, Operands<float> memory) in products)
                {
                    shape.Multiply(memory.A, memory.B, memory.C);
                }
            }));
        products.ForEach(product => product.Memory.Dispose());
        Add("eager", seconds[0]);
        Add("compiled", seconds[1]);

        void Add(string how, double? ours) => comparison.Add(Row.Of(
            Products, $"{work.Name}, {how}", ours * 1e3, seconds[2] * 1e3, "its matrix products alone", "ms",
            Better.Lower, threads, goal: 0.8));
    }

    private static void CountAllocation(Comparison comparison, TrainingWorkload work)
    {
        comparison.Add(Row.Of(Allocation, $"{work.Name}, eager", Allocated(work.Run), null, "", "bytes", Better.Lower,
            1));
        using CompiledStep compiled = work.Compile();
        if (Compiled(comparison, [work], [compiled]) is not null)
        {
            double bytes = Allocated(() => work.Run(compiled));
            comparison.Add(new(Allocation, $"{work.Name}, compiled", bytes, 0, "nothing", bytes == 0 ? 1 : 0, 1,
                "bytes", 1));
        }
    }

    /// <summary>
    /// Bytes that a step (or an epoch's steps) allocates on the collector's heap, by all threads, once it runs
    /// steadily.
    /// </summary>
    private static double Allocated(Action step)
    {
        const int Steps = 50;
        for (int i = 0; i < 2 * Steps; i++)
        {
            step();
        }

        long before = GC.GetTotalAllocatedBytes(precise: true);
        for (int i = 0; i < Steps; i++)
        {
            step();
        }

        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Steps;
    }

    private static Action Loop(Func<float> step) => () => step();
}
