using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>cvt of the PTX interpreter against known answers.</summary>
[TestFixture]
[Parallelizable]
public sealed class ConversionTests
{
    private const float Nan = float.NaN, Infinity = float.PositiveInfinity;

    [TestCase("rni", new[] { 2, 2, -2, 3 })]
    [TestCase("rzi", new[] { 1, 2, -1, 2 })]
    [TestCase("rmi", new[] { 1, 2, -2, 2 })]
    [TestCase("rpi", new[] { 2, 3, -1, 3 })]
    public void Floats_are_rounded_to_integers_each_way(string rounding, int[] expected)
    {
        float[] numbers = [1.5f, 2.5f, -1.5f, 2.75f];
        Assert.That(Map<float, int>($"cvt.{rounding}.s32.f32 %d, %a;", numbers), Is.EqualTo(expected));
        Assert.That(Map<float, float>($"cvt.{rounding}.f32.f32 %d, %a;", numbers),
            Is.EqualTo(expected.Select(i => (float)i)));
    }

    [Test]
    public void Floats_beyond_the_range_of_integers_stay_at_its_ends()
    {
        Assert.That(Map<float, int>("cvt.rzi.s32.f32 %d, %a;", 3e9f, -3e9f, Infinity),
            Is.EqualTo(new[] { int.MaxValue, int.MinValue, int.MaxValue }));
        Assert.That(Map<float, uint>("cvt.rzi.u32.f32 %d, %a;", 5e9f, -1), Is.EqualTo(new[] { uint.MaxValue, 0u }));
        Assert.That(Map<double, long>("cvt.rzi.s64.f64 %d, %a;", 1e30, -1e30),
            Is.EqualTo(new[] { long.MaxValue, long.MinValue }));
        Assert.That(Map<float, uint>("cvt.rzi.u8.f32 %d, %a;", 300, -5, 77), Is.EqualTo(new[] { 255u, 0u, 77u }));
    }

    [Test]
    public void Nan_becomes_zero_unless_a_side_has64_bits()
    {
        Assert.That(Map<float, int>("cvt.rzi.s32.f32 %d, %a;", Nan), Is.EqualTo(new[] { 0 }));
        Assert.That(Map<double, int>("cvt.rzi.s32.f64 %d, %a;", Nan), Is.EqualTo(new[] { int.MinValue }));
        Assert.That(Map<float, long>("cvt.rzi.s64.f32 %d, %a;", Nan), Is.EqualTo(new[] { long.MinValue }));
    }

    [Test]
    public void Integers_wrap_extend_and_saturate()
    {
        Assert.That(Map<uint, int>("cvt.s32.s8 %d, %a;", 0x180, 0x7F), Is.EqualTo(new[] { -128, 127 }));
        Assert.That(Map<uint, uint>("cvt.u32.u16 %d, %a;", 0x1_FFFF), Is.EqualTo(new[] { 0xFFFFu }));
        Assert.That(Map<int, long>("cvt.s64.s32 %d, %a;", -1), Is.EqualTo(new[] { -1L }));
        Assert.That(Map<int, ulong>("cvt.u64.u32 %d, %a;", -1), Is.EqualTo(new[] { 0xFFFF_FFFFUL }));
        Assert.That(Map<long, int>("cvt.u32.u64 %d, %a;", 0x1_0000_0002), Is.EqualTo(new[] { 2 }));
        Assert.That(Map<long, int>("cvt.sat.s32.s64 %d, %a;", 1L << 40, -(1L << 40)),
            Is.EqualTo(new[] { int.MaxValue, int.MinValue }));
        Assert.That(Map<int, int>("cvt.s8.s32 %d, %a;", 200), Is.EqualTo(new[] { -56 }), "the register gets the sign");
    }

    [Test]
    public void Integers_become_floats_with_each_rounding()
    {
        const long Between = (1L << 53) + 1;
        Assert.That(Map<long, double>("cvt.rn.f64.s64 %d, %a;", Between), Is.EqualTo(new[] { 9007199254740992.0 }));
        Assert.That(Map<long, double>("cvt.rp.f64.s64 %d, %a;", Between, -Between),
            Is.EqualTo(new[] { 9007199254740994.0, -9007199254740992.0 }));
        Assert.That(Map<int, float>("cvt.rm.f32.s32 %d, %a;", 16777219, -16777217),
            Is.EqualTo(new[] { 16777218f, -16777218f }));
        Assert.That(Map<int, float>("cvt.rz.f32.s32 %d, %a;", 16777219, -16777217),
            Is.EqualTo(new[] { 16777218f, -16777216f }));
        Assert.That(Map<ulong, float>("cvt.rn.f32.u64 %d, %a;", ulong.MaxValue, (1UL << 40) + (1UL << 16) + 1),
            Is.EqualTo(new[] { 18446744073709551616f, 1099511758848f }));
    }

    [Test]
    public void Doubles_become_floats_with_each_rounding()
    {
        const double Third = 1.0 / 3;
        Assert.That(Map<double, float>("cvt.rn.f32.f64 %d, %a;", Third, 1e300), Is.EqualTo(new[] { 1f / 3, Infinity }));
        Assert.That(Map<double, float>("cvt.rz.f32.f64 %d, %a;", Third, 1e300),
            Is.EqualTo(new[] { MathF.BitDecrement(1f / 3), float.MaxValue }));
        Assert.That(Map<double, float>("cvt.rp.f32.f64 %d, %a;", Third, -Third),
            Is.EqualTo(new[] { 1f / 3, MathF.BitIncrement(-1f / 3) }));
        Assert.That(Map<float, double>("cvt.f64.f32 %d, %a;", 0.1f), Is.EqualTo(new[] { (double)0.1f }));
    }

    [Test]
    public void Floats_are_held_between_zero_and_one() =>
        Assert.That(Map<float, float>("cvt.sat.f32.f32 %d, %a;", -1, 0.25f, 7, Nan),
            Is.EqualTo(new[] { 0, 0.25f, 1, 0 }));

    [Test]
    public void Small_floats_round_to_nearest()
    {
        float[] numbers = [1, 1 + MathF.ScaleB(1, -8), 1 + (3 * MathF.ScaleB(1, -8)), Nan];
        Assert.That(
            Map<float, ushort>("cvt.rn.bf16.f32 %d, %a;", numbers),
            Is.EqualTo(new ushort[] { 0x3F80, 0x3F80, 0x3F82, 0x7FFF }), "ties to even");
        Assert.That(Map<float, float, uint>("cvt.rn.bf16x2.f32 %d, %a, %b;", [1], [-2]),
            Is.EqualTo(new[] { 0x3F80_C000u }), "the first is the upper half");
        Assert.That(Map<float, float, uint>("cvt.rn.f16x2.f32 %d, %a, %b;", [1], [65536]),
            Is.EqualTo(new[] { 0x3C00_7C00u }));
        Assert.That(Map<float, ushort>("cvt.rn.f16.f32 %d, %a;", 0.1f), Is.EqualTo(new ushort[] { 0x2E66 }));
        Assert.That(Map<ushort, float>("cvt.f32.f16 %d, %a;", 0x3C01), Is.EqualTo(new[] { 1 + MathF.ScaleB(1, -10) }));
        Assert.That(
            Map<float, uint>("cvt.rna.tf32.f32 %d, %a;", 1 + MathF.ScaleB(1, -11), 1 + MathF.ScaleB(1, -12)),
            Is.EqualTo(new[] { 0x3F80_2000u, 0x3F80_0000u }), "ties away from zero");
    }
}
