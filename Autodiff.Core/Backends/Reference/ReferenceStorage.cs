namespace Autodiff.Backends.Reference;

/// <summary>Plain bytes.</summary>
internal sealed class ReferenceStorage(Device device, long byteLength) : Storage(device, byteLength)
{
    private byte[]? _bytes = new byte[checked((int)byteLength)];

    public Span<byte> Bytes => _bytes ?? throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");

    public override bool IsReleased => _bytes is null;

    public override void Release() => _bytes = null;
}
