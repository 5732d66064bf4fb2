using Autodiff.Bench.Workloads;
using Autodiff.Nn;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// A step of an optimizer over 270 thousand parameters in six tensors, beside PyTorch's multi-tensor step.
/// </summary>
internal static class OptimizerSection
{
    private const string Section = "Optimizers, 269 066 parameters in 6 tensors";

    public static void Run(Comparison comparison)
    {
        foreach (int threads in comparison.Settings.Threads)
        {
            foreach ((string key, Func<Optimizer> make) in OptimizerWorkload.All)
            {
                Optimizer optimizer = make();
                double?[] seconds = comparison.Kernels(threads)
                    .Run(Contender.Of(optimizer.Step), comparison.Torch(threads)?.Contender(key));
                comparison.Add(Row.Of(Section, key, seconds[0] * 1e6, seconds[1] * 1e6, "PyTorch", "µs", Better.Lower,
                    threads));
            }
        }
    }
}
