using System.Globalization;
using Autodiff.Bench.Peers;

namespace Autodiff.Bench.Compare;

/// <summary>A run of the comparison: its settings, its peers and the rows so far.</summary>
internal sealed class Comparison(Settings settings) : IDisposable
{
    private readonly List<Row> _rows = [];
    private readonly Dictionary<(int, bool), PeerProcess?> _torch = [];
    private readonly Dictionary<int, PeerProcess?> _torchSharp = [];

    public Settings Settings => settings;

    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>How to install what was missing.</summary>
    public SortedSet<string> Hints { get; } = [];

    /// <summary>Which versions stood beside us.</summary>
    public SortedSet<string> Peers { get; } = [];

    /// <summary>OpenBLAS, or null and a hint.</summary>
    public OpenBlas? OpenBlas =>
        Known(Bench.Peers.OpenBlas.Instance, static blas => $"{blas.Description} ({OpenBlasKernels.Told})",
            Bench.Peers.OpenBlas.Hint);

    /// <summary>
    /// PyTorch with so many threads, or null and a hint. Its OpenBLAS has the best kernels unless it is taken as
    /// installed.
    /// </summary>
    public PeerProcess? Torch(int threads, bool asInstalled = false)
    {
        if (!_torch.TryGetValue((threads, asInstalled), out PeerProcess? torch))
        {
            _torch[(threads, asInstalled)] = torch = PyTorch.Start(threads, asInstalled);
        }

        return Known(torch, static torch => torch.Description, PyTorch.Hint);
    }

    /// <summary>libtorch with so many threads, or null and a hint.</summary>
    public PeerProcess? TorchSharp(int threads)
    {
        if (!_torchSharp.TryGetValue(threads, out PeerProcess? torch))
        {
            _torchSharp[threads] = torch = TorchSharpPeer.Start(threads);
        }

        return Known(torch, static torch => torch.Description, TorchSharpPeer.Hint);
    }

    /// <summary>A contest of single operations.</summary>
    public Contest Kernels(int threads) => Contest(threads, rounds: 25, turnSeconds: 0.004, warmUpSeconds: 0.04);

    /// <summary>The same of kernels that have several places in memory: so many turns at each.</summary>
    public Contest PlacedKernels(int placements) =>
        Contest(1, rounds: 10 * placements, turnSeconds: 0.002, warmUpSeconds: 0.04);

    /// <summary>A contest of work that lasts: turns long enough for the collector to have its share.</summary>
    public Contest Steps(int threads) => Contest(threads, rounds: 11, turnSeconds: 0.15, warmUpSeconds: 0.8);

    /// <summary>The same of short steps, which have several places in memory: more turns, each shorter.</summary>
    public Contest ShortSteps(int threads) => Contest(threads, rounds: 48, turnSeconds: 0.04, warmUpSeconds: 0.8);

    /// <summary>A contest of layers: between the two.</summary>
    public Contest Layers(int threads) => Contest(threads, rounds: 9, turnSeconds: 0.1, warmUpSeconds: 0.3);

    public void Add(Row row)
    {
        if (_rows.Count == 0 || _rows[^1].Section != row.Section)
        {
            Console.WriteLine();
            Console.WriteLine(row.Section);
        }

        _rows.Add(row);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {row.Name,-52} {Table.Figure(row.Ours),10} {Table.Figure(row.Peer),10} {row.Unit,-9} {row.Threads} thr "
                + $" {Table.Ratio(row),8}  {row.PeerName}"));
    }

    public void Dispose()
    {
        foreach (PeerProcess? torch in _torch.Values.Concat(_torchSharp.Values))
        {
            torch?.Dispose();
        }
    }

    private Contest Contest(int threads, int rounds, double turnSeconds, double warmUpSeconds) =>
        new(threads, settings.IsQuick)
    {
        Rounds = settings.IsQuick ? Math.Max(rounds / 5, 3) : rounds,
        TurnSeconds = settings.IsQuick ? turnSeconds / 4 : turnSeconds,
        WarmUpSeconds = settings.IsQuick ? warmUpSeconds / 8 : warmUpSeconds,
    };

    private TPeer? Known<TPeer>(TPeer? peer, Func<TPeer, string> description, string hint) where TPeer : class
    {
        _ = peer is null ? Hints.Add(hint) : Peers.Add(description(peer));
        return peer;
    }
}
