using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>Non-temporal stores, which write to memory and bypass the caches.</summary>
/// <remarks>They save reading the lines that will be overwritten, and leave the caches to what will be read.</remarks>
internal static unsafe class NonTemporal
{
    /// <summary>
    /// From so many bytes on they are faster even if the next operation reads the result, much of which would have left
    /// a core's caches by then; below, cache reuse saves more. (Measured with 2 MiB of second-level cache.)
    /// </summary>
    private const long ByteThreshold = 8L << 20;

    /// <summary>The length of what fills a block.</summary>
    public const int PatternBytes = 1024;

    /// <summary>
    /// Whether a result of so many bytes should be written so: it is large, and lies on a vector's boundary.
    /// </summary>
    public static bool IsFasterFor(byte* target, long bytes) => IsFasterFor(bytes) && BytesToBoundary(target) == 0;

    /// <summary>The same for rows of which each finds its own boundary.</summary>
    public static bool IsFasterFor(long bytes) => bytes >= ByteThreshold && Sse.IsSupported;

    /// <summary>From an address to the next boundary of the widest vector, which is that of a line.</summary>
    public static nint BytesToBoundary(byte* target) => (nint)(-(nint)target & (Vector512<byte>.Count - 1));

    /// <summary>
    /// Copies to a vector's boundary; what is left after the last whole line goes through the caches.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(byte* source, byte* target, long bytes)
    {
        long i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= bytes - Vector512<byte>.Count; i += Vector512<byte>.Count)
            {
                Vector512.Load(source + i).StoreAlignedNonTemporal(target + i);
            }
        }
        else
        {
            for (; i <= bytes - 2 * Vector256<byte>.Count; i += 2 * Vector256<byte>.Count)
            {
                Vector256<byte> first = Vector256.Load(source + i),
                    second = Vector256.Load(source + i + Vector256<byte>.Count);
                first.StoreAlignedNonTemporal(target + i);
                second.StoreAlignedNonTemporal(target + i + Vector256<byte>.Count);
            }
        }

        Unsafe.CopyBlockUnaligned(target + i, source + i, (uint)(bytes - i));
    }

    /// <summary>Copies a large block, shared by threads.</summary>
    public static void CopyLarge(byte* source, byte* target, long bytes) =>
        Share(source, target, bytes, repeats: false);

    /// <summary>Fills a large block with copies of <see cref="PatternBytes"/> bytes, shared by threads.</summary>
    public static void FillLarge(byte* pattern, byte* target, long bytes) =>
        Share(pattern, target, bytes, repeats: true);

    private static void Share(byte* source, byte* target, long bytes, bool repeats) =>
        CpuThreads.For(Sizes.Parts(bytes, Block.PartBytes),
            new Block { Source = source, Target = target, Bytes = bytes, Repeats = repeats });

    private struct Block : IParallelBody
    {
        public const long PartBytes = 128 * 1024;

        public byte* Source, Target;
        public long Bytes;
        public bool Repeats;

        public readonly void Run(int part)
        {
            long first = part * PartBytes, end = Math.Min(Bytes, first + PartBytes);
            if (!Repeats)
            {
                Copy(Source + first, Target + first, end - first);
            }

            for (long at = first; Repeats && at < end; at += PatternBytes)
            {
                Copy(Source, Target + at, Math.Min(PatternBytes, end - at));
            }

            Fence();
        }
    }

    /// <summary>
    /// A store fence, after the last copy and before its publication to other threads: non-temporal stores are weakly
    /// ordered.
    /// </summary>
    public static void Fence()
    {
        if (Sse.IsSupported)
        {
            Sse.StoreFence();
        }
    }
}
