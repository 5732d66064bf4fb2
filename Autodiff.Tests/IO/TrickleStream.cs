namespace Autodiff.Tests.IO;

/// <summary>A stream that, like a network's, cannot seek and gives few bytes at a time; may break off or hang at its end.</summary>
internal sealed class TrickleStream(byte[] bytes, int atOnce = 3, Func<CancellationToken, Task>? atEnd = null) : Stream
{
    private int _position;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(byte[] buffer, int offset, int count)
    {
        int n = Math.Min(Math.Min(atOnce, count), bytes.Length - _position);
        bytes.AsSpan(_position, n).CopyTo(buffer.AsSpan(offset));
        _position += n;
        return n;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == bytes.Length && atEnd is not null)
        {
            await atEnd(cancellationToken);
        }
        byte[] part = new byte[buffer.Length];
        int n = Read(part, 0, part.Length);
        part.AsMemory(0, n).CopyTo(buffer);
        return n;
    }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
