namespace Autodiff.Tests;

[TestFixture]
public class NumpyStreamTests
{
    private static IEnumerable<RandomStream> RandomStates => RandomFixture.RandomState;

    private static IEnumerable<RandomStream> DefaultRngs => RandomFixture.DefaultRng;

    [TestCaseSource(nameof(RandomStates))]
    public void RandomState_is_NumPys_to_the_last_bit(RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var generator = new NumpyRandomState(stream.Seed);
        foreach (RandomDraw draw in stream.Draws)
        {
            var values = new double[draw.Count];
            var integers = new long[draw.Count];
            switch (draw.Kind)
            {
                case "rand" or "random_sample":
                    generator.RandomSample(values);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "uniform":
                    generator.Uniform(values, draw.Arguments[0], draw.Arguments[1]);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "randn" or "standard_normal":
                    generator.StandardNormal(values);
                    RandomFixture.AssertThroughLibm(values, draw.Doubles, draw.Kind);
                    break;
                case "normal":
                    generator.Normal(values, draw.Arguments[0], draw.Arguments[1]);
                    RandomFixture.AssertThroughLibm(values, draw.Doubles, draw.Kind);
                    break;
                case "randint":
                    generator.RandInt(integers, draw.Integer(0), draw.Integer(1));
                    Assert.That(integers, Is.EqualTo(draw.Integers), draw.Kind);
                    break;
                case "permutation":
                    Assert.That(generator.Permutation(draw.Count), Is.EqualTo(draw.Integers), draw.Kind);
                    break;
                case "shuffle":
                    integers = [.. Enumerable.Range(0, draw.Count)];
                    generator.Shuffle<long>(integers);
                    Assert.That(integers, Is.EqualTo(draw.Integers), draw.Kind);
                    break;
                case "choice":
                    Assert.That(
                        generator.Choice(draw.Integer(0), draw.Integer(1)), Is.EqualTo(draw.Integers), draw.Kind);
                    break;
                default:
                    Assert.Fail($"The fixture has a draw of an unknown kind, {draw.Kind}.");
                    break;
            }
        }
    }

    [TestCaseSource(nameof(DefaultRngs))]
    public void Default_rng_is_NumPys_to_the_last_bit(RandomStream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var generator = new NumpyGenerator(stream.Seed);
        foreach (RandomDraw draw in stream.Draws)
        {
            var values = new double[draw.Count];
            switch (draw.Kind)
            {
                case "random":
                    generator.Random(values);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "uniform":
                    generator.Uniform(values, draw.Arguments[0], draw.Arguments[1]);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "standard_normal":
                    generator.StandardNormal(values);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "normal":
                    generator.Normal(values, draw.Arguments[0], draw.Arguments[1]);
                    Assert.That(values, Is.EqualTo(draw.Doubles), draw.Kind);
                    break;
                case "integers":
                    var integers = new long[draw.Count];
                    generator.Integers(integers, draw.Integer(0), draw.Integer(1));
                    Assert.That(integers, Is.EqualTo(draw.Integers), draw.Kind);
                    break;
                default:
                    Assert.Fail($"The fixture has a draw of an unknown kind, {draw.Kind}.");
                    break;
            }
        }
    }

    // The figures of NumPy's own tests and documentation.
    [TestCase(0u, 684)]
    [TestCase(4294967295u, 419)]
    public void A_number_seeds_RandomState(uint seed, int expected) =>
        Assert.That(new NumpyRandomState((long)seed).RandInt(0, 1000), Is.EqualTo(expected));

    [TestCase(new uint[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 }, 468)]
    [TestCase(new uint[] { 0 }, 973)]
    [TestCase(new uint[] { 4294967295 }, 265)]
    public void An_array_seeds_RandomState(uint[] seed, int expected) =>
        Assert.That(new NumpyRandomState(seed).RandInt(0, 1000), Is.EqualTo(expected));

    [Test]
    public void RandomState_chooses_and_permutes_as_NumPys_tests_say()
    {
        Assert.That(new NumpyRandomState(1234567890).Choice(4, 4), Is.EqualTo(new long[] { 2, 3, 2, 3 }));
        Assert.That(new NumpyRandomState(1234567890).Choice(4, 3, replace: false), Is.EqualTo(new long[] { 0, 1, 3 }));
        Assert.That(
            new NumpyRandomState(1234567890).Permutation<int>([1, 2, 3, 4, 5, 6, 7, 8, 9, 0]),
            Is.EqualTo(new[] { 0, 1, 9, 6, 2, 4, 5, 8, 7, 3 }));
    }

    [Test]
    public void Default_rng_draws_what_NumPys_documentation_shows()
    {
        Assert.That(new NumpyGenerator(12345).Random(), Is.EqualTo(0.22733602246716966));
        var integers = new long[3];
        new NumpyGenerator(12345).Integers(integers, 0, 10);
        Assert.That(integers, Is.EqualTo(new long[] { 6, 2, 7 }));
    }

    [TestCase(0xDEADBEAFu, 0x60D24054E17A0698u, 0xD5E79D89856E4F12u)]
    [TestCase(0u, 0xA30FEBCFD9C2825Fu, 0x4510BDF882D9D721u)]
    public void Pcg64_gives_NumPys_words(uint seed, ulong first, ulong second)
    {
        var engine = new Pcg64([seed]);
        Assert.That(engine.Next64(), Is.EqualTo(first));
        Assert.That(engine.Next64(), Is.EqualTo(second));
    }

    [Test]
    public void A_seed_sequence_gives_its_authors_figures()
    {
        var state = new ulong[2];
        SeedSequence.Generate([3735928559, 195939070, 229505742, 305419896], state);
        Assert.That(state, Is.EqualTo(new[] { 2477551240072187391UL, 9577394838764454085UL }));
        SeedSequence.Generate([2766103236, 2883057919, 4029656435, 862374500], state);
        Assert.That(state, Is.EqualTo(new[] { 18305404959516669237UL, 14103312907920476776UL }));
    }
}
