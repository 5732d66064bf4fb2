namespace Autodiff.Devices.Reference;

/// <summary>Plain bytes.</summary>
internal sealed class ReferenceStorage(Device device, long byteLength) : Storage(device, byteLength)
{
    private byte[]? _bytes = byteLength <= Array.MaxLength
        ? new byte[(int)byteLength]
        : throw new InsufficientMemoryException(
            $"{byteLength} bytes are asked for; one tensor on the reference device has at most {Array.MaxLength} (2 "
                + "GiB).");

    public Span<byte> Bytes =>
        _bytes ?? throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");

    public override bool IsReleased => _bytes is null;

    public override void Release() => _bytes = null;
}
