namespace Autodiff.Nn;

/// <summary>The user's cache folder, by each system's convention.</summary>
internal static class UserCache
{
    /// <summary>The folder for what Autodiff can fetch again at any time.</summary>
    public static string Folder => Path.Combine(Root, "autodiff");

    private static string Root
    {
        get
        {
            if (OperatingSystem.IsWindows())
            {
                return Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData);
            }
            // The XDG convention: a relative path there counts as unset.
            if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } xdg && Path.IsPathRooted(xdg))
            {
                return xdg;
            }
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return OperatingSystem.IsMacOS()
                ? Path.Combine(home, "Library", "Caches")
                : Path.Combine(home.Length > 0 ? home : Path.GetTempPath(), ".cache");
        }
    }
}
