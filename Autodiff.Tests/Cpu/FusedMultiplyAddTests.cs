using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Autodiff.Cpu;

namespace Autodiff.Tests.Cpu;

public class FusedMultiplyAddTests
{
    private static readonly float[] Special =
    [
        0, -0f, 1, -1, float.PositiveInfinity, float.NegativeInfinity, float.NaN, float.MaxValue, -float.MaxValue,
        float.Epsilon, 1e-38f,
        1.17549435e-38f, 3.4e38f, 1.0000001f, 0.99999994f, 16777216, 16777217,
    ];

    [Test]
    public void A_sum_in_double_rounds_like_the_instruction()
    {
        Assume.That(Sse2.IsSupported);
        var random = new Random(1);
        for (int i = 0; i < 400_000; i++)
        {
            float a = Hard(random), b = Hard(random), c = Hard(random);
            switch (i % 8)
            {
                case 0: c = -(a * b); break; // the error of the product remains
                case 1: c = MathF.BitIncrement(-(a * b)); break;
                case 2: (a, b, c) = HalfAUnit(random); break;
            }

            Check(a, b, c);
        }
    }

    [Test]
    public void A_sum_in_double_keeps_special_values()
    {
        Assume.That(Sse2.IsSupported);
        foreach (float a in Special)
        {
            foreach (float b in Special)
            {
                foreach (float c in Special)
                {
                    Check(a, b, c);
                }
            }
        }
    }

    /// <summary>A product that is half of c's unit in the last place, and a little more or less.</summary>
    private static (float A, float B, float C) HalfAUnit(Random random)
    {
        float c = random.Next(1 << 23, 1 << 24), a = random.Next(1, 1 << 12), b = 0.5f / a;
        int scale = random.Next(-160, 80);
        return (MathF.ScaleB(random.Next(2) == 0 ? a : -a, scale), b, MathF.ScaleB(c, scale));
    }

    private static float Hard(Random random) => random.Next(4) switch
    {
        0 => BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue)),
        1 => random.Next(-100, 100),
        2 => MathF.ScaleB(random.Next(-1000, 1000), random.Next(-140, 10)),
        _ => MathF.ScaleB(1 + random.NextSingle(), random.Next(-75, 64)),
    };

    private static void Check(float a, float b, float c)
    {
        Vector128<float> sum = Fused.InDouble(Vector128.Create(a, 1, 2, a), Vector128.Create(b, 1, 3, b),
            Vector128.Create(c, 1, 1, c));
        float expected = MathF.FusedMultiplyAdd(a, b, c);
        foreach (int lane in new[] { 0, 3 })
        {
            if (!Same(sum[lane], expected))
            {
                Assert.Fail($"{a:R} * {b:R} + {c:R} = {expected:R}, not {sum[lane]:R}");
            }
        }

        static bool Same(float x, float y) =>
            float.IsNaN(x) ? float.IsNaN(y) : BitConverter.SingleToInt32Bits(x) == BitConverter.SingleToInt32Bits(y);
    }
}
