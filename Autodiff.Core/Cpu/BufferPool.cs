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

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, WaitingBlocks> Free = [];
    private static long _pooled;

    /// <summary>The large tensors.</summary>
    public static LiveMemory Live { get; } = new(collectEvery: 32L << 20);

    /// <summary>The most bytes that wait for reuse.</summary>
    internal static long KeepAtMost { get; set; } = 1L << 30;

    /// <summary>
    /// From so many milliseconds on that no block of a size was asked for or came back, blocks of other sizes may take
    /// the place of those that wait. A training step is shorter, and keeps what it will need again.
    /// </summary>
    internal static long IdleMilliseconds { get; set; } = 2000;

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
            if (block.IsExposed || !Evict(size))
            {
                block.End(); // the collector takes the array
                return;
            }

            if (!Free.TryGetValue(size, out WaitingBlocks? waiting))
            {
                Free[size] = waiting = new();
            }

            waiting.Blocks.Push(block);
            waiting.LastUse = Environment.TickCount64;
            _pooled += size;
        }
    }

    /// <summary>Leaves everything that waits for reuse to the collector.</summary>
    public static void Trim()
    {
        lock (Gate)
        {
            foreach (CpuBlock block in Free.Values.SelectMany(static waiting => waiting.Blocks))
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
            if (Free.TryGetValue(size, out WaitingBlocks? waiting) && waiting.Blocks.TryPop(out CpuBlock? block))
            {
                waiting.LastUse = Environment.TickCount64;
                _pooled -= size;
                return block;
            }

            return null;
        }
    }

    /// <summary>
    /// Drops blocks of sizes that nobody uses any more until another one fits; false where it doesn't. Else a program
    /// that went on to other sizes would get new memory from the system for each of its results.
    /// </summary>
    private static bool Evict(int size)
    {
        while (size <= KeepAtMost && _pooled + size > KeepAtMost)
        {
            WaitingBlocks? idle = null;
            foreach (WaitingBlocks waiting in Free.Values)
            {
                if (waiting.Blocks.Count > 0 && (idle is null || waiting.LastUse < idle.LastUse))
                {
                    idle = waiting;
                }
            }

            if (idle is null || Environment.TickCount64 - idle.LastUse < IdleMilliseconds)
            {
                return false;
            }

            CpuBlock dropped = idle.Blocks.Pop();
            _pooled -= dropped.Place.Array.Length;
            dropped.End();
        }

        return size <= KeepAtMost;
    }

    /// <summary>The next quarter of a power of two, plus room to align.</summary>
    private static int SizeClass(long byteLength)
    {
        long step = Math.Max(SmallestBlock / 4,
            (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)byteLength) / 8);
        return (int)Math.Min((byteLength + step - 1) / step * step + Alignment, Array.MaxLength);
    }

    /// <summary>Blocks of a size, and when one was last asked for or came back, in milliseconds.</summary>
    private sealed class WaitingBlocks
    {
        public Stack<CpuBlock> Blocks { get; } = new();

        public long LastUse { get; set; }
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
