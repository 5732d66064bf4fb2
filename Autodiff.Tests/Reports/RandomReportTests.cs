using Autodiff.Nn;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Draws at the ends of their ranges, and parameters of distributions that make no sense.</summary>
[NonParallelizable]
public class RandomReportTests
{
    [SetUp]
    public void Seed() => Tensor.ManualSeed(1);

    [Test]
    public void Uniform_numbers_of_float32_never_round_up_to_1()
    {
        Tensor draws = Tensor.Rand([20_000_000]);
        Assert.That((draws.Max().Item() < 1, draws.Min().Item() >= 0), Is.EqualTo((true, true)));
    }

    private static IEnumerable<TestCaseData> Degenerate()
    {
        yield return Gives("uniform from 3 to 3", () => Tensor.Empty([3]).UniformInPlace(3, 3), 3, 3, 3);
        yield return Gives("heads with probability 0 and 1",
            () =>
                Tensor.Stack([Tensor.Bernoulli(Tensor.Zeros([1000])).Sum(),
                    Tensor.Bernoulli(Tensor.Ones([1000])).Sum()]), 0, 1000);
        yield return Gives("normal of deviation 0", () => Tensor.Normal(2, 0, new[] { 3 }), 2, 2, 2);
        yield return Gives("permutations of 0 and 1", () => Tensor.Cat([Tensor.RandPerm(0), Tensor.RandPerm(1)]), 0);
        yield return Gives("a permutation of 100", () => Tensor.RandPerm(100).Sort().Item1 - Tensor.Arange(100),
            new double[100]);
        yield return Gives("dropout of everything", () =>
        {
            Tensor x = Tensor.Ones([4]).RequireGrad(), y = Functional.Dropout(x, 1);
            y.Sum().Backward();
            return Tensor.Cat([y, x.Grad!]);
        }, new double[8]);
    }

    [TestCaseSource(nameof(Degenerate))]
    public void What_leaves_no_choice_is_exact(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Refused("uniform from 3 to 2", () => Tensor.Empty([4]).UniformInPlace(3, 2));
        yield return Refused("a probability of 1.5", () => Tensor.Bernoulli(Tensor.From(1.5)).Item(), "1.5");
        yield return Refused("a probability of NaN", () => Tensor.Bernoulli(Tensor.From(NaN)).Item(), "NaN");
        yield return Refused("a negative deviation", () => Tensor.Normal(0, -1, new[] { 1 }), "-1");
        yield return Refused("integers from 5 to 5", () => Tensor.RandInt(5, 5, new[] { 1 }), "5");
        yield return Refused("Kaiming's rule for a vector", () => Init.KaimingUniform(Tensor.Empty([3])), "[3]");
    }

    [TestCaseSource(nameof(Mistakes))]
    public void Parameters_without_sense_are_refused(Action call, string[] words) => CheckRefused(call, words);

    [Test]
    public void Integers_use_all_their_bits()
    {
        long[] wide = Tensor.RandInt(0, 1L << 40, new[] { 10_000 }).ToArray<long>(),
            whole = Tensor.RandInt(long.MinValue, long.MaxValue, new[] { 1000 }).ToArray<long>();
        Assert.That(wide, Is.All.InRange(0L, (1L << 40) - 1));
        Assert.That(wide.Max(), Is.GreaterThan(1L << 39));
        Assert.That((whole.Any(v => v < 0), whole.Any(v => v > 0)), Is.EqualTo((true, true)));
    }

    [TestCase(-0.5, 0.5)]
    [TestCase(10, 11, Description = "far out in the tail")]
    public void Truncated_normals_stay_within_their_bounds(double low, double high)
    {
        double[] draws = Init.TruncNormal(Tensor.Empty([20_000], DType.Float64), 0, 1, low, high).ToArray<double>();
        Assert.That(draws, Is.All.InRange(low, high));
    }

    [TestCase(3, 8)]
    [TestCase(8, 3)]
    public void Orthogonal_matrices_are_orthogonal_whichever_side_is_longer(int rows, int columns)
    {
        Tensor q = Init.Orthogonal(Tensor.Empty([rows, columns], DType.Float64)),
            product = rows < columns ? q.MatMul(q.T) : q.T.MatMul(q);
        Assert.That((product - Tensor.Eye(3, type: DType.Float64)).Abs().Max().Item(), Is.LessThan(1e-12));
    }

    [Test]
    public void Sixty_four_threads_may_draw_at_once()
    {
        bool[] good = new bool[64];
        Parallel.For(0, good.Length, i =>
        {
            Tensor draws = Tensor.Rand([10_000]);
            good[i] = draws.Max().Item() < 1 && draws.Min().Item() >= 0;
        });
        Assert.That(good, Is.All.True);
    }

    [Test]
    public void A_generators_state_brings_its_draws_back()
    {
        Tensor.Randn([7]);
        TorchGenerator generator = TorchGenerator.Default;
        var state = generator.GetState();
        float[] first = Tensor.Randn([9]).ToArray<float>();
        generator.SetState(state);
        Assert.That(Tensor.Randn([9]).ToArray<float>(), Is.EqualTo(first));
    }

    [TestCase(-1)]
    [TestCase(long.MaxValue)]
    [TestCase(long.MinValue)]
    public void Any_seed_is_one(long seed)
    {
        Tensor.ManualSeed(seed);
        float[] first = Tensor.Rand([5]).ToArray<float>();
        Tensor.ManualSeed(seed);
        Assert.That(Tensor.Rand([5]).ToArray<float>(), Is.EqualTo(first));
    }

    [Test]
    public void Dropout_keeps_the_mean() =>
        Assert.That(Functional.Dropout(Tensor.Ones([1_000_000]), 0.3).Mean().Item(), Is.EqualTo(1).Within(5e-3));

    private static IEnumerable<TestCaseData> Messages()
    {
        yield return Refused("one number of two", () => Tensor.From(1.0, 2).Item(), "2");
        yield return Refused("a span over a transposed view", () => Tensor.Zeros([2, 3]).T.AsSpan<float>(),
            "contiguous");
        yield return Refused("a span of another type", () => Tensor.Zeros([2]).AsSpan<double>(), "float32", "float64");
        yield return Refused("a view that would need a copy", () => Tensor.Zeros([2, 3]).T.View(6), "Reshape");
        yield return Refused("a prediction [3, 1] against a target [3]",
            () => new MSELoss().Forward(Tensor.Zeros([3, 1]), Tensor.Zeros([3])), "Unsqueeze");
        yield return Refused("six elements in rows of four", () => Tensor.Zeros([6]).Reshape(4, -1), "6", "4");
        yield return Refused("a matrix product of [2, 3] and [2, 3]",
            () => Tensor.Zeros([2, 3]).MatMul(Tensor.Zeros([2, 3])), "[2, 3]");
        yield return Refused("joining [2, 3] and [2, 4] along 0",
            () => Tensor.Cat([Tensor.Zeros([2, 3]), Tensor.Zeros([2, 4])], 0), "[2, 3]", "[2, 4]");
        yield return Refused("softmax along a dimension that isn't there", () => Tensor.Zeros([2]).Softmax(1), "dim 1");
    }

    [TestCaseSource(nameof(Messages))]
    public void Messages_say_what_is_wrong(Action call, string[] words) => CheckRefused(call, words);

    [Test]
    public void A_tensor_larger_than_memory_says_how_many_bytes_it_would_take() =>
        Assert.That(() => Tensor.Zeros([int.MaxValue, 1000]), Throws.Exception.With.Message.Contains("bytes"));
}
