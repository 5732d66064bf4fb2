namespace Autodiff.Bench.Peers;

/// <summary>libtorch in a process of the project Autodiff.Bench.TorchSharp, which has to be built by itself.</summary>
internal static class TorchSharpPeer
{
    public const string Hint =
        $"libtorch is missing: `dotnet build -c Release {Project}` (some 500 MB; {FolderVariable} may name the "
            + "program's folder). Its native libraries also need GCC 13's C++ library.";

    private const string Project = "Autodiff.Bench.TorchSharp", FolderVariable = "AUTODIFF_TORCHSHARP";

    // With these the C library keeps the pages of large results; without them each pays for page faults.
    private static readonly (string Name, string Value)[] s_keptPages =
    [
        ("MALLOC_MMAP_MAX_", "0"), ("MALLOC_MMAP_THRESHOLD_", $"{1L << 33}"), ("MALLOC_TRIM_THRESHOLD_", $"{1L << 34}"),
    ];

    /// <summary>Starts the process; null where it is not built or its libraries don't load.</summary>
    /// <param name="threads">How many threads it may use.</param>
    public static PeerProcess? Start(int threads)
    {
        IEnumerable<string> paths = Folders().Select(folder => Path.Combine(folder, $"{Project}.dll"));
        if (paths.FirstOrDefault(File.Exists) is not { } path)
        {
            return null;
        }

        System.Diagnostics.ProcessStartInfo start = new("dotnet", [path]);
        foreach ((string name, string value) in s_keptPages)
        {
            start.Environment[name] = value;
        }

        return PeerProcess.Of(PeerProcess.Launch(start, threads, OpenBlas.GivenCoreType));
    }

    /// <summary>The folder that the variable names, then where the project builds it.</summary>
    private static IEnumerable<string> Folders()
    {
        if (Environment.GetEnvironmentVariable(FolderVariable) is { Length: > 0 } named)
        {
            yield return named;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, Project, "bin", "Release", "net10.0");
        }
    }
}
