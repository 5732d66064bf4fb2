using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;
using R = Autodiff.Tests.Elementwise.ReferenceMath;

namespace Autodiff.Tests.Nn;

/// <summary>
/// Losses far out, at infinite scores, and where what is infinite has no weight: values, first and second gradients.
/// </summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class LossEdgeTests(string device) : DeviceFixture(device)
{
    private const double Inf = double.PositiveInfinity, NaN = double.NaN;
    private static readonly DType[] s_types = [DType.Float32, DType.Float64];
    private static readonly double[] s_scores = [-Inf, -1e30, -1000, -700, -85, -37.43, -20, -5, -1, 0, 0.25, 1, 5, 20,
        37.43, 85, 700, 1000, 1e30, Inf];

    private static double Times(double weight, double x) => weight == 0 ? 0 : weight * x;

    [Test]
    public void Binary_cross_entropy_of_scores_is_right_everywhere([Values(null, 0.0, 3.0)] double? posWeight,
        [ValueSource(nameof(s_types))] DType type)
    {
        double[] targets = [0, 0.25, 1];
        Tensor x = Tensor.From(s_scores).To(type).Unsqueeze(1).Expand(-1, 3).Clone().RequireGrad();
        Tensor t = Tensor.From(targets).To(type).Expand(s_scores.Length, 3).Clone().RequireGrad();
        Tensor losses = F.BCEWithLogitsLoss(x, t, Reduction.None,
            posWeight: posWeight is { } p ? Tensor.Full([3], p, type) : null);
        Tensor[] slopes = Slopes(losses.Sum(), x, t);
        Tensor bend = Slopes(slopes[0].Sum(), x)[0];
        losses.Sum().Backward();
        for (int i = 0; i < s_scores.Length; i++)
        {
            for (int j = 0; j < targets.Length; j++)
            {
                double a = x.Detach()[i, j].Item(), no = 1 - targets[j], yes = (posWeight ?? 1) * targets[j];
                string at = $" at {a}, target {targets[j]}";
                Near(losses[i, j], Times(no, R.Softplus(a)) + Times(yes, R.Softplus(-a)), type, "loss" + at);
                Near(x.Grad![i, j], no * R.Sigmoid(a) - yes * R.Sigmoid(-a), type, "slope" + at);
                Near(slopes[0][i, j], no * R.Sigmoid(a) - yes * R.Sigmoid(-a), type, "recorded slope" + at);
                Near(t.Grad![i, j], Times(posWeight ?? 1, R.Softplus(-a)) - R.Softplus(a), type, "target's slope" + at);
                Near(bend[i, j], (no + yes) * R.Sigmoid(a) * R.Sigmoid(-a), type, "second slope" + at);
            }
        }
    }

    [Test]
    public void A_score_far_out_moves_its_loss_by_all_digits()
    {
        Tensor x = Tensor.From(37.42994775023705).RequireGrad();
        new BCEWithLogitsLoss().Forward(x, Tensor.From(1.0)).Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(-5.551115123125776e-17).Within(1e-12).Percent);
    }

    private static readonly (string Name, Func<Tensor, Tensor> Loss, double[] Target)[] s_rows =
    [
        ("class 0", x => F.CrossEntropyLoss(x, Tensor.From(0L)), [1, 0, 0]),
        ("class 1", x => new CrossEntropyLoss(Reduction.Sum).Forward(x, Tensor.From(1L)), [0, 1, 0]),
        ("unreduced", x => F.CrossEntropyLoss(x, Tensor.From(0L), Reduction.None).Sum(), [1, 0, 0]),
        ("weights", x => F.CrossEntropyLoss(x, Tensor.From(0L), Reduction.Sum, Tensor.From(2.0, 0, 5).To(x.DType)),
            [2, 0, 0]),
        ("probabilities", x => F.CrossEntropyLoss(x, Tensor.From(new[,] { { 1.0, 0, 0 } }).To(x.DType)), [1, 0, 0]),
        ("soft", x => F.CrossEntropyLoss(x, Tensor.From(new[,] { { 0, 0.5, 0.5 } }).To(x.DType)), [0, 0.5, 0.5]),
        ("no weight",
            x =>
                F.CrossEntropyLoss(x, Tensor.From(new[,] { { 0.5, 0.5, 0 } }).To(x.DType),
                    weight: Tensor.From(0, 2.0, 3).To(x.DType)), [0, 1, 0]),
        ("smoothing",
            x =>
                F.CrossEntropyLoss(x, Tensor.From(1L), Reduction.Sum, Tensor.From(0.0, 2, 3).To(x.DType),
                    labelSmoothing: 0.25), [0, 1.5 + 0.5 / 3, 0.25]),
        ("two steps", x => F.NLLLoss(x.LogSoftmax(1), Tensor.From(0L)), [1, 0, 0]),
        ("of a transposed tensor", x => F.CrossEntropyLoss(x.Transpose(0, 1).Clone().Transpose(0, 1), Tensor.From(0L)),
            [1, 0, 0]),
    ];

    [Test]
    public void Cross_entropy_is_right_far_out([ValueSource(nameof(s_types))] DType type,
        [Values(-Inf, -700, -85, -20, -1, 0, 1, 3, 20, 36, 85, 700)] double score)
    {
        double[] z = [score, 0, -2], e = [.. z.Select(v => Math.Exp(v - z.Max()))], p = [.. e.Select(v => v / e.Sum())];
        foreach ((string name, Func<Tensor, Tensor> loss, double[] target) in s_rows)
        {
            double weight = target.Sum();
            Tensor x = Tensor.From(z).To(type).Unsqueeze(0).RequireGrad();
            Tensor value = loss(x);
            value.Backward();
            Tensor slope = Slopes(loss(x), x)[0];
            Tensor bend = Slopes(slope[0, 0], x)[0];
            double expected = Enumerable.Range(0, 3).Sum(i => Times(target[i], -(z[i] - z.Max() - Math.Log(e.Sum()))));
            Assert.That(value.Item(),
                double.IsInfinity(expected)
                    ? Is.EqualTo(expected)
                    : Is.EqualTo(expected).Within(1e-6 * Math.Max(1, expected)), name);
            for (int i = 0; i < 3; i++)
            {
                // weight p - target, the difference from 1 taken as the others' sum
                double others = Enumerable.Range(0, 3).Where(j => j != i).Sum(j => p[j]);
                double first = target[i] == weight ? -weight * others : weight * p[i] - target[i];
                Near(x.Grad![0, i], first, type, $"{name}, slope {i}");
                Near(slope[0, i], first, type, $"{name}, recorded slope {i}");
                Near(bend[0, i], i == 0 ? weight * p[0] * others : -weight * p[0] * p[i], type,
                    $"{name}, second slope {i}");
            }
        }
    }

    [Test]
    public void A_sure_softmax_still_has_a_slope([ValueSource(nameof(s_types))] DType type,
        [Values(0, 1)] int dimension)
    {
        foreach (double score in new[] { 1.0, 20, 40, 80 })
        {
            Tensor x = Tensor.From(score, 0.0).To(type).Unsqueeze(1 - dimension).RequireGrad();
            double p = R.Sigmoid(score), q = R.Sigmoid(-score);
            foreach ((string name, Func<Tensor, Tensor> f, double first,
                double second) in new (string, Func<Tensor, Tensor>, double, double)[]
            {
                ("softmax", v => v.Softmax(dimension), p * q, p * q * (q - p)),
                ("logarithm", v => v.LogSoftmax(dimension), q, -p * q),
            })
            {
                Tensor slope = Slopes(f(x).Reshape(-1)[0], x)[0].Reshape(-1), bend = Slopes(slope[0], x)[0].Reshape(-1);
                Near(slope[0], first, type, $"{name} at {score}");
                Near(slope[1], -first, type, $"{name} at {score}, other");
                Near(bend[0], second, type, $"{name} at {score}, second");
            }
        }
    }

    private static IEnumerable<TestCaseData> Weightless()
    {
        yield return Case("BCEWithLogits, target 1", Inf, 0, 0, x => F.BCEWithLogitsLoss(x, Of(x, 1)));
        yield return Case("BCEWithLogits, target 0", -Inf, 0, 0, x => F.BCEWithLogitsLoss(x, Of(x, 0)));
        yield return Case("BCEWithLogits, half", Inf, Inf, 0.5, x => F.BCEWithLogitsLoss(x, Of(x, 0.5)));
        yield return Case("BCEWithLogits, wrong", -Inf, Inf, -1, x => F.BCEWithLogitsLoss(x, Of(x, 1)));
        yield return Case("BCEWithLogits, weight 0", -Inf, 0, 0,
            x => F.BCEWithLogitsLoss(x, Of(x, 1), weight: Of(x, 0)));
        yield return Case("BCEWithLogits, positive weight 0", -Inf, 0, 0,
            x => F.BCEWithLogitsLoss(x, Of(x, 1), posWeight: Of(x, 0)));
        yield return Case("BCEWithLogits, NaN", NaN, NaN, NaN, x => F.BCEWithLogitsLoss(x, Of(x, 1)));
        yield return Case("BCE, weight 0", 0, 0, 0, x => F.BCELoss(x, Of(x, 1), weight: Of(x, 0)));
        yield return Case("NLL, weight 0", -Inf, 0, 0,
            x => F.NLLLoss(Tensor.Cat([x, x]), Tensor.Scalar(0L), Reduction.Sum, Tensor.From(0.0, 1).To(x.DType)));
        yield return Case("NLL", -Inf, Inf, -1, x => F.NLLLoss(Tensor.Cat([x, x]), Tensor.Scalar(0L), Reduction.Sum));
        yield return Case("NLL, ignored", -Inf, 0, 0,
            x => F.NLLLoss(Tensor.Cat([x, x]), Tensor.Scalar(-100L), Reduction.Sum));
        yield return Case("KLDiv, probability 0", -Inf, 0, 0, x => F.KLDivLoss(x, Of(x, 0)));
        yield return Case("KLDiv, logarithm of 0", -Inf, 0, 0, x => F.KLDivLoss(x, Of(x, -Inf), logTarget: true));
        yield return Case("KLDiv, logarithm of 0, possible", -3, 0, 0,
            x => F.KLDivLoss(x, Of(x, -Inf), logTarget: true));
        yield return Case("KLDiv, impossible", -Inf, Inf, -1, x => F.KLDivLoss(x, Of(x, 0), logTarget: true));
        yield return Case("Poisson, no counts", -Inf, 0, 0, x => F.PoissonNLLLoss(x, Of(x, 0)));
        yield return Case("Poisson, infinite mean", Inf, Inf, Inf, x => F.PoissonNLLLoss(x, Of(x, 3)));
        yield return Case("Poisson of a mean, no counts", 0, 0, 1,
            x => F.PoissonNLLLoss(x, Of(x, 0), logInput: false, eps: 0));
        yield return Case("Poisson of a mean, infinite", Inf, Inf, 1,
            x => F.PoissonNLLLoss(x, Of(x, 3), logInput: false));
        yield return Case("SoftMargin, right", Inf, 0, 0, x => F.SoftMarginLoss(x, Of(x, 1)));
        yield return Case("SoftMargin, wrong", -Inf, Inf, -1, x => F.SoftMarginLoss(x, Of(x, 1)));
        yield return Case("HingeEmbedding", Inf, 0, 0, x => F.HingeEmbeddingLoss(x, Of(x, -1)));
        yield return Case("Huber", -Inf, Inf, -1, x => F.HuberLoss(x, Of(x, 1)));
        yield return Case("SmoothL1", -Inf, Inf, -1, x => F.SmoothL1Loss(x, Of(x, 1)));
        yield return Case("Dropout(1)", Inf, 0, 0, x => F.Dropout(x, 1));
        yield return Case("Dropout(1), NaN", NaN, NaN, 0, x => F.Dropout(x, 1));

        static Tensor Of(Tensor x, double value) => Tensor.Full([1], value, x.DType);
        static TestCaseData Case(string name, double at, double value, double slope, Func<Tensor, Tensor> f) =>
            new TestCaseData(f, at, value, slope).SetName($"{{m}}({name})");
    }

    [TestCaseSource(nameof(Weightless))]
    public void What_has_no_weight_does_not_count(Func<Tensor, Tensor> f, double at, double value, double slope)
    {
        foreach (DType type in s_types)
        {
            Tensor x = Tensor.Full([1], at, type).RequireGrad();
            Tensor y = f(x).Sum();
            Assert.That(y.Item(), Is.EqualTo(value), $"{type}");
            y.Backward();
            Assert.That(x.Grad!.Item(), Is.EqualTo(slope), $"{type}, slope");
            Assert.That(Slopes(f(x).Sum(), x)[0].Item(), Is.EqualTo(slope), $"{type}, recorded slope");
        }
    }

    [Test]
    public void Dropped_infinities_are_gone_and_kept_ones_stay()
    {
        Tensor x = Tensor.Full([100], Inf).RequireGrad();
        Tensor y = F.Dropout(x, generator: new TorchGenerator(0));
        Assert.That(y.ToArray<float>().Distinct(), Is.EquivalentTo(new[] { 0, float.PositiveInfinity }));
        y.Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(y.ToArray<float>().Select(v => v > 0 ? 2f : 0)));
    }

    [Test]
    public void A_target_that_learns_gets_a_gradient_where_its_event_is_impossible()
    {
        Tensor t = Tensor.From(0.0).RequireGrad();
        F.KLDivLoss(Tensor.From(-Inf), t).Backward();
        Assert.That(t.Grad!.Item(), Is.EqualTo(Inf), "any probability there would cost infinitely much");
        Tensor counts = Tensor.From(0.0, 1, 5).RequireGrad();
        Tensor first = Slopes(F.PoissonNLLLoss(Tensor.From(0.0, 0, 0), counts, Reduction.Sum, full: true), counts)[0];
        Assert.That(Slopes(first.Sum(), counts)[0].ToArray<double>(),
            Is.EqualTo(new[] { 0, 0, 1 / 5.0 - 0.5 / 25 }).Within(1e-15));
    }

    [Test]
    public void Mixed_types_give_the_wider_loss_and_each_gradient_its_own_type()
    {
        Tensor x = Tensor.From(0.5f, 0.25f).RequireGrad(), t = Tensor.From(0.3, 0.1).RequireGrad();
        foreach (Func<Tensor, Tensor, Tensor> loss in new Func<Tensor, Tensor, Tensor>[]
        {
            (a, b) => F.MSELoss(a, b), (a, b) => F.L1Loss(a, b), (a, b) => F.HuberLoss(a, b), (a, b) => F.BCELoss(a, b),
            (a, b) => F.BCEWithLogitsLoss(a, b),
            (a, b) => F.CrossEntropyLoss(a, b), (a, b) => F.KLDivLoss(a, b), (a, b) => F.PoissonNLLLoss(a, b),
        })
        {
            Tensor y = loss(x, t);
            Assert.That(y.DType, Is.EqualTo(DType.Float64));
            Assert.That(Autograd.Grad([y], [x, t]).Select(g => g!.DType),
                Is.EqualTo(new[] { DType.Float32, DType.Float64 }));
        }
    }

    private static Tensor[] Slopes(Tensor y, params Tensor[] inputs) =>
        [.. Autograd.Grad([y], inputs, createGraph: true)!];

    /// <summary>Relative: a gradient far out must have its digits, however small it is.</summary>
    private static void Near(Tensor actual, double expected, DType type, string what)
    {
        double tiny = type == DType.Float32 ? 1.2e-38 : 2.3e-308, got = actual.Item();
        if (type == DType.Float32 && Math.Abs(expected) > float.MaxValue)
        {
            expected = Math.CopySign(Inf, expected);
        }

        Assert.That(got, double.IsInfinity(expected) ? Is.EqualTo(expected)
            : Is.EqualTo(expected).Within(Math.Abs(expected) * (type == DType.Float32 ? 1e-4 : 1e-12) + tiny), what);
    }
}
