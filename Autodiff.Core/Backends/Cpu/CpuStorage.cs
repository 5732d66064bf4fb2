using System.Runtime.CompilerServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Memory of the process: a plain array while small, a pooled, pinned and aligned one when large.</summary>
/// <remarks>
/// The collector owns every array, so no forgotten tensor can dangle. A pooled array goes back to the pool when its
/// storage is released or found dead, unless a span over it was handed out: then only the collector may reclaim it.
/// </remarks>
internal class CpuStorage : Storage
{
    private byte[]? _buffer;

    internal CpuStorage(byte[] buffer, nint start, long byteLength) : base(Device.Cpu, byteLength)
    {
        _buffer = buffer;
        Start = start;
    }

    /// <summary>The array; throws after release.</summary>
    public byte[] Buffer => _buffer ?? throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");

    /// <summary>Where in the array the elements begin (for alignment).</summary>
    public nint Start { get; }

    public override bool IsReleased => _buffer is null;

    public override void Release() => TakeBuffer();

    /// <summary>From now on the array may be seen from outside and must not be reused.</summary>
    public virtual void Expose()
    {
    }

    protected byte[]? TakeBuffer()
    {
        byte[]? buffer = _buffer;
        _buffer = null;
        return buffer;
    }

    public static CpuStorage Allocate(long byteLength)
    {
        if (byteLength > Array.MaxLength - BufferPool.Alignment)
        {
            throw new InsufficientMemoryException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{byteLength:N0} bytes are asked for; one tensor on the CPU has at most {Array.MaxLength - BufferPool.Alignment:N0} (2 GiB)."));
        }

        return byteLength >= BufferPool.SmallestBlock
            ? new PooledCpuStorage(BufferPool.Rent(byteLength), byteLength)
            : new CpuStorage(GC.AllocateUninitializedArray<byte>((int)byteLength), 0, byteLength);
    }
}

/// <summary>A large storage: its array comes from the pool and returns to it.</summary>
internal sealed class PooledCpuStorage : CpuStorage
{
    private bool _exposed;

    internal PooledCpuStorage(byte[] buffer, long byteLength) : base(buffer, BufferPool.AlignedStart(buffer), byteLength) =>
        BufferPool.CountLive(buffer.Length);

    ~PooledCpuStorage() => Return();

    public override void Expose() => _exposed = true;

    public override void Release()
    {
        GC.SuppressFinalize(this);
        Return();
    }

    private void Return()
    {
        if (TakeBuffer() is { } buffer)
        {
            BufferPool.CountLive(-buffer.Length);
            if (!_exposed)
            {
                BufferPool.Return(buffer);
            }
        }
    }
}
