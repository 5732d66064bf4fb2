using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Bench.Compare;

namespace Autodiff.Bench.Machine;

/// <summary>
/// How fast memory is copied and read by loops that do nothing else, each thread on its part of the arrays.
/// </summary>
internal static unsafe class Bandwidth
{
    private static float s_sink;

    /// <summary>Copies as the C library does.</summary>
    public static Contender Copy(float* source, float* target, long count, int threads) =>
        Parts(count, threads,
            (from, length) => Buffer.MemoryCopy(source + from, target + from, length * 4, length * 4));

    /// <summary>Copies past the caches, which saves reading the target before it is written.</summary>
    public static Contender? StreamingCopy(float* source, float* target, long count, int threads) =>
        Avx.IsSupported
            ? Parts(count, threads, (from, length) => Stream(source + from, target + from, length))
            : null;

    /// <summary>Reads everything once.</summary>
    public static Contender Read(float* source, long count, int threads) =>
        Parts(count, threads, (from, length) => s_sink = Sum(source + from, length));

    /// <summary>What a pool of two by two must move: reads everything, writes a quarter.</summary>
    /// <param name="sources">What is read, one after the other.</param>
    /// <param name="target">What is written, a quarter as long.</param>
    /// <param name="count">How many numbers are read.</param>
    /// <param name="threads">How many threads.</param>
    public static Contender Quarter(float*[] sources, float* target, long count, int threads)
    {
        long each = count / threads / 64 * 64;
        return Rotating(sources.Length, threads, (set, thread) =>
        {
            long from = thread * each, length = thread == threads - 1 ? count - from : each;
            Fold(sources[set] + from, target + (from / 4), length);
        });
    }

    /// <summary>
    /// What a norm over samples must move, in the order in which it must: reads a channel of every sample, then reads
    /// it again, from the cache, and writes as much past the caches.
    /// </summary>
    /// <param name="sources">What is read, [samples, channels, size], one after the other.</param>
    /// <param name="others">A second array that is read with it, as by a norm's gradient; null for none.</param>
    /// <param name="target">What is written.</param>
    /// <param name="samples">How many samples there are.</param>
    /// <param name="channels">How many channels each has.</param>
    /// <param name="size">Numbers of a channel, whole vectors.</param>
    /// <param name="threads">How many threads.</param>
    public static Contender ChannelSweeps(
        float*[] sources, float*[]? others, float* target, int samples, int channels, int size, int threads) =>
        Rotating(sources.Length, threads, (set, thread) =>
        {
            for (int c = channels * thread / threads; c < channels * (thread + 1) / threads; c++)
            {
                for (int n = 0; n < 2 * samples; n++)
                {
                    int sample = n < samples ? n : 2 * samples - 1 - n;
                    long at = (((long)sample * channels) + c) * size;
                    Sweep(sources[set] + at, others == null ? null : others[set] + at, target + at, size, n < samples);
                }
            }
        });

    private static void Sweep(float* a, float* b, float* target, int size, bool reads)
    {
        if (reads)
        {
            s_sink = b == null ? Sum(a, size) : Sum(a, size) + Sum(b, size);
        }
        else if (b == null)
        {
            Stream(a, target, size);
        }
        else
        {
            Add(a, b, target, size);
        }
    }

    private static Contender Rotating(int sets, int threads, Action<int, int> part) =>
        new(iterations => OnThreads.Time(threads, thread =>
        {
            for (int i = 0; i < iterations; i++)
            {
                part(i % sets, thread);
            }
        }));

    private static Contender Parts(long count, int threads, Action<long, long> part)
    {
        long each = count / threads / 64 * 64;
        return new(iterations => OnThreads.Time(threads, thread =>
        {
            long from = thread * each, length = thread == threads - 1 ? count - from : each;
            for (int i = 0; i < iterations; i++)
            {
                part(from, length);
            }
        }));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stream(float* source, float* target, long count)
    {
        if (Avx512F.IsSupported)
        {
            for (long i = 0; i < count; i += 16)
            {
                Vector512.Load(source + i).StoreAlignedNonTemporal(target + i);
            }

            return;
        }

        for (long i = 0; i < count; i += 8)
        {
            Vector256.Load(source + i).StoreAlignedNonTemporal(target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Fold(float* source, float* target, long count)
    {
        for (long i = 0; i + 64 <= count; i += 64, target += 16)
        {
            Vector512<float> low = Vector512.Load(source + i) + Vector512.Load(source + i + 16),
                high = Vector512.Load(source + i + 32) + Vector512.Load(source + i + 48);
            (low + high).Store(target);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(float* a, float* b, float* target, long count)
    {
        for (long i = 0; i + 16 <= count; i += 16)
        {
            (Vector512.Load(a + i) + Vector512.Load(b + i)).StoreAlignedNonTemporal(target + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Sum(float* source, long count)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        long i = 0;
        for (; i + 64 <= count; i += 64)
        {
            a += Vector512.Load(source + i);
            b += Vector512.Load(source + i + 16);
            c += Vector512.Load(source + i + 32);
            d += Vector512.Load(source + i + 48);
        }

        float sum = Vector512.Sum(a + b + c + d);
        for (; i < count; i++)
        {
            sum += source[i];
        }

        return sum;
    }

    /// <summary>Memory outside the collector's heap, on a page's boundary.</summary>
    public static float* Allocate(long count)
    {
        float* memory = (float*)NativeMemory.AlignedAlloc((nuint)count * 4, 4096);
        new Span<float>(memory, checked((int)count)).Fill(1);
        return memory;
    }

    /// <summary>Gives such memory back.</summary>
    public static void Free(float* memory) => NativeMemory.AlignedFree(memory);
}
