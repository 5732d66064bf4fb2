using Autodiff.Gpu.Kernels.Carriers;

namespace Autodiff.Tests.Accelerators;

/// <summary>
/// OpenCL's quotients and square roots, corrected: the same methods with the processor's numbers, begun with values
/// that are wrong by as much as the standard lets a device's be.
/// </summary>
public class CorrectedSingleTests
{
    private const int Most = 3; // units in the last place

    [Test]
    public void Of_significands_the_nearest_quotient_is_found()
    {
        System.Random random = new(7);
        for (int i = 0; i < 1_000_000; i++)
        {
            float x = 1 + random.NextSingle(), y = 1 + random.NextSingle();
            RequireQuotient(Math.Min(x, MathF.BitDecrement(2)), Math.Min(y, MathF.BitDecrement(2)));
        }
    }

    [Test]
    public void Quotients_beside_the_middle_of_two_numbers_go_to_the_nearer()
    {
        System.Random random = new(8);
        int found = 0;
        for (int i = 0; i < 200_000; i++)
        {
            // x 2^n - m y = rest, where m / 2^n is the middle of two numbers: as near as a quotient can come.
            long y = random.Next(1 << 22, 1 << 23) * 2L + 1, inverse = Inverse(y);
            foreach (long rest in (ReadOnlySpan<long>)[1, -1, 3, -3])
            {
                foreach (int n in (ReadOnlySpan<int>)[24, 25])
                {
                    long m = (-rest * inverse & ((1L << n) - 1)) | (1L << 24), product = m * y + rest;
                    long x = product >> n;
                    if (m < 1L << 25 && product == x << n && x is >= 1 << 23 and < 1 << 24)
                    {
                        found++;
                        RequireQuotient(x / (float)(1 << 23), y / (float)(1 << 23));
                    }
                }
            }
        }

        Assert.That(found, Is.GreaterThan(100_000));

        // Newton's iteration for 1 / y modulo 2^64.
        static long Inverse(long y)
        {
            long inverse = y;
            for (int step = 0; step < 6; step++)
            {
                inverse *= 2 - y * inverse;
            }

            return inverse;
        }
    }

    [Test]
    public void Of_every_significand_the_nearest_root_is_found()
    {
        for (int i = 0; i < 1 << 24; i++)
        {
            float x = BitConverter.Int32BitsToSingle(0x3F800000 + i), exact = MathF.Sqrt(x);
            int away = i % (2 * Most + 1) - Most;
            if (CorrectedSingle.Root(x, Away(exact, away)) != exact)
            {
                Assert.Fail($"√{x:R} is {exact:R}; from {away} units beside it, "
                    + $"{CorrectedSingle.Root(x, Away(exact, away)):R} was found.");
            }
        }
    }

    [Test]
    public void Quotients_and_roots_of_normal_numbers_are_the_processors()
    {
        System.Random random = new(9);
        float[] special =
            [0, -0f, 1, -1, float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, 1.17549435e-38f,
                1e-40f, 3, -7e20f];
        foreach (float a in special)
        {
            Assert.That(CorrectedSingle.Sqrt(a), Is.EqualTo(MathF.Sqrt(a)), $"√{a}");
            foreach (float b in special)
            {
                RequireSameBits(a, b);
            }
        }

        for (int i = 0; i < 1_000_000; i++)
        {
            float a = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            float b = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
            RequireSameBits(a, b);
            if (!CorrectedSingle.Sqrt(a).Equals(MathF.Sqrt(a)))
            {
                Assert.Fail($"√{a:R}");
            }
        }
    }

    private static void RequireQuotient(float x, float y)
    {
        float exact = x / y;
        for (int away = -Most; away <= Most; away++)
        {
            float found = CorrectedSingle.Quotient(x, y, Away(exact, away));
            if (found != exact)
            {
                Assert.Fail($"{x:R} / {y:R} is {exact:R}; from {away} units beside it, {found:R} was found.");
            }
        }
    }

    private static void RequireSameBits(float a, float b)
    {
        float exact = a / b, found = CorrectedSingle.Divide(a, b);
        bool same = BitConverter.SingleToInt32Bits(exact) == BitConverter.SingleToInt32Bits(found)
            || (float.IsNaN(exact) && float.IsNaN(found))
            || (float.IsSubnormal(exact) && Math.Abs(exact - found) <= float.Epsilon); // rounded twice
        if (!same)
        {
            Assert.Fail($"{a:R} / {b:R} is {exact:R}, not {found:R}.");
        }
    }

    private static float Away(float x, int units) =>
        BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(x) + units);
}
