namespace Autodiff.Tests;

/// <summary>The counter-based generator: its words, and what draws make of them.</summary>
public class PhiloxTests
{
    // The known answers of Random123's kat_vectors for philox4x32-10: counter, key, words.
    [TestCase("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8")]
    [TestCase("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd")]
    [TestCase("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1")]
    public void Blocks_are_those_of_the_known_answers(string counter, string key, string words)
    {
        PhiloxWord[] c = Words(counter), k = Words(key);
        (PhiloxWord x0, PhiloxWord x1, PhiloxWord x2, PhiloxWord x3) = Philox.Block(c[0], c[1], c[2], c[3], k[0], k[1]);
        Assert.That(new[] { x0, x1, x2, x3 }, Is.EqualTo(Words(words)));

        static PhiloxWord[] Words(string text) =>
            [.. text.Split(' ').Select(word => new PhiloxWord(Convert.ToUInt32(word, 16)))];
    }

    [Test]
    public void Elements_are_decided_by_their_blocks()
    {
        var generator = new PhiloxGenerator(-7);
        float[] all = new float[1000], part = new float[600];
        generator.Uniform(all, -1, 3);
        Assert.That(generator.Offset, Is.EqualTo(250));
        generator.Offset = 100;
        generator.Uniform(part, -1, 3);
        Assert.That(part, Is.EqualTo(all[400..]));
        float expected = MathF.FusedMultiplyAdd((PhiloxFill.Block(unchecked((ulong)-7L), 3).X2 >> 8) / 16777216f, 4,
            -1);
        Assert.That(all[14], Is.EqualTo(expected));
    }

    [Test]
    public void Seeds_restart_the_stream()
    {
        var generator = new PhiloxGenerator(5);
        Tensor first = Tensor.Randn([37], generator: generator), next = Tensor.Randn([37], generator: generator);
        generator.ManualSeed(5);
        Assert.That(Tensor.Randn([37], generator: generator).ToArray<float>(), Is.EqualTo(first.ToArray<float>()));
        Assert.That(next.ToArray<float>(), Is.Not.EqualTo(first.ToArray<float>()));
        Assert.That(generator.InitialSeed, Is.EqualTo(5));
        Assert.That(new PhiloxGenerator(5L + (1L << 40)).Random64(), Is.Not.EqualTo(new PhiloxGenerator(5).Random64()),
            "all 64 bits count");
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Normals_have_the_moments_of_the_normal_distribution(DType type)
    {
        const int n = 200_000;
        Tensor z = Tensor.Normal(2, 3, [n], type, generator: new PhiloxGenerator(1)).To(DType.Float64);
        Tensor t = (z - 2) / 3;
        double tolerance = 5 / Math.Sqrt(n);
        Assert.That(t.Mean().Item<double>(), Is.EqualTo(0).Within(tolerance));
        Assert.That((t * t).Mean().Item<double>(), Is.EqualTo(1).Within(1.5 * tolerance));
        Assert.That((t * t * t).Mean().Item<double>(), Is.EqualTo(0).Within(4 * tolerance));
        Assert.That((t * t * t * t).Mean().Item<double>(), Is.EqualTo(3).Within(10 * tolerance));
        Assert.That((t[..(n - 1)] * t[1..]).Mean().Item<double>(), Is.EqualTo(0).Within(tolerance),
            "neighbours are independent");
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Uniforms_fill_their_range_evenly(DType type)
    {
        const int n = 100_000;
        double[] u = Tensor.Rand([n], type, generator: new PhiloxGenerator(3)).To(DType.Float64).ToArray<double>();
        Assert.That(u, Has.All.InRange(0, 1 - 1e-8));
        int[] counts = new int[16];
        foreach (double each in u)
        {
            counts[(int)(each * 16)]++;
        }

        Assert.That(counts, Has.All.EqualTo(n / 16.0).Within(5 * Math.Sqrt(n / 16.0)));
    }

    [Test]
    public void Choices_have_their_probability()
    {
        var generator = new PhiloxGenerator(9);
        const int n = 100_000;
        Tensor mask = Autodiff.Nn.Functional.Dropout(Tensor.Ones([n]), 0.3, true, generator);
        float[] factors = mask.ToArray<float>();
        Assert.That(factors.Distinct().Order(), Is.EqualTo(new[] { 0f, (float)(1 / 0.7) }));
        Assert.That(factors.Count(f => f == 0) / (double)n, Is.EqualTo(0.3).Within(0.01));
        Assert.That(Tensor.Empty([1000], DType.Bool).BernoulliInPlace(1, generator).ToArray<bool>(), Has.All.True);
        Assert.That(Tensor.Empty([1000], DType.Bool).BernoulliInPlace(0, generator).ToArray<bool>(), Has.All.False);
        double[] each = Tensor.Bernoulli(Tensor.From(0.0, 1.0).Expand(500, 2), generator).ToArray<double>();
        Assert.That(each.Where((_, i) => i % 2 == 0), Has.All.EqualTo(0));
        Assert.That(each.Where((_, i) => i % 2 == 1), Has.All.EqualTo(1));
    }

    [Test]
    public void Whole_numbers_and_orders_are_fair()
    {
        var generator = new PhiloxGenerator(11);
        long[] dice = Tensor.RandInt(1, 7, [60_000], generator: generator).ToArray<long>();
        Assert.That(dice.GroupBy(face => face).OrderBy(g => g.Key).Select(g => g.Key),
            Is.EqualTo(new long[] { 1, 2, 3, 4, 5, 6 }));
        Assert.That(dice.GroupBy(face => face).Select(g => g.Count()), Has.All.EqualTo(10_000).Within(500));
        long[] all = new long[10];
        generator.RandInt(all, long.MinValue, long.MaxValue);
        Assert.That(all.Distinct().Count(), Is.EqualTo(10));
        long[] order = generator.RandPerm(1001);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, 1001)));
        Assert.That(order, Is.Not.Ordered);
    }

    [Test]
    public void Wrong_arguments_are_named()
    {
        var generator = new PhiloxGenerator(0);
        Assert.That(() => generator.Uniform(new float[1], 2, 1), Throws.ArgumentException);
        Assert.That(() => generator.Normal(new float[1], 0, -1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => generator.Bernoulli(new float[1], 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(generator.Offset, Is.Zero, "a refused draw takes nothing");
    }
}
