using Autodiff.IO;
using Autodiff.Nn;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Steps of optimizers by hand: what decay, momentum and extreme gradients do to one weight.</summary>
public class OptimizerReportTests
{
    /// <summary>The weight after each step, from a start, with a gradient a step; null is no gradient at all.</summary>
    private static double[] Walk(double start, Func<Tensor, Optimizer> make, params double?[] gradients)
    {
        Tensor w = Leaf(start);
        Optimizer optimizer = make(w);
        return [.. gradients.Select(g =>
        {
            w.Grad = g is null ? null : Tensor.From(g.Value);
            optimizer.Step();
            return w.Item();
        })];
    }

    private static IEnumerable<TestCaseData> Steps()
    {
        yield return Row("FlagGems#4988 Adam's decay goes through the moments, so the first step is the rate",
            w => new Adam([w], 0.1, weightDecay: 0.5), [0], 0.9);
        yield return Row("AdamW's decay doesn't", w => new AdamW([w], 0.1, weightDecay: 0.5), [0], 0.95);
        yield return Row("AdamW decays by 0.01 unasked", w => new AdamW([w], 0.1), [3], 1 - 0.001 - 0.1);
        yield return Row("SGD's first velocity is not dampened",
            w => new SGD([w], 0.1, momentum: 0.9, dampening: 0.5), [1, 1], 0.9, 0.9 - 0.1 * (0.9 + 0.5));
        yield return Row("maximizing turns the gradient around, not the decay",
            w => new SGD([w], 0.1, weightDecay: 0.5, maximize: true), [2], 1 + 0.2 - 0.05);
        yield return Row("without a gradient nothing decays", w => new AdamW([w], 0.1, weightDecay: 0.5), [null], 1);
        yield return Row("a gradient of 0 decays", w => new SGD([w], 0.1, weightDecay: 0.5), [0], 0.95);
        yield return Row("NaN is not swallowed", w => new Adam([w]), [NaN], NaN);
        yield return Row("Rprop does not move after a change of sign", w => new Rprop([w], 0.01), [1, -1], 0.99, 0.99);
        yield return Row("Adam without epsilon at 0 is 0/0, as in PyTorch", w => new Adam([w], 0.1, epsilon: 0), [0],
            NaN);

        static TestCaseData Row(string claim, Func<Tensor, Optimizer> make, double?[] gradients,
            params double[] expected) =>
            new TestCaseData(make, gradients, expected).SetArgDisplayNames(claim);
    }

    [TestCaseSource(nameof(Steps))]
    public void A_weight_of_1_moves_to(Func<Tensor, Optimizer> make, double?[] gradients, double[] expected) =>
        Assert.That(Walk(1, make, gradients), Is.EqualTo(expected).Within(1e-8));

    [Test]
    public void Clearing_to_zero_leaves_a_gradient_that_decays_and_clearing_to_null_none()
    {
        Tensor w = Leaf(1);
        SGD optimizer = new([w], 0.1, weightDecay: 0.5);
        w.Grad = Tensor.From(1.0);
        optimizer.ZeroGrad();
        optimizer.Step();
        Assert.That(w.Item(), Is.EqualTo(1));
        w.Grad = Tensor.From(1.0);
        optimizer.ZeroGrad(setToNull: false);
        optimizer.Step();
        Assert.That(w.Item(), Is.EqualTo(0.95).Within(1e-15));
    }

    [Test]
    public void AMSGrad_steps_no_further_than_Adam()
    {
        double?[] gradients = [100, 0.001, 0.001];
        double[] largest = Walk(0, w => new Adam([w], 0.1, amsGrad: true), gradients),
            latest = Walk(0, w => new Adam([w], 0.1), gradients);
        Assert.That(Math.Abs(largest[2]), Is.LessThanOrEqualTo(Math.Abs(latest[2])));
    }

    [TestCase(1e-25f, 1)]
    [TestCase(1e20f, 0.9)]
    public void Adam_in_float32_survives_gradients_whose_squares_it_can_not_hold(float gradient, double expected)
    {
        Tensor w = Tensor.From(1f).RequireGrad();
        Adam optimizer = new([w], 0.1);
        w.Grad = Tensor.From(gradient);
        optimizer.Step();
        Assert.That(w.Item(), Is.EqualTo(expected).Within(1e-6));
    }

    private static IEnumerable<TestCaseData> Squaring()
    {
        yield return new TestCaseData((Func<Tensor, Optimizer>)(w => new RMSprop([w]))).SetArgDisplayNames("RMSprop");
        yield return new TestCaseData((Func<Tensor, Optimizer>)(w => new Adagrad([w]))).SetArgDisplayNames("Adagrad");
        yield return new TestCaseData((Func<Tensor, Optimizer>)(w => new Adadelta([w]))).SetArgDisplayNames("Adadelta");
    }

    [TestCaseSource(nameof(Squaring))]
    public void Others_stay_finite(Func<Tensor, Optimizer> make)
    {
        Tensor w = Tensor.From(1f).RequireGrad();
        Optimizer optimizer = make(w);
        w.Grad = Tensor.From(1e20f);
        optimizer.Step();
        Assert.That(float.IsFinite(w.Item<float>()));
    }

    [Test]
    public void Adam_after_200000_equal_gradients_has_gone_200000_rates()
    {
        Tensor w = Leaf(1);
        Adam optimizer = new([w], 1e-9);
        w.Grad = Tensor.From(1.0);
        for (int i = 0; i < 200_000; i++)
        {
            optimizer.Step();
        }

        Assert.That(w.Item(), Is.EqualTo(1 - 2e-4).Within(1e-9));
    }

    [Test]
    public void LBFGS_reaches_the_bottom_of_a_bowl()
    {
        Tensor w = Leaf(3, -2);
        LBFGS optimizer = new([w], 1, 50, lineSearch: LineSearch.StrongWolfe);
        optimizer.Step(() =>
        {
            optimizer.ZeroGrad();
            Tensor loss = (w.Square() * Tensor.From(1.0, 100)).Sum();
            loss.Backward();
            return loss;
        });
        Assert.That(w.ToArray<double>(), Is.All.EqualTo(0).Within(1e-5));
    }

    private static IEnumerable<TestCaseData> Kinds()
    {
        yield return Row(w => new SGD([w], 0.1, 0.9, nesterov: true));
        yield return Row(w => new RMSprop([w], momentum: 0.9, centered: true));
        yield return Row(w => new Adagrad([w], learningRateDecay: 0.1));
        yield return Row(w => new Adadelta([w]));
        yield return Row(w => new Adamax([w]));
        yield return Row(w => new NAdam([w]));
        yield return Row(w => new RAdam([w]));
        yield return Row(w => new Rprop([w]));
        yield return Row(w => new ASGD([w], averageFrom: 2));
        yield return Row(w => new LBFGS([w], 0.1, maxIterations: 2));
        yield return Row(w => new Adam([w]));

        static TestCaseData Row(Func<Tensor, Optimizer> make) =>
            new TestCaseData(make).SetArgDisplayNames(make(Tensor.From(1.0).RequireGrad()).GetType().Name);
    }

    /// <summary>pytorch#2647: state that was saved before the first step has no moments yet.</summary>
    [TestCaseSource(nameof(Kinds))]
    public void State_from_before_the_first_step_loads_and_the_step_is_the_same(Func<Tensor, Optimizer> make)
    {
        Tensor[] weights = [Leaf(1, 2), Leaf(1, 2)];
        Optimizer[] optimizers = [.. weights.Select(make)];
        using MemoryStream file = new();
        SafeTensors.Save(file, optimizers[0].StateDict());
        file.Position = 0;
        optimizers[1].LoadStateDict(SafeTensors.Load(file));
        for (int i = 0; i < 2; i++)
        {
            int k = i;
            optimizers[k].Step(() =>
            {
                optimizers[k].ZeroGrad();
                Tensor loss = weights[k].Square().Sum();
                loss.Backward();
                return loss;
            });
        }

        Assert.That(weights[1].ToArray<double>(),
            Is.EqualTo(weights[0].ToArray<double>()).And.Not.EqualTo(new double[] { 1, 2 }));
    }

    [Test]
    public void Loaded_state_is_a_copy()
    {
        Tensor w = Leaf(1);
        Adam source = new([w], 0.1);
        Step(source, w, 1);
        Tensor[] copies = [Leaf(w.Item()), Leaf(w.Item())];
        Adam[] loaded = [.. copies.Select(c => new Adam([c], 0.1))];
        Array.ForEach(loaded, o => o.LoadStateDict(source.StateDict()));
        Step(loaded[0], copies[0], 1);
        for (int i = 0; i < 3; i++)
        {
            Step(source, w, -5);
        }

        Step(loaded[1], copies[1], 1);
        Assert.That(copies[1].Item(), Is.EqualTo(copies[0].Item()));

        static void Step(Optimizer optimizer, Tensor w, double gradient)
        {
            w.Grad = Tensor.From(gradient);
            optimizer.Step();
        }
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Refused("pytorch#7499 the state of another optimizer",
            () => new Adam([Leaf(1)]).LoadStateDict(new SGD([Leaf(1)], 0.1, 0.9).StateDict()), "Adam");
        yield return Refused("a parameter twice", () =>
        {
            Tensor w = Leaf(1);
            _ = new SGD([w, w], 0.1);
        });
        yield return Refused("no parameters", () => _ = new SGD([], 0.1), "parameter");
        yield return Refused("a rate that is not a number", () => _ = new SGD([Leaf(1)], NaN), "NaN");
        yield return Refused("a negative rate", () => _ = new SGD([Leaf(1)], -1), "-1");
    }

    [TestCaseSource(nameof(Mistakes))]
    public void Mistakes_are_refused(Action call, string[] words) => CheckRefused(call, words);
}
