using System.Globalization;

namespace Autodiff.Tests.EmulatorTests;

/// <summary>
/// mma and ldmatrix of the PTX interpreter. Lanes gather the fragments as the tables of the PTX manual place them,
/// written here element by element, and the product must be the plain one.
/// </summary>
[TestFixture]
[Parallelizable]
public sealed class MatrixTests
{
    // For each register of a lane (g = lane / 4, t = lane mod 4): row and column of A, of B, as text of C#'s arithmetic
    // below.
    private static readonly Layout s_tf32Depth8 = new(8, 1, [(0, 0), (8, 0), (0, 4), (8, 4)], [0, 4]);
    private static readonly Layout s_tf32Depth4 = new(4, 1, [(0, 0), (8, 0)], [0]);
    private static readonly Layout s_halfDepth8 = new(8, 2, [(0, 0), (8, 0)], [0]);
    private static readonly Layout s_halfDepth16 = new(16, 2, [(0, 0), (8, 0), (0, 8), (8, 8)], [0, 8]);

    [Test]
    public void Tf32_of_depth8() => Check("m16n8k8", "f32.tf32.tf32.f32", s_tf32Depth8, Tf32);

    [Test]
    public void Tf32_of_depth4() => Check("m16n8k4", "f32.tf32.tf32.f32", s_tf32Depth4, Tf32);

    [Test]
    public void BFloat16_of_depth8() => Check("m16n8k8", "f32.bf16.bf16.f32", s_halfDepth8, BFloat16);

    [Test]
    public void BFloat16_of_depth16() => Check("m16n8k16", "f32.bf16.bf16.f32", s_halfDepth16, BFloat16);

    [Test]
    public void Float16_of_depth16() =>
        Check("m16n8k16", "f32.f16.f16.f32", s_halfDepth16, x => BitConverter.HalfToUInt16Bits((Half)x));

    [Test]
    public void Tf32_ignores_the_lowest13_bits() =>
        Check("m16n8k8", "f32.tf32.tf32.f32", s_tf32Depth8, x => Tf32(x) | 0x1FFF);

    [Test]
    public void Float64()
    {
        using PtxBench bench = new();
        double[] a = new double[32], b = new double[32], c = new double[64];
        for (int i = 0; i < 64; i++)
        {
            a[i % 32] = (i * 7 % 11) - 5;
            b[i % 32] = (i * 5 % 13) - 6;
            c[i] = i;
        }

        ulong pa = bench.Allocate(a), pb = bench.Allocate(b), pc = bench.Allocate(c);
        bench.Launch(
            """
            .visible .entry product(.param .u64 pa, .param .u64 pb, .param .u64 pc) {
              .reg .b64 %l<4>; .reg .b32 %r<4>; .reg .f64 %d<6>;
              ld.param.u64 %l0, [pa]; ld.param.u64 %l1, [pb]; ld.param.u64 %l2, [pc];
              mov.u32 %r0, %laneid;
              shr.u32 %r1, %r0, 2;
              and.b32 %r2, %r0, 3;
              mad.wide.u32 %l0, %r0, 8, %l0;
              mad.lo.u32 %r3, %r2, 8, %r1;
              mad.wide.u32 %l1, %r3, 8, %l1;
              mad.wide.u32 %l2, %r0, 16, %l2;
              ld.global.f64 %d0, [%l0];
              ld.global.f64 %d1, [%l1];
              ld.global.v2.f64 {%d2, %d3}, [%l2];
              mma.sync.aligned.m8n8k4.row.col.f64.f64.f64.f64 {%d4, %d5}, {%d0}, {%d1}, {%d2, %d3};
              st.global.v2.f64 [%l2], {%d4, %d5};
            }
            """,
            1, 32, pa, pb, pc);
        Assert.That(bench.Read<double>(pc, 64), Is.EqualTo(Product(a, b, c, 4)));
    }

    [TestCase("")]
    [TestCase(".trans")]
    public void Matrices_are_loaded_for_the_tensor_cores(string transposed)
    {
        using PtxBench bench = new();
        ushort[] memory = [.. Enumerable.Range(0, 256).Select(i => (ushort)i)];
        ulong source = bench.Allocate(memory), result = bench.Allocate(new uint[128]);
        bench.Launch(
            $$"""
            .visible .entry load(.param .u64 p, .param .u64 q) {
              .reg .b64 %l<3>; .reg .b32 %r<8>;
              .shared .align 16 .b8 memory[512];
              ld.param.u64 %l0, [p]; ld.param.u64 %l1, [q];
              mov.u32 %r0, %laneid;
              mad.wide.u32 %l0, %r0, 16, %l0;
              mov.u32 %r1, memory;
              mad.lo.u32 %r2, %r0, 16, %r1;
              cp.async.cg.shared.global [%r2], [%l0], 16;
              cp.async.wait_all;
              bar.warp.sync 0xffffffff;
              ldmatrix.sync.aligned.m8n8.x4{{transposed}}.shared.b16 {%r3, %r4, %r5, %r6}, [%r2];
              mad.wide.u32 %l1, %r0, 16, %l1;
              st.global.v4.b32 [%l1], {%r3, %r4, %r5, %r6};
            }
            """,
            1, 32, source, result);
        uint[] expected = new uint[128];
        for (int lane = 0; lane < 32; lane++)
        {
            for (int matrix = 0; matrix < 4; matrix++)
            {
                (int i, int j) = (lane / 4, 2 * (lane % 4));
                (int low, int high) = transposed.Length == 0
                    ? ((8 * i) + j, (8 * i) + j + 1)
                    : ((8 * j) + i, (8 * (j + 1)) + i);
                expected[(4 * lane) + matrix] = (uint)((64 * matrix) + low) | ((uint)((64 * matrix) + high) << 16);
            }
        }

        Assert.That(bench.Read<uint>(result, 128), Is.EqualTo(expected));
    }

    private static void Check(string shape, string types, Layout layout, Func<float, uint> encode)
    {
        using PtxBench bench = new();
        (int depth, int pack) = (layout.Depth, layout.Pack);
        double[] a = new double[16 * depth], b = new double[depth * 8], c = new double[16 * 8];
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = (i * 7 % 23) - 11;
        }

        for (int i = 0; i < b.Length; i++)
        {
            b[i] = (i * 5 % 19) - 9;
        }

        for (int i = 0; i < c.Length; i++)
        {
            c[i] = i * 0.25;
        }

        uint[] registers = new uint[32 * 12];
        for (int lane = 0; lane < 32; lane++)
        {
            (int g, int t) = (lane / 4, lane % 4);
            for (int r = 0; r < layout.A.Length; r++)
            {
                (int row, int column) = (g + layout.A[r].Row, (t * pack) + layout.A[r].Column);
                registers[(12 * lane) + r] = Pair(h => encode((float)a[(row * depth) + column + h]), pack);
            }

            for (int r = 0; r < layout.B.Length; r++)
            {
                int row = (t * pack) + layout.B[r];
                registers[(12 * lane) + 4 + r] = Pair(h => encode((float)b[((row + h) * 8) + g]), pack);
            }

            for (int r = 0; r < 4; r++)
            {
                registers[(12 * lane) + 8
                    + r] = BitConverter.SingleToUInt32Bits((float)c[((g + (r / 2 * 8)) * 8) + (2 * t) + (r % 2)]);
            }
        }

        ulong memory = bench.Allocate(registers);
        string inA = Braces('a', layout.A.Length), inB = Braces('b', layout.B.Length);
        bench.Launch(
            $$"""
            .visible .entry product(.param .u64 p) {
              .reg .b64 %l0; .reg .b32 %r0; .reg .b32 %a<4>; .reg .b32 %b<4>; .reg .f32 %c<4>;
              ld.param.u64 %l0, [p];
              mov.u32 %r0, %laneid;
              mad.wide.u32 %l0, %r0, 48, %l0;
              ld.global.v4.b32 {%a0, %a1, %a2, %a3}, [%l0];
              ld.global.v4.b32 {%b0, %b1, %b2, %b3}, [%l0+16];
              ld.global.v4.f32 {%c0, %c1, %c2, %c3}, [%l0+32];
              mma.sync.aligned.{{shape}}.row.col.{{types}} {%c0, %c1, %c2, %c3}, {{inA}}, {{inB}}, {%c0, %c1, %c2, %c3};
              st.global.v4.f32 [%l0+32], {%c0, %c1, %c2, %c3};
            }
            """,
            1, 32, memory);
        float[] after = bench.Read<float>(memory, registers.Length);
        double[] expected = Product(a, b, c, depth);
        for (int lane = 0; lane < 32; lane++)
        {
            for (int r = 0; r < 4; r++)
            {
                Assert.That(
                    after[(12 * lane) + 8 + r],
                    Is.EqualTo((float)expected[(((lane / 4) + (r / 2 * 8)) * 8) + (2 * (lane % 4)) + (r % 2)]),
                    $"lane {lane}, register {r}");
            }
        }
    }

    private static uint Pair(Func<int, uint> element, int pack) =>
        pack == 1 ? element(0) : element(0) | (element(1) << 16);

    private static string Braces(char letter, int count) =>
        "{" + string.Join(", ",
            Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"%{letter}{i}"))) + "}";

    private static uint Tf32(float x) => BitConverter.SingleToUInt32Bits(x);

    private static uint BFloat16(float x) => BitConverter.SingleToUInt32Bits(x) >> 16;

    // A (rows × depth) B (depth × 8) + C.
    private static double[] Product(double[] a, double[] b, double[] c, int depth)
    {
        double[] sum = [.. c];
        for (int i = 0; i < c.Length; i++)
        {
            for (int k = 0; k < depth; k++)
            {
                sum[i] += a[(i / 8 * depth) + k] * b[(k * 8) + (i % 8)];
            }
        }

        return sum;
    }

    /// <summary>
    /// Where a lane's registers lie: what is added to (g, pack t) in A, and to row pack t of column g in B.
    /// </summary>
    private sealed record Layout(int Depth, int Pack, (int Row, int Column)[] A, int[] B);
}
