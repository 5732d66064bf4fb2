using System.IO.Compression;

namespace Autodiff.IO;

/// <summary>
/// The content of a zip entry. At its end it demands the length and the checksum that the archive gives for it, which
/// <see cref="ZipArchive"/> leaves unchecked.
/// </summary>
internal sealed class ZipEntryStream(Stream content, ZipArchiveEntry entry) : ForwardStream
{
    private readonly long _length = entry.Length;
    private readonly uint _checksum = entry.Crc32;
    private readonly bool _stored = entry.Length == entry.CompressedLength;
    private long _read;
    private uint _crc;

    /// <summary>
    /// The bytes that are left, where they lie in the file as they are and the archive's word can be trusted; else
    /// null.
    /// </summary>
    public long? Remaining => _stored ? Math.Max(0, _length - _read) : null;

    public override int Read(Span<byte> buffer) => buffer.IsEmpty ? 0 : Checked(buffer[..content.Read(buffer)]);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int n = buffer.IsEmpty ? 0 : await content.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return buffer.IsEmpty ? 0 : Checked(buffer.Span[..n]);
    }

    private int Checked(ReadOnlySpan<byte> bytes)
    {
        int n = bytes.Length;
        _crc = Crc32.Append(_crc, bytes);
        _read += n;
        if (_read > _length || (n == 0 && _read < _length))
        {
            throw new InvalidDataException(
                $"The archive gives it {_length} bytes, but it holds {(n == 0 ? _read : "more")}.");
        }
        if (n == 0 && _crc != _checksum)
        {
            throw new InvalidDataException($"Its checksum is 0x{_crc:X8}, but the archive gives 0x{_checksum:X8}.");
        }
        return n;
    }
}
