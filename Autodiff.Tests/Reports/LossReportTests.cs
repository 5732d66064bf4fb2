using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;
using F = Autodiff.Nn.Functional;

namespace Autodiff.Tests.Reports;

/// <summary>Losses with ignored targets, weights and smoothing, with scores far out, and of empty batches.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class LossReportTests(string device) : DeviceFixture(device)
{
    private static Tensor Number(double value) => Tensor.From(value);

    private static Tensor Classes(params long[] values) => Tensor.From(values);

    private static Tensor Scores => Leaf(new[,] { { 1, 2 }, { 3, 0.4 } });

    private static double Curvature(double at, Func<Tensor, Tensor> loss) => Derivative(2, at, loss).Item();

    private static IEnumerable<TestCaseData> CrossEntropies()
    {
        double sum = Math.Log(Math.Exp(3) + Math.Exp(0.4));
        yield return Gives("pytorch#116349 the mean of no target is undefined",
            () => new CrossEntropyLoss().Forward(Scores, Classes(-100, -100)), NaN);
        yield return Gives("pytorch#116349 the sum of no target sends nothing back",
            () => Slope(Scores, x => new CrossEntropyLoss(Reduction.Sum).Forward(x, Classes(-100, -100))), 0, 0, 0, 0);
        yield return Near("pytorch#69339 weights, smoothing and an ignored target", 1e-12,
            () =>
                new CrossEntropyLoss(weight: Tensor.From(0.2, 0.3), labelSmoothing: 0.1)
                    .Forward(Scores, Classes(-100, 1)),
            (0.9 * 0.3 * (sum - 0.4) + 0.05 * (0.2 * (sum - 3) + 0.3 * (sum - 0.4))) / 0.3);
        foreach (Reduction reduction in new[] { Reduction.Sum, Reduction.Mean })
        {
            yield return Near($"pytorch#73205 smoothed, an ignored target is as if it were not there ({reduction})",
                1e-15, () =>
            {
                CrossEntropyLoss loss = new(reduction, labelSmoothing: 0.2);
                return loss.Forward(Scores, Classes(-100, 1)) - loss.Forward(Leaf(new[,] { { 3, 0.4 } }), Classes(1));
            }, 0);
        }

        yield return Near("pytorch#72056 smoothing, weights and ignoring -1 at once", 1e-12,
            () => new CrossEntropyLoss(weight: Tensor.From(1.0, 16), ignoreIndex: -1, labelSmoothing: 0.1)
            .Forward(Leaf(new[,] { { 0.1735, 0.2191 }, { -0.1377, 0.3467 } }), Classes(0, -1)),
            Smoothed(0.1735, 0.2191));
        yield return Gives("scores of 1e5",
            () => F.CrossEntropyLoss(Leaf(new[,] { { 1e5, -1e5 }, { 1e5, -1e5 } }), Classes(0, 1), Reduction.None), 0,
            2e5);
        yield return Near("a score of -inf for another class", 1e-15,
            () => F.CrossEntropyLoss(Leaf(new[,] { { 0, -Inf, 0 } }), Classes(0)), Math.Log(2));
        yield return Gives("and its gradient",
            () => Slope(Leaf(new[,] { { 0, -Inf, 0 } }), x => F.CrossEntropyLoss(x, Classes(0))), -0.5, 0, 0.5);
        yield return Near("and given as probabilities, of which that class has 0", 1e-15,
            () => F.CrossEntropyLoss(Leaf(new[,] { { 0, -Inf, 0 } }), Tensor.From(new double[,] { { 1, 0, 0 } })),
            Math.Log(2));
        yield return Gives("its curvature", () =>
        {
            Tensor x = Leaf(new double[,] { { 0, 0 } }),
                slope = Autograd.Grad([F.CrossEntropyLoss(x, Classes(0))], [x], createGraph: true)[0]!;
            return Autograd.Grad([slope[0, 0]], [x])[0]!;
        }, 0.25, -0.25);
        yield return Near("an axis behind the classes", 1e-15,
            () => F.CrossEntropyLoss(Tensor.Zeros([1, 2, 3], DType.Float64), Tensor.Zeros([1, 3], DType.Int64)),
            Math.Log(2));
        yield return Near("one sample without a batch", 1e-15,
            () => F.CrossEntropyLoss(Tensor.Zeros([3], DType.Float64), Tensor.Scalar(1L)), Math.Log(3));
        yield return Near("classes as int32", 1e-15,
            () => F.CrossEntropyLoss(Tensor.Zeros([1, 3], DType.Float64), Tensor.From(1)), Math.Log(3));
        yield return Near("weighted probabilities are divided by the batch", 1e-15, () =>
            F.CrossEntropyLoss(Tensor.From(new double[,] { { 0, 0 } }), Tensor.From(new[,] { { 0.5, 0.5 } }),
                weight: Tensor.From(0.2, 0.8)), 0.5 * Math.Log(2));
        yield return Near("weighted classes by the weights", 1e-15,
            () =>
                F.NLLLoss(Tensor.From(new double[,] { { -1, -3 }, { -5, -2 } }), Classes(0, 1),
                    weight: Tensor.From(0.2, 0.8)), 1.8);

        // The loss of pytorch#72056 by hand: the target 0 has weight 1, the other class 16.
        static double Smoothed(double a, double b)
        {
            double log = Math.Log(Math.Exp(a) + Math.Exp(b));
            return 0.9 * (log - a) + 0.05 * (log - a + 16 * (log - b));
        }
    }

    private static IEnumerable<TestCaseData> BinaryCrossEntropies()
    {
        yield return Near("pytorch#13773 positive weights of 1 at a score of -120", 1e-7,
            () =>
                new BCEWithLogitsLoss(posWeight: Tensor.From(1f, 1)).Forward(Tensor.From(0f, -120), Tensor.From(0f, 1)),
                    (Math.Log(2) + 120) / 2);
        yield return Near("pytorch#2221 at -100 in float32 the loss is e^-100, not 0", 5e-2,
            () => new BCEWithLogitsLoss().Forward(Tensor.From(-100f), Tensor.From(0f)), Math.Exp(-100));
        yield return Near("pytorch#195677 the gradient of a certain and right score keeps its digits", 1e-6,
            () => Slope(37.42994775023705, x => new BCEWithLogitsLoss().Forward(x, Number(1))), -5.551115123125776e-17);
        yield return Gives("pytorch#102894 at inf and target 1 the loss is 0",
            () => new BCEWithLogitsLoss().Forward(Number(Inf), Number(1)), 0);
        yield return Gives("pytorch#2298 the gradient at 0",
            () => Slope(0, x => new BCEWithLogitsLoss().Forward(x, Number(0))), 0.5);
        yield return Gives("the curvature at 0", () => Number(Curvature(0, x => F.BCEWithLogitsLoss(x, Number(1)))),
            0.25);
        yield return Gives("at -inf and target 0 the gradient is 0",
            () => Slope(-Inf, x => new BCEWithLogitsLoss().Forward(x, Number(0))), 0);
        yield return Gives("a certain and right probability: finite",
            () => Finite(Slope(1, p => new BCELoss().Forward(p, Number(1)))), 1);
        yield return Near("pytorch#59477 the curvature of summed losses", 1e-12,
            () => Number(Curvature(0.3, p => F.BCELoss(p, Number(1), Reduction.Sum))), 1 / 0.09);
    }

    private static IEnumerable<TestCaseData> Others()
    {
        yield return Gives("divergence from a probability of 0", () => F.KLDivLoss(Number(-1), Number(0)), 0);
        yield return Gives("Huber at its corner", () => F.HuberLoss(Number(1), Number(0)), 0.5);
        yield return Gives("smooth L1 at its corner", () => Slope(1, x => F.SmoothL1Loss(x, Number(0))), 1);
        yield return Gives("smooth L1 without a smooth part at 0",
            () => Slope(0, x => F.SmoothL1Loss(x, Number(0), beta: 0)), 0);
        yield return Gives("squared errors of no batch",
            () => F.MSELoss(Tensor.Zeros([0, 3]), Tensor.Zeros([0, 3]), Reduction.Sum), 0);
        yield return Gives("pytorch#15870 likelihoods of no batch",
            () => F.NLLLoss(Tensor.Zeros([0, 3]), Tensor.Zeros([0], DType.Int64), Reduction.Sum), 0);
        yield return Gives("cross entropy of no batch: sum",
            () => F.CrossEntropyLoss(Tensor.Zeros([0, 3]), Tensor.Zeros([0], DType.Int64), Reduction.Sum), 0);
        yield return Gives("cross entropy of no batch: mean",
            () => F.CrossEntropyLoss(Tensor.Zeros([0, 3]), Tensor.Zeros([0], DType.Int64)), NaN);
        yield return Near("a Gaussian of variance 0 has that of epsilon", 1e-12,
            () => F.GaussianNLLLoss(Number(1), Number(0), Number(0)), 0.5 * (Math.Log(1e-6) + 1e6));
        yield return Near("Poisson, counts to 1 without Stirling's term", 1e-15,
            () => F.PoissonNLLLoss(Tensor.From(0.0, 1), Tensor.From(0.0, 1), Reduction.None, full: true), 1,
            Math.E - 1);
        yield return Near("Poisson, a count of 5 with it", 1e-14,
            () => F.PoissonNLLLoss(Number(0), Number(5), full: true),
            1 + 5 * Math.Log(5) - 5 + 0.5 * Math.Log(10 * Math.PI));
        yield return Gives("a soft margin far on the wrong side", () => F.SoftMarginLoss(Number(-1000), Number(1)),
            1000);
        yield return Gives("and its gradient", () => Slope(-1000, x => F.SoftMarginLoss(x, Number(1))), -1);
        yield return Gives("a triplet whose anchor is the positive",
            () => Finite(Slope(Leaf(new double[,] { { 1, 2 } }), a =>
            F.TripletMarginLoss(a, Tensor.From(new double[,] { { 1, 2 } }), Tensor.From(new[,] { { 1.5, 2 } })))), 1);
        yield return Gives("an embedding of length 0", () => Finite(Slope(Leaf(new double[,] { { 0, 0 } }), a =>
            F.CosineEmbeddingLoss(a, Tensor.From(new double[,] { { 1, 2 } }), Number(1)))), 1);
    }

    private static IEnumerable<TestCaseData> Mistakes()
    {
        yield return Refused("pytorch#12670 a target of -4 where -1 is ignored",
            () => new CrossEntropyLoss(ignoreIndex: -1).Forward(Scores[..1], Classes(-4)), "-4");
        yield return Refused("a target that is the number of classes",
            () => new CrossEntropyLoss().Forward(Scores[..1], Classes(2)), "target 2");
    }

    [TestCaseSource(nameof(CrossEntropies))]
    public void Cross_entropy(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);

    [TestCaseSource(nameof(BinaryCrossEntropies))]
    public void Binary_cross_entropy(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Others))]
    public void Other_losses(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);

    [TestCaseSource(nameof(Mistakes))]
    public void Targets_out_of_range_are_named(Action call, string[] words) => CheckRefused(call, words);
}
