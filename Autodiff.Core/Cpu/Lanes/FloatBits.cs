using System.Runtime.CompilerServices;
using Autodiff.Algebra;

namespace Autodiff.Cpu;

/// <summary>Exponents and significands through the bits, where the processor has no instructions for them.</summary>
internal static class FloatBits<V, T>
    where V : struct, IFloatLanes<V, T>
    where T : unmanaged
{
    // By 2^64 a subnormal number of either type becomes a normal one, whose exponent field says something.
    private const double SubnormalShift = 64, SubnormalScale = 18446744073709551616.0;

    // Adding a number whose unit in the last place is 1 puts an integral n into the low bits, without the conversions
    // that AVX2 lacks for 64-bit integers.
    private static double UnitInLastPlace
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.IsDouble ? 6755399441055744.0 : 12582912;
    }

    private static double Bias
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.IsDouble ? 1023 : 127;
    }

    private static V SmallestNormal
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => V.Const(V.IsDouble ? 2.2250738585072014e-308 : 1.17549435e-38);
    }

    /// <summary>
    /// x 2^n by two factors, so that a result may overflow or become subnormal though a single 2^n would not be a
    /// number.
    /// </summary>
    /// <remarks>The first product is exact, so this rounds once, as the instruction of AVX-512 does.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ScaleB(V x, V n)
    {
        V half = V.Floor(n * V.Const(0.5));
        return x * PowerOfTwo(half) * PowerOfTwo(n - half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exponent(V x)
    {
        V a = V.Abs(x), infinity = V.Const(double.PositiveInfinity), zero = V.Const(0);
        V e = ExponentField(ScaleSubnormal(a)) - V.SelectLess(a, SmallestNormal, V.Const(SubnormalShift), zero);
        return V.SelectEqual(a, zero, -infinity, V.SelectLess(a, infinity, e, a));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Mantissa(V x) => V.SelectEqual(x, x, SignificandField(ScaleSubnormal(V.Abs(x))), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ScaleSubnormal(V a) => V.SelectLess(a, SmallestNormal, a * V.Const(SubnormalScale), a);

    // The counts of the shifts stand here as literals: one that came by a property would be a variable to the compiler,
    // which then takes a slower instruction.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V PowerOfTwo(V n)
    {
        V bits = n + V.Const(UnitInLastPlace + Bias);
        return V.IsDouble ? V.BitsLeft(bits, 52) : V.BitsLeft(bits, 23);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExponentField(V x) =>
        V.BitsOr(V.IsDouble ? V.BitsRight(x, 52) : V.BitsRight(x, 23),
            V.Const(V.IsDouble ? 4503599627370496.0 : 8388608))
        - V.Const((V.IsDouble ? 4503599627370496.0 : 8388608) + Bias);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V SignificandField(V x) =>
        V.BitsOr(V.BitsAnd(x, Pattern(0x000FFFFFFFFFFFFF, 0x007FFFFF)), V.Const(1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Pattern(ulong ofDouble, uint ofSingle) => V.IsDouble
        ? V.Broadcast(Unsafe.BitCast<ulong, T>(ofDouble))
        : V.Broadcast(Unsafe.BitCast<uint, T>(ofSingle));
}
