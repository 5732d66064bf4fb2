namespace Autodiff.IO;

/// <summary>A forward-only stream, then some more bytes. Leaves that stream open.</summary>
internal sealed class FollowedStream(Stream first, ReadOnlyMemory<byte> rest) : Stream
{
    private bool _firstEnded;
    private ReadOnlyMemory<byte> _rest = rest;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        int read = _firstEnded || buffer.IsEmpty ? 0 : first.Read(buffer);
        return read > 0 ? read : TakeRest(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = _firstEnded || buffer.IsEmpty ? 0 : await first.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return read > 0 ? read : TakeRest(buffer.Span);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int TakeRest(Span<byte> buffer)
    {
        if (buffer.IsEmpty)
        {
            return 0;
        }
        _firstEnded = true;
        int n = Math.Min(buffer.Length, _rest.Length);
        _rest.Span[..n].CopyTo(buffer);
        _rest = _rest[n..];
        return n;
    }
}
