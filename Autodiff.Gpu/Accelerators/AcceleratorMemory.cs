using System.Collections.Concurrent;
using System.Globalization;
using Autodiff.Devices;
using ILGPU;
using ILGPU.Runtime;

namespace Autodiff.Gpu.Accelerators;

/// <summary>
/// An accelerator's memory: buffers that are kept when they are given back, for the next that asks for as much.
/// </summary>
/// <remarks>
/// An OpenCL buffer is no address with which the host could count. So addresses here are the engine's own: a buffer's
/// number, and the distance from its first byte. All work goes to one stream, in its order: what is given back can be
/// handed out again at once. Callers hold the backend's lock, but for <see cref="Free"/>.
/// </remarks>
internal sealed class AcceleratorMemory : IKernelMemory
{
    /// <summary>Bits of a distance; the number of the buffer is above them.</summary>
    private const int DistanceBits = 40;

    private const ulong MostBytes = 1UL << DistanceBits;

    /// <summary>A bit that no address of the process has, so that these are never taken for one.</summary>
    private const ulong Mark = 1UL << 62;

    private const long Smallest = 256;

    private readonly Accelerator _accelerator;
    private readonly string _name;
    private readonly object _gate;
    private readonly List<MemoryBuffer1D<byte, Stride1D.Dense>?> _buffers = [];
    private readonly Stack<int> _unused = [];
    private readonly Dictionary<long, Stack<int>> _kept = [];
    private readonly ConcurrentQueue<(ulong Address, long Bytes)> _dead = [];
    private readonly ulong _nothing;
    private long _reserved;

    /// <param name="accelerator">The accelerator.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="gate">The backend's lock.</param>
    public AcceleratorMemory(Accelerator accelerator, string name, object gate)
    {
        (_accelerator, _name, _gate) = (accelerator, name, gate);
        Limit = accelerator.MemorySize;
        _nothing = Place(New(Smallest));
    }

    /// <summary>The blocks of memory that are in use.</summary>
    public LiveMemory Live { get; } = new(collectEvery: 256L << 20);

    /// <summary>The most bytes at once. Tests lower it.</summary>
    public long Limit { get; set; }

    /// <summary>Bytes in buffers, those that are kept for later among them.</summary>
    public long Reserved => _reserved;

    /// <summary>Memory whose contents are undefined.</summary>
    /// <exception cref="InsufficientMemoryException">The accelerator has too little left, even after everything dead
    /// was given back.</exception>
    public ulong Allocate(long bytes)
    {
        if (TryAllocate(bytes, out ulong address))
        {
            return address;
        }

        GC.Collect();
        Live.Sweep();
        GiveBackDead();
        Trim();
        return TryAllocate(bytes, out address)
            ? address
            : throw new InsufficientMemoryException(string.Create(CultureInfo.InvariantCulture,
                $"{_name} is out of memory: {bytes:N0} bytes are asked for, {Live.Bytes:N0} are in {Live.Count:N0} "
                    + $"live tensors. Smaller batches, fewer saved values (NoGrad) or Dispose() of what is not needed "
                    + $"would help; the engine can go on."));
    }

    /// <summary>Gives memory back. Any thread may call, finalizers too: it never waits.</summary>
    public void Free(ulong address, long bytes)
    {
        _dead.Enqueue((address, bytes));
        if (Monitor.TryEnter(_gate))
        {
            try
            {
                GiveBackDead();
            }
            finally
            {
                Monitor.Exit(_gate);
            }
        }
    }

    /// <summary>Makes what was given back ready to be handed out.</summary>
    public void GiveBackDead()
    {
        while (_dead.TryDequeue(out (ulong Address, long Bytes) dead))
        {
            Live.Add(-dead.Bytes);
            long size = SizeFor(dead.Bytes);
            if (!_kept.TryGetValue(size, out Stack<int>? kept))
            {
                _kept[size] = kept = new();
            }

            kept.Push(NumberOf(dead.Address));
        }
    }

    /// <summary>Gives what is kept for later back to the device.</summary>
    public void Trim()
    {
        foreach (Stack<int> kept in _kept.Values)
        {
            while (kept.TryPop(out int number))
            {
                _reserved -= _buffers[number]!.LengthInBytes;
                _buffers[number]!.Dispose();
                _buffers[number] = null;
                _unused.Push(number);
            }
        }
    }

    /// <summary>The elements from an address to the end of its buffer; none for 0.</summary>
    public ArrayView<T> View<T>(ulong address) where T : unmanaged =>
        Bytes(address == 0 ? _nothing : address).Cast<T>();

    /// <summary>The bytes from an address to the end of its buffer.</summary>
    public ArrayView<byte> Bytes(ulong address)
    {
        ArrayView<byte> all = _buffers[NumberOf(address)]!.View.BaseView;
        long distance = (long)(address & (MostBytes - 1));
        return distance == 0 ? all : all.SubView(distance, all.Length - distance);
    }

    /// <summary>So many bytes from an address on.</summary>
    public ArrayView<byte> Bytes(ulong address, long count) => Bytes(address).SubView(0, count);

    private static int NumberOf(ulong address) => (int)((address & ~Mark) >> DistanceBits);

    private static ulong Place(int number) => Mark | ((ulong)number << DistanceBits);

    /// <summary>Sizes that tensors share: steps of a quarter between powers of two.</summary>
    private static long SizeFor(long bytes)
    {
        long step = Math.Max(Smallest, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)bytes) / 8);
        return (bytes + step - 1) / step * step;
    }

    private bool TryAllocate(long bytes, out ulong address)
    {
        address = 0;
        if ((ulong)bytes > MostBytes / 2)
        {
            return false;
        }

        long size = SizeFor(bytes);
        if (_kept.TryGetValue(size, out Stack<int>? kept) && kept.TryPop(out int number))
        {
            address = Place(number);
        }
        else
        {
            if (_reserved > Limit - size)
            {
                return false;
            }

            try
            {
                address = Place(New(size));
            }
            catch (Exception e) when (e is OutOfMemoryException or AcceleratorException)
            {
                return false; // whatever else is wrong with the device shows at the next call
            }
        }

        Live.Add(bytes);
        return true;
    }

    private int New(long bytes)
    {
        MemoryBuffer1D<byte, Stride1D.Dense> buffer = _accelerator.Allocate1D<byte>(bytes);
        _reserved += bytes;
        if (!_unused.TryPop(out int number))
        {
            number = _buffers.Count;
            _buffers.Add(null);
        }

        _buffers[number] = buffer;
        return number;
    }
}
