using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Nn;

[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class LossTests(string device) : DeviceFixture(device)
{
    private static Tensor X => Tensor.From(new float[,] { { 0.5f, -2 }, { 3, 0 } });
    private static Tensor Y => Tensor.From(new float[,] { { 0, -1 }, { 1, 0 } });

    [TestCase(Reduction.None, new[] { 0.25, 1, 4, 0 })]
    [TestCase(Reduction.Mean, new[] { 1.3125 })]
    [TestCase(Reduction.Sum, new[] { 5.25 })]
    [TestCase(Reduction.BatchMean, new[] { 2.625 })]
    public void A_loss_is_reduced_as_asked(Reduction reduction, double[] expected) =>
        Assert.That(new MSELoss(reduction).Forward(X, Y).ToArray<double>(), Is.EqualTo(expected));

    [Test]
    public void The_mean_squared_error_is_one_map_and_one_reduction()
    {
        Tensor x = X.Clone().RequireGrad();
        Tensor loss = F.MSELoss(x, Y);
        Assert.That(Tape.Of(loss).Select(n => n.Name), Is.EqualTo(new[] { "Leaf", "SquaredError", "Mean" }));
        loss.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 0.25f, -0.5f, 1, 0 }));
    }

    [Test]
    public void The_bends_of_robust_losses_are_PyTorchs()
    {
        Tensor x = Tensor.From(-3.0, -2, -1, 0, 1, 2, 3).RequireGrad();
        Tensor zero = Tensor.Zeros([7], DType.Float64);
        Assert.That(F.HuberLoss(x, zero, Reduction.None, 2).ToArray<double>(),
            Is.EqualTo(new[] { 4, 2, 0.5, 0, 0.5, 2, 4 }));
        Assert.That(F.SmoothL1Loss(x, zero, Reduction.None, 2).ToArray<double>(),
            Is.EqualTo(new[] { 2, 1, 0.25, 0, 0.25, 1, 2 }));
        Assert.That(F.SmoothL1Loss(x, zero, Reduction.None, 0).ToArray<double>(),
            Is.EqualTo(new double[] { 3, 2, 1, 0, 1, 2, 3 }));
        Assert.That(Slope(F.HuberLoss(x, zero, Reduction.Sum, 2)), Is.EqualTo(new double[] { -2, -2, -1, 0, 1, 2, 2 }));
        Assert.That(Slope(F.SmoothL1Loss(x, zero, Reduction.Sum, 2)), Is.EqualTo(new[] { -1, -1, -0.5, 0, 0.5, 1, 1 }));
        Assert.That(Slope(F.L1Loss(x, zero, Reduction.Sum)), Is.EqualTo(new double[] { -1, -1, -1, 0, 1, 1, 1 }));

        double[] Slope(Tensor loss) => Autograd.Grad([loss], [x])[0]!.ToArray<double>();
    }

    [TestCase(DType.Float32, 1.4e-39)]
    [TestCase(DType.Float32, 1e-42)]
    [TestCase(DType.Float32, 1e-60)]
    [TestCase(DType.Float64, 1e-310)]
    [TestCase(DType.Float64, 5e-324)]
    public void A_bend_may_be_as_sharp_as_the_type_allows(DType type, double beta)
    {
        Tensor x = Tensor.From(-2.0, 0, 3).To(type).RequireGrad(), zero = Tensor.Zeros([3], type);
        Tensor loss = F.SmoothL1Loss(x, zero, Reduction.None, beta);
        Assert.That(loss.ToArray<double>(), Is.EqualTo(new double[] { 2, 0, 3 }));
        Assert.That(Autograd.Grad([loss.Sum()], [x])[0]!.ToArray<double>(), Is.EqualTo(new double[] { -1, 0, 1 }));
        Tensor huber = F.HuberLoss(x, zero, Reduction.Sum, beta);
        Assert.That(double.IsFinite(huber.Item()));
        Assert.That(Autograd.Grad([huber], [x])[0]!.ToArray<double>(), Has.All.Matches<double>(double.IsFinite));
    }

    [Test]
    public void Binary_cross_entropy_cuts_logarithms_off_at_minus_100()
    {
        Tensor p = Tensor.From(0f, 1, 0, 1).RequireGrad(), t = Tensor.From(0f, 1, 1, 0);
        Tensor losses = F.BCELoss(p, t, Reduction.None);
        Assert.That(losses.ToArray<float>(), Is.EqualTo(new float[] { 0, 0, 100, 100 }));
        losses.Sum().Backward();
        Assert.That(p.Grad!.ToArray<float>(), Is.EqualTo(new[] { 0, 0, -1e12f, 1e12f }));
    }

    [Test]
    public void Binary_cross_entropy_of_scores_is_accurate_where_probabilities_round_to_one()
    {
        Tensor x = Tensor.From(40.0, -40, 700, -700).RequireGrad(), t = Tensor.From(1.0, 0, 0, 1);
        Tensor losses = F.BCEWithLogitsLoss(x, t, Reduction.None);
        Assert.That(losses.ToArray<double>(),
            Is.EqualTo(new[] { Math.Exp(-40), Math.Exp(-40), 700, 700 }).Within(1e-12).Percent);
        Tensor weighted = F.BCEWithLogitsLoss(x, t, Reduction.None, Tensor.From(2.0), Tensor.From(3.0));
        Assert.That(weighted.ToArray<double>(),
            Is.EqualTo(new[] { 6 * Math.Exp(-40), 2 * Math.Exp(-40), 1400, 4200 }).Within(1e-12).Percent);
    }

    [Test]
    public void Weights_and_positive_weights_enter_the_gradients()
    {
        Tensor x = Tensor.From(0.3, -1.2, 2.5).RequireGrad(), t = Tensor.From(1, 0.25, 0).RequireGrad(),
            w = Tensor.From(2.0, 0.5, 3).RequireGrad();
        Check(v => F.BCEWithLogitsLoss(v[0], v[1], posWeight: v[2]), null, x, t, w);
        Check(v => F.GaussianNLLLoss(v[0], v[1], v[2], full: true), null, x, t, w);
    }

    [Test]
    public void Cross_entropy_takes_classes_or_probabilities()
    {
        Tensor scores = Tensor.From(new[,] { { 1.0, 2, 3 }, { 0, 0, 0 } });
        double first = -Math.Log(Math.Exp(3) / (Math.Exp(1) + Math.Exp(2) + Math.Exp(3))), second = Math.Log(3);
        Tensor classes = Tensor.From(2L, 0), oneHot = Tensor.From(new double[,] { { 0, 0, 1 }, { 1, 0, 0 } });
        Assert.That(F.CrossEntropyLoss(scores, classes).Item(), Is.EqualTo((first + second) / 2).Within(1e-14));
        Assert.That(F.CrossEntropyLoss(scores, oneHot).Item(), Is.EqualTo((first + second) / 2).Within(1e-14));
        Tensor weight = Tensor.From(4.0, 1, 1);
        Assert.That(F.CrossEntropyLoss(scores, classes, weight: weight).Item(),
            Is.EqualTo((first + 4 * second) / 5).Within(1e-14), "by the weights' sum");
        Assert.That(F.CrossEntropyLoss(scores, oneHot, weight: weight).Item(),
            Is.EqualTo((first + 4 * second) / 2).Within(1e-14), "by the batch");
        Assert.That(
            F.CrossEntropyLoss(scores, classes, Reduction.None, weight, labelSmoothing: 0.2).ToArray<double>(),
            Is.EqualTo(F.CrossEntropyLoss(scores, oneHot, Reduction.None, weight, labelSmoothing: 0.2)
                .ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void Ignored_targets_count_for_nothing()
    {
        Tensor scores = Tensor.From(new[,] { { 1.0, 2, 3 }, { double.NegativeInfinity, 0, 0 }, { 5, 0, 1 } })
            .RequireGrad();
        Tensor classes = Tensor.From(2L, -1, 0);
        foreach (double smoothing in new[] { 0, 0.1 })
        {
            Tensor loss = F.CrossEntropyLoss(scores, classes, ignoreIndex: -1, labelSmoothing: smoothing);
            Tensor without = F.CrossEntropyLoss(scores.IndexSelect(0, Tensor.From(0L, 2)), Tensor.From(2L, 0),
                labelSmoothing: smoothing);
            Assert.That(loss.Item(), Is.EqualTo(without.Item()).Within(1e-14));
        }

        Assert.That(F.CrossEntropyLoss(scores, Tensor.From(-1L, -1, -1), ignoreIndex: -1).Item(), Is.NaN,
            "a mean of nothing");
        Assert.That(F.CrossEntropyLoss(scores, Tensor.From(-1L, -1, -1), Reduction.Sum, ignoreIndex: -1).Item(),
            Is.Zero);
    }

    [Test]
    public void A_batch_of_nothing_has_no_loss()
    {
        Tensor x = Tensor.Zeros([0, 3]).RequireGrad(), t = Tensor.Zeros([0, 3]), v = Tensor.Ones([0, 3]);
        Tensor classes = Tensor.Zeros([0], DType.Int64), labels = Tensor.Zeros([0, 3], DType.Int64);
        Tensor image = Tensor.Zeros([2, 3, 0]).RequireGrad(), noPixels = Tensor.Zeros([2, 0], DType.Int64);
        (string, Func<Reduction, Tensor>)[] losses =
        [
            ("MSE", r => F.MSELoss(x, t, r)), ("L1", r => F.L1Loss(x, t, r)), ("Huber", r => F.HuberLoss(x, t, r)),
            ("BCE", r => F.BCELoss(x, t, r)), ("BCE of scores", r => F.BCEWithLogitsLoss(x, t, r, v, v)),
            ("KL", r => F.KLDivLoss(x, t, r)), ("Poisson", r => F.PoissonNLLLoss(x, t, r, full: true)),
            ("Gauss", r => F.GaussianNLLLoss(x, t, v, r)), ("CE", r => F.CrossEntropyLoss(x, classes, r)),
            ("CE weighted", r => F.CrossEntropyLoss(x, classes, r, Tensor.Ones([3]), labelSmoothing: 0.1)),
            ("CE of probabilities", r => F.CrossEntropyLoss(x, t, r)),
            ("CE without pixels", r => F.CrossEntropyLoss(image, noPixels, r, labelSmoothing: 0.1)),
            ("NLL", r => F.NLLLoss(x, classes, r)), ("hinge", r => F.HingeEmbeddingLoss(x, t, r)),
            ("ranking", r => F.MarginRankingLoss(x, x, t, reduction: r)),
            ("cosine", r => F.CosineEmbeddingLoss(x, v, Tensor.Zeros([0]), reduction: r)),
            ("triplet", r => F.TripletMarginLoss(x, t, v, reduction: r)),
            ("margin", r => F.MultiMarginLoss(x, classes, 2, weight: Tensor.Ones([3]), reduction: r)),
            ("labels", r => F.MultiLabelMarginLoss(x, labels, r)),
            ("questions", r => F.MultiLabelSoftMarginLoss(x, t, reduction: r)),
            ("soft margin", r => F.SoftMarginLoss(x, t, r)),
            ("CTC", r => F.CTCLoss(Tensor.Zeros([4, 0, 3]) + image.Sum(), labels, classes, classes, reduction: r)),
        ];
        foreach ((string name, Func<Reduction, Tensor> loss) in losses)
        {
            Assert.That(loss(Reduction.None).ElementCount, Is.Zero, name);
            Assert.That(loss(Reduction.Mean).Item(), Is.NaN, name);
            Tensor sum = loss(Reduction.Sum);
            Assert.That(sum.Item(), Is.Zero, name);
            sum.Backward();
        }

        Assert.That(F.KLDivLoss(x, t, Reduction.BatchMean).Item(), Is.Zero);
        (Tensor output, Tensor mean) = new AdaptiveLogSoftmaxWithLoss(3, 10, [4]).Forward(x, classes);
        Assert.That((output.Shape.ToString(), mean.Item()), Is.EqualTo(("[0]", double.NaN)));
    }

    [Test]
    public void Where_all_targets_are_ignored_no_gradient_flows()
    {
        foreach (Tensor? weight in (Tensor?[])[null, Tensor.From(1.0, 2, 3)])
        {
            foreach (double smoothing in (double[])[0, 0.1])
            {
                Tensor x = Tensor.From(new[,] { { 1.0, 2, 3 }, { 3, 0, 0 } }).RequireGrad();
                F.CrossEntropyLoss(x, Tensor.From(-100L, -100), weight: weight, labelSmoothing: smoothing).Backward();
                Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(0), $"{weight}, {smoothing}");
            }
        }
    }

    [Test]
    public void Counts_may_be_integers_and_plain_numbers_take_their_partners_type()
    {
        Tensor x = Tensor.From(0.5f, 1, 2), counts = Tensor.From(0L, 2, 5);
        Tensor loss = F.PoissonNLLLoss(x, counts, full: true);
        Assert.That((loss.DType, loss.Item()),
            Is.EqualTo((DType.Float32, F.PoissonNLLLoss(x, counts.To(DType.Float32), full: true).Item())));
        Tensor three = F.PoissonNLLLoss(x, 3, full: true);
        Assert.That((three.DType, three.Item()),
            Is.EqualTo((DType.Float32, F.PoissonNLLLoss(x, Tensor.Full([3], 3), full: true).Item())));
        foreach (Tensor input in (Tensor[])[x, x.Reshape(3, 1), x.Sum()])
        {
            Tensor gauss = F.GaussianNLLLoss(input, 0, 0.5, full: true), target = Tensor.ZerosLike(input);
            Assert.That((gauss.DType, gauss.Item()), Is.EqualTo((DType.Float32,
                F.GaussianNLLLoss(input, target, Tensor.FullLike(input, 0.5), full: true).Item())));
        }
    }

    [Test]
    public void A_right_class_that_is_infinitely_ahead_costs_nothing([Values(1, 2)] int p)
    {
        Tensor x = Tensor.From(new[,] { { double.PositiveInfinity, 2, 3 } }).RequireGrad();
        Tensor loss = F.MultiMarginLoss(x, Tensor.From(0L), p);
        loss.Backward();
        Assert.That(loss.Item(), Is.Zero);
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(0));
        x.Grad = null;
        F.MultiLabelMarginLoss(x, Tensor.From(new long[,] { { 0, -1, 0 } })).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(0));
    }

    [Test]
    public void Weights_that_would_make_more_losses_are_refused()
    {
        Tensor x = Tensor.Full([4], 0.5f), t = Tensor.Zeros([4]), each = Tensor.Ones([4, 1]);
        Tensor rows = Tensor.Ones([2, 4]);
        Refused(() => F.BCELoss(x, t, weight: each), "BCELoss: weight [4, 1] does not broadcast to [4]");
        Refused(() => F.BCEWithLogitsLoss(x, t, weight: each), "BCEWithLogitsLoss: weight [4, 1] does not");
        Refused(() => F.BCEWithLogitsLoss(x, t, posWeight: rows), "BCEWithLogitsLoss: posWeight [2, 4] does not");
        Refused(() => F.MultiLabelSoftMarginLoss(x, t, rows), "MultiLabelSoftMarginLoss: weight [2, 4] does not");
        Refused(() => F.BCELoss(x, t, weight: Tensor.Ones([3])), "BCELoss: weight [3] does not");
        Assert.That(F.BCELoss(rows, rows, Reduction.None, x).Shape.ToString(), Is.EqualTo("[2, 4]"));
        Assert.That(F.BCEWithLogitsLoss(rows, rows, weight: 2, posWeight: Tensor.Ones([2, 1])).Rank, Is.Zero);

        static void Refused(Func<object> call, string message) =>
            Assert.That(call, Throws.ArgumentException.With.Message.StartsWith(message));
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Case("MSELoss", () => F.MSELoss(Tensor.Zeros([100, 1]), Tensor.Zeros([100])),
            "MSELoss: prediction [100, 1] and target [100] differ; broadcasting them would give a [100, 100] loss. Use "
                + "target.Unsqueeze(1).");
        yield return Case("L1Loss", () => F.L1Loss(Tensor.Zeros([32]), Tensor.Zeros([32, 1])),
            "L1Loss: prediction [32] and target [32, 1] differ; broadcasting them would give a [32, 32] loss. Use "
                + "target.Squeeze(1).");
        yield return Case("HuberLoss", () => F.HuberLoss(Tensor.Zeros([3, 2]), Tensor.Zeros([4])),
            "HuberLoss: prediction [3, 2] and target [4] differ; they must have one shape.");
        yield return Case("BCELoss", () => F.BCELoss(Tensor.From(0.5f, 1.5f), Tensor.Zeros([2])),
            "BCELoss: the prediction must hold probabilities; its elements lie in [0.5, 1.5]. Apply Sigmoid() first, "
                + "or use BCEWithLogitsLoss for scores.");
        yield return Case("BCELoss NaN", () => F.BCELoss(Tensor.From(0.5f, float.NaN), Tensor.Zeros([2])),
            "its elements lie in [NaN, NaN]");
        yield return Case("CrossEntropyLoss",
            () => F.CrossEntropyLoss(Tensor.Zeros([4, 10]), Tensor.From(1L, 2, 10, 3)),
            "CrossEntropyLoss: target 10 (element 2) is not a class; input [4, 10] has the 10 classes 0 to 9.");
        yield return Case("CrossEntropyLoss shape",
            () => F.CrossEntropyLoss(Tensor.Zeros([4, 10]), Tensor.Zeros([4, 1], DType.Int64)),
            "the target must hold class numbers (int64) in shape [4]; it is [4, 1] of int64. Use target.Squeeze(1).");
        yield return Case("CrossEntropyLoss type", () => F.CrossEntropyLoss(Tensor.Zeros([4, 10]), Tensor.Zeros([4])),
            "it is [4] of float32. Use target.To(DType.Int64).");
        yield return Case("CrossEntropyLoss weight",
            () => F.CrossEntropyLoss(Tensor.Zeros([4, 10]), Tensor.Zeros([4], DType.Int64), weight: Tensor.Ones([4])),
            "weight [4] must have one number for each of the 10 classes");
        yield return Case("CrossEntropyLoss smoothing", () => new CrossEntropyLoss(labelSmoothing: 2),
            "label smoothing must lie in [0, 1]");
        yield return Case("HuberLoss delta", () => new HuberLoss(delta: 0), "delta");
        yield return Case("GaussianNLLLoss",
            () => F.GaussianNLLLoss(Tensor.Zeros([2]), Tensor.Zeros([2]), Tensor.From(1f, -1f)),
            "a variance can't be negative");
        yield return Case("CosineEmbeddingLoss",
            () => F.CosineEmbeddingLoss(Tensor.Zeros([2, 3]), Tensor.Zeros([2, 3]), Tensor.Zeros([3])),
            "need a target [N]");

        static TestCaseData Case(string name, Func<object> call, string message) =>
            new TestCaseData(call, message).SetName($"Mistake: {name}");
    }

    [TestCaseSource(nameof(Mistakes))]
    public void A_mistake_is_explained(Func<object> call, string message) =>
        Assert.That(call, Throws.InstanceOf<ArgumentException>().With.Message.Contains(message));

    [Test]
    public void A_plain_number_may_be_the_target() =>
        Assert.That(F.MSELoss(X, 0).Item(), Is.EqualTo((0.25 + 4 + 9) / 4));

    [Test]
    public void Weights_of_losses_belong_to_their_state()
    {
        CrossEntropyLoss loss = new(weight: Tensor.Ones([3]));
        Assert.That(loss.StateDict().Keys, Is.EqualTo(new[] { "weight" }));
        Assert.That(loss.To(DType.Float64).Weight!.DType, Is.EqualTo(DType.Float64));
        Assert.That(loss.Parameters(), Is.Empty);
        MultiMarginLoss hinge = new(weight: Tensor.Ones([3]));
        MultiLabelSoftMarginLoss soft = new(Tensor.Ones([3]));
        Assert.That(hinge.StateDict().Keys.Concat(soft.StateDict().Keys), Is.EqualTo(new[] { "weight", "weight" }));
        Tensor x = Tensor.Ones([2, 3], device: EmulatedCuda.Device);
        Assert.That(hinge.To(x.Device).Forward(x, Tensor.Zeros([2], DType.Int64, x.Device)).Item<float>(),
            Is.EqualTo(2f / 3).Within(1e-6));
        Assert.That(soft.To(x.Device).Forward(x, Tensor.Ones([2, 3], device: x.Device)).Item<float>(),
            Is.EqualTo(Math.Log(1 + Math.Exp(-1))).Within(1e-6));
        Assert.That(new MSELoss().ToString(), Is.EqualTo("MSELoss()"));
    }

    [Test]
    public void Second_derivatives_of_losses_are_right()
    {
        Tensor x = Tensor.From(0.2, 0.7, 0.4).RequireGrad(), t = Tensor.From(0.1, 0.9, 0.5).RequireGrad();
        Func<Tensor[], Tensor>[] losses =
        [
            v => F.MSELoss(v[0], v[1]), v => F.HuberLoss(v[0], v[1], delta: 0.15),
            v => F.SmoothL1Loss(v[0], v[1], beta: 0.15),
            v => F.BCELoss(v[0], v[1]), v => F.BCEWithLogitsLoss(v[0], v[1]), v => F.KLDivLoss(v[0], v[1]),
            v => F.PoissonNLLLoss(v[0], v[1] + 2, full: true),
        ];
        foreach (Func<Tensor[], Tensor> loss in losses)
        {
            Check(loss, new GradientCheckOptions(Order: 2), x, t);
        }
    }

    [Test]
    public void Second_derivatives_of_losses_of_rows_are_right()
    {
        Tensor x = Tensor.From(new[,] { { 0.2, 0.7, -0.4 }, { 1.1, -0.3, 0.5 } }).RequireGrad(),
            t = Tensor.From(new[,] { { 0.1, 0.6, 0.3 }, { 0.5, 0.2, 0.3 } }).RequireGrad(),
            w = Tensor.From(2.0, 0.5, 3).RequireGrad();
        Tensor classes = Tensor.From(2L, 0), signs = Tensor.From(1.0, -1);
        Func<Tensor[], Tensor>[] losses =
        [
            v => F.CrossEntropyLoss(v[0], classes, weight: v[2], labelSmoothing: 0.2) + v[1].Sum(),
            v => F.CrossEntropyLoss(v[0], v[1], weight: v[2], labelSmoothing: 0.2),
            v => F.CrossEntropyLoss(v[0], Tensor.From(2L, -100), weight: v[2]) * v[1].Sum(),
            v => F.BCEWithLogitsLoss(v[0], v[1], weight: v[2], posWeight: v[2]),
            v => F.KLDivLoss(v[0].LogSoftmax(1), v[1].Log(), logTarget: true) * v[2].Sum(),
            v => F.GaussianNLLLoss(v[0], v[1], v[2].Expand(2, 3), full: true),
            v => F.PoissonNLLLoss(v[0] + 2, v[1] + v[2], logInput: false, full: true),
            v => F.SoftMarginLoss(v[0], v[1] * v[2]),
            v => F.HingeEmbeddingLoss(v[0] * v[1] * v[2], (v[0] - v[1]).Sign()),
            v => F.CosineEmbeddingLoss(v[0], v[1] * v[2], signs),
            v => F.TripletMarginLoss(v[0], v[1], v[2].Expand(2, 3), margin: 2, swap: true),
            v => F.MultiMarginLoss(v[0] * v[1], classes, 2, weight: v[2]),
            v => F.MultiLabelMarginLoss(v[0] * v[1] * v[2], Tensor.From(new long[,] { { 1, -1, 0 }, { 0, 2, -1 } })),
            v => F.MultiLabelSoftMarginLoss(v[0], v[1], v[2]),
        ];
        for (int i = 0; i < losses.Length; i++)
        {
            GradientCheckResult result =
                Autograd.GradientCheck(losses[i], [x, t, w], new GradientCheckOptions(Order: 2));
            Assert.That(result.Passed, $"{i}: {result.Message}");
        }
    }

    private static void Check(Func<Tensor[], Tensor> function, GradientCheckOptions? options, params Tensor[] inputs)
    {
        GradientCheckResult result = Autograd.GradientCheck(function, inputs, options);
        Assert.That(result.Passed, result.Message);
    }
}
