namespace Autodiff.IO;

/// <summary>A forward-only stream, then some more bytes. Leaves that stream open.</summary>
internal sealed class FollowedStream(Stream first, ReadOnlyMemory<byte> rest) : ForwardStream
{
    private bool _firstEnded;
    private ReadOnlyMemory<byte> _rest = rest;

    public override int Read(Span<byte> buffer)
    {
        int read = _firstEnded || buffer.IsEmpty ? 0 : first.Read(buffer);
        return read > 0 ? read : TakeRest(buffer);
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = _firstEnded || buffer.IsEmpty
            ? 0
            : await first.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        return read > 0 ? read : TakeRest(buffer.Span);
    }

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
