using Autodiff.Gpu.Driver;
using static Autodiff.Tests.EmulatorTests.PtxBench;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>Loads, stores and copies of the PTX interpreter, and the faults that it finds.</summary>
[TestFixture]
public sealed class MemoryTests
{
    [Test]
    public void Narrow_loads_extend_and_narrow_stores_cut_off()
    {
        Assert.That(
            Map<int, int>(
                "mov.u32 %t0, memory; st.shared.u32 [%t0], %a; ld.shared.s8 %t1, [%t0]; ld.shared.u8 %t2, [%t0+1]; "
                    + "add.s32 %d, %t1, %t2;", 0x00FF), Is.EqualTo(new[] { -1 }));
        Assert.That(
            Map<int, long>("mov.u32 %t0, memory; st.shared.b32 [%t0], %a; ld.shared.s16 %d, [%t0];", 0x8000),
            Is.EqualTo(new[] { -32768L }));
        Assert.That(
            Map<int, uint>(
                "mov.u32 %t0, memory; st.shared.b32 [%t0], -1; st.shared.u8 [%t0+2], %a; ld.shared.u32 %d, [%t0];",
                0x123), Is.EqualTo(new[] { 0xFF23_FFFFu }));
    }

    [Test]
    public void Vectors_move_several_registers()
    {
        using PtxBench bench = new();
        ulong source = bench.Allocate(Enumerable.Range(0, 128).Select(i => (float)i).ToArray()),
            target = bench.Allocate(new float[128]);
        bench.Launch(
            """
            .visible .entry move(.param .u64 p, .param .u64 q) {
              .reg .b64 %l<4>; .reg .b32 %r0; .reg .f32 %f<4>;
              ld.param.u64 %l0, [p]; ld.param.u64 %l1, [q];
              mov.u32 %r0, %tid.x;
              mad.wide.u32 %l2, %r0, 16, %l0;
              mad.wide.u32 %l3, %r0, 16, %l1;
              ld.global.nc.v4.f32 {%f0, %f1, %f2, %f3}, [%l2];
              st.global.v2.f32 [%l3], {%f3, %f2};
              st.global.cs.v2.f32 [%l3+8], {%f1, %f0};
            }
            """,
            1, 32, source, target);
        Assert.That(bench.Read<float>(target, 128),
            Is.EqualTo(Enumerable.Range(0, 128).Select(i => (float)((i / 4 * 4) + 3 - (i % 4)))));
    }

    [Test]
    public void Generic_addresses_reach_both_memories() => Assert.That(
        Map<int, int>(
            """
            mov.u64 %u0, memory; cvta.shared.u64 %u1, %u0; st.b32 [%u1], %a;
            ld.shared.b32 %t0, [memory]; ld.b32 %t1, [%p0];
            cvta.to.global.u64 %u2, %p0; ld.global.b32 %t2, [%u2]; add.s32 %d, %t0, %t1; add.s32 %d, %d, %t2;
            """,
            7),
        Is.EqualTo(new[] { 21 }));

    [Test]
    public void Dynamic_shared_memory_begins_behind_the_static_one()
    {
        using PtxBench bench = new();
        ulong result = bench.Allocate(new uint[1]);
        const string Text = """
            .extern .shared .align 16 .b8 dynamic[];
            .visible .entry sizes(.param .u64 p) {
              .reg .b64 %l0; .reg .b32 %r<2>;
              .shared .align 4 .b8 fixed[20];
              ld.param.u64 %l0, [p];
              mov.u32 %r0, dynamic;
              st.shared.u32 [%r0+60], %r0;
              ld.shared.u32 %r1, [%r0+60];
              st.global.u32 [%l0], %r1;
            }
            """;
        Assert.That(bench.TryLaunch(Text, 1, 1, 64, result), Is.EqualTo(CudaResult.Success), bench.Driver.LastError);
        Assert.That(bench.Read<uint>(result, 1), Is.EqualTo(new[] { 32u }));
        Assert.That(bench.TryLaunch(Text, 1, 1, 63, result), Is.EqualTo(CudaResult.IllegalAddress));
        Assert.That(bench.Driver.LastError, Does.Contain("shared memory; the block has 95 bytes"));
        Assert.That(bench.TryLaunch(Text, 1, 1, 50_000, result), Is.EqualTo(CudaResult.InvalidValue),
            "more has to be allowed first");
    }

    // Late copies: what is read before the wait is what was there before; copies at once: a buffer that is still read
    // is overwritten.
    [TestCase(false, 1u, 7u)]
    [TestCase(true, 7u, 7u)]
    public void Asynchronous_copies_happen_between_start_and_wait(bool atOnce, uint before, uint after)
    {
        using PtxBench bench = new();
        bench.Driver.Settings.CopiesAtOnce = atOnce;
        ulong source = bench.Allocate<uint>([7, 8, 9, 10]), result = bench.Allocate(new uint[3]);
        bench.Launch(
            """
            .visible .entry copies(.param .u64 p, .param .u64 q) {
              .reg .b64 %l<2>; .reg .b32 %r<5>;
              .shared .align 16 .b8 memory[16];
              ld.param.u64 %l0, [p]; ld.param.u64 %l1, [q];
              mov.u32 %r0, memory;
              st.shared.v4.b32 [%r0], {1, 1, 1, 1};
              cp.async.cg.shared.global [%r0], [%l0], 16, 8;
              cp.async.commit_group;
              ld.shared.u32 %r1, [%r0];
              cp.async.wait_group 0;
              ld.shared.u32 %r2, [%r0];
              ld.shared.u32 %r3, [%r0+8];
              st.global.u32 [%l1], %r1; st.global.u32 [%l1+4], %r2; st.global.u32 [%l1+8], %r3;
            }
            """,
            1, 1, source, result);
        Assert.That(bench.Read<uint>(result, 3), Is.EqualTo(new[] { before, after, 0u }));
    }

    [Test]
    public void A_wait_leaves_the_newest_groups_under_way()
    {
        using PtxBench bench = new();
        ulong source = bench.Allocate<uint>([7, 8]), result = bench.Allocate(new uint[2]);
        bench.Launch(
            """
            .visible .entry groups(.param .u64 p, .param .u64 q) {
              .reg .b64 %l<2>; .reg .b32 %r<3>;
              .shared .align 16 .b8 memory[16];
              ld.param.u64 %l0, [p]; ld.param.u64 %l1, [q];
              mov.u32 %r0, memory;
              st.shared.v2.b32 [%r0], {1, 1};
              cp.async.ca.shared.global [%r0], [%l0], 4;
              cp.async.commit_group;
              cp.async.ca.shared.global [%r0+4], [%l0+4], 4;
              cp.async.commit_group;
              cp.async.wait_group 1;
              ld.shared.v2.u32 {%r1, %r2}, [%r0];
              st.global.v2.u32 [%l1], {%r1, %r2};
            }
            """,
            1, 1, source, result);
        Assert.That(bench.Read<uint>(result, 2), Is.EqualTo(new[] { 7u, 1u }));
    }

    [Test]
    public void An_access_behind_the_end_is_named()
    {
        using PtxBench bench = new();
        ulong array = bench.Allocate(new float[10]);
        string error = Fault(bench, CudaResult.IllegalAddress, "ld.global.f32 %f0, [%l0+40];", array);
        Assert.That(error, Is.EqualTo(
            "Kernel 'access', PTX line 9 `ld.global.f32 %f0, [%l0+40];`, block (0, 0, 0), thread (0, 0, 0): 4 bytes "
                + $"at 0x{array + 40:x}, 0 bytes behind the end of the allocation of 40 bytes at 0x{array:x}."));
    }

    [Test]
    public void Freed_misaligned_and_foreign_addresses_are_named()
    {
        using PtxBench bench = new();
        ulong array = bench.Allocate(new float[10]);
        Assert.That(Fault(bench, CudaResult.IllegalAddress, "st.global.f32 [%l0+2], 0f00000000;", array),
            Does.Contain("is no multiple of 4"));
        Assert.That(Fault(bench, CudaResult.IllegalAddress, "mov.b64 %l0, 64; ld.global.b32 %r0, [%l0];", array),
            Does.Contain("belongs to no allocation"));
        bench.Check(bench.Driver.MemFreeAsync(array, bench.Stream));
        Assert.That(Fault(bench, CudaResult.IllegalAddress, "ld.global.f32 %f0, [%l0];", array),
            Does.Contain("freed before"));
        Assert.That(bench.Driver.MemFreeAsync(array, bench.Stream), Is.EqualTo(CudaResult.InvalidValue), "freed twice");
    }

    [Test]
    public void Memory_that_nobody_wrote_is_nan()
    {
        using PtxBench bench = new();
        bench.Check(bench.Driver.MemAllocAsync(out ulong address, 8, bench.Stream));
        Assert.That(bench.Read<float>(address, 2), Is.All.NaN);
    }

    private static string Fault(PtxBench bench, CudaResult expected, string instruction, ulong parameter)
    {
        CudaResult result = bench.TryLaunch(
            $$"""
            .visible .entry access(.param .u64 p) {
              .reg .b64 %l0; .reg .b32 %r0; .reg .f32 %f0;

              ld.param.u64 %l0, [p];

              {{instruction}}
            }
            """,
            1, 1, 0, parameter);
        Assert.That(result, Is.EqualTo(expected));
        return bench.Driver.LastError;
    }

    [Test]
    public void A_driver_may_be_disposed_while_a_thread_still_frees()
    {
        for (int run = 0; run < 50; run++)
        {
            using PtxBench bench = new();
            List<ulong> addresses = [];
            for (int i = 0; i < 200; i++)
            {
                bench.Check(bench.Driver.MemAllocAsync(out ulong address, 64, bench.Stream));
                addresses.Add(address);
            }

            Thread disposing = new(bench.Driver.Dispose);
            disposing.Start();
            // one of the two frees it
            addresses.ForEach(address => _ = bench.Driver.MemFreeAsync(address, bench.Stream));
            disposing.Join();
            Assert.That(bench.Driver.Memory.LiveCount, Is.Zero);
        }
    }
}
