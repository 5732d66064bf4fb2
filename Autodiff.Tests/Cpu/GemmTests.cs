using System.Numerics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Cpu;
using Autodiff.Tests.Memory;

namespace Autodiff.Tests.Cpu;

/// <summary>The matrix product against its definition, three loops in double.</summary>
[NonParallelizable]
[TestFixture(typeof(float))]
[TestFixture(typeof(double))]
public unsafe class GemmTests<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Guard = 64;

    /// <summary>How an operand lies in memory: row and column stride of an r by c matrix.</summary>
    private static readonly (string Name, Func<int, int, (int Row, int Column)> Strides)[] s_layouts =
    [
        ("rows", (r, c) => (c, 1)),
        ("padded rows", (r, c) => (c + 3, 1)),
        ("columns", (r, c) => (1, r)),
        ("padded columns", (r, c) => (1, r + 5)),
        ("spread", (r, c) => (2 * c + 1, 2)),
        ("one row repeated", (r, c) => (0, 1)),
        ("one column repeated", (r, c) => (1, 0)),
        ("one number repeated", (r, c) => (0, 0)),
    ];

    private static readonly (string Name, Func<int, int, (int Row, int Column)> Strides)[] s_targets =
        [s_layouts[0], s_layouts[1], s_layouts[2], s_layouts[4]];

    [Test]
    public void Small_sizes_in_every_layout()
    {
        int[] sizes = [1, 2, 3, 5, 8, 13, 17];
        var random = new Random(1);
        foreach (int m in sizes)
        {
            foreach (int n in sizes)
            {
                foreach (int k in sizes)
                {
                    foreach (var la in s_layouts)
                    {
                        foreach (var lb in s_layouts)
                        {
                            Check(random, m, n, k, la.Strides, lb.Strides, s_targets[random.Next(4)].Strides,
                                random.Next(16));
                        }
                    }
                }
            }
        }
    }

    [TestCase(1, 300, 70)]
    [TestCase(300, 1, 70)]
    [TestCase(1, 1, 5000)]
    [TestCase(1, 1030, 9)]
    [TestCase(2, 130, 600)]
    [TestCase(130, 2, 600)]
    [TestCase(5, 90, 33)]
    [TestCase(64, 64, 64)]
    [TestCase(47, 129, 1)]
    [TestCase(1, 129, 1)]
    [TestCase(61, 97, 517)]
    [TestCase(127, 33, 31)]
    [TestCase(250, 10, 300)]
    public void Larger_sizes_in_every_layout(int m, int n, int k)
    {
        var random = new Random(m + n + k);
        foreach (var la in s_layouts)
        {
            foreach (var lb in s_layouts)
            {
                Check(random, m, n, k, la.Strides, lb.Strides, s_targets[random.Next(4)].Strides, random.Next(16));
            }
        }
    }

    [Test]
    public void Every_tail_of_a_tile()
    {
        var random = new Random(3);
        for (int m = 1; m <= 26; m++)
        {
            for (int n = 1; n <= 70; n++)
            {
                Check(random, m, n, 40, s_layouts[0].Strides, s_layouts[0].Strides, s_targets[0].Strides,
                    random.Next(16));
            }
        }
    }

    [TestCase(300, 800, 530)]
    [TestCase(1300, 90, 260)]
    [TestCase(70, 5000, 40)]
    public void Sizes_past_every_block(int m, int n, int k)
    {
        var random = new Random(4);
        Check(random, m, n, k, s_layouts[0].Strides, s_layouts[0].Strides, s_targets[0].Strides, 0);
        Check(random, m, n, k, s_layouts[2].Strides, s_layouts[2].Strides, s_targets[1].Strides, 15);
        Check(random, m, n, k, s_layouts[4].Strides, s_layouts[4].Strides, s_targets[2].Strides, 3);
    }

    [Test]
    public void An_inner_size_of_zero_gives_the_bias_or_keeps_the_target()
    {
        var random = new Random(5);
        for (int flags = 0; flags < 16; flags++)
        {
            Check(random, 5, 37, 0, s_layouts[0].Strides, s_layouts[0].Strides, s_targets[0].Strides, flags);
            Check(random, 5, 37, 0, s_layouts[0].Strides, s_layouts[0].Strides, s_targets[2].Strides, flags);
        }
    }

    [TestCase(0, 4)]
    [TestCase(4, 0)]
    [TestCase(0, 0)]
    public void An_outer_size_of_zero_touches_nothing(int m, int n) =>
        Assert.That(() => Gemm.Multiply<T>(m, n, 3, null, 3, 1, null, n, 1, null, n, 1, false), Throws.Nothing);

    [TestCase(3, 2, 2, 70)]
    [TestCase(40, 3, 2, 4)]
    [TestCase(5, 64, 80, 30)]
    [TestCase(7, 1, 20, 30)]
    public void A_batch_is_its_products(int batch, int m, int n, int k)
    {
        var random = new Random(6);
        T[] a = Numbers(random, batch * m * k), b = Numbers(random, batch * k * n), bias = Numbers(random, n);
        foreach (int shared in new[] { 0, 1, 2 })
        {
            int aStride = shared == 1 ? 0 : m * k, bStride = shared == 2 ? 0 : k * n;
            T[] got = new T[batch * m * n], want = new T[batch * m * n];
            fixed (T* pa = a, pb = b, pg = got, pw = want, pBias = bias)
            {
                var epilogue = new GemmEpilogue<T> { RowBias = pBias, Relu = true };
                Gemm.Run<T>(new(m, n, k, pa, k, 1, pb, n, 1, pg, n, 1) { Epilogue = epilogue }, batch, aStride,
                    bStride, m * n);
                for (int t = 0; t < batch; t++)
                {
                    Gemm.Multiply(m, n, k, pa + t * aStride, k, 1, pb + t * bStride, n, 1, pw + t * m * n, n, 1, false,
                        epilogue);
                }
            }

            for (int i = 0; i < got.Length; i++)
            {
                Assert.That(double.CreateChecked(got[i]),
                    Is.EqualTo(double.CreateChecked(want[i])).Within(Tolerance(k) * (k + 1)));
            }
        }
    }

    [TestCase(300, 260, 400)]
    [TestCase(700, 1100, 600)]
    [TestCase(256, 20, 3000)]
    [TestCase(250, 10, 700)]
    [TestCase(7, 300, 700)]
    [TestCase(5000, 20, 30)]
    [TestCase(1, 4000, 700)]
    [TestCase(4000, 1, 700)]
    [TestCase(900, 900, 1)]
    [TestCase(20, 2000, 900)]
    public void The_number_of_threads_does_not_change_a_bit(int m, int n, int k)
    {
        var random = new Random(7);
        T[] a = Numbers(random, m * k), b = Numbers(random, k * n), bias = Numbers(random, n);
        foreach ((bool columns, bool bColumns) in new[] { (false, false), (true, true), (false, true), (true, false) })
        {
            T[][] results = [new T[m * n], new T[m * n], new T[m * n]];
            int[] threads = [1, 2, 5];
            int before = CpuThreads.Count;
            try
            {
                for (int run = 0; run < threads.Length; run++)
                {
                    CpuThreads.Count = threads[run];
                    fixed (T* pa = a, pb = b, pc = results[run], pBias = bias)
                    {
                        Gemm.Multiply(
                            m, n, k,
                            pa, columns ? 1 : k, columns ? m : 1,
                            pb, bColumns ? 1 : n, bColumns ? k : 1,
                            pc, n, 1, false, new GemmEpilogue<T> { RowBias = pBias });
                    }
                }
            }
            finally
            {
                CpuThreads.Count = before;
            }

            Assert.That(results[1].AsSpan().SequenceEqual(results[0]), Is.True);
            Assert.That(results[2].AsSpan().SequenceEqual(results[0]), Is.True);
        }
    }

    /// <summary>
    /// Sums are the same chains whatever a register holds, so every width must give the same bits here.
    /// </summary>
    [TestCase(29, 75, 300)]
    [TestCase(13, 5, 40)]
    public void Every_register_width_gives_the_same_bits(int m, int n, int k)
    {
        var random = new Random(8);
        T[] a = Numbers(random, m * k), b = Numbers(random, k * n), bias = Numbers(random, n),
            start = Numbers(random, m * n);
        foreach (bool columns in new[] { false, true })
        {
            T[] narrow = (T[])start.Clone(), middle = (T[])start.Clone(), wide = (T[])start.Clone();
            fixed (T* pa = a, pb = b, pBias = bias, pNarrow = narrow, pMiddle = middle, pWide = wide)
            {
                var problem = new GemmProblem<T>
                {
                    M = m,
                    N = n,
                    K = k,
                    A = pa,
                    ARows = columns ? 1 : k,
                    AColumns = columns ? m : 1,
                    B = pb,
                    BRows = columns ? 1 : n,
                    BColumns = columns ? k : 1,
                    C = pNarrow,
                    CRows = n,
                    CColumns = 1,
                    Accumulate = true,
                    Epilogue = new() { RowBias = pBias, Relu = true },
                };
                GemmPlan.Run<T, V128<T, Fused>, Pair<Pair<V128<T, Fused>, T>, T>>(problem, 1, 0, 0, 0);
                problem.C = pMiddle;
                if (Fma.IsSupported)
                {
                    GemmPlan.Run<T, V256<T>, Pair<V256<T>, T>>(problem, 1, 0, 0, 0);
                }

                problem.C = pWide;
                if (Avx512F.IsSupported)
                {
                    GemmPlan.Run<T, V512<T>, V512<T>>(problem, 1, 0, 0, 0);
                }
            }

            Assert.That(narrow.AsSpan().SequenceEqual(start), Is.False);
            Assert.That(!Fma.IsSupported || middle.AsSpan().SequenceEqual(narrow), Is.True);
            Assert.That(!Avx512F.IsSupported || wide.AsSpan().SequenceEqual(narrow), Is.True);
        }
    }

    [TestCase(3, 4, 2)]
    [TestCase(30, 40, 50)]
    [TestCase(1, 40, 50)]
    [TestCase(40, 1, 50)]
    [TestCase(40, 30, 1)]
    public void A_nan_or_an_infinity_times_zero_is_nan(int m, int n, int k)
    {
        foreach (T bad in new[] { T.NaN, T.PositiveInfinity, T.NegativeInfinity })
        {
            foreach (bool relu in new[] { false, true })
            {
                T[] a = new T[m * k], b = new T[k * n], c = new T[m * n];
                b[(k / 2 * n) + (n / 2)] = bad;
                fixed (T* pa = a, pb = b, pc = c)
                {
                    Gemm.Multiply(m, n, k, pa, k, 1, pb, n, 1, pc, n, 1, false, new GemmEpilogue<T> { Relu = relu });
                }

                for (int i = 0; i < c.Length; i++)
                {
                    Assert.That(T.IsNaN(c[i]), Is.EqualTo(i % n == n / 2));
                    Assert.That(T.IsNaN(c[i]) || c[i] == T.Zero, Is.True);
                }
            }
        }
    }

    [Test]
    public void A_product_allocates_nothing()
    {
        T[] a = new T[400 * 400], b = new T[400 * 400], c = new T[400 * 400];
        fixed (T* pa = a, pb = b, pc = c)
        {
            foreach (int size in new[] { 3, 20, 64, 400 })
            {
                (nint x, nint y, nint z) = ((nint)pa, (nint)pb, (nint)pc); // which a lambda may hold
                Action multiply = () =>
                    Gemm.Multiply(size, size, size, (T*)x, 1, size, (T*)y, 1, size, (T*)z, size, 1, false);
                multiply();
                Assert.That(Allocation.OfEachRound(multiply), Is.Zero);
            }
        }
    }

    /// <summary>
    /// The error bound, relative to the sum of the terms' sizes: of sums over runs of at most 512 terms, and in double
    /// of the definition's own single run.
    /// </summary>
    private static double Tolerance(int k) =>
        typeof(T) == typeof(float) ? 6e-8 * (Math.Min(k, 512) + 8) : 1.2e-16 * (k + 8);

    private static T[] Numbers(Random random, int count)
    {
        T[] numbers = new T[count];
        for (int i = 0; i < count; i++)
        {
            numbers[i] = T.CreateChecked((2 * random.NextDouble()) - 1);
        }

        return numbers;
    }

    /// <summary>Bits of <paramref name="flags"/>: accumulate, row bias, column bias, relu.</summary>
    private static void Check(
        Random random, int m, int n, int k,
        Func<int, int, (int Row, int Column)> layoutA,
        Func<int, int, (int Row, int Column)> layoutB,
        Func<int, int, (int Row, int Column)> layoutC,
        int flags)
    {
        var (ars, acs) = layoutA(m, k);
        var (brs, bcs) = layoutB(k, n);
        var (crs, ccs) = layoutC(m, n);
        T[] a = Numbers(random, Math.Max(1, ((m - 1) * ars) + (Math.Max(0, k - 1) * acs) + 1));
        T[] b = Numbers(random, Math.Max(1, (Math.Max(0, k - 1) * brs) + ((n - 1) * bcs) + 1));
        T[] before = Numbers(random, ((m - 1) * crs) + ((n - 1) * ccs) + 1 + (2 * Guard));
        T[] after = (T[])before.Clone();
        T[] row = Numbers(random, n), column = Numbers(random, m);
        bool accumulate = (flags & 1) != 0, relu = (flags & 8) != 0;
        fixed (T* pa = a, pb = b, pc = after, pRow = row, pColumn = column)
        {
            var epilogue = new GemmEpilogue<T>
            {
                RowBias = (flags & 2) != 0 ? pRow : null,
                ColumnBias = (flags & 4) != 0 ? pColumn : null,
                Relu = relu,
            };
            Gemm.Multiply(m, n, k, pa, ars, acs, pb, brs, bcs, pc + Guard, crs, ccs, accumulate, epilogue);
        }

        double tolerance = Tolerance(k);
        double[] wideA = Array.ConvertAll(a, double.CreateChecked), wideB = Array.ConvertAll(b, double.CreateChecked);
        bool[] written = new bool[before.Length];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < n; j++)
            {
                int at = Guard + (i * crs) + (j * ccs);
                double sum = accumulate ? double.CreateChecked(before[at]) : 0;
                sum += (flags & 2) != 0 ? double.CreateChecked(row[j]) : 0;
                sum += (flags & 4) != 0 ? double.CreateChecked(column[i]) : 0;
                double size = Math.Abs(sum) + 1;
                for (int p = 0; p < k; p++)
                {
                    double term = wideA[(i * ars) + (p * acs)] * wideB[(p * brs) + (j * bcs)];
                    sum += term;
                    size += Math.Abs(term);
                }

                double want = relu ? Math.Max(0, sum) : sum;
                double error = Math.Abs(double.CreateChecked(after[at]) - want);
                if (!(error <= tolerance * size))
                {
                    Assert.Fail($"[{m}, {k}] x [{k}, {n}], A ({ars}, {acs}), B ({brs}, {bcs}), C ({crs}, {ccs}), " +
                        $"flags {flags}: C[{i}, {j}] = {after[at]}, not {want}");
                }

                written[at] = true;
            }
        }

        for (int at = 0; at < before.Length; at++)
        {
            if (!written[at] && before[at] != after[at])
            {
                Assert.Fail($"[{m}, {k}] x [{k}, {n}], C ({crs}, {ccs}): wrote outside the target at {at - Guard}");
            }
        }
    }
}
