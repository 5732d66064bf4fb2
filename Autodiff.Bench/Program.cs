using Autodiff.Bench.Compare;
using Autodiff.Bench.Compare.Sections;
using Autodiff.Bench.Peers;
using BenchmarkDotNet.Running;

switch (args)
{
    case ["compare", .. var options]:
        return CompareCommand.Run(options);
    case ["charts", var document]:
        Charts.Illustrate(document);
        return 0;
    case ["memory", var workload, var iterations, var threads]:
        return MemorySection.Measure(workload, iterations, threads);
    case ["openblas", .. var coreType]:
        return OpenBlasKernels.Measure(coreType.FirstOrDefault());
    default:
        BenchmarkSwitcher.FromAssembly(typeof(CompareCommand).Assembly).Run(args);
        return 0;
}
