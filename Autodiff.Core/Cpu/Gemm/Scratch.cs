using System.Numerics;
using System.Runtime.CompilerServices;

namespace Autodiff.Cpu;

/// <summary>
/// A thread's working memory, for packed panels and partial results: kept for the next time, released with its thread.
/// Block sizes bound what the kernels take, so it stays at a few MiB.
/// </summary>
internal static unsafe class Scratch
{
    private const int Alignment = 64;

    // Shared memory is as large as it has to be, up to this: a packed weight takes megabytes.
    private const int SharedUnit = 64 << 10;

    [ThreadStatic]
    private static byte[]? t_memory, t_shared;

    /// <summary>
    /// At least <paramref name="bytes"/> bytes on a cache line's start; the thread's next call takes them back.
    /// </summary>
    public static byte* Take(nint bytes) => Take(ref t_memory, bytes, isShared: false);

    /// <summary>
    /// The same for memory shared with worker threads, beside the thread's own; its next call of this takes it back.
    /// </summary>
    public static byte* TakeShared(nint bytes) => Take(ref t_shared, bytes, isShared: true);

    /// <summary>Bytes that this thread holds by itself.</summary>
    public static nint Held => t_memory?.Length ?? 0;

    /// <summary>Bytes that this thread holds to lend to others.</summary>
    public static nint HeldShared => t_shared?.Length ?? 0;

    private static byte* Take(ref byte[]? held, nint bytes, bool isShared)
    {
        byte[]? memory = held;
        if (memory is null || memory.Length < bytes + Alignment)
        {
            bytes += Alignment;
            nint length = isShared
                ? (bytes + SharedUnit - 1) / SharedUnit * SharedUnit
                : (nint)BitOperations.RoundUpToPowerOf2((nuint)bytes);
            held = memory = GC.AllocateUninitializedArray<byte>(checked((int)length), pinned: true);
        }

        nint at = (nint)Unsafe.AsPointer(ref memory[0]);
        return (byte*)((at + Alignment - 1) & -Alignment);
    }
}
