using Autodiff.Gpu.Compilation.Passes;
using Autodiff.Tests.EmulatorTests;

namespace Autodiff.Tests.Cuda.Compilation;

/// <summary>What shortens a kernel's text: the same numbers, in fewer instructions.</summary>
public class OptimizerTests
{
    /// <summary>
    /// Bodies as ILGPU writes them: %r1 is the thread's number, %r2 to be stored; then how many instructions a warp may
    /// take.
    /// </summary>
    private static IEnumerable<TestCaseData> Bodies()
    {
        yield return Case("numbers that change places in each of seven turns", 6, ChangingPlaces("", "7"));
        yield return Case(
            "numbers that change places in each turn", 54, ChangingPlaces("and.b32 %r9, %r1, 7;", "%r9"));
        yield return Case("a value that is needed behind its copy's change", 11, """
            add.s32 %r3, %r1, 5;
            mov.b32 %r4, %r3;
            setp.lo.u32 %p1, %r1, 10;
            @%p1 bra L1;
            L2:
            sub.s32 %r2, %r4, %r3;
            bra.uni L3;
            L1:
            add.s32 %r5, %r4, 3;
            mov.b32 %r4, %r5;
            bra.uni L2;
            L3:
            """);
        yield return Case("results of one instruction that meet in one place", 17, """
            mov.b64 %rd5, values;
            mad.wide.u32 %rd6, %r1, 8, %rd5;
            add.s32 %r9, %r1, 100;
            st.shared.v2.b32 [%rd6], {%r1, %r9};
            ld.shared.v2.b32 {%r3, %r4}, [%rd6];
            setp.lo.u32 %p1, %r1, 10;
            @%p1 bra L1;
            mov.b32 %r5, %r3;
            L2:
            mul.lo.s32 %r6, %r5, %r4;
            add.s32 %r2, %r6, %r3;
            bra.uni L3;
            L1:
            mov.b32 %r5, %r4;
            bra.uni L2;
            L3:
            """);
        yield return Case("loops in loops, with what stays the same", 121, """
            mov.b32 %r2, 0;
            mov.b32 %r3, 0;
            L1:
            setp.hs.u32 %p1, %r3, 5;
            @%p1 bra L6;
            mov.b32 %r4, 0;
            L2:
            and.b32 %r5, %r1, 3;
            mul.lo.s32 %r6, %r1, 7;
            add.s32 %r7, %r6, %r3;
            setp.hs.u32 %p2, %r4, %r5;
            @%p2 bra L4;
            mul.lo.s32 %r8, %r1, 7;
            add.s32 %r9, %r2, %r8;
            add.s32 %r10, %r9, %r7;
            add.s32 %r11, %r4, 1;
            mov.b32 %r2, %r10;
            mov.b32 %r4, %r11;
            bra.uni L2;
            L4:
            add.s32 %r12, %r3, 1;
            mov.b32 %r3, %r12;
            bra.uni L1;
            L6:
            """);
        yield return Case("registers that are used again, and addresses", 16, """
            mov.b64 %rd5, values;
            mul.wide.u32 %rd7, 1, 4;
            add.u64 %rd8, %rd5, %rd7;
            mad.wide.u32 %rd9, %r1, 8, %rd5;
            mad.wide.u32 %rd10, %r1, 8, %rd5;
            mul.hi.u32 %r3, %r1, 858993459;
            add.u32 %r3, %r3, %r1;
            shr.u32 %r3, %r3, 1;
            st.shared.b32 [%rd9], %r3;
            mul.hi.u32 %r4, %r1, 858993459;
            add.u32 %r4, %r4, %r1;
            shr.u32 %r4, %r4, 1;
            add.u64 %rd7, %rd10, 4;
            st.shared.b32 [%rd7], %r4;
            bar.sync 0;
            ld.shared.b32 %r5, [%rd8];
            ld.shared.b32 %r6, [%rd10+4];
            add.s32 %r2, %r5, %r6;
            """);
        yield return Case("halves of words that threads hand over", 13, """
            mul.wide.u32 %rd5, %r1, 2882400001;
            and.b64 %rd6, %rd5, 4294967295;
            cvt.u32.u64 %r3, %rd6;
            shfl.sync.bfly.b32 %r5, %r3, 1, 31, 4294967295;
            shr.u64 %rd7, %rd5, 32;
            cvt.u32.u64 %r4, %rd7;
            shfl.sync.bfly.b32 %r6, %r4, 1, 31, 4294967295;
            cvt.u64.u32 %rd8, %r6;
            shl.b64 %rd9, %rd8, 32;
            cvt.u64.u32 %rd10, %r5;
            or.b64 %rd11, %rd9, %rd10;
            add.u64 %rd12, %rd11, %rd5;
            shr.u64 %rd13, %rd12, 31;
            cvt.u32.u64 %r2, %rd13;
            """);
        yield return Case("words that are 1 where something holds", 7, """
            setp.lo.u32 %p1, %r1, 10;
            selp.b32 %r3, 1, 0, %p1;
            setp.ne.s32 %p2, %r3, 0;
            selp.b32 %r2, 3, 4, %p2;
            """);

        static TestCaseData Case(string name, int steps, string body) =>
            new TestCaseData(body, steps).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Bodies))]
    public void The_shorter_text_computes_the_same(string body, int steps)
    {
        string text = Kernel(body), shorter = Optimizer.Run(text);
        (uint[] expected, _) = Results(text);
        (uint[] actual, long taken) = Results(shorter);
        Assert.That(actual, Is.EqualTo(expected), shorter);
        Assert.That(taken, Is.EqualTo(steps), shorter);
    }

    [Test]
    public void What_nothing_reads_is_not_computed()
    {
        string shorter = Optimizer.Run(Kernel("""
            ld.param.b64 %rd5, [arguments+8];
            mul.wide.s32 %rd6, %r1, %r1;
            mad.wide.s32 %rd7, %r1, %r1, %rd6;
            mov.b32 %r2, 7;
            """));
        Assert.That(shorter, Does.Not.Contain("mul.wide").And.Not.Contain("mad.wide.s32").And.Not.Contain("+8]"));
        Assert.That(shorter, Does.Contain("mov.b32\t%r2, 7;").And.Contain("st.global.b32"));
    }

    /// <summary>A loop of so many turns, each of which exchanges two numbers and adds.</summary>
    private static string ChangingPlaces(string first, string turns) => $"""
        {first}
        mov.b32 %r3, 0;
        mov.b32 %r4, 1;
        mov.b32 %r5, 0;
        L1:
        setp.hs.u32 %p1, %r5, {turns};
        @%p1 bra L2;
        add.s32 %r6, %r3, %r4;
        mov.b32 %r7, %r4;
        add.s32 %r8, %r5, 1;
        mov.b32 %r3, %r7;
        mov.b32 %r4, %r6;
        mov.b32 %r5, %r8;
        bra.uni L1;
        L2:
        add.s32 %r2, %r3, %r1;
        """;

    [Test]
    public void A_text_with_what_is_not_understood_stays_as_it_is()
    {
        string text = Kernel("@%p1 add.s32 %r2, %r1, 1;");
        Assert.That(Optimizer.Run(text), Is.SameAs(text));
    }

    private static string Kernel(string body) => $$"""
        .version 7.0
        .target sm_80
        .address_size 64

        .visible .entry kernel(
        	.param .align 8 .b8 arguments[16]
        )
        .maxntid 256, 1, 1
        {
        	.shared .align 8 .b8 values[256];

        	.reg .pred	%p<9>;
        	.reg .b32	%r<99>;
        	.reg .b64	%rd<99>;

        	ld.param.b64 %rd1, [arguments];
        	cvta.to.global.u64 %rd2, %rd1;
        	mov.b32 %r1, %tid.x;
        {{body}}
        	mad.wide.u32 %rd3, %r1, 4, %rd2;
        	st.global.b32 [%rd3], %r2;
        	ret;
        }

        """;

    private static (uint[] Numbers, long Steps) Results(string text)
    {
        using PtxBench bench = new();
        ulong numbers = bench.Allocate(new uint[32]);
        long before = bench.Driver.Steps;
        bench.Launch(text[text.IndexOf(".visible", StringComparison.Ordinal)..], 1, 32, numbers, 0UL);
        return (bench.Read<uint>(numbers, 32), bench.Driver.Steps - before);
    }
}
