namespace Autodiff.Nn;

/// <summary>Where <see cref="Mnist.DownloadAsync"/> gets MNIST from and where it keeps it.</summary>
public sealed record MnistOptions
{
    /// <summary>
    /// The folder that keeps the files; null for the user's own: <c>$XDG_CACHE_HOME/autodiff/mnist</c> (by default
    /// <c>~/.cache/autodiff/mnist</c>), on macOS <c>~/Library/Caches/autodiff/mnist</c>, on Windows
    /// <c>%LOCALAPPDATA%\autodiff\mnist</c>.
    /// </summary>
    public string? CacheFolder { get; init; }

    /// <summary>
    /// The addresses under which the four files lie as <c>.gz</c>, in the order in which they are tried; each with or
    /// without a slash at its end.
    /// </summary>
    public IReadOnlyList<Uri> Mirrors { get; init; } =
    [
        new("https://ossci-datasets.s3.amazonaws.com/mnist/"),
        new("https://storage.googleapis.com/cvdf-datasets/mnist/"),
    ];

    /// <summary>How long a mirror may send nothing before the next one is tried.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What sends the requests, for a proxy or a test; null for the default. It is not disposed.</summary>
    public HttpMessageHandler? HttpHandler { get; init; }

    /// <summary>The files to get; a test brings smaller ones.</summary>
    internal IReadOnlyList<MnistFile> Files { get; init; } = MnistFile.All;

    internal string Folder => Path.GetFullPath(CacheFolder ?? Path.Combine(UserCache.Folder, "mnist"));
}

/// <summary>How far <see cref="Mnist.DownloadAsync"/> has come.</summary>
/// <param name="File">The file that is being received.</param>
/// <param name="Source">The mirror that it comes from.</param>
/// <param name="BytesReceived">The bytes of it so far, decompressed.</param>
/// <param name="TotalBytes">All its bytes, decompressed.</param>
public readonly record struct MnistProgress(string File, string Source, long BytesReceived, long TotalBytes)
{
    /// <summary>The part received, from 0 to 1.</summary>
    public double Fraction => TotalBytes == 0 ? 1 : (double)BytesReceived / TotalBytes;
}
