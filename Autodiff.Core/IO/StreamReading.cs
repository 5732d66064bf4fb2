namespace Autodiff.IO;

/// <summary>
/// Reading that trusts no declared size: memory grows with the bytes that arrive, never with what a header claims.
/// </summary>
internal static class StreamReading
{
    /// <summary>The longest byte array that .NET makes (<see cref="Array.MaxLength"/>).</summary>
    public const int MaxBytes = 0x7FFFFFC7;

    private const int FirstChunk = 1 << 16;

    /// <summary>
    /// Reads up to <paramref name="count"/> bytes; the array is shorter where the stream ends sooner.
    /// </summary>
    /// <exception cref="InvalidDataException">The stream is damaged gzip or zip; the message begins with
    /// <paramref name="subject"/>.</exception>
    public static byte[] ReadUpTo(Stream stream, int count, string subject)
    {
        try
        {
            return ReadUpTo(stream, count);
        }
        catch (InvalidDataException e)
        {
            throw Damaged(stream, subject, e);
        }
    }

    /// <summary>
    /// Reads <paramref name="count"/> bytes; <paramref name="whole"/> demands that the stream end with them.
    /// </summary>
    /// <param name="stream">The stream. One that knows its length is refused before anything is allocated.</param>
    /// <param name="count">How many bytes.</param>
    /// <param name="subject">What the message of <see cref="ReadUpTo(Stream, int, string)"/> begins with.</param>
    /// <param name="whole">Whether the stream must end.</param>
    /// <param name="wrongLength">The error where there are fewer or more, of how many there are and whether they are
    /// too few.</param>
    public static byte[] ReadExactly(
        Stream stream, int count, string subject, bool whole, Func<string, bool, InvalidDataException> wrongLength)
    {
        if (Remaining(stream) is long there && (there < count || (whole && there > count)))
        {
            throw wrongLength(there.ToString(), there < count);
        }

        byte[] data = ReadUpTo(stream, count, subject);
        return data.Length < count ? throw wrongLength(data.Length.ToString(), true)
            : whole && HasMore(stream, subject) ? throw wrongLength("more", false)
            : data;
    }

    private static byte[] ReadUpTo(Stream stream, int count)
    {
        byte[] data = GC.AllocateUninitializedArray<byte>((int)Math.Min(count,
            Math.Max(FirstChunk, Remaining(stream) ?? 0)));
        int filled = 0;
        while (true)
        {
            filled += stream.ReadAtLeast(data.AsSpan(filled), data.Length - filled, throwOnEndOfStream: false);
            if (filled < data.Length)
            {
                return data[..filled];
            }
            if (filled == count)
            {
                return data;
            }
            byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(count, 2L * filled));
            data.CopyTo(larger, 0);
            data = larger;
        }
    }

    /// <summary>
    /// Whether the stream goes on; reads one byte, and with gzip thereby checks the checksum at its end.
    /// </summary>
    /// <exception cref="InvalidDataException">The stream is damaged gzip or zip; the message begins with
    /// <paramref name="subject"/>.</exception>
    public static bool HasMore(Stream stream, string subject)
    {
        try
        {
            return stream.ReadByte() >= 0;
        }
        catch (InvalidDataException e)
        {
            throw Damaged(stream, subject, e);
        }
    }

    /// <summary>The bytes left in a stream that knows its length, otherwise null.</summary>
    public static long? Remaining(Stream stream) =>
        stream is ZipEntryStream entry
            ? entry.Remaining
            : stream.CanSeek ? Math.Max(0, stream.Length - stream.Position) : null;

    /// <summary>The stream itself, or its decompressed content where it starts with gzip's two magic bytes.</summary>
    /// <remarks>Disposing the answer leaves <paramref name="stream"/> open.</remarks>
    public static Stream OpenMaybeGZip(Stream stream)
    {
        byte[] magic = new byte[2];
        int read = stream.ReadAtLeast(magic, 2, throwOnEndOfStream: false);
        return Open(stream, magic, read);
    }

    /// <inheritdoc cref="OpenMaybeGZip"/>
    public static async ValueTask<Stream> OpenMaybeGZipAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] magic = new byte[2];
        int read = await stream.ReadAtLeastAsync(magic, 2, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        return Open(stream, magic, read);
    }

    private static InvalidDataException Damaged(Stream stream, string subject, InvalidDataException e) =>
        new($"{subject} is damaged{(stream is WholeGZipStream ? " gzip" : "")}: {e.Message}", e);

    private static Stream Open(Stream stream, byte[] magic, int read)
    {
        var whole = new PrefixedStream(magic.AsMemory(0, read), stream);
        return read == 2 && magic is [0x1F, 0x8B] ? new WholeGZipStream(whole) : whole;
    }
}
