using Autodiff.Devices;

namespace Autodiff.Gpu;

/// <summary>Where the memory of a device's storages comes from.</summary>
internal interface IKernelMemory
{
    /// <summary>The blocks of memory that are in use.</summary>
    LiveMemory Live { get; }

    /// <summary>
    /// Gives memory back, in the order of the device's work. Any thread may call, finalizers too: it never waits.
    /// </summary>
    void Free(ulong address, long bytes);
}

/// <summary>
/// Memory of a device whose kernels are those of this assembly. It goes back when it is released or found dead, in the
/// order of the device's work.
/// </summary>
internal sealed class KernelStorage : Storage
{
    private readonly IKernelMemory _memory;
    private readonly ulong _address;
    private Block? _owned;
    private volatile bool _isReleased;

    /// <param name="device">The device.</param>
    /// <param name="memory">Where the memory is from, and goes back to.</param>
    /// <param name="address">The first byte; 0 where there is none.</param>
    /// <param name="byteLength">How many bytes there are.</param>
    public KernelStorage(Device device, IKernelMemory memory, ulong address, long byteLength)
        : base(device, byteLength)
    {
        (_memory, _address) = (memory, address);
        if (address != 0)
        {
            _owned = new(memory, address, byteLength);
            memory.Live.Track(_owned, this);
        }
    }

    /// <summary>Another handle of the same memory, which it doesn't give back.</summary>
    public KernelStorage(KernelStorage owner) : base(owner.Device, owner.ByteLength) =>
        (_memory, _address) = (owner._memory, owner._address);

    public override bool IsReleased => _isReleased;

    /// <summary>
    /// Where the first byte is, on the device; 0 if there is none. Work that is given to the device before
    /// <paramref name="use"/> ends finds the memory: a release comes after it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory was given back.</exception>
    public ulong Address(in MemoryUse use)
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
            _memory.Live.Release(block, this);
        }
    }

    private sealed class Block(IKernelMemory memory, ulong address, long bytes) : MemoryBlock
    {
        public override nint Address => (nint)address;

        public override void GiveBack()
        {
            memory.Free(address, bytes);
            End();
        }
    }
}
