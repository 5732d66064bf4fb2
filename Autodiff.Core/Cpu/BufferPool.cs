using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Autodiff.Devices;

namespace Autodiff.Cpu;

/// <summary>
/// Large arrays, kept for reuse so that a hot loop pays neither for fresh pages nor for clearing them.
/// </summary>
/// <remarks>
/// Arrays are pinned (so aligned for good) and uninitialised, in sizes four to an octave. Those of dead tensors come
/// back here when the collector has found them (<see cref="LiveMemory"/>).
/// </remarks>
internal static class BufferPool
{
    public const int Alignment = 64;
    public const int SmallestBlock = 16 * 1024;
    private const long KeepAtMost = 1L << 30;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, Stack<CpuBlock>> Free = [];
    private static long _pooled;

    /// <summary>The large tensors.</summary>
    public static LiveMemory Live { get; } = new(collectEvery: 32L << 20);

    /// <summary>Bytes waiting for reuse.</summary>
    public static long PooledBytes => Interlocked.Read(ref _pooled);

    public static CpuBlock Rent(long byteLength)
    {
        int size = SizeClass(byteLength);
        Live.CollectIfGrown();
        if (TryTake(size) is { } found)
        {
            return found;
        }

        try
        {
            return new(GC.AllocateUninitializedArray<byte>(size, pinned: true));
        }
        catch (OutOfMemoryException)
        {
            Trim();
            GC.Collect();
            Live.Sweep();
            Trim();
            return new(GC.AllocateUninitializedArray<byte>(size, pinned: true));
        }
    }

    public static void Return(CpuBlock block)
    {
        int size = block.Place.Array.Length;
        lock (Gate)
        {
            if (block.IsExposed || _pooled + size > KeepAtMost)
            {
                block.End(); // the collector takes the array
                return;
            }

            if (!Free.TryGetValue(size, out Stack<CpuBlock>? stack))
            {
                Free[size] = stack = new();
            }

            stack.Push(block);
            _pooled += size;
        }
    }

    /// <summary>Leaves everything that waits for reuse to the collector.</summary>
    public static void Trim()
    {
        lock (Gate)
        {
            foreach (CpuBlock block in Free.Values.SelectMany(static stack => stack))
            {
                block.End();
            }

            Free.Clear();
            _pooled = 0;
        }
    }

    internal static unsafe nint AlignedStart(byte[] buffer)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
        return (nint)((Alignment - (address % Alignment)) % Alignment);
    }

    private static CpuBlock? TryTake(int size)
    {
        lock (Gate)
        {
            if (Free.TryGetValue(size, out Stack<CpuBlock>? stack) && stack.TryPop(out CpuBlock? block))
            {
                _pooled -= size;
                return block;
            }

            return null;
        }
    }

    /// <summary>The next quarter of a power of two, plus room to align.</summary>
    private static int SizeClass(long byteLength)
    {
        long step = Math.Max(SmallestBlock / 4,
            (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)byteLength) / 8);
        return (int)Math.Min((byteLength + step - 1) / step * step + Alignment, Array.MaxLength);
    }
}

/// <summary>A large array: of one storage after the other, and of the pool in between.</summary>
internal sealed unsafe class CpuBlock : MemoryBlock
{
    public CpuBlock(byte[] array)
    {
        Place = new(array, BufferPool.AlignedStart(array), this);
        Address = (nint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + Place.Start;
    }

    public PlacedArray Place { get; }

    public override nint Address { get; }

    public override long CountedBytes => Place.Array.Length;

    /// <summary>Whether a span over the array was handed out, so that it must not be reused.</summary>
    public bool IsExposed { get; private set; }

    public void Expose() => IsExposed = true;

    public override void GiveBack() => BufferPool.Return(this);
}
