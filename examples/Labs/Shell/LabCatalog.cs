namespace Labs.Shell;

/// <summary>The labs, in order. A lab is added by one line here.</summary>
internal static class LabCatalog
{
    public static IReadOnlyList<Lab> All { get; } =
    [
    ];
}
