using Autodiff.Devices;

namespace Autodiff.Gpu.Accelerators;

/// <summary>Memory of an accelerator. It goes back to the pool when it is released or found dead.</summary>
internal sealed class AcceleratorStorage : KernelStorage
{
    private readonly AcceleratorMemory _memory;
    private readonly ulong _address;
    private Block? _owned;
    private volatile bool _isReleased;

    internal AcceleratorStorage(Device device, AcceleratorMemory memory, ulong address, long byteLength)
        : base(device, byteLength)
    {
        _memory = memory;
        _address = address;
        if (address != 0)
        {
            _owned = new(memory, address, byteLength);
            memory.Live.Track(_owned, this);
        }
    }

    public override bool IsReleased => _isReleased;

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
            _memory.Live.Release(block, this);
        }
    }

    private sealed class Block(AcceleratorMemory memory, ulong address, long bytes) : MemoryBlock
    {
        public override nint Address => (nint)address;

        public override void GiveBack()
        {
            memory.Free(address, bytes);
            End();
        }
    }
}
