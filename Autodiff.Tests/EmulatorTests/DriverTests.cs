using Autodiff.Gpu.Driver;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>The emulated driver: what it refuses, and graphs.</summary>
[TestFixture]
public sealed unsafe class DriverTests
{
    private const string AddOne = """
        .visible .entry add_one(.param .u64 p) {
          .reg .b64 %l<2>; .reg .b32 %r<2>;
          ld.param.u64 %l0, [p];
          mov.u32 %r0, %tid.x;
          mad.wide.u32 %l1, %r0, 4, %l0;
          ld.global.u32 %r1, [%l1];
          add.u32 %r1, %r1, 1;
          st.global.u32 [%l1], %r1;
        }
        """;

    [TestCase("frob.f32 %f0, %f0;", "does not know the instruction 'frob'")]
    [TestCase("add.s32 %f0, %r0, %r0;", "The register %f0 is declared as f32, the instruction takes s32")]
    [TestCase("add.s32 %r0, %r0, %r9;", "%r9 cannot be read as s32")]
    [TestCase("add.s64 %r0, %r0, %r0;", "declared as b32, the instruction takes s64")]
    [TestCase("add.frz.f32 %f0, %f0, %f0;", "suffix .frz is not known")]
    [TestCase("add.f32 %f0, %f0, 1;", "1 is no constant of type f32")]
    [TestCase("add.f32 %f0, %f0;", "3 operands were expected, not 2")]
    [TestCase("bra NOWHERE;", "There is no label NOWHERE")]
    [TestCase("cvt.s32.f32 %r0, %f0;", "A rounding is missing")]
    [TestCase("ld.global.f32 %f0, [%r0];", "is no address")]
    [TestCase("setp.lt.b32 %p0, %r0, %r0;", "no order")]
    [TestCase("setp.lo.s32 %p0, %r0, %r0;", "compares unsigned integers")]
    [TestCase("mul.s32 %r0, %r0, %r0;", "A product of integers")]
    [TestCase("div.f32 %f0, %f0, %f0;", "A float's quotient is .rn")]
    [TestCase("add.u32 %r0, %r0, %tid.x;", "Only mov reads %tid.x")]
    [TestCase("min.rn.f32 %f0, %f0, %f0;", "suffix .rn is not known")]
    [TestCase("add.rn.s32 %r0, %r0, %r0;", "Integers are not rounded")]
    [TestCase("cvt.rna.tf32.f32 %f0, %f0;", "declared as f32, the instruction takes u32")]
    [TestCase("ld.shared.u32 %r0, [64];", "64 is no address")]
    [TestCase("mov.u32 %r0 %r0;", "',' was expected")]
    public void Wrong_text_is_refused_with_its_line(string instruction, string complaint)
    {
        using PtxBench bench = new();
        CudaResult result = bench.Load(
            $".visible .entry wrong()\n{{\n .reg .b32 %r<2>; .reg .f32 %f<2>; .reg .pred %p<2>;\n {instruction}\n}}\n",
            out _, out string log);
        Assert.That(result, Is.EqualTo(CudaResult.InvalidPtx));
        Assert.That(log, Does.StartWith("line 7: ").And.Contains(complaint));
    }

    [TestCase(0u, 32u, "no grid can have 0")]
    [TestCase(1u, 1025u, "no block can have 1025")]
    public void Impossible_launches_are_refused(uint grid, uint block, string complaint)
    {
        using PtxBench bench = new();
        Assert.That(bench.TryLaunch(AddOne, grid, block, 0, 0), Is.EqualTo(CudaResult.InvalidValue));
        Assert.That(bench.Driver.LastError, Does.Contain(complaint));
    }

    [Test]
    public void More_threads_than_the_kernel_allows_are_refused()
    {
        using PtxBench bench = new();
        Assert.That(bench.TryLaunch(".visible .entry few() .maxntid 64, 1, 1 { ret; }", 1, 65, 0),
            Is.EqualTo(CudaResult.InvalidValue));
    }

    [Test]
    public void Memory_ends()
    {
        using PtxBench bench = new(1000);
        bench.Check(bench.Driver.MemAllocAsync(out ulong first, 600, bench.Stream));
        Assert.That(bench.Driver.MemAllocAsync(out _, 600, bench.Stream), Is.EqualTo(CudaResult.OutOfMemory));
        Assert.That(bench.Driver.LastError, Is.EqualTo("600 bytes were asked for; 400 of 1000 are free."));
        bench.Check(bench.Driver.MemFreeAsync(first, bench.Stream));
        bench.Check(bench.Driver.MemAllocAsync(out ulong second, 600, bench.Stream));
        Assert.That(second, Is.Not.EqualTo(first), "an address is never given out twice");
        Assert.That((bench.Driver.Memory.Used, bench.Driver.Memory.Peak, bench.Driver.Memory.LiveCount),
            Is.EqualTo((600UL, 600UL, 1)));
    }

    [Test]
    public void Copies_stay_inside_their_allocation()
    {
        using PtxBench bench = new();
        ulong array = bench.Allocate(new byte[16]);
        byte* buffer = stackalloc byte[32];
        Assert.That(bench.Driver.MemcpyDtoHAsync(buffer, array + 8, 16, bench.Stream),
            Is.EqualTo(CudaResult.InvalidValue));
        Assert.That(bench.Driver.LastError,
            Does.Contain("which reaches 8 bytes behind the end of the allocation of 16 bytes"));
        bench.Check(bench.Driver.MemsetD8Async(array, 3, 16, bench.Stream));
        Assert.That(bench.Read<byte>(array, 16), Is.All.EqualTo(3));
    }

    [Test]
    public void A_graph_replays_what_was_captured()
    {
        using PtxBench bench = new();
        EmulatedDriver driver = bench.Driver;
        ulong array = bench.Allocate(new uint[4]), other = bench.Allocate(new uint[4]);
        nint function = bench.Load(AddOne);
        bench.Check(driver.StreamBeginCapture(bench.Stream));
        ulong address = array;
        void* parameter = &address;
        bench.Check(driver.LaunchKernel(function, 1, 1, 1, 4, 1, 1, 0, bench.Stream, &parameter));
        bench.Check(driver.MemAllocAsync(out ulong temporary, 16, bench.Stream));
        bench.Check(driver.MemcpyDtoDAsync(temporary, array, 16, bench.Stream));
        bench.Check(driver.MemcpyDtoDAsync(other, temporary, 16, bench.Stream));
        bench.Check(driver.MemFreeAsync(temporary, bench.Stream));
        Assert.That(driver.StreamSynchronize(bench.Stream), Is.Not.EqualTo(CudaResult.Success),
            "a capture cannot be waited for");
        bench.Check(driver.StreamEndCapture(bench.Stream, out nint graph));
        bench.Check(driver.GraphInstantiate(out nint executable, graph));
        address = other; // parameters were read at the capture
        Assert.That(bench.Read<uint>(array, 4), Is.All.Zero, "nothing ran while it was captured");
        for (int i = 0; i < 3; i++)
        {
            bench.Check(driver.GraphLaunch(executable, bench.Stream));
        }

        Assert.That(bench.Read<uint>(other, 4), Is.All.EqualTo(3));
        Assert.That(driver.Launches, Is.EqualTo(3));
        bench.Check(driver.GraphExecDestroy(executable));
        bench.Check(driver.GraphDestroy(graph));
        Assert.That(driver.GraphLaunch(executable, bench.Stream), Is.EqualTo(CudaResult.InvalidHandle));
    }

    [Test]
    public void A_thread_without_a_context_is_told()
    {
        using PtxBench bench = new();
        CudaResult result = CudaResult.Success;
        Thread thread = new(() => result = bench.Driver.MemAllocAsync(out _, 4, bench.Stream));
        thread.Start();
        thread.Join();
        Assert.That(bench.Driver.GetErrorName(result), Is.EqualTo("CUDA_ERROR_INVALID_CONTEXT"));
    }
}
