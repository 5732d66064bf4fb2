using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Autodiff.Backends.Cpu;

/// <summary>Large arrays, kept for reuse so that a hot loop pays neither for fresh pages nor for clearing them.</summary>
/// <remarks>
/// Arrays are pinned (so aligned for good) and uninitialised, in sizes four to an octave. The finalizers of dead tensors'
/// handles bring their arrays back here.
/// </remarks>
internal static class BufferPool
{
    public const int Alignment = 64;
    public const int SmallestBlock = 16 * 1024;
    private const long KeepAtMost = 1L << 30;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, Stack<byte[]>> Free = [];
    private static long _pooled;

    /// <summary>The large tensors.</summary>
    public static LiveMemory Live { get; } = new(collectEvery: 32L << 20);

    /// <summary>Bytes waiting for reuse.</summary>
    public static long PooledBytes => Interlocked.Read(ref _pooled);

    public static byte[] Rent(long byteLength)
    {
        int size = SizeClass(byteLength);
        Live.CollectIfGrown();
        if (TryTake(size) is { } found)
        {
            return found;
        }

        try
        {
            return GC.AllocateUninitializedArray<byte>(size, pinned: true);
        }
        catch (OutOfMemoryException)
        {
            Trim();
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Trim();
            return GC.AllocateUninitializedArray<byte>(size, pinned: true);
        }
    }

    public static void Return(byte[] buffer)
    {
        lock (Gate)
        {
            if (_pooled + buffer.Length > KeepAtMost)
            {
                return; // the collector takes it
            }

            if (!Free.TryGetValue(buffer.Length, out Stack<byte[]>? stack))
            {
                Free[buffer.Length] = stack = new();
            }

            stack.Push(buffer);
            _pooled += buffer.Length;
        }
    }

    /// <summary>Leaves everything that waits for reuse to the collector.</summary>
    public static void Trim()
    {
        lock (Gate)
        {
            Free.Clear();
            _pooled = 0;
        }
    }

    internal static unsafe nint AlignedStart(byte[] buffer)
    {
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
        return (nint)((Alignment - (address % Alignment)) % Alignment);
    }

    private static byte[]? TryTake(int size)
    {
        lock (Gate)
        {
            if (Free.TryGetValue(size, out Stack<byte[]>? stack) && stack.TryPop(out byte[]? buffer))
            {
                _pooled -= buffer.Length;
                return buffer;
            }

            return null;
        }
    }

    /// <summary>The next quarter of a power of two, plus room to align.</summary>
    private static int SizeClass(long byteLength)
    {
        long step = Math.Max(SmallestBlock / 4, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)byteLength) / 8);
        return (int)Math.Min((byteLength + step - 1) / step * step + Alignment, Array.MaxLength);
    }
}
