namespace Autodiff.Tests;

[TestFixture]
public class NumpyGeneratorTests
{
    [Test]
    public void Seeding_forgets_the_cached_normal()
    {
        var generator = new NumpyRandomState(7);
        double first = generator.StandardNormal();
        generator.Seed(7);
        Assert.That(generator.StandardNormal(), Is.EqualTo(first));
        generator.Seed([7]);
        Assert.That(generator.StandardNormal(), Is.Not.EqualTo(first));
    }

    [Test]
    public void The_cached_normal_survives_uniform_draws()
    {
        var pair = new double[2];
        new NumpyRandomState(7).StandardNormal(pair);
        var generator = new NumpyRandomState(7);
        generator.StandardNormal();
        generator.Uniform(new double[9], -1, 1);
        Assert.That(generator.StandardNormal(), Is.EqualTo(pair[1]));
    }

    [Test]
    public void A_clone_gives_the_same_stream_on_its_own()
    {
        var state = new NumpyRandomState(1);
        state.StandardNormal();
        NumpyRandomState stateClone = state.Clone();
        Assert.That(stateClone.StandardNormal(), Is.EqualTo(state.StandardNormal()));
        Assert.That(stateClone.Permutation(700), Is.EqualTo(state.Permutation(700)));

        var generator = new NumpyGenerator(1);
        generator.Integers(0, 10);
        NumpyGenerator clone = generator.Clone();
        Assert.That(clone.Integers(0, 1000), Is.EqualTo(generator.Integers(0, 1000)));
        Assert.That(clone.Normal(2, 3), Is.EqualTo(generator.Normal(2, 3)));
    }

    [Test]
    public void A_range_of_one_value_draws_nothing()
    {
        var state = new NumpyRandomState(1);
        var generator = new NumpyGenerator(1);
        Assert.That(state.RandInt(5, 6), Is.EqualTo(5));
        Assert.That(generator.Integers(5, 6), Is.EqualTo(5));
        Assert.That(state.RandomSample(), Is.EqualTo(new NumpyRandomState(1).RandomSample()));
        Assert.That(generator.Random(), Is.EqualTo(new NumpyGenerator(1).Random()));
    }

    [Test]
    public void Small_ranges_take_both_halves_of_a_word()
    {
        var generator = new NumpyGenerator(3);
        long first = generator.Integers(0, uint.MaxValue, endpoint: true);
        long second = generator.Integers(0, uint.MaxValue, endpoint: true);
        ulong word = new Pcg64([3]).Next64();
        Assert.That(first, Is.EqualTo((long)(uint)word));
        Assert.That(second, Is.EqualTo((long)(word >> 32)));
    }

    [TestCase(-3L, 4L)]
    [TestCase(0L, 1L << 32)]
    [TestCase(-5L, (3L << 32) + 7)]
    [TestCase(long.MinValue, long.MaxValue)]
    public void Integers_stay_in_range_and_fill_it(long low, long high)
    {
        var values = new long[4000];
        new NumpyGenerator(1).Integers(values, low, high);
        AssertFills(values, low, high);
        new NumpyRandomState(1).RandInt(values, low, high);
        AssertFills(values, low, high);
        new TorchGenerator(1).RandInt(values, low, high);
        AssertFills(values, low, high);
    }

    [Test]
    public void Integers_with_endpoint_reach_every_long()
    {
        var values = new long[1000];
        new NumpyGenerator(1).Integers(values, long.MinValue, long.MaxValue, endpoint: true);
        AssertFills(values, long.MinValue, long.MaxValue);
    }

    [Test]
    public void A_permutation_holds_each_index_once([Values(0, 1, 2, 17, 1000)] int n)
    {
        var all = Enumerable.Range(0, n).Select(i => (long)i).ToArray();
        Assert.That(new NumpyRandomState(n).Permutation(n).Order(), Is.EqualTo(all));
        Assert.That(new NumpyGenerator(n).Permutation(n).Order(), Is.EqualTo(all));
        Assert.That(new NumpyGenerator(n).Permutation<long>(all).Order(), Is.EqualTo(all));
    }

    [Test]
    public void Words_of_a_seed_are_the_seed()
    {
        const long seed = (5L << 32) | 9;
        Assert.That(new NumpyGenerator([9, 5]).Random(), Is.EqualTo(new NumpyGenerator(seed).Random()));
        Assert.That(new NumpyGenerator(9).Random(), Is.EqualTo(new NumpyGenerator([9]).Random()));
        Assert.That(new NumpyGenerator(9).Random(), Is.Not.EqualTo(new NumpyGenerator(seed).Random()));

        double fresh = new NumpyGenerator().Random();
        double another = new NumpyGenerator().Random();
        Assert.That(fresh, Is.Not.EqualTo(another));
    }

    [Test]
    public void The_ziggurat_gives_a_normal_with_its_tail()
    {
        var values = new double[1 << 20];
        new NumpyGenerator(2).StandardNormal(values);
        Assert.That(values.Average(), Is.EqualTo(0).Within(0.005));
        Assert.That(values.Average(v => v * v), Is.EqualTo(1).Within(0.01));
        Assert.That(values.Average(v => v * v * v * v), Is.EqualTo(3).Within(0.05));

        // P(|z| > 3.654...) = 2.58e-4, so 270 values are expected, 16 off in one run of three.
        Assert.That(values.Count(v => Math.Abs(v) > Ziggurat.TailStart), Is.EqualTo(270).Within(65));
        Assert.That(values.Count(v => v > Ziggurat.TailStart), Is.EqualTo(135).Within(50));
    }

    [Test]
    public void The_ziggurats_tables_describe_steps_of_equal_area_under_the_curve()
    {
        (double edge, double height, _) = Ziggurat.Step(255);
        Assert.That(edge, Is.EqualTo(Ziggurat.TailStart));
        double area = Ziggurat.Step(0).Edge * height;
        for (int i = 1; i < 256; i++)
        {
            (edge, height, double share) = Ziggurat.Step(i);
            Assert.That(height, Is.EqualTo(Math.Exp(-0.5 * edge * edge)).Within(1e-14), $"height {i}");
            Assert.That(edge * (Ziggurat.Step(i - 1).Height - height), Is.EqualTo(area).Within(1e-14), $"area {i}");
            double inner = i == 1 ? 0 : Ziggurat.Step(i - 1).Edge;
            Assert.That(share, Is.EqualTo(inner / edge).Within(1e-14), $"share {i}");
        }
    }

    [Test]
    public void Bad_arguments_name_the_operation()
    {
        Assert.That(() => new NumpyRandomState(-1), Refused("2^32"));
        Assert.That(() => new NumpyRandomState(1L << 32), Refused());
        Assert.That(() => new NumpyRandomState([]), Refused());
        Assert.That(() => new NumpyGenerator(-1), Refused());

        var state = new NumpyRandomState(1);
        var generator = new NumpyGenerator(1);
        Assert.That(() => state.RandInt(3, 3), Refused("RandInt: "));
        Assert.That(() => generator.Integers(3, 2, endpoint: true), Refused("[3, 2]"));
        Assert.That(() => state.Normal(0, -1), Refused("Normal: "));
        Assert.That(() => generator.Normal(0, double.NaN), Refused());
        Assert.That(() => state.Uniform(0, double.PositiveInfinity), Refused());
        Assert.That(() => state.Choice(3, 4, replace: false), Refused("4 of 3"));
        Assert.That(() => state.Choice(0, 1), Refused());
    }

    private static NUnit.Framework.Constraints.ContainsConstraint Refused(string reason = "") =>
        Throws.InstanceOf<ArgumentException>().With.Message.Contains(reason);

    private static void AssertFills(long[] values, long low, long high)
    {
        Assert.That(values.Min(), Is.GreaterThanOrEqualTo(low));
        Assert.That(values.Max(), Is.LessThanOrEqualTo(high));
        double width = (double)high - low;
        Assert.That(values.Average(v => ((double)v - low) / width), Is.EqualTo(0.5).Within(0.1));
    }
}
