using System.Diagnostics;
using Autodiff.Bench.Peers;
using Autodiff.Bench.Workloads;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// The lab network's training step on a CUDA device beside PyTorch's: eager, compiled, as a CUDA graph.
/// </summary>
internal static class CudaTrainingSection
{
    private const string Section = "CUDA: training steps";

    public static void Run(Comparison comparison, Device device, PeerProcess? torch)
    {
        TrainingWorkload eager = Models.LabNetwork(device), replayed = Models.LabNetwork(device);
        using CompiledStep compiled = replayed.Compile();
        replayed.Run(compiled);
        if (compiled.EagerReason is { } reason)
        {
            comparison.Hints.Add($"{replayed.Name} is not compiled on {device}: {reason}.");
        }

        double?[] seconds = comparison.Steps(1).Run(
            OnDevice(device, eager.Run),
            compiled.EagerReason is null ? OnDevice(device, () => replayed.Run(compiled)) : null,
            torch?.ContenderIfAble("lab-network-eager"),
            torch?.ContenderIfAble("lab-network-compiled"),
            torch?.ContenderIfAble("lab-network-graph"));
        double? best = Contest.Faster(seconds[0], seconds[1]);
        Add("eager", seconds[0], seconds[2], "PyTorch, eager", null);
        Add("compiled", seconds[1], seconds[2], "PyTorch, eager", null);
        Add("the faster way", best, seconds[2], "PyTorch, eager", 3);
        Add("compiled", seconds[1], seconds[3], "PyTorch, torch.compile", null);
        Add("the faster way", best, seconds[4], "PyTorch, CUDA graph", 1);

        void Add(string how, double? ours, double? peer, string peerName, double? goal)
        {
            // A way that PyTorch can't go here is no row, except the first two, which tell our own times.
            if (ours is not null && (peer is not null || peerName == "PyTorch, eager" && goal is null))
            {
                comparison.Add(Row.Of(Section, $"{eager.Name}, {how}", ours * 1e6, peer * 1e6, peerName, "µs",
                    Better.Lower, 1, goal));
            }
        }
    }

    // By the clock on the wall, since the host's work is part of a step.
    private static Contender OnDevice(Device device, Action step) => new(iterations =>
    {
        Cuda.Synchronize(device);
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < iterations; i++)
        {
            step();
        }

        Cuda.Synchronize(device);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    });
}
