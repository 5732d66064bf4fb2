using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Bench.Compare;

namespace Autodiff.Bench.Machine;

/// <summary>
/// The most float32 operations the processor does in a second: fused multiply-adds between registers, twelve chains of
/// them, so that two units with a latency of four are never idle.
/// </summary>
internal static class FmaPeak
{
    private const int Chains = 12, Steps = 4096;
    private static float s_sink;

    /// <summary>Operations of one call of the loop: a fused multiply-add counts as two.</summary>
    public static double OperationsEach { get; } = 2.0 * Chains * Steps * (Vector512.IsHardwareAccelerated ? 16 : 8);

    /// <summary>The loop on so many threads at once; its work counts once for each thread.</summary>
    public static Contender Contender(int threads) => new(iterations => OnThreads.Time(threads, _ =>
    {
        float sum = 0;
        for (int i = 0; i < iterations; i++)
        {
            sum += Vector512.IsHardwareAccelerated ? Loop512(0.5f, 1) : Loop256(0.5f, 1);
        }

        s_sink = sum;
    }));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop512(float factor, float term)
    {
        Vector512<float> f = Vector512.Create(factor), t = Vector512.Create(term);
        Vector512<float> a = t, b = t, c = t, d = t, e = t, g = t, h = t, i = t, j = t, k = t, l = t, m = t;
        for (int step = 0; step < Steps; step++)
        {
            a = Vector512.FusedMultiplyAdd(a, f, t);
            b = Vector512.FusedMultiplyAdd(b, f, t);
            c = Vector512.FusedMultiplyAdd(c, f, t);
            d = Vector512.FusedMultiplyAdd(d, f, t);
            e = Vector512.FusedMultiplyAdd(e, f, t);
            g = Vector512.FusedMultiplyAdd(g, f, t);
            h = Vector512.FusedMultiplyAdd(h, f, t);
            i = Vector512.FusedMultiplyAdd(i, f, t);
            j = Vector512.FusedMultiplyAdd(j, f, t);
            k = Vector512.FusedMultiplyAdd(k, f, t);
            l = Vector512.FusedMultiplyAdd(l, f, t);
            m = Vector512.FusedMultiplyAdd(m, f, t);
        }

        return Vector512.Sum(a + b + c + d + e + g + h + i + j + k + l + m);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Loop256(float factor, float term)
    {
        Vector256<float> f = Vector256.Create(factor), t = Vector256.Create(term);
        Vector256<float> a = t, b = t, c = t, d = t, e = t, g = t, h = t, i = t, j = t, k = t, l = t, m = t;
        for (int step = 0; step < Steps; step++)
        {
            a = Vector256.FusedMultiplyAdd(a, f, t);
            b = Vector256.FusedMultiplyAdd(b, f, t);
            c = Vector256.FusedMultiplyAdd(c, f, t);
            d = Vector256.FusedMultiplyAdd(d, f, t);
            e = Vector256.FusedMultiplyAdd(e, f, t);
            g = Vector256.FusedMultiplyAdd(g, f, t);
            h = Vector256.FusedMultiplyAdd(h, f, t);
            i = Vector256.FusedMultiplyAdd(i, f, t);
            j = Vector256.FusedMultiplyAdd(j, f, t);
            k = Vector256.FusedMultiplyAdd(k, f, t);
            l = Vector256.FusedMultiplyAdd(l, f, t);
            m = Vector256.FusedMultiplyAdd(m, f, t);
        }

        return Vector256.Sum(a + b + c + d + e + g + h + i + j + k + l + m);
    }

    /// <summary>How wide the loop's registers are, for the heading.</summary>
    public static string Width => Vector512.IsHardwareAccelerated ? "AVX-512" : Fma.IsSupported ? "AVX2" : "256-bit";

    /// <summary>What the loop is called in a row.</summary>
    public static string Name => $"FMA loop between {Width} registers";
}
