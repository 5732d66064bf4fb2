using System.Diagnostics;
using System.Globalization;
using Autodiff.Bench.Compare.Sections;
using Autodiff.Bench.Machine;

namespace Autodiff.Bench.Compare;

/// <summary><c>-- compare</c>: everything of the goals' table, beside its peers, in one run.</summary>
internal static class CompareCommand
{
    private static readonly (string Key, Action<Comparison> Run)[] Sections =
    [
        ("gemm", GemmSection.Run),
        ("elementwise", ElementwiseSection.Run),
        ("reductions", ReductionSection.Run),
        ("bandwidth", BandwidthSection.Run),
        ("training", TrainingSection.Run),
        ("convolutions", LayerSection.RunConvolutions),
        ("layers", LayerSection.RunOthers),
        ("operations", LayerSection.RunOperations),
        ("optimizers", OptimizerSection.Run),
        ("chains", ChainSection.Run),
        ("memory", MemorySection.Run),
        ("cuda", CudaSection.Run),
    ];

    public static int Run(ReadOnlySpan<string> arguments)
    {
        Settings settings;
        try
        {
            settings = Settings.Parse(arguments);
        }
        catch (ArgumentException e)
        {
            Console.Error.WriteLine(e.Message);
            return 2;
        }

        long start = Stopwatch.GetTimestamp();
        using Comparison comparison = new(settings);
        Console.WriteLine(MachineDescription.Text);
        foreach ((string key, Action<Comparison> run) in Sections)
        {
            if (settings.Wants(key))
            {
                run(comparison);
            }
        }

        Report.Write(comparison);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
        return 0;
    }
}
