namespace Autodiff.Tests.IO;

/// <summary>
/// A stream that, like a network's, cannot seek and gives few bytes at a time; may break off or hang at its end.
/// </summary>
internal sealed class TrickleStream(byte[] bytes, int atOnce = 3, Func<CancellationToken, Task>? atEnd = null)
    : Autodiff.IO.ForwardStream
{
    private int _position;

    public override int Read(Span<byte> buffer)
    {
        int n = Math.Min(Math.Min(atOnce, buffer.Length), bytes.Length - _position);
        bytes.AsSpan(_position, n).CopyTo(buffer);
        _position += n;
        return n;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_position == bytes.Length && atEnd is not null)
        {
            await atEnd(cancellationToken);
        }

        return Read(buffer.Span);
    }
}
