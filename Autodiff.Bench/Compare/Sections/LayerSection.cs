using Autodiff.Bench.Machine;
using Autodiff.Bench.Peers;
using Autodiff.Bench.Workloads;
using Autodiff.Cpu;

namespace Autodiff.Bench.Compare.Sections;

/// <summary>Layers, forward alone and forward with backward, beside libtorch's.</summary>
internal static class LayerSection
{
    private const string Convolutions = "Convolutions, float32",
        Others = "Pools, norms, recurrence, attention, float32", Operations = "Single operations, float32",
        Peer = "libtorch";

    /// <summary>The first convolutions have a goal each; the rows after them also one together.</summary>
    private const int WithGoalAlone = 4;

    private static readonly (string Key, bool Forward, bool Both)[] s_others =
    [
        (LayerShapes.MaxPool, true, false), (LayerShapes.BatchNorm, false, true), (LayerShapes.Lstm, false, true),
        (LayerShapes.Attention, false, true), (LayerShapes.Encoder, false, true),
    ];

    public static void RunConvolutions(Comparison comparison)
    {
        foreach (int threads in comparison.Settings.Threads)
        {
            foreach (ConvShape shape in ConvShape.All)
            {
                if (comparison.Settings.IsQuick && shape.Operations > 1e9)
                {
                    continue;
                }

                bool hasGoalAlone = ConvShape.All.Take(WithGoalAlone).Contains(shape);
                (double?[]? forward, double?[]? both) = Measure(
                    comparison, shape.Key, true, true, threads, hasGoalAlone ? FmaPeak.Contender(threads) : null);
                Add("forward", forward, 1);
                Add("forward and backward", both, 3);

                void Add(string how, double?[]? seconds, int times)
                {
                    double operations = times * shape.Operations / 1e9;
                    comparison.Add(Row.Of(Convolutions, $"{shape}, {how}", operations / seconds?[0],
                        operations / seconds?[1], Peer, "GFLOP/s", Better.Higher, threads, goal: 1));
                    if (seconds?[2] is { } loop)
                    {
                        comparison.Add(Row.Of(Convolutions, $"{shape}, {how}, against the limit",
                            operations / seconds[0], FmaPeak.OperationsEach * threads / loop / 1e9, FmaPeak.Name,
                            "GFLOP/s", Better.Higher, threads, goal: 0.9));
                    }
                }
            }

            AddMean(
                comparison, Convolutions, "geometric mean of the rows after the first four shapes",
                Ratios(comparison, Convolutions, threads), threads);
        }
    }

    public static void RunOthers(Comparison comparison)
    {
        foreach (int threads in comparison.Settings.Threads)
        {
            foreach ((string key, bool withForward, bool withBoth) in s_others)
            {
                (double?[]? forward, double?[]? both) = Measure(comparison, key, withForward, withBoth, threads);
                Add("forward", forward);
                Add("forward and backward", both);

                void Add(string how, double?[]? seconds)
                {
                    if (seconds is null)
                    {
                        return;
                    }

                    comparison.Add(Row.Of(Others, $"{LayerShapes.Names[key]}, {how}", seconds[0] * 1e3,
                        seconds[1] * 1e3, Peer, "ms", Better.Lower, threads, goal: 1));
                }
            }

            LayerBytes.Run(comparison, Others, threads);
            double[] ratios = Ratios(comparison, Others, threads);
            AddMean(comparison, Others, "geometric mean of the rows beside libtorch", ratios, threads);
            if (Ratios(comparison, Convolutions, threads) is { Length: > 0 } convolutions)
            {
                AddMean(
                    comparison, Others, "and of the convolutions after the first four shapes",
                    [.. ratios, .. convolutions], threads);
            }
        }
    }

    /// <summary>Single operations, forward alone.</summary>
    public static void RunOperations(Comparison comparison)
    {
        foreach (int threads in comparison.Settings.Threads)
        {
            foreach (OperationShape shape in OperationShape.All)
            {
                if (comparison.Settings.IsQuick && shape.Shape is [> 1 << 20])
                {
                    continue;
                }

                (double?[]? forward, _) = Measure(comparison, shape.Key, withForward: true, withBoth: false, threads);
                comparison.Add(Row.Of(Operations, $"{shape}", forward![0] * 1e6, forward[1] * 1e6, Peer, "µs",
                    Better.Lower, threads, goal: 1));
            }
        }
    }

    /// <summary>Ours and the peer's seconds for a forward pass and for one with backward.</summary>
    private static (double?[]? Forward, double?[]? Both) Measure(
        Comparison comparison, string key, bool withForward, bool withBoth, int threads, Contender? limit = null)
    {
        LayerWorkload ours = LayerWorkload.All[key]();
        PeerProcess? torch = comparison.TorchSharp(threads);
        if (torch is not null)
        {
            CheckSame(comparison, key, ours, torch, threads);
        }

        Contest contest = comparison.Layers(threads);
        return (
            withForward
                ? contest.Run(Contender.Of(ours.Forward), torch?.Contender(key + LayerShapes.Forward), limit)
                : null,
            withBoth
                ? contest.Run(
                    Contender.Of(ours.ForwardAndBackward), torch?.Contender(key + LayerShapes.ForwardAndBackward),
                    limit)
                : null);
    }

    /// <summary>From one seed both sides draw the same numbers, so results and gradients have to agree.</summary>
    private static void CheckSame(Comparison comparison, string key, LayerWorkload ours, PeerProcess torch, int threads)
    {
        CpuThreads.Count = threads;
        double[] a = ours.Results(), b = torch.Results(key + LayerShapes.Results);
        double worst = a.Length == b.Length
            ? a.Zip(b).Max(pair => Math.Abs(pair.First - pair.Second) / Math.Abs(pair.Second))
            : double.NaN;
        if (!(worst < 1e-3))
        {
            throw new InvalidOperationException(
                $"{key}: the mean squares of result and gradients are {string.Join(", ", a)} here and "
                    + $"{string.Join(", ", b)} in {torch.Description}.");
        }
    }

    /// <summary>How a section's rows stand beside the peer, but those that have a goal alone.</summary>
    private static double[] Ratios(Comparison comparison, string section, int threads) =>
    [
        .. from row in comparison.Rows
           where row.Section == section && row.Threads == threads && row.PeerName == Peer && row.Ours is not null
               && !ConvShape.All.Take(WithGoalAlone).Any(
                   shape => row.Name.StartsWith($"{shape}, ", StringComparison.Ordinal))
           let ratio = row.Ratio
           where ratio is not null
           select ratio.Value,
    ];

    private static void AddMean(Comparison comparison, string section, string name, double[] ratios, int threads)
    {
        if (ratios.Length > 0)
        {
            double mean = Math.Exp(ratios.Average(Math.Log));
            comparison.Add(new(section, name, null, null, Peer, mean, 1.5, "", threads));
        }
    }
}
