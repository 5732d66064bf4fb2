using Labs.Reference;

namespace Labs.Shell;

/// <summary>What came of one lab.</summary>
internal sealed record LabResult(Lab Lab, IReadOnlyList<Comparison> Comparisons, TimeSpan Time, string? Failure)
{
    public int Within => Comparisons.Count(comparison => comparison.Within);

    public bool Passed => Failure is null && Within == Comparisons.Count;
}
