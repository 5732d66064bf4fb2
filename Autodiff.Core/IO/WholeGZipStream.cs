using System.IO.Compression;

namespace Autodiff.IO;

/// <summary>
/// Decompresses gzip (RFC 1952, one member or several) and demands that it be whole: <see cref="GZipStream"/> takes the
/// end of the bytes, wherever it comes, for the end of the data, and lets a file without its checksum pass.
/// </summary>
/// <remarks>
/// One more member with known content is put behind the compressed bytes. Its content comes out at the end if, and only
/// if, all before it was complete and had the right checksum: what is missing from the last member is taken from the
/// bytes of ours.
/// </remarks>
internal sealed class WholeGZipStream : ForwardStream
{
    private static readonly byte[] Mark =
        [0xA5, 0x1B, 0x5E, 0x40, 0x93, 0x7C, 0xD2, 0x08, 0xE9, 0x36, 0xF4, 0x6D, 0x81, 0xBA, 0x57, 0x2F];

    private static readonly byte[] MarkMember = Compress(Mark);

    private readonly GZipStream _inner;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Decompresses what <paramref name="compressed"/> holds; leaves it open.</summary>
    public WholeGZipStream(Stream compressed) =>
        _inner = new GZipStream(new FollowedStream(compressed, MarkMember), CompressionMode.Decompress);

    /// <summary>The bytes that may be given out: not the last ones, which may be the mark's.</summary>
    private int Ready => Math.Max(0, _end - _start - Mark.Length);

    public override int Read(Span<byte> buffer)
    {
        while (NeedsMore(buffer.Length))
        {
            Take(_inner.Read(_buffer.AsSpan(_end)));
        }
        return Give(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (NeedsMore(buffer.Length))
        {
            Take(await _inner.ReadAsync(_buffer.AsMemory(_end), cancellationToken).ConfigureAwait(false));
        }
        return Give(buffer.Span);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool NeedsMore(int wanted)
    {
        if (wanted == 0 || Ready > 0 || _ended)
        {
            return false;
        }
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        (_start, _end) = (0, _end - _start);
        return true;
    }

    private void Take(int read)
    {
        _end += read;
        _ended = read == 0;
        if (_ended && !_buffer.AsSpan(_start, _end - _start).EndsWith(Mark))
        {
            throw new InvalidDataException("It ends inside its data or its checksum, or something else follows them.");
        }
    }

    private int Give(Span<byte> buffer)
    {
        int n = Math.Min(Ready, buffer.Length);
        _buffer.AsSpan(_start, n).CopyTo(buffer);
        _start += n;
        return n;
    }

    private static byte[] Compress(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }
        return stream.ToArray();
    }
}
