using Autodiff.Gpu.Driver;
using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Branches, loops and barriers of the PTX interpreter.</summary>
[TestFixture]
[Parallelizable]
public sealed class ControlTests
{
    private static readonly int[] Lanes = [.. Enumerable.Range(0, 32)];

    [Test]
    public void Lanes_that_part_at_a_branch_meet_behind_it() =>
        Assert.That(
            Map<int, uint>(
                """
                setp.lt.s32 %q0, %a, 10;
                @%q0 bra SMALL;
                mov.b32 %t0, 2;
                bra JOIN;
                SMALL:
                activemask.b32 %d;
                mov.b32 %t0, 1;
                JOIN:
                activemask.b32 %t1;
                @!%q0 mov.b32 %d, 0;
                xor.b32 %d, %d, %t1;
                """,
                Lanes),
            Is.EqualTo(Lanes.Select(i => i < 10 ? 0xFFFF_FC00u : 0xFFFF_FFFFu)));

    [Test]
    public void Lanes_meet_behind_a_branch_whose_other_side_stands_at_the_end() =>
        Assert.That(
            Map<int, uint>(
                """
                mov.b32 %t0, 0;
                LOOP:
                setp.lt.s32 %q0, %t0, %a;
                @%q0 bra BODY;
                setp.lt.s32 %q0, %a, 10;
                @%q0 bra SMALL;
                JOIN:
                activemask.b32 %d;
                bra END;
                BODY:
                add.s32 %t0, %t0, 1;
                bra.uni LOOP;
                SMALL:
                add.s32 %t0, %t0, 1;
                bra.uni JOIN;
                END:
                add.u32 %d, %d, %t0;
                """,
                Lanes),
            Is.EqualTo(Lanes.Select(i => 0xFFFF_FFFFu + (uint)i + (i < 10 ? 1u : 0u))));

    [Test]
    public void Every_lane_loops_as_often_as_it_must() =>
        Assert.That(
            Map<int, int>(
                """
                mov.b32 %d, 0;
                mov.b32 %t0, 0;
                LOOP:
                setp.ge.s32 %q0, %t0, %a;
                @%q0 bra DONE;
                add.s32 %d, %d, %t0;
                add.s32 %t0, %t0, 1;
                bra.uni LOOP;
                DONE:
                activemask.b32 %t1;
                setp.ne.u32 %q0, %t1, -1;
                @%q0 mov.b32 %d, -1;
                """,
                Lanes),
            Is.EqualTo(Lanes.Select(n => n * (n - 1) / 2)));

    [Test]
    public void Nested_loops_with_early_ends_agree_with_the_same_in_c_sharp()
    {
        int[] sums = Map<int, int>(
            """
            mov.b32 %d, 0;
            mov.b32 %t0, 0;
            OUTER:
            setp.gt.s32 %q0, %t0, %a;
            @%q0 bra OUT;
            mov.b32 %t1, 0;
            INNER:
            setp.ge.s32 %q1, %t1, %t0;
            @%q1 bra NEXT;
            mul.lo.s32 %t2, %t0, %t1;
            rem.s32 %t3, %t2, 7;
            setp.eq.s32 %q2, %t3, 5;
            @%q2 bra NEXT;
            add.s32 %d, %d, %t2;
            add.s32 %t1, %t1, 1;
            bra INNER;
            NEXT:
            add.s32 %t0, %t0, 1;
            bra OUTER;
            OUT:
            """,
            Lanes);
        Assert.That(sums, Is.EqualTo(Lanes.Select(Expected)));

        static int Expected(int n)
        {
            int sum = 0;
            for (int i = 0; i <= n; i++)
            {
                for (int j = 0; j < i && i * j % 7 != 5; j++)
                {
                    sum += i * j;
                }
            }

            return sum;
        }
    }

    [Test]
    public void Lanes_that_return_leave_the_others_going()
    {
        using PtxBench bench = new();
        ulong result = bench.Allocate(new int[64]);
        bench.Launch(
            """
            .visible .entry leave(.param .u64 p) {
              .reg .b64 %l<2>; .reg .b32 %r<3>; .reg .pred %p;
              ld.param.u64 %l0, [p];
              mov.u32 %r0, %tid.x;
              mad.wide.u32 %l1, %r0, 4, %l0;
              and.b32 %r1, %r0, 1;
              setp.eq.u32 %p, %r1, 0;
              @%p ret;
              bar.sync 0;
              activemask.b32 %r2;
              st.global.u32 [%l1], %r2;
            }
            """,
            1, 64, result);
        Assert.That(bench.Read<uint>(result, 64),
            Is.EqualTo(Enumerable.Range(0, 64).Select(i => i % 2 == 0 ? 0u : 0xAAAA_AAAAu)));
    }

    [Test]
    public void A_barrier_makes_shared_memory_of_other_warps_seen()
    {
        using PtxBench bench = new();
        ulong result = bench.Allocate(new int[256]);
        bench.Launch(
            """
            .visible .entry turn(.param .u64 p) {
              .reg .b64 %l<2>; .reg .b32 %r<6>;
              .shared .align 4 .b8 memory[1024];
              ld.param.u64 %l0, [p];
              mov.u32 %r0, %tid.x;
              mov.u32 %r1, memory;
              mad.lo.u32 %r2, %r0, 4, %r1;
              st.shared.u32 [%r2], %r0;
              bar.sync 0;
              sub.u32 %r3, 255, %r0;
              mad.lo.u32 %r4, %r3, 4, %r1;
              ld.shared.u32 %r5, [%r4];
              mad.wide.u32 %l1, %r0, 4, %l0;
              st.global.u32 [%l1], %r5;
            }
            """,
            1, 256, result);
        Assert.That(bench.Read<int>(result, 256), Is.EqualTo(Enumerable.Range(0, 256).Reverse()));
    }

    [Test]
    public void Special_registers_tell_thread_and_block()
    {
        using PtxBench bench = new();
        ulong result = bench.Allocate(new int[3 * 40]);
        bench.Launch(
            """
            .visible .entry where(.param .u64 p) {
              .reg .b64 %l<2>; .reg .b32 %r<8>;
              ld.param.u64 %l0, [p];
              mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; mov.u32 %r2, %ntid.x; mov.u32 %r3, %nctaid.x;
              mov.u32 %r4, %laneid; mov.u32 %r5, %warpid;
              mad.lo.u32 %r6, %r1, %r2, %r0;
              mad.wide.u32 %l1, %r6, 4, %l0;
              mad.lo.u32 %r7, %r3, 1000000, %r1;
              mad.lo.u32 %r7, %r5, 10000, %r7;
              mad.lo.u32 %r7, %r4, 100, %r7;
              st.global.u32 [%l1], %r7;
            }
            """,
            3, 40, result);
        Assert.That(
            bench.Read<int>(result, 120),
            Is.EqualTo(Enumerable.Range(0, 120)
                .Select(i => 3_000_000 + (i % 40 / 32 * 10000) + (i % 40 % 32 * 100) + (i / 40))));
    }

    [Test]
    public void A_barrier_that_some_lanes_miss_is_found()
    {
        string error = Fault(
            """
              mov.u32 %r0, %tid.x;
              setp.lt.u32 %p0, %r0, 5;
              @!%p0 bra END;
              bar.sync 0;
              END:
              add.u32 %r0, %r0, 1;
            """);
        Assert.That(error,
            Does.Contain("Kernel 'fault', PTX line").And.Contains("`bar.sync 0;`")
                .And.Contains("barrier that only some"));
    }

    [Test]
    public void A_jump_that_promises_to_be_uniform_and_is_not_is_found()
    {
        string error = Fault(
            """
              mov.u32 %r0, %tid.x;
              setp.lt.u32 %p0, %r0, 5;
              @%p0 bra.uni END;
              add.u32 %r0, %r0, 1;
              END:
              add.u32 %r0, %r0, 1;
            """);
        Assert.That(error,
            Does.Contain("Kernel 'fault', PTX line").And.Contains("bra.uni")
                .And.Contains("only some of the active lanes"));
    }

    [TestCase("bar.sync 0;", "bar.sync 0;", true)]
    [TestCase("", "bar.sync 0;", false)]
    [TestCase("bar.warp.sync -1;", "bar.sync 0;", false)]
    [TestCase("bar.sync 0;", "", false)]
    public void A_missing_barrier_is_found(string afterWrite, string afterRead, bool works)
    {
        using PtxBench bench = new();
        CudaResult result = bench.TryLaunch(
            $$"""
            .visible .entry neighbours() {
              .reg .b32 %r<5>; .reg .pred %p0;
              .shared .align 4 .b8 memory[512];
              mov.u32 %r0, %tid.x;
              mov.u32 %r1, memory;
              mad.lo.u32 %r2, %r0, 4, %r1;
              st.shared.u32 [%r2], %r0;
              {{afterWrite}}
              xor.b32 %r3, %r0, 127;
              mad.lo.u32 %r4, %r3, 4, %r1;
              ld.shared.u32 %r0, [%r4];
              {{afterRead}}
              st.shared.u32 [%r2], %r0;
            }
            """,
            1, 128, 0);
        Assert.That(result, Is.EqualTo(works ? CudaResult.Success : CudaResult.LaunchFailed), bench.Driver.LastError);
        Assert.That(bench.Driver.LastError, works ? Is.Empty : Does.Contain("with no barrier between"));
    }

    [TestCase("", false)]
    [TestCase("bar.warp.sync -1;", true)]
    public void Lanes_of_a_warp_need_a_barrier_too(string between, bool works)
    {
        using PtxBench bench = new();
        CudaResult result = bench.TryLaunch(
            $$"""
            .visible .entry lanes() {
              .reg .b32 %r<4>;
              .shared .align 4 .b8 memory[128];
              mov.u32 %r0, %tid.x;
              shl.b32 %r1, %r0, 2;
              mov.u32 %r2, memory;
              add.u32 %r1, %r1, %r2;
              st.shared.u32 [%r1], %r0;
              {{between}}
              ld.shared.u32 %r3, [%r2];
            }
            """,
            1, 32, 0);
        Assert.That(result == CudaResult.Success, Is.EqualTo(works), bench.Driver.LastError);
    }

    [Test]
    public void A_shuffle_that_some_lanes_miss_is_found() => Assert.That(
        Fault(
            """
              mov.u32 %r0, %laneid;
              setp.lt.u32 %p0, %r0, 16;
              @%p0 shfl.sync.bfly.b32 %r1, %r0, 1, 0x1f, 0xffffffff;
            """),
        Does.Contain("0xffff0000 of them are elsewhere"));

    [Test]
    public void An_endless_loop_is_stopped()
    {
        using PtxBench bench = new();
        bench.Driver.Settings.MaxStepsPerBlock = 100_000;
        CudaResult result = bench.TryLaunch(".visible .entry turn() {\n LOOP: bra LOOP;\n}", 1, 32, 0);
        Assert.That((result, bench.Driver.LastError.Contains("no end after 100000")),
            Is.EqualTo((CudaResult.LaunchFailed, true)));
    }

    private static string Fault(string body)
    {
        using PtxBench bench = new();
        CudaResult result =
            bench.TryLaunch($".visible .entry fault() {{\n .reg .b32 %r<4>; .reg .pred %p<2>;\n{body}\n}}", 1, 32, 0);
        Assert.That(result, Is.EqualTo(CudaResult.LaunchFailed));
        return bench.Driver.LastError;
    }
}
