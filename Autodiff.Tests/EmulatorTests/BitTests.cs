using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Instructions on bits of the PTX interpreter against known answers.</summary>
[TestFixture]
[Parallelizable]
public sealed class BitTests
{
    [Test]
    public void Logic()
    {
        Assert.That(Map<uint, uint, uint>("and.b32 %d, %a, %b;", [0xFF00], [0x0FF0]), Is.EqualTo(new[] { 0x0F00u }));
        Assert.That(Map<ulong, ulong, ulong>("or.b64 %d, %a, %b;", [1UL << 63], [1]),
            Is.EqualTo(new[] { (1UL << 63) | 1 }));
        Assert.That(Map<ushort, ushort, ushort>("xor.b16 %d, %a, %b;", [0xFFFF], [0x00FF]),
            Is.EqualTo(new ushort[] { 0xFF00 }));
        Assert.That(Map<uint, uint>("not.b32 %d, %a;", 0, 0xFFFF_0000), Is.EqualTo(new[] { 0xFFFF_FFFFu, 0xFFFFu }));
        Assert.That(Map<uint, uint, uint, uint>("lop3.b32 %d, %a, %b, %c, 0xE8;", [0b1100], [0b1010], [0b0110]),
            Is.EqualTo(new[] { 0b1110u }), "the majority of three");
    }

    [Test]
    public void Shifts_from_the_width_on_leave_nothing()
    {
        uint[] counts = [0, 1, 31, 32, 100];
        Assert.That(Map<uint, uint, uint>("shl.b32 %d, %a, %b;", [3, 3, 3, 3, 3], counts),
            Is.EqualTo(new[] { 3u, 6u, 0x8000_0000u, 0u, 0u }));
        Assert.That(Map<uint, uint, uint>("shr.u32 %d, %a, %b;", [0x8000_0000, 4, 0x8000_0000, 9, 9], counts),
            Is.EqualTo(new[] { 0x8000_0000u, 2u, 1u, 0u, 0u }));
        Assert.That(Map<int, uint, int>("shr.s32 %d, %a, %b;", [-8, -8, -8, -8, 8], counts),
            Is.EqualTo(new[] { -8, -4, -1, -1, 0 }));
        Assert.That(Map<long, uint, long>("shr.s64 %d, %a, %b;", [-8, 1L << 40], [64, 40]),
            Is.EqualTo(new[] { -1L, 1L }));
        Assert.That(Map<ushort, uint, ushort>("shl.b16 %d, %a, %b;", [0x00FF, 1], [8, 16]),
            Is.EqualTo(new ushort[] { 0xFF00, 0 }));
    }

    [Test]
    public void Funnel_shifts_take_bits_of_both_halves()
    {
        uint[] low = [0x8000_0001, 0x8000_0001, 7], high = [0xF, 0xF, 9], count = [1, 33, 32];
        Assert.That(Map<uint, uint, uint, uint>("shf.l.wrap.b32 %d, %a, %b, %c;", low, high, count),
            Is.EqualTo(new[] { 0x1Fu, 0x1Fu, 9u }));
        Assert.That(Map<uint, uint, uint, uint>("shf.l.clamp.b32 %d, %a, %b, %c;", low, high, count),
            Is.EqualTo(new[] { 0x1Fu, 0x8000_0001u, 7u }));
        Assert.That(Map<uint, uint, uint, uint>("shf.r.clamp.b32 %d, %a, %b, %c;", low, high, count),
            Is.EqualTo(new[] { 0xC000_0000u, 0xFu, 9u }));
    }

    [Test]
    public void Permutation_picks_bytes_and_signs()
    {
        Assert.That(Map<uint, uint, uint, uint>("prmt.b32 %d, %a, %b, %c;", [0x33221100], [0x77665584], [0x7410]),
            Is.EqualTo(new[] { 0x77841100u }));
        Assert.That(Map<uint, uint, uint, uint>("prmt.b32 %d, %a, %b, %c;", [0x33221100], [0x77665584], [0x888C]),
            Is.EqualTo(new[] { 0x000000FFu }), "bit 3 spreads the sign");
    }

    [Test]
    public void Fields_are_taken_and_put()
    {
        Assert.That(Map<uint, uint, uint, uint>("bfe.u32 %d, %a, %b, %c;", [0xABCD_1234, 0xFF, 0xFF], [8, 40, 4],
            [8, 8, 0]), Is.EqualTo(new[] { 0x12u, 0u, 0u }));
        Assert.That(Map<int, uint, uint, int>("bfe.s32 %d, %a, %b, %c;", [0xF0, 0x70, -1], [4, 4, 30], [4, 4, 8]),
            Is.EqualTo(new[] { -1, 7, -1 }));
        Assert.That(Map<ulong, uint, uint, ulong>("bfe.u64 %d, %a, %b, %c;", [0x1234UL << 40], [40], [16]),
            Is.EqualTo(new[] { 0x1234UL }));
        Assert.That(Map<uint, uint, uint, uint>("bfi.b32 %d, %a, %b, %c, 4;", [0xF, 0xF], [0, 0xFFFF_FFFF], [8, 32]),
            Is.EqualTo(new[] { 0xF00u, 0xFFFF_FFFFu }));
    }

    [Test]
    public void Counts_and_places()
    {
        Assert.That(Map<uint, uint>("popc.b32 %d, %a;", 0, 0xFF00_0001), Is.EqualTo(new[] { 0u, 9u }));
        Assert.That(Map<ulong, uint>("clz.b64 %d, %a;", 0, 1, 1UL << 63), Is.EqualTo(new[] { 64u, 63u, 0u }));
        Assert.That(Map<uint, uint>("brev.b32 %d, %a;", 1, 0x8000_0001),
            Is.EqualTo(new[] { 0x8000_0000u, 0x8000_0001u }));
        Assert.That(Map<uint, uint>("bfind.u32 %d, %a;", 0, 1, 0x10), Is.EqualTo(new[] { 0xFFFF_FFFFu, 0u, 4u }));
        Assert.That(Map<int, uint>("bfind.s32 %d, %a;", -1, -2, 5), Is.EqualTo(new[] { 0xFFFF_FFFFu, 0u, 2u }));
    }

    [Test]
    public void Registers_fall_into_parts_and_come_together()
    {
        Assert.That(Map<ulong, uint>("mov.b64 {%t0, %t1}, %a; sub.u32 %d, %t1, %t0;", 0x0000_0009_0000_0004),
            Is.EqualTo(new[] { 5u }));
        Assert.That(Map<uint, uint, ulong>("mov.b64 %d, {%a, %b};", [4], [9]),
            Is.EqualTo(new[] { 0x0000_0009_0000_0004UL }));
        Assert.That(Map<uint, uint>("mov.b32 {%h0, %h1}, %a; mov.b32 %d, {%h1, %h0};", 0x1234_5678),
            Is.EqualTo(new[] { 0x5678_1234u }));
        Assert.That(Map<ulong, uint>("mov.b64 {_, %d}, %a;", 0x0000_0009_0000_0004), Is.EqualTo(new[] { 9u }));
        Assert.That(Map<double, ulong>("mov.b64 %d, %a;", 1.0), Is.EqualTo(new[] { 0x3FF0_0000_0000_0000UL }));
    }
}
