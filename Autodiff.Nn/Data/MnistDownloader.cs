using System.Buffers;
using System.Security.Cryptography;
using Autodiff.IO;

namespace Autodiff.Nn;

/// <summary>
/// Fills the cache folder with verified files. A file gets its final name only by the rename of a complete, verified
/// one, so that an interruption, or two processes at once, leave nothing broken.
/// </summary>
internal sealed class MnistDownloader(MnistOptions options, IProgress<MnistProgress>? progress)
{
    private readonly string _folder = options.Folder;
    private readonly List<string> _failures = [];
    private readonly List<Exception> _causes = [];

    public async Task<string> RunAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_folder);
        List<MnistFile> missing = await MissingAsync(options.Files, cancellationToken).ConfigureAwait(false);
        if (missing.Count == 0)
        {
            return _folder;
        }
        RemoveAbandonedParts();

        using var client = new HttpClient(options.HttpHandler ?? new SocketsHttpHandler(), options.HttpHandler is null);
        // FromMirrorAsync has a stall timeout instead: a slow line may take its time.
        client.Timeout = Timeout.InfiniteTimeSpan;
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Autodiff");
        foreach (Uri mirror in options.Mirrors)
        {
            missing = await TryAsync(client, mirror, missing, cancellationToken).ConfigureAwait(false);
        }
        if (missing.Count == 0)
        {
            return _folder;
        }
        throw new IOException(
            $"Mnist: {string.Join(", ", missing.Select(f => f.Name))} could not be downloaded.{Environment.NewLine}"
            + string.Concat(_failures.Select(f => $"  {f}{Environment.NewLine}"))
            + $"Put the files (as they are or as .gz) into '{_folder}', or pass the folder that has them to "
            + "Mnist.Load.",
            new AggregateException(_causes));
    }

    /// <summary>
    /// Asks one mirror; what went wrong there is kept for the final message, and what is still missing returned.
    /// </summary>
    private async Task<List<MnistFile>> TryAsync(
        HttpClient client, Uri mirror, List<MnistFile> missing, CancellationToken cancellationToken)
    {
        if (missing.Count == 0)
        {
            return missing;
        }
        try
        {
            await FromMirrorAsync(client, mirror, missing, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or TimeoutException)
        {
            string inner = e.InnerException is { } cause && !e.Message.Contains(cause.Message, StringComparison.Ordinal)
                ? $" ({cause.Message})"
                : "";
            _failures.Add($"{mirror}: {e.Message}{inner}");
            _causes.Add(e);
        }
        return await MissingAsync(missing, cancellationToken).ConfigureAwait(false);
    }

    private async Task FromMirrorAsync(
        HttpClient client, Uri mirror, List<MnistFile> files, CancellationToken cancellationToken)
    {
        foreach (MnistFile file in files)
        {
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            silence.CancelAfter(options.StallTimeout);
            try
            {
                var address = new Uri($"{mirror.GetLeftPart(UriPartial.Path).TrimEnd('/')}/{file.Name}.gz");
                using HttpResponseMessage response = await client
                    .GetAsync(address, HttpCompletionOption.ResponseHeadersRead, silence.Token)
                    .ConfigureAwait(false);
                response.EnsureSuccessStatusCode();
                Stream body = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
                await using (body.ConfigureAwait(false))
                {
                    await ReceiveAsync(
                        body, file, mirror, () => silence.CancelAfter(options.StallTimeout), silence.Token)
                        .ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"sent nothing of {file.Name} for {options.StallTimeout.TotalSeconds} s", e);
            }
        }
    }

    private async Task ReceiveAsync(
        Stream body, MnistFile file, Uri mirror, Action onData, CancellationToken cancellationToken)
    {
        string target = Path.Combine(_folder, file.Name);
        string part = AtomicFile.PartName(target);
        try
        {
            using (FileStream output = AtomicFile.Create(part, FileOptions.Asynchronous))
            {
                await CopyVerifiedAsync(body, output, file, mirror, onData, cancellationToken).ConfigureAwait(false);
                output.Flush(flushToDisk: true);
            }
            await MoveIntoPlaceAsync(part, target, file, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            File.Delete(part);
        }
    }

    private async Task CopyVerifiedAsync(
        Stream body, FileStream output, MnistFile file, Uri mirror, Action onData, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(1 << 17);
        try
        {
            Stream content = await StreamReading.OpenMaybeGZipAsync(body, cancellationToken).ConfigureAwait(false);
            await using (content.ConfigureAwait(false))
            {
                long total = 0;
                int read;
                while ((read = await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    total += read;
                    if (total > file.Length)
                    {
                        throw new InvalidDataException($"{file.Name} is longer than its {file.Length} bytes");
                    }
                    hash.AppendData(buffer, 0, read);
                    await output.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                    progress?.Report(new MnistProgress(file.Name, mirror.ToString(), total, file.Length));
                    onData();
                }
                if (total < file.Length)
                {
                    throw new InvalidDataException($"{file.Name} ends after {total} of its {file.Length} bytes");
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        string digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        if (digest != file.Sha256)
        {
            throw new InvalidDataException($"{file.Name} has SHA-256 {digest}, expected {file.Sha256}");
        }
    }

    private async Task MoveIntoPlaceAsync(string part, string target, MnistFile file,
        CancellationToken cancellationToken)
    {
        try
        {
            File.Move(part, target, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // On Windows a file that another process just completed and is reading cannot be replaced; it need not be.
            if (!await IsCompleteAsync(file, cancellationToken).ConfigureAwait(false))
            {
                throw;
            }
        }
    }

    private async Task<List<MnistFile>> MissingAsync(IEnumerable<MnistFile> files, CancellationToken cancellationToken)
    {
        var missing = new List<MnistFile>();
        foreach (MnistFile file in files)
        {
            if (!await IsCompleteAsync(file, cancellationToken).ConfigureAwait(false))
            {
                missing.Add(file);
            }
        }
        return missing;
    }

    private async Task<bool> IsCompleteAsync(MnistFile file, CancellationToken cancellationToken)
    {
        // A disk may spoil what was once verified, so a file that is there is hashed again: a tenth of a second for all
        // four.
        if (Mnist.Candidates(_folder, file.Name).FirstOrDefault(File.Exists) is not { } path)
        {
            return false;
        }
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            try
            {
                Stream content = await StreamReading.OpenMaybeGZipAsync(stream, cancellationToken)
                    .ConfigureAwait(false);
                await using (content.ConfigureAwait(false))
                {
                    byte[] digest = await SHA256.HashDataAsync(content, cancellationToken).ConfigureAwait(false);
                    return Convert.ToHexStringLower(digest) == file.Sha256;
                }
            }
            catch (InvalidDataException)
            {
                return false; // no gzip, or a damaged one
            }
        }
    }

    /// <summary>
    /// Deletes what a killed process left half written; a day old, so that no running one loses its file.
    /// </summary>
    private void RemoveAbandonedParts()
    {
        foreach (string part in Directory.EnumerateFiles(_folder, "*" + AtomicFile.PartSuffix))
        {
            if (File.GetLastWriteTimeUtc(part) < DateTime.UtcNow.AddDays(-1))
            {
                try
                {
                    File.Delete(part);
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // Somebody else's, or in use: it harms nothing where it is.
                }
            }
        }
    }
}
