using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;

namespace Labs.Report;

/// <summary>
/// Puts <c>plotly.min.js</c> beside the report: from the user's cache, else from the npm package
/// <c>plotly.js-dist-min</c> through the <c>npm</c> client, which checks its integrity. Where neither succeeds the
/// pages load it from its public CDN. Nothing here ever fails a run.
/// </summary>
internal static class PlotlyLibrary
{
    public const string Version = "3.1.0";
    public const string FileName = "plotly.min.js";
    public const string CdnAddress = $"https://cdn.plot.ly/plotly-{Version}.min.js";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>Where the library is kept between runs.</summary>
    public static string CachePath => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData,
            Environment.SpecialFolderOption.Create),
        "autodiff", $"plotly-{Version}.min.js");

    /// <summary>Whether the library now lies in <paramref name="folder"/>.</summary>
    public static async Task<bool> ProvideAsync(string folder, CancellationToken cancellation)
    {
        try
        {
            if (!File.Exists(CachePath))
            {
                await RestoreAsync(cancellation);
            }

            string target = Path.Combine(folder, FileName);
            if (!File.Exists(target) || new FileInfo(target).Length != new FileInfo(CachePath).Length)
            {
                File.Copy(CachePath, target, overwrite: true);
            }

            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or OperationCanceledException
            or InvalidDataException or InvalidOperationException or Win32Exception or ArgumentException)
        {
            return false;
        }
    }

    private static async Task RestoreAsync(CancellationToken cancellation)
    {
        string work = Directory.CreateTempSubdirectory("autodiff-plotly").FullName;
        try
        {
            await PackAsync(work, cancellation);
            string archive = Directory.GetFiles(work, "*.tgz").SingleOrDefault()
                ?? throw new InvalidDataException("npm pack left no archive.");
            string unpacked = Path.Combine(work, FileName);
            await ExtractAsync(archive, unpacked, cancellation);

            // Moved into place whole, so that an interrupted copy is never mistaken for the library.
            Directory.CreateDirectory(Path.GetDirectoryName(CachePath)!);
            string beside = $"{CachePath}.{Environment.ProcessId}";
            File.Copy(unpacked, beside, overwrite: true);
            File.Move(beside, CachePath, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task PackAsync(string folder, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_limit);
        string[] command = ["pack", $"plotly.js-dist-min@{Version}", "--silent", "--pack-destination", folder];
        var start = OperatingSystem.IsWindows()
            ? new ProcessStartInfo("cmd", ["/c", "npm", .. command])
            : new ProcessStartInfo("npm", command);
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.WorkingDirectory = folder;
        using var npm = Process.Start(start) ?? throw new InvalidOperationException("npm did not start.");
        try
        {
            // Both pipes are drained, or a talkative npm would wait for a reader for ever.
            await Task.WhenAll(
                npm.StandardOutput.ReadToEndAsync(limit.Token),
                npm.StandardError.ReadToEndAsync(limit.Token),
                npm.WaitForExitAsync(limit.Token));
        }
        catch (OperationCanceledException)
        {
            npm.Kill(entireProcessTree: true);
            throw;
        }

        if (npm.ExitCode != 0)
        {
            throw new InvalidOperationException($"npm pack ended with {npm.ExitCode}.");
        }
    }

    private static async Task ExtractAsync(string archive, string target, CancellationToken cancellation)
    {
        await using var unzipped = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress);
        await using var tar = new TarReader(unzipped);
        while (await tar.GetNextEntryAsync(copyData: false, cancellation) is { } entry)
        {
            if (entry.Name == $"package/{FileName}")
            {
                await entry.ExtractToFileAsync(target, overwrite: true, cancellation);
                return;
            }
        }

        throw new InvalidDataException($"The package holds no {FileName}.");
    }
}
