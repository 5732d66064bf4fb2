using Autodiff.Bench.Peers;
using Autodiff.Bench.Workloads;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>Whole training steps beside PyTorch's, beside loops written by hand, and beside the matrix products they can't do without.</summary>
internal static class TrainingSection
{
    private const string Section = "Training steps", Products = "The lab network's step and its matrix products", Allocation = "Allocation";

    private static readonly (string Key, string Unit, double Goal)[] Works =
    [
        ("x-squared", "µs", 40), ("linear-regression", "µs", 20), ("mlp", "µs", 3), ("logistic-regression", "ms", 3), ("lab-network", "ms", 3),
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
            TrainingWorkload work = Models.All[key]();
            comparison.Add(Row.Of(Allocation, $"{work.Name}, eager", Allocated(work.Run), null, "", "bytes", Better.Lower, 1));
        }
    }

    private static void Compare(Comparison comparison, string key, string unit, double goal, int threads)
    {
        TrainingWorkload work = Models.All[key]();
        double scale = unit == "µs" ? 1e6 : 1e3;
        Action? byHand = key switch
        {
            "x-squared" => Loop(new HandWritten.XSquared().Step),
            "linear-regression" => Loop(new HandWritten.LinearRegression(work.X.ToArray<float>(), work.Y.ToArray<float>()).Step),
            _ => null,
        };
        PyTorch? torch = comparison.Torch(threads);
        double?[] seconds = comparison.Steps(threads).Run(
            Contender.Of(work.Run), torch?.Contender(key), byHand is null ? null : Contender.Of(byHand));
        comparison.Add(Row.Of(Section, $"{work.Name}, eager", seconds[0] * scale, seconds[1] * scale, "PyTorch", unit, Better.Lower, threads, goal));
        if (byHand is not null)
        {
            comparison.Add(Row.Of(Section, $"{work.Name}, eager", seconds[0] * scale, seconds[2] * scale, "C# loop by hand", unit, Better.Lower, threads));
        }
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

        double?[] seconds = comparison.Steps(threads).Run(
            Contender.Of(work.Run),
            Contender.Of(() =>
            {
                foreach ((GemmShape shape, Operands<float> memory) in products)
                {
                    shape.Multiply(memory.A, memory.B, memory.C);
                }
            }));
        products.ForEach(product => product.Memory.Dispose());
        comparison.Add(Row.Of(Products, $"{work.Name}, eager", seconds[0] * 1e3, seconds[1] * 1e3, "its matrix products alone", "ms", Better.Lower, threads, goal: 0.8));
    }

    /// <summary>Bytes that a step allocates on the collector's heap, by all threads.</summary>
    private static double Allocated(Action step)
    {
        const int Steps = 20;
        for (int i = 0; i < Steps; i++)
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
