using ILGPU.IR.Intrinsics;

namespace Autodiff.Gpu.Kernels.Carriers;

/// <summary>
/// A device's arithmetic on integers, and numbers as integers: towards zero, no further than the range, NaN as 0.
/// </summary>
internal static class Whole
{
    [IntrinsicImplementation, Instruction("setp.lt.s32 %p, %1, %2; selp.s32 %0, %3, %4, %p", "%1 < %2 ? %3 : %4")]
    public static int SelectLess(int a, int b, int then, int otherwise) => a < b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.eq.s32 %p, %1, %2; selp.s32 %0, %3, %4, %p", "%1 == %2 ? %3 : %4")]
    public static int SelectEqual(int a, int b, int then, int otherwise) => a == b ? then : otherwise;

    /// <summary>
    /// The quotient, towards zero. Of the smallest integer by -1, and of any by 0, no value is promised.
    /// </summary>
    [IntrinsicImplementation, Instruction("div.s32 %0, %1, %2", "%1 / %2")]
    public static int Divide(int a, int b) => b == 0 || b == -1 ? 0 : a / b;

    [IntrinsicImplementation, Instruction("setp.lt.s64 %p, %1, %2; selp.s64 %0, %3, %4, %p", "%1 < %2 ? %3 : %4")]
    public static long SelectLess(long a, long b, long then, long otherwise) => a < b ? then : otherwise;

    [IntrinsicImplementation, Instruction("setp.eq.s64 %p, %1, %2; selp.s64 %0, %3, %4, %p", "%1 == %2 ? %3 : %4")]
    public static long SelectEqual(long a, long b, long then, long otherwise) => a == b ? then : otherwise;

    /// <summary>
    /// The quotient, towards zero. Of the smallest integer by -1, and of any by 0, no value is promised.
    /// </summary>
    [IntrinsicImplementation, Instruction("div.s64 %0, %1, %2", "%1 / %2")]
    public static long Divide(long a, long b) => b == 0 || b == -1 ? 0 : a / b;

    [IntrinsicImplementation, Instruction("cvt.rzi.s32.f32 %0, %1", "convert_int_sat_rtz(%1)")]
    public static int ToInt32(float x) => (int)x;

    [IntrinsicImplementation]
    [Instruction("cvt.rzi.s32.f64 %0, %1; setp.eq.f64 %p, %1, %1; selp.s32 %0, %0, 0, %p", "convert_int_sat_rtz(%1)")]
    public static int ToInt32(double x) => (int)x;

    [IntrinsicImplementation]
    [Instruction("cvt.rzi.s64.f32 %0, %1; setp.eq.f32 %p, %1, %1; selp.s64 %0, %0, 0, %p", "convert_long_sat_rtz(%1)")]
    public static long ToInt64(float x) => (long)x;

    [IntrinsicImplementation]
    [Instruction("cvt.rzi.s64.f64 %0, %1; setp.eq.f64 %p, %1, %1; selp.s64 %0, %0, 0, %p", "convert_long_sat_rtz(%1)")]
    public static long ToInt64(double x) => (long)x;

    /// <inheritdoc cref="ToInt64(double)"/>
    public static long Saturate(double x) => ToInt64(x);

    /// <summary>The nearest int32.</summary>
    public static int Clamp(long x) => (int)Math.Min(Math.Max(x, int.MinValue), int.MaxValue);

    /// <summary>1 where x is not 0, and for NaN, else 0.</summary>
    [IntrinsicImplementation, Instruction("setp.neu.f32 %p, %1, 0.0; selp.s32 %0, 1, 0, %p", "%1 != 0.0f ? 1 : 0")]
    public static int IsNotZero(float x) => x == 0 ? 0 : 1;

    /// <inheritdoc cref="IsNotZero(float)"/>
    [IntrinsicImplementation, Instruction("setp.neu.f64 %p, %1, 0.0; selp.s32 %0, 1, 0, %p", "%1 != 0.0 ? 1 : 0")]
    public static int IsNotZero(double x) => x == 0 ? 0 : 1;

    /// <inheritdoc cref="IsNotZero(float)"/>
    [IntrinsicImplementation, Instruction("setp.ne.s32 %p, %1, 0; selp.s32 %0, 1, 0, %p", "%1 != 0 ? 1 : 0")]
    public static int IsNotZero(int x) => x == 0 ? 0 : 1;

    /// <inheritdoc cref="IsNotZero(float)"/>
    [IntrinsicImplementation, Instruction("setp.ne.s64 %p, %1, 0; selp.s32 %0, 1, 0, %p", "%1 != 0 ? 1 : 0")]
    public static int IsNotZero(long x) => x == 0 ? 0 : 1;

    /// <summary>n / d by a <see cref="Divisor"/>'s numbers, for n below 2^31.</summary>
    [IntrinsicImplementation]
    [Instruction(
        "mul.hi.u32 %0, %1, %2; add.u32 %0, %0, %1; shr.u32 %0, %0, %3",
        "(mul_hi((uint)%1, (uint)%2) + (uint)%1) >> %3")]
    public static uint Quotient(uint n, uint magic, uint shift) => ((uint)(((ulong)n * magic) >> 32) + n) >> (int)shift;

    /// <summary>The upper half of a product of 64 bits.</summary>
    [IntrinsicImplementation, Instruction("mul.hi.u32 %0, %1, %2", "mul_hi((uint)%1, (uint)%2)")]
    public static uint MultiplyHigh(uint a, uint b) => (uint)(((ulong)a * b) >> 32);

    /// <summary>a b, where the product has 64 bits.</summary>
    [IntrinsicImplementation, Instruction("mul.wide.s32 %0, %1, %2", "((long)(%1) * (%2))")]
    public static long Multiply(int a, int b) => (long)a * b;

    /// <summary>a b + c, where the product has 64 bits.</summary>
    [IntrinsicImplementation, Instruction("mad.wide.s32 %0, %1, %2, %3", "((long)(%1) * (%2) + (%3))")]
    public static long MultiplyAdd(int a, int b, long c) => (long)a * b + c;

    /// <summary>A constant as an integer, towards zero; one beyond the range, an infinity too, as its end.</summary>
    public static int Nearest32(double x) =>
        x <= int.MinValue ? int.MinValue : x >= int.MaxValue ? int.MaxValue : (int)x;

    /// <inheritdoc cref="Nearest32(double)"/>
    public static long Nearest64(double x) =>
        x <= long.MinValue ? long.MinValue : x >= long.MaxValue ? long.MaxValue : (long)x;
}
