using System.Globalization;
using Autodiff.Bench.Workloads;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>
/// Backward through chains of up to a million nodes: the time for a node, which should not depend on how many there
/// are.
/// </summary>
internal static class ChainSection
{
    private const string Section = "Backward of a chain, time for a node";

    public static void Run(Comparison comparison)
    {
        int[] lengths = comparison.Settings.IsQuick ? [1_000, 10_000] : [1_000, 10_000, 100_000, 1_000_000];
        Contender[] ours =
            [.. lengths.Select(length => new Contender(iterations => Chain.Backward(length, iterations)))];
        double?[] seconds = comparison.Steps(1).Run(ours);
        double[] perNode = [.. lengths.Select((length, i) => seconds[i]!.Value / length * 1e9)];
        for (int i = 0; i < lengths.Length; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"chain of {lengths[i]:N0} nodes");
            comparison.Add(Row.Of(Section, name, perNode[i], perNode.Min(), "the length with the fastest nodes",
                "ns/node", Better.Lower, 1, goal: 1 / 1.5));
        }

        for (int i = 0; i < lengths.Length && lengths[i] <= 100_000; i++)
        {
            int length = lengths[i];
            double?[] both = comparison.Steps(1)
                .Run(ours[i],
                    comparison.Torch(1)?.Contender(string.Create(CultureInfo.InvariantCulture, $"chain-{length}")));
            string name = string.Create(CultureInfo.InvariantCulture, $"chain of {length:N0} nodes");
            comparison.Add(Row.Of(Section, name, both[0] / length * 1e9, both[1] / length * 1e9, "PyTorch", "ns/node",
                Better.Lower, 1));
        }
    }
}
