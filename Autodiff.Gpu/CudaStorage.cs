using Autodiff.Gpu.Driver;

namespace Autodiff.Gpu;

/// <summary>Memory of a CUDA device. It goes back to the pool when it is released or found dead, in the order of the stream.</summary>
internal sealed class CudaStorage : Storage
{
    private readonly CudaContext _context;
    private ulong _address;
    private readonly bool _isAlias;
    private int _released;

    internal CudaStorage(Device device, CudaContext context, long byteLength) : base(device, byteLength)
    {
        _context = context;
        if (byteLength > 0)
        {
            _address = context.Allocate((nuint)byteLength);
        }
        else
        {
            GC.SuppressFinalize(this);
        }
    }

    /// <summary>Another handle of the same memory, which it doesn't give back.</summary>
    internal CudaStorage(CudaStorage owner) : base(owner.Device, owner.ByteLength)
    {
        _context = owner._context;
        _address = owner._address;
        _isAlias = true;
        GC.SuppressFinalize(this);
    }

    ~CudaStorage() => Return();

    /// <summary>Where the first byte is, on the device; 0 if there is none. A launched kernel keeps no storage alive, and needs none: a release comes after it in the stream.</summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public ulong Address => _released == 0 ? _address : throw new ObjectDisposedException("tensor", "The tensor's memory was disposed.");

    public override bool IsReleased => _released != 0;

    public override void Release()
    {
        GC.SuppressFinalize(this);
        Return();
    }

    private void Return()
    {
        if (Interlocked.Exchange(ref _released, 1) == 0 && _address != 0 && !_isAlias)
        {
            _context.Free(_address, ByteLength);
            _address = 0;
        }
    }
}
