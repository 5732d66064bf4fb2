using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Autodiff.Cpu;

/// <summary>How 128 bits of lanes compute a b + c.</summary>
internal interface IMultiplyAdd
{
    static abstract Vector128<float> Of(Vector128<float> a, Vector128<float> b, Vector128<float> c);

    static abstract Vector128<double> Of(Vector128<double> a, Vector128<double> b, Vector128<double> c);
}

/// <summary>Two roundings, two instructions: not the bits of <see cref="Fused"/>.</summary>
internal readonly struct Separate : IMultiplyAdd
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(Vector128<float> a, Vector128<float> b, Vector128<float> c) => a * b + c;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Of(Vector128<double> a, Vector128<double> b, Vector128<double> c) => a * b + c;
}

/// <summary>One rounding, by the processor's instruction (FMA, NEON) or without it.</summary>
/// <remarks>
/// Without the instruction, float32 is computed in double. A product is exact there, and the sum is rounded twice: to
/// double, then to float. That differs from one rounding only where the first rounding ends exactly between two floats,
/// or where the result is subnormal and has fewer bits; there the sum is rounded to odd first (Boldo and Melquiond,
/// "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008). For float64 the
/// library's function, one lane at a time, is no slower than the same idea with error-free products.
/// </remarks>
internal readonly struct Fused : IMultiplyAdd
{
    private static bool IsInstruction
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Fma.IsSupported || AdvSimd.IsSupported;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<double> Of(Vector128<double> a, Vector128<double> b, Vector128<double> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Of(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        IsInstruction || !Sse2.IsSupported ? Vector128.FusedMultiplyAdd(a, b, c) : InDouble(a, b, c);

    /// <summary>The same without a fused instruction.</summary>
    /// <remarks>
    /// Written out and with few local variables: the compiler stops inlining in a method that has too many, and a
    /// formula has a dozen of these.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector128<float> InDouble(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        Vector128<double> low = Sse2.ConvertToVector128Double(a) * Sse2.ConvertToVector128Double(b)
            + Sse2.ConvertToVector128Double(c);
        Vector128<double> high = Sse2.ConvertToVector128Double(Sse.MoveHighToLow(a, a))
            * Sse2.ConvertToVector128Double(Sse.MoveHighToLow(b, b))
            + Sse2.ConvertToVector128Double(Sse.MoveHighToLow(c, c));
        Vector128<float> y = Sse.MoveLowToHigh(Sse2.ConvertToVector128Single(low), Sse2.ConvertToVector128Single(high));

        // Half a unit in the last place of a float: the bits of a double below it are 1 followed by zeros. And 0 < |y|
        // < 2^-125, as a comparison of integers without sign; a y of 0 is right, since the sum in double was then
        // exact.
        return Sse.MoveMask((Vector128.Equals(
                Sse.Shuffle(low.AsSingle(), high.AsSingle(), 0b10_00_10_00).AsInt32() & Vector128.Create(0x1FFFFFFF),
                Vector128.Create(0x10000000))
            | Vector128.LessThan(
                (y.AsInt32() & Vector128.Create(int.MaxValue)) + Vector128.Create(int.MaxValue),
                Vector128.Create(int.MinValue + 0x00FFFFFF))).AsSingle()) == 0 ? y : RoundedOnce(a, b, c);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector128<float> RoundedOnce(Vector128<float> a, Vector128<float> b, Vector128<float> c)
    {
        Vector128<float> upperA = Sse.MoveHighToLow(a, a), upperB = Sse.MoveHighToLow(b, b),
            upperC = Sse.MoveHighToLow(c, c);
        Vector128<double> low = Sse2.ConvertToVector128Double(a) * Sse2.ConvertToVector128Double(b);
        Vector128<double> high = Sse2.ConvertToVector128Double(upperA) * Sse2.ConvertToVector128Double(upperB);
        return Sse.MoveLowToHigh(
            Sse2.ConvertToVector128Single(RoundedToOdd(low, Sse2.ConvertToVector128Double(c))),
            Sse2.ConvertToVector128Single(RoundedToOdd(high, Sse2.ConvertToVector128Double(upperC))));
    }

    /// <summary>a + b; where that is inexact, of its two neighbours the one whose last bit is 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> RoundedToOdd(Vector128<double> a, Vector128<double> b)
    {
        // Knuth's exact error of a sum; NaN for one that is no number, which then stays as it is.
        Vector128<double> sum = a + b, part = sum - a, error = (a - (sum - part)) + (b - part);
        Vector128<double> isInexact = Vector128.GreaterThan(error, Vector128<double>.Zero)
            | Vector128.LessThan(error, Vector128<double>.Zero);
        Vector128<long> one = isInexact.AsInt64() & Vector128<long>.One, bits = sum.AsInt64();
        Vector128<long> isTooLarge = (error.AsInt64() ^ bits) >>> 63;
        bits -= one & isTooLarge & ~bits;
        return (bits | one).AsDouble();
    }
}
