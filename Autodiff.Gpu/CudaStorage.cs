using Autodiff.Devices;
using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu;

/// <summary>
/// Memory of a CUDA device. It goes back to the pool when it is released or found dead, in the order of the stream.
/// </summary>
internal sealed class CudaStorage : KernelStorage
{
    private readonly CudaContext _context;
    private readonly ulong _address;
    private CudaBlock? _owned;
    private volatile bool _isReleased;

    internal CudaStorage(Device device, CudaContext context, long byteLength) : base(device, byteLength)
    {
        _context = context;
        if (byteLength > 0)
        {
            _address = context.Allocate((nuint)byteLength);
            _owned = new(context, _address, byteLength);
            context.Live.Track(_owned, this);
        }
    }

    /// <summary>Another handle of the same memory, which it doesn't give back.</summary>
    internal CudaStorage(CudaStorage owner) : base(owner.Device, owner.ByteLength)
    {
        _context = owner._context;
        _address = owner._address;
    }

    public override bool IsReleased => _isReleased;

    /// <summary>
    /// Where the first byte is, on the device; 0 if there is none. Work that is given to the stream before
    /// <paramref name="use"/> ends finds the memory: a release comes after it in the stream.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public override ulong Address(in MemoryUse use)
    {
        Hold(use);
        return !_isReleased
            ? _address
            : throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");
    }

    internal override void Hold(in MemoryUse use)
    {
        if (_address != 0)
        {
            use.Add((nint)_address);
        }
    }

    public override void Release()
    {
        _isReleased = true;
        if (Interlocked.Exchange(ref _owned, null) is { } block) // of two threads that dispose it, one gives back
        {
            _context.Live.Release(block, this);
        }
    }

    private sealed class CudaBlock(CudaContext context, ulong address, long bytes) : MemoryBlock
    {
        public override nint Address => (nint)address;

        public override void GiveBack()
        {
            context.Free(address, bytes);
            End();
        }
    }
}
