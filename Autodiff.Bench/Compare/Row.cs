namespace Autodiff.Bench.Compare;

/// <summary>How a figure is read.</summary>
internal enum Better
{
    /// <summary>A time or a size.</summary>
    Lower,

    /// <summary>A rate.</summary>
    Higher,
}

/// <summary>One line of the comparison.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">The work.</param>
/// <param name="Ours">Our figure.</param>
/// <param name="Peer">The other's; null where the peer is missing.</param>
/// <param name="PeerName">Whom we stand beside.</param>
/// <param name="Ratio">How many times better ours is than the peer's; null without a peer.</param>
/// <param name="Goal">What the ratio should reach; null for a figure that is only told.</param>
/// <param name="Unit">The unit of both figures.</param>
/// <param name="Threads">How many threads both used.</param>
internal sealed record Row(
    string Section, string Name, double? Ours, double? Peer, string PeerName, double? Ratio, double? Goal, string Unit,
    int Threads)
{
    public bool? ReachesGoal => Goal is { } goal && Ratio is { } ratio ? ratio >= goal : null;

    public static Row Of(
        string section, string name, double? ours, double? peer, string peerName, string unit, Better better,
        int threads, double? goal = null) =>
        new(section, name, ours, peer, peerName, better == Better.Lower ? peer / ours : ours / peer, goal, unit,
            threads);
}
