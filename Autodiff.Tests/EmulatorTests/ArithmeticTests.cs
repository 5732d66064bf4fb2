using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Arithmetic instructions of the PTX interpreter against known answers.</summary>
[TestFixture]
[Parallelizable]
public sealed class ArithmeticTests
{
    private const float Nan = float.NaN;

    [Test]
    public void Integer_sums_differences_and_products_wrap()
    {
        Assert.That(Map<int, int, int>("add.s32 %d, %a, %b;", [int.MaxValue, 3], [1, -5]),
            Is.EqualTo(new[] { int.MinValue, -2 }));
        Assert.That(Map<ulong, ulong, ulong>("sub.u64 %d, %a, %b;", [0, 9], [1, 4]),
            Is.EqualTo(new[] { ulong.MaxValue, 5UL }));
        Assert.That(Map<uint, uint, uint>("mul.lo.u32 %d, %a, %b;", [0x10001, 7], [0x10001, 6]),
            Is.EqualTo(new[] { 0x20001u, 42u }));
        Assert.That(Map<short, short, short>("add.s16 %d, %a, %b;", [short.MaxValue], [1]),
            Is.EqualTo(new[] { short.MinValue }));
    }

    [Test]
    public void Saturated_sums_stay_in_range() =>
        Assert.That(Map<int, int, int>("add.sat.s32 %d, %a, %b;", [int.MaxValue, int.MinValue, 1], [1, -1, 1]),
            Is.EqualTo(new[] { int.MaxValue, int.MinValue, 2 }));

    [Test]
    public void Upper_halves_and_wide_products()
    {
        Assert.That(Map<uint, uint, uint>("mul.hi.u32 %d, %a, %b;", [0xFFFF_FFFF, 1], [0xFFFF_FFFF, 1]),
            Is.EqualTo(new[] { 0xFFFF_FFFEu, 0u }));
        Assert.That(Map<int, int, int>("mul.hi.s32 %d, %a, %b;", [-1, int.MinValue], [1, int.MinValue]),
            Is.EqualTo(new[] { -1, 0x4000_0000 }));
        Assert.That(Map<ulong, ulong, ulong>("mul.hi.u64 %d, %a, %b;", [ulong.MaxValue], [ulong.MaxValue]),
            Is.EqualTo(new[] { ulong.MaxValue - 1 }));
        Assert.That(Map<int, int, long>("mul.wide.s32 %d, %a, %b;", [-3, int.MinValue], [5, 2]),
            Is.EqualTo(new[] { -15L, -4294967296L }));
        Assert.That(Map<uint, uint, ulong>("mul.wide.u32 %d, %a, %b;", [0xFFFF_FFFF], [2]),
            Is.EqualTo(new[] { 0x1_FFFF_FFFEUL }));
        Assert.That(Map<int, int, long, long>("mad.wide.s32 %d, %a, %b, %c;", [-3], [5], [100]),
            Is.EqualTo(new[] { 85L }));
        Assert.That(Map<uint, uint, ulong, ulong>("mad.wide.u32 %d, %a, 8, %c;", [0xFFFF_FFFF], [0], [1]),
            Is.EqualTo(new[] { 0x7_FFFF_FFF9UL }));
        Assert.That(Map<int, int, int, int>("mad.lo.s32 %d, %a, %b, %c;", [7], [-6], [2]), Is.EqualTo(new[] { -40 }));
        Assert.That(Map<uint, uint, uint, uint>("mad.hi.u32 %d, %a, %b, %c;", [0x8000_0000], [4], [5]),
            Is.EqualTo(new[] { 7u }));
    }

    [Test]
    public void Integer_division_goes_toward_zero_and_never_traps()
    {
        Assert.That(Map<int, int, int>("div.s32 %d, %a, %b;", [-7, 7, int.MinValue, 5], [2, -2, -1, 0]),
            Is.EqualTo(new[] { -3, -3, int.MinValue, -1 }));
        Assert.That(Map<int, int, int>("rem.s32 %d, %a, %b;", [-7, 7, int.MinValue], [2, -2, -1]),
            Is.EqualTo(new[] { -1, 1, 0 }));
        Assert.That(Map<ulong, ulong, ulong>("div.u64 %d, %a, %b;", [ulong.MaxValue, 9], [10, 3]),
            Is.EqualTo(new[] { ulong.MaxValue / 10, 3UL }));
        Assert.That(Map<uint, uint, uint>("rem.u32 %d, %a, %b;", [17, 4], [5, 4]), Is.EqualTo(new[] { 2u, 0u }));
    }

    [Test]
    public void Signed_and_unsigned_order_differ()
    {
        Assert.That(Map<int, int, int>("min.s32 %d, %a, %b;", [-1, 3], [1, 2]), Is.EqualTo(new[] { -1, 2 }));
        Assert.That(Map<int, int, int>("min.u32 %d, %a, %b;", [-1, 3], [1, 2]), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(Map<long, long, long>("max.s64 %d, %a, %b;", [-1], [1]), Is.EqualTo(new[] { 1L }));
        Assert.That(Map<int, int>("abs.s32 %d, %a;", -5, 5, int.MinValue), Is.EqualTo(new[] { 5, 5, int.MinValue }));
        Assert.That(Map<long, long>("neg.s64 %d, %a;", -5, long.MinValue), Is.EqualTo(new[] { 5, long.MinValue }));
    }

    [Test]
    public void Float_sums_and_products_round_to_nearest()
    {
        Assert.That(Map<float, float, float>("add.rn.f32 %d, %a, %b;", [16777216, 0.1f], [1, 0.2f]),
            Is.EqualTo(new[] { 16777216f, 0.1f + 0.2f }));
        Assert.That(Map<double, double, double>("mul.rn.f64 %d, %a, %b;", [0.1, 1e300], [0.1, 1e300]),
            Is.EqualTo(new[] { 0.1 * 0.1, double.PositiveInfinity }));
        Assert.That(Map<float, float, float>("div.rn.f32 %d, %a, %b;", [1, -1, 0], [3, 0, 0]),
            Is.EqualTo(new[] { 1f / 3, float.NegativeInfinity, Nan }));
        Assert.That(Map<float, float, float>("sub.f32 %d, %a, %b;", [1e-45f], [0]), Is.EqualTo(new[] { 1e-45f }),
            "subnormal numbers stay");
        Assert.That(Map<float, float, float>("add.ftz.f32 %d, %a, %b;", [1e-45f, -1e-45f], [0, 0]),
            Is.EqualTo(new[] { 0f, 0f }), ".ftz makes them zeros");
    }

    [Test]
    public void Fused_multiplication_rounds_once()
    {
        float a = 1 + MathF.ScaleB(1, -12);
        Assert.That(Map<float, float, float, float>("fma.rn.f32 %d, %a, %b, %c;", [a], [a], [-(a * a)]),
            Is.EqualTo(new[] { MathF.ScaleB(1, -24) }));
        Assert.That(Map<double, double, double, double>("fma.rn.f64 %d, %a, %b, %c;", [3], [5], [-15]),
            Is.EqualTo(new[] { 0.0 }));
    }

    [Test]
    public void Min_and_max_prefer_numbers_to_nan()
    {
        float[] a = [Nan, 1, Nan, -0f, 0f], b = [1, Nan, Nan, 0f, -0f];
        float[] min = Map<float, float, float>("min.f32 %d, %a, %b;", a, b);
        Assert.That(min, Is.EqualTo(new[] { 1, 1, Nan, 0f, 0f }));
        Assert.That(min.Skip(3).Select(float.IsNegative), Is.All.True, "-0 is less than +0");
        Assert.That(Map<float, float, float>("max.f32 %d, %a, %b;", a, b).Skip(3).Select(float.IsNegative),
            Is.All.False);
        Assert.That(Map<float, float, float>("max.NaN.f32 %d, %a, %b;", a, b),
            Is.EqualTo(new[] { Nan, Nan, Nan, 0f, 0f }));
        Assert.That(Map<double, double, double>("min.f64 %d, %a, %b;", [double.NaN, 2], [1, 3]),
            Is.EqualTo(new[] { 1.0, 2 }));
    }

    [Test]
    public void Nan_of32_bits_has_one_pattern() =>
        Assert.That(Map<uint, uint>("mov.b32 %x0, %a; add.rn.f32 %x1, %x0, %x0; mov.b32 %d, %x1;", 0xFFC0_0001,
            0x7F80_0001), Is.EqualTo(new[] { 0x7FFF_FFFFu, 0x7FFF_FFFFu }));

    [Test]
    public void Roots_reciprocals_and_signs()
    {
        Assert.That(Map<float, float>("sqrt.rn.f32 %d, %a;", 2, -1, 0), Is.EqualTo(new[] { MathF.Sqrt(2), Nan, 0 }));
        Assert.That(Map<double, double>("rcp.rn.f64 %d, %a;", 3, 0),
            Is.EqualTo(new[] { 1.0 / 3, double.PositiveInfinity }));
        Assert.That(Map<float, float>("rsqrt.approx.f32 %d, %a;", 4), Is.EqualTo(new[] { 0.5f }));
        Assert.That(Map<float, float, float>("copysign.f32 %d, %a, %b;", [-1, 1], [5, -6]),
            Is.EqualTo(new[] { -5f, 6f }), "a gives the sign");
        Assert.That(Map<float, float>("abs.f32 %d, %a;", -2, 3), Is.EqualTo(new[] { 2f, 3f }));
        Assert.That(Map<double, double>("neg.f64 %d, %a;", 2), Is.EqualTo(new[] { -2.0 }));
    }

    [Test]
    public void Approximations_come_near()
    {
        Assert.That(Map<float, float>("ex2.approx.f32 %d, %a;", 3, -2), Is.EqualTo(new[] { 8f, 0.25f }));
        Assert.That(Map<float, float>("lg2.approx.ftz.f32 %d, %a;", 8, 0, -1),
            Is.EqualTo(new[] { 3f, float.NegativeInfinity, Nan }));
        Assert.That(Map<float, float>("sin.approx.f32 %d, %a;", 1)[0], Is.EqualTo(MathF.Sin(1)).Within(1e-6));
        Assert.That(Map<float, float>("cos.approx.f32 %d, %a;", 1)[0], Is.EqualTo(MathF.Cos(1)).Within(1e-6));
        Assert.That(Map<float, float>("tanh.approx.f32 %d, %a;", 1)[0], Is.EqualTo(MathF.Tanh(1)).Within(1e-3));
    }
}
