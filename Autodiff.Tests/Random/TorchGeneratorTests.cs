namespace Autodiff.Tests;

[TestFixture]
public class TorchGeneratorTests
{
    [Test]
    public void Only_the_low_32_bits_of_a_seed_count([Values(0L, 42L, 2147483653L, -1L)] long seed)
    {
        var plain = new TorchGenerator(seed & 0xFFFFFFFF);
        var high = new TorchGenerator(seed ^ (0x5AL << 32));
        Assert.That(high.Random64(), Is.EqualTo(plain.Random64()));
        Assert.That(high.InitialSeed, Is.EqualTo(seed ^ (0x5AL << 32)));
    }

    [Test]
    public void Seeding_forgets_the_cached_normal()
    {
        var generator = new TorchGenerator(7);
        double first = Normals(generator, 1)[0];
        generator.ManualSeed(7);
        Assert.That(Normals(generator, 1)[0], Is.EqualTo(first));
    }

    [Test]
    public void The_cached_normal_survives_other_draws()
    {
        var pair = Normals(new TorchGenerator(7), 2);
        var generator = new TorchGenerator(7);
        Assert.That(Normals(generator, 1)[0], Is.EqualTo(pair[0]));
        Normals(generator, 100);
        generator.RandPerm(10);
        Assert.That(Normals(generator, 1)[0], Is.EqualTo(pair[1]));
    }

    [Test]
    public void A_destination_that_is_not_contiguous_is_drawn_one_by_one()
    {
        var whole = new float[40];
        new TorchGenerator(3).Normal(whole, 2, 3, contiguous: false);
        var piecewise = new TorchGenerator(3);
        var parts = new float[40];
        for (int i = 0; i < 40; i += 8)
        {
            piecewise.Normal(parts.AsSpan(i, 8), 2, 3);
        }

        Assert.That(whole, Is.EqualTo(parts));
    }

    [Test]
    public void A_state_continues_the_stream(
        [Values(0, 1, 7, 623, 624, 625, 5000)] int wordsBefore, [Values] bool cached)
    {
        var generator = new TorchGenerator(123456789012345);
        for (int i = 0; i < wordsBefore; i++)
        {
            generator.Random32();
        }

        if (cached)
        {
            Normals(generator, 1);
        }

        byte[] state = generator.GetState();
        var restored = new TorchGenerator(1);
        restored.SetState(state);
        Assert.That(restored.GetState(), Is.EqualTo(state));
        Assert.That(restored.InitialSeed, Is.EqualTo(generator.InitialSeed));
        Assert.That(Normals(restored, 3), Is.EqualTo(Normals(generator, 3)));
        Assert.That(restored.RandPerm(700), Is.EqualTo(generator.RandPerm(700)));
        Assert.That(Normals(restored, 20), Is.EqualTo(Normals(generator, 20)));
    }

    [Test]
    public void A_bad_state_is_refused_and_changes_nothing()
    {
        var generator = new TorchGenerator(5);
        byte[] good = generator.GetState();
        byte[] bad = [.. good];
        bad[8] = 77;
        Assert.That(() => generator.SetState(bad), Throws.ArgumentException.With.Message.Contains("left = 77"));
        Assert.That(() => generator.SetState(good.AsSpan(1)), Throws.ArgumentException.With.Message.Contains("5056"));
        Assert.That(generator.GetState(), Is.EqualTo(good));
    }

    [Test]
    public void The_state_has_PyTorchs_layout()
    {
        var generator = new TorchGenerator(42);
        Assert.That(BitConverter.ToUInt32(generator.GetState(), 24), Is.EqualTo(42u), "first word");
        for (int i = 0; i < 3; i++)
        {
            generator.Random32();
        }

        byte[] state = generator.GetState();
        Assert.That(BitConverter.ToInt64(state, 0), Is.EqualTo(42), "initial seed");
        Assert.That(BitConverter.ToInt32(state, 8), Is.EqualTo(622), "left");
        Assert.That(BitConverter.ToInt32(state, 12), Is.EqualTo(1), "seeded");
        Assert.That(BitConverter.ToInt64(state, 16), Is.EqualTo(3), "next");
        Assert.That(BitConverter.ToInt32(state, 5040), Is.Zero, "no cached normal");
    }

    [Test]
    public void A_fresh_state_as_PyTorch_writes_it_is_understood()
    {
        var generator = new TorchGenerator(42);
        byte[] state = generator.GetState();
        state.AsSpan(16, 8).Clear();
        var restored = new TorchGenerator(1);
        restored.SetState(state);
        Assert.That(restored.Random32(), Is.EqualTo(generator.Random32()));
    }

    [Test]
    public void Seed_gives_back_the_seed_it_chose()
    {
        var generator = new TorchGenerator(0);
        long seed = generator.Seed();
        Assert.That(generator.InitialSeed, Is.EqualTo(seed));
        Assert.That(new TorchGenerator(seed).Random64(), Is.EqualTo(generator.Random64()));
        Assert.That(generator.Seed(), Is.Not.EqualTo(seed));
    }

    [Test]
    public void A_permutation_holds_each_index_once([Values(0, 1, 2, 17, 1000)] int n)
    {
        var generator = new TorchGenerator(n);
        long[] order = generator.RandPerm(n);
        Assert.That(order.Order(), Is.EqualTo(Enumerable.Range(0, n).Select(i => (long)i)));

        var narrow = new int[n];
        generator.ManualSeed(n).RandPerm(narrow);
        Assert.That(narrow, Is.EqualTo(order));
    }

    [Test]
    public void Draws_take_the_documented_number_of_words()
    {
        (int Words, Action<TorchGenerator> Draw)[] draws =
        [
            (5, g => g.Uniform(new float[5])),
            (10, g => g.Uniform(new double[5])),
            (48, g => g.Normal(new float[48])),
            (33 + 16, g => g.Normal(new float[33])),
            (2 * (33 + 16), g => g.Normal(new double[33])),
            (8, g => g.Normal(new float[4])),
            (6, g => g.Random(new long[3])),
            (3, g => g.RandInt(new long[3], -5, 5)),
            (3, g => g.RandInt(new long[3], 0, uint.MaxValue)),
            (6, g => g.RandInt(new long[3], 0, 1L << 32)),
            (9, g => g.RandPerm(10)),
            (2000, g => g.Bernoulli(new float[1000], 0.3)),
            (4, g => g.Bernoulli(new float[4], new float[4])),
            (8, g => g.Bernoulli(new double[4], new double[4])),
            (14, g => g.DropoutMask(new float[7], 0.3)),
            (0, g => g.DropoutMask(new float[7], 0)),
            (0, g => g.DropoutMask(new float[7], 1)),
            (2, g => DataLoaderOrder.Pass(6, true, g)),
            (2 + 5, g => Consume(DataLoaderOrder.Pass(6, true, g).Take(6))),
            (2 + 5 + 5, g => Consume(DataLoaderOrder.Pass(6, true, g))),
            (2, g => Consume(DataLoaderOrder.Pass(6, false, g))),
        ];
        for (int i = 0; i < draws.Length; i++)
        {
            var generator = new TorchGenerator(11);
            draws[i].Draw(generator);
            var counter = new TorchGenerator(11);
            for (int word = 0; word < draws[i].Words; word++)
            {
                counter.Random32();
            }

            Assert.That(generator.Random64(), Is.EqualTo(counter.Random64()), $"draw {i}");
        }
    }

    [Test]
    public void A_long_fill_is_many_short_ones([Values(1, 7, 500, 624, 2000)] int n)
    {
        var whole = new float[n];
        new TorchGenerator(9).Uniform(whole, -1, 3);
        var one = new TorchGenerator(9);
        var parts = new float[n];
        for (int i = 0; i < n; i++)
        {
            one.Uniform(parts.AsSpan(i, 1), -1, 3);
        }

        Assert.That(whole, Is.EqualTo(parts));
    }

    [Test]
    public void A_mask_is_the_same_in_every_type()
    {
        var singles = new float[600];
        var doubles = new double[600];
        var kept = new bool[600];
        new TorchGenerator(1).DropoutMask(singles, 0.25);
        new TorchGenerator(1).DropoutMask(doubles, 0.25);
        new TorchGenerator(1).DropoutMask(kept, 0.25);
        Assert.That(singles, Is.EqualTo(kept.Select(k => k ? 1 / 0.75f : 0f)));
        Assert.That(doubles, Is.EqualTo(kept.Select(k => k ? 1 / 0.75 : 0.0)));
        Assert.That(kept.Count(k => k), Is.EqualTo(450).Within(50));
    }

    [Test]
    public void The_extremes_of_dropout_keep_all_or_nothing()
    {
        var mask = new float[4];
        var generator = new TorchGenerator(1);
        generator.DropoutMask(mask, 0);
        Assert.That(mask, Is.All.EqualTo(1f));
        generator.DropoutMask(mask, 1);
        Assert.That(mask, Is.All.EqualTo(0f));
    }

    [Test]
    public void Large_normals_have_the_moments_of_a_normal()
    {
        var values = new float[1 << 20];
        new TorchGenerator(2).Normal(values, 3, 2);
        double mean = values.Average(v => (double)v);
        Assert.That(mean, Is.EqualTo(3).Within(0.01));
        Assert.That(values.Average(v => (v - mean) * (v - mean)), Is.EqualTo(4).Within(0.03));
        Assert.That(values, Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void Concurrent_draws_share_no_word()
    {
        const int threads = 8, each = 2000;
        var generator = new TorchGenerator(4);
        var words = new ulong[threads * each];
        Parallel.For(0, threads, t =>
        {
            for (int i = 0; i < each; i++)
            {
                words[(t * each) + i] = generator.Random64();
            }
        });

        var serial = new TorchGenerator(4);
        var expected = new ulong[words.Length];
        for (int i = 0; i < expected.Length; i++)
        {
            expected[i] = serial.Random64();
        }

        Assert.That(words.Order(), Is.EqualTo(expected.Order()));
    }

    [Test]
    public void Bad_arguments_name_the_operation()
    {
        var generator = new TorchGenerator(0);
        byte[] before = generator.GetState();
        Assert.That(() => generator.Uniform(new float[2], 3, 1), Refused("Uniform: "));
        Assert.That(() => generator.Uniform(new float[2], 0, double.NaN), Refused());
        Assert.That(() => generator.Normal(new float[2], 0, -1), Refused("Normal: "));
        Assert.That(() => generator.RandInt(new long[2], 4, 4), Refused("[4, 4)"));
        Assert.That(() => generator.Bernoulli(new float[2], 1.5), Refused("Bernoulli: "));
        Assert.That(() => generator.Bernoulli(new float[2], [0.5f]), Refused("2 draws"));
        Assert.That(() => generator.Bernoulli(new float[2], [0.5f, 2f]), Refused());
        Assert.That(() => generator.DropoutMask(new float[2], -0.1), Refused("DropoutMask: "));
        Assert.That(() => generator.RandPerm(-1), Refused());
        Assert.That(generator.GetState(), Is.EqualTo(before));
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refused(string reason = "") =>
        Throws.InstanceOf<ArgumentException>().With.Message.Contains(reason);

    private static void Consume(IEnumerable<long> pass)
    {
        foreach (long index in pass)
        {
            Assert.That(index, Is.InRange(0, 5));
        }
    }

    private static double[] Normals(TorchGenerator generator, int count)
    {
        var values = new double[count];
        generator.Normal(values);
        return values;
    }
}
