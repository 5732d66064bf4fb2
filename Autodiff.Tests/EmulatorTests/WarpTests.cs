using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>What lanes do together in the PTX interpreter: shuffles, votes, reductions, atomics.</summary>
[TestFixture]
[Parallelizable]
public sealed class WarpTests
{
    private static readonly int[] Lanes = [.. Enumerable.Range(0, 32)];

    [Test]
    public void Shuffles_take_from_the_lanes_that_they_name()
    {
        Assert.That(Shuffle("shfl.sync.bfly.b32 %d, %a, 5, 0x1f, 0xffffffff;"), Is.EqualTo(Lanes.Select(i => i ^ 5)));
        Assert.That(Shuffle("shfl.sync.down.b32 %d, %a, 3, 0x1f, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => i + 3 < 32 ? i + 3 : i)));
        Assert.That(Shuffle("shfl.sync.up.b32 %d, %a, 3, 0x0, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => i >= 3 ? i - 3 : i)));
        Assert.That(Shuffle("shfl.sync.idx.b32 %d, %a, 7, 0x1f, 0xffffffff;"), Is.All.EqualTo(7));
    }

    [Test]
    public void Shuffles_stay_in_their_segment()
    {
        // Segments of 8 lanes: the mask 0x18 in bits 8-12, clamp 7 (0 upward).
        Assert.That(Shuffle("shfl.sync.down.b32 %d, %a, 3, 0x1807, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => i % 8 + 3 < 8 ? i + 3 : i)));
        Assert.That(Shuffle("shfl.sync.up.b32 %d, %a, 3, 0x1800, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => i % 8 >= 3 ? i - 3 : i)));
        Assert.That(Shuffle("shfl.sync.idx.b32 %d, %a, 2, 0x1807, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => (i / 8 * 8) + 2)));
    }

    [Test]
    public void A_shuffle_tells_whether_its_lane_is_inside() => Assert.That(
        Shuffle("shfl.sync.down.b32 %t0|%q0, %a, 30, 0x1f, 0xffffffff; selp.b32 %d, 1, 0, %q0;"),
        Is.EqualTo(Lanes.Select(i => i < 2 ? 1 : 0)));

    [Test]
    public void Votes_and_matches()
    {
        Assert.That(Shuffle("setp.lt.s32 %q0, %a, 4; vote.sync.ballot.b32 %d, %q0, 0xffffffff;"), Is.All.EqualTo(0xF));
        Assert.That(Shuffle("setp.lt.s32 %q0, %a, 4; vote.sync.any.pred %q1, %q0, 0xffffffff; selp.b32 %d, 1, 0, %q1;"),
            Is.All.EqualTo(1));
        Assert.That(
            Shuffle("setp.lt.s32 %q0, %a, 4; vote.sync.all.pred %q1, !%q0, 0xffffffff; selp.b32 %d, 1, 0, %q1;"),
            Is.All.EqualTo(0));
        Assert.That(Shuffle("and.b32 %t0, %a, 1; match.any.sync.b32 %d, %t0, 0xffffffff;"),
            Is.EqualTo(Lanes.Select(i => i % 2 == 0 ? 0x5555_5555 : unchecked((int)0xAAAA_AAAA))));
    }

    [Test]
    public void Reductions_over_the_lanes()
    {
        Assert.That(Shuffle("redux.sync.add.s32 %d, %a, 0xffffffff;"), Is.All.EqualTo(496));
        Assert.That(Shuffle("sub.s32 %t0, %a, 9; redux.sync.min.s32 %d, %t0, 0xffffffff;"), Is.All.EqualTo(-9));
        Assert.That(Shuffle("sub.s32 %t0, %a, 9; redux.sync.max.u32 %d, %t0, 0xffffffff;"), Is.All.EqualTo(-1));
        Assert.That(Shuffle("redux.sync.or.b32 %d, %a, 0xffffffff;"), Is.All.EqualTo(31));
    }

    [TestCase("add.u32", 0u, 4 * 10_000u)]
    [TestCase("max.s32", 7u, 7u)]
    [TestCase("max.u32", 0u, 1u)]
    [TestCase("min.u32", 9u, 1u)]
    [TestCase("xor.b32", 5u, 5u)]
    [TestCase("inc.u32", 0u, 0u)]
    public void Atomics_of_all_blocks_count(string operation, uint start, uint expected)
    {
        using PtxBench bench = new();
        ulong target = bench.Allocate<uint>([start]);
        bench.Launch(
            $$"""
            .visible .entry count(.param .u64 p) {
              .reg .b64 %l0; .reg .b32 %r<2>;
              ld.param.u64 %l0, [p];
              atom.global.{{operation}} %r0, [%l0], 1;
            }
            """,
            400, 100, target);
        Assert.That(bench.Read<uint>(target, 1), Is.EqualTo(new[] { expected }));
    }

    [Test]
    public void Atomics_give_what_was_there_and_exchange()
    {
        using PtxBench bench = new();
        ulong target = bench.Allocate<double>([10.5, 0]), answers = bench.Allocate(new double[3]);
        bench.Launch(
            """
            .visible .entry atoms(.param .u64 p, .param .u64 q) {
              .reg .b64 %l<5>; .reg .f64 %d<2>;
              ld.param.u64 %l0, [p];
              ld.param.u64 %l1, [q];
              atom.global.add.f64 %d0, [%l0], 0d3FF0000000000000;
              st.global.f64 [%l1], %d0;
              atom.global.exch.b64 %l2, [%l0], 4;
              st.global.b64 [%l1+8], %l2;
              atom.global.cas.b64 %l3, [%l0], 4, 5;
              atom.global.cas.b64 %l3, [%l0], 4, 6;
              st.global.b64 [%l1+16], %l3;
              red.global.add.f64 [%l0+8], 0d4000000000000000;
            }
            """,
            1, 1, target, answers);
        Assert.That(bench.Read<double>(answers, 2), Is.EqualTo(new[] { 10.5, 11.5 }));
        Assert.That(bench.Read<ulong>(answers + 16, 1), Is.EqualTo(new[] { 5UL }));
        Assert.That(bench.Read<double>(target + 8, 1), Is.EqualTo(new[] { 2.0 }));
    }

    private static int[] Shuffle(string instructions) => Map<int, int>(instructions, Lanes);
}
