using System.Security.Cryptography;
using Autodiff.Nn;

namespace Labs.DataSets;

/// <summary>
/// Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017), 30 MB in MNIST's format, in the folder that an environment
/// variable names. What the folder lacks is downloaded into it.
/// </summary>
internal static class FashionMnist
{
    public const string Variable = "AUTODIFF_FASHION_MNIST";

    private static readonly Uri[] s_mirrors =
    [
        new("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"),
        new("https://storage.googleapis.com/tensorflow/tf-keras-datasets/"),
    ];

    // With the SHA-256 of the compressed files.
    private static readonly (string Name, string Sha256)[] s_files =
    [
        ("train-images-idx3-ubyte.gz", "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"),
        ("train-labels-idx1-ubyte.gz", "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"),
        ("t10k-images-idx3-ubyte.gz", "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"),
        ("t10k-labels-idx1-ubyte.gz", "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"),
    ];

    /// <summary>Its two parts; or null, and why this run has none.</summary>
    public static ((Mnist Train, Mnist Test)? Parts, string Said) Load(CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } folder)
        {
            return (null, $"the variable {Variable} names no folder for it");
        }

        try
        {
            return (Read(folder), $"it was read from the folder {Path.GetFileName(Path.GetFullPath(folder))}");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // What is missing is fetched below.
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            return (null, e.Message);
        }

        try
        {
            Directory.CreateDirectory(folder);
            foreach (var (name, sha256) in s_files.Where(file => !File.Exists(Path.Combine(folder, file.Name))))
            {
                Download(name, sha256, Path.Combine(folder, name), cancellation);
            }

            return (Read(folder), "it was downloaded");
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return (null, e.Message);
        }
    }

    private static (Mnist Train, Mnist Test) Read(string folder) =>
        (Mnist.Load(folder, MnistSplit.Train), Mnist.Load(folder, MnistSplit.Test));

    private static void Download(string name, string sha256, string path, CancellationToken cancellation)
    {
        using var client = new HttpClient();
        List<string> answers = [];
        foreach (var mirror in s_mirrors)
        {
            try
            {
                using var response = client.Send(new(HttpMethod.Get, new Uri(mirror, name)), cancellation);
                byte[] content = response.EnsureSuccessStatusCode().Content
                    .ReadAsByteArrayAsync(cancellation).GetAwaiter().GetResult();
                if (Convert.ToHexStringLower(SHA256.HashData(content)) == sha256)
                {
                    File.WriteAllBytes(path + ".new", content);
                    File.Move(path + ".new", path, overwrite: true);
                    return;
                }

                answers.Add($"{mirror}: another file");
            }
            catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException
                && !cancellation.IsCancellationRequested))
            {
                answers.Add($"{mirror}: {e.Message}");
            }
        }

        throw new IOException($"{name} could not be downloaded ({string.Join("; ", answers)})");
    }
}
