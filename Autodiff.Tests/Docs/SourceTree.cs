namespace Autodiff.Tests.Docs;

/// <summary>The checkout that the tests were built in: for tests of files that are not compiled.</summary>
internal static class SourceTree
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null
            && !File.Exists(Path.Combine(folder.FullName, "Autodiff.sln"))) folder = folder.Parent;
        return folder?.FullName
            ?? throw new DirectoryNotFoundException($"No Autodiff.sln above {AppContext.BaseDirectory}.");
    }
}
