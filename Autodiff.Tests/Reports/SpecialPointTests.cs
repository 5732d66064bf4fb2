using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Values and gradients where a formula has a corner, a removable singularity or an infinite term.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class SpecialPointTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Distances()
    {
        yield return Gives("pytorch#2421 the 2-norm at 0 has gradient 0", () => Slope([0, 0], x => x.Norm()), 0, 0);
        yield return Near("pytorch#3264 normalizing by the 1-norm where four of five are 0", 1e-12,
            () => Slope(Leaf(new[,] { { 0, 0, 0, 0, 0.1996 } }), x => x.Normalize(1, 1)), 1 / 0.1996, 1 / 0.1996,
            1 / 0.1996, 1 / 0.1996, 0);
        yield return Gives("pytorch#4320 the deviation of equal numbers", () => Slope([2, 2, 2], x => x.Std()), 0, 0,
            0);
        yield return Gives("the deviation of one number, not corrected", () => Slope(5, x => x.Std(correction: 0)), 0);
        yield return Gives("the variance of one number, not corrected", () => Tensor.From(5.0).Var(correction: 0), 0);
        yield return Gives("pytorch#37154 the distance of equal rows",
            () => Slope(Leaf(new[,] { { 1.0, 2 } }), x => x.CDist(Tensor.From(new[,] { { 1.0, 2 } }))), 0, 0);
        yield return Gives("pytorch#36493 a distance for p = 0.5 along one coordinate",
            () => Slope(Leaf(new[,] { { 1.0, 3 } }), x => x.CDist(Tensor.From(new[,] { { 1.0, 2 } }), 0.5)), 0, 1);
        yield return Gives("pytorch#36493 the norm for p = 0.5 with a 0", () => Slope([0, 1], x => x.Norm(0.5)), 0, 1);
        yield return Gives("the norm for p = 3 at 0", () => Slope([0, 0], x => x.Norm(3)), 0, 0);
        yield return Gives("the norm for p = 1.5 at 0", () => Slope([0, 0], x => x.Norm(1.5)), 0, 0);
        yield return Gives("the norm for p = 1 with a 0", () => Slope([0, 2], x => x.Norm(1)), 0, 1);
        yield return Gives("the norm for p = infinity: ties share", () => Slope([3, 3], x => x.Norm(Inf)), 0.5, 0.5);
        yield return Gives("the norm for p = 0 counts, so it has no slope", () => Slope([3, 3], x => x.Norm(0)), 0, 0);
        yield return Gives("norms for p = -infinity and -1",
            () => Tensor.Stack([Tensor.From(1.0, 2).Norm(-Inf), Tensor.From(1.0, 2).Norm(-1)]), 1, 1 / 1.5);
        yield return Gives("the pairwise distance of equal rows without epsilon",
            () => Slope(Leaf(new[,] { { 1.0, 2 } }), x => x.PairwiseDistance(Tensor.From(new[,] { { 1.0, 2 } }), 2, 0)),
            0, 0);
        yield return Gives("the cosine similarity of a zero vector",
            () =>
                Finite(Slope(Leaf(new[,] { { 0.0, 0 } }), x => x.CosineSimilarity(Tensor.From(new[,] { { 1.0, 2 } })))),
                    1);
        yield return Near("a unit vector has no slope along itself", 1e-12, () =>
        {
            Tensor x = Leaf(3, 4);
            return (Slope(x, v => v / v.Norm() * v.Detach()) * x.Detach()).Sum();
        }, 0);
        yield return Near("a norm does not overflow before its root is taken", 1e-14,
            () => Tensor.From(1e200, 1e200).Norm(), Math.Sqrt(2) * 1e200);
        yield return Gives("hypot at (0, 0)", () => Slope(0, x => x.Hypot(Tensor.From(0.0))), 0);
        yield return Near("atan2 at (1e200, 1e200)", 1e-14, () => Slope(1e200, y => y.Atan2(Tensor.From(1e200))),
            0.5e-200);
        yield return Near("hypot does not overflow", 1e-12, () => Tensor.From(1e300).Hypot(Tensor.From(1e300)),
            Math.Sqrt(2) * 1e300);
        yield return Near("hypot's gradient at 1e300", 1e-12, () => Slope(1e300, x => x.Hypot(Tensor.From(1e300))),
            Math.Sqrt(0.5));
        yield return Gives("hypot's second gradient at (0, 5) and (5, 0)",
            () => Tensor.Cat([Slope(5, b => Tensor.From(0.0).Hypot(b)), Slope(0, b => Tensor.From(5.0).Hypot(b))]), 1,
            0);
        yield return Gives("atan2 at (0, -1)", () => Slope(0, y => y.Atan2(Tensor.From(-1.0))), -1);
    }

    private static IEnumerable<TestCaseData> Logarithms()
    {
        yield return Gives("pytorch#31829 LogSumExp of nothing but -inf", () => Tensor.From(-Inf, -Inf).LogSumExp(0),
            -Inf);
        yield return Gives("pytorch#31829 LogSumExp of nothing but -inf has no slope",
            () => Slope([-Inf, -Inf], x => x.LogSumExp(0)), 0, 0);
        yield return Gives("jax#6811 LogSumExp with one finite term", () => Slope([-Inf, 1], x => x.LogSumExp(0)), 0,
            1);
        yield return Gives("scipy#8872 LogSumExp of inf and 0", () => Tensor.From(Inf, 0).LogSumExp(0), Inf);
        yield return Near("a row of -inf leaves its neighbour's gradient alone", 1e-15,
            () => Slope(Leaf(new[,] { { -Inf, -Inf }, { 1, 1 } }), x => x.LogSumExp(1))[1], 0.5, 0.5);
        yield return Near("LogSumExp of 1000 and 1000 in float32", 1e-7, () => Tensor.From(1000f, 1000).LogSumExp(0),
            1000 + Math.Log(2));
        yield return Gives("tinygrad#17853 running sums that start with -inf",
            () => Tensor.From(-Inf, -Inf, 2).LogCumSumExp(0), -Inf, -Inf, 2);
        yield return Gives("running sums: the last one's gradient", () => Slope([-Inf, 2], x => x.LogCumSumExp(0)[1]),
            0, 1);
        yield return Gives("running sums: the gradient of the finite part",
            () => Slope([-Inf, 2], x => x.LogCumSumExp(0))[1], 1);
        yield return Gives("jax#2107 LogAddExp of equal numbers", () => Slope(0, x => x.LogAddExp(Tensor.From(0.0))),
            0.5);
        yield return Gives("LogAddExp of -inf and -inf, inf and inf",
            () => Tensor.From(-Inf, Inf).LogAddExp(Tensor.From(-Inf, Inf)), -Inf, Inf);
        yield return Gives("tensorflow#11756 softmax over an entry of -inf",
            () => Slope([0, -Inf, 0], x => x.Softmax(0)[0]), 0.25, 0, -0.25);
        yield return Gives("softmax of nothing but -inf is undefined, not uniform",
            () => Tensor.From(-Inf, -Inf).Softmax(0), NaN, NaN);
        yield return Gives("log-softmax with a spread of 1e4 in float32", () => Tensor.From(1e4f, 0).LogSoftmax(0), 0,
            -1e4);
        yield return Gives("xlogy at (0, 0)", () => Tensor.From(0.0).XLogY(Tensor.From(0.0)), 0);
        yield return Gives("log's gradient at the smallest numbers overflows to infinity",
            () => Slope(1e-310, x => x.Log()), Inf);
        yield return Gives("logit with epsilon is flat outside", () => Slope(0, x => x.Logit(1e-3)), 0);
        yield return Near("expm1 and log1p of 1e-10", 1e-14,
            () => Tensor.Stack([Tensor.From(1e-10).Expm1(), Tensor.From(1e-10).Log1p()]), 1.00000000005e-10,
            9.9999999995e-11);
    }

    private static IEnumerable<TestCaseData> Products()
    {
        yield return Near("pytorch#27134 a^b in b where a is 0", 1e-15,
            () => Slope([1, 1], b => Tensor.Pow(Tensor.From(0.0, 2), b)), 0, 2 * Math.Log(2));
        yield return Gives("pytorch#8940 x^0 at 0", () => Slope([0, 1], x => x.Pow(0)), 0, 0);
        yield return Gives("pytorch#95180 the curvature of x^2 at 0", () => Derivative(2, 0, x => x.Pow(2)), 2);
        yield return Gives("tensorflow#35011 the curvature of x^3 at 0", () => Derivative(2, 0, x => x.Pow(3)), 0);
        yield return Gives("tensorflow#35011 the fourth and fifth derivative of x^4 at 0",
            () => Tensor.Cat([Derivative(4, 0, x => x.Pow(4)), Derivative(5, 0, x => x.Pow(4))]), 24, 0);
        yield return Gives("tfjs#346 the slope of (-2)^2 in the base",
            () => Slope(-2, x => Tensor.Pow(x, Tensor.From(2.0))), -4);
        yield return Gives("x^1 at 0 with a tensor as exponent", () => Slope(0, x => Tensor.Pow(x, Tensor.From(1.0))),
            1);
        yield return Gives("an int64 exponent of a float64 base", () => Slope(2, x => Tensor.Pow(x, Tensor.From(3L))),
            12);
        yield return Gives("pytorch#106789 a product of two zeros, differentiated twice", () =>
        {
            Tensor x = Leaf(2, 3, 0, 0), slope = Autograd.Grad([x.Prod()], [x], createGraph: true)[0]!;
            return Autograd.Grad([slope[2] + slope[3]], [x])[0]!;
        }, 0, 0, 6, 6);
        yield return Gives("pytorch#82644 the product of one zero along its dimension", () => Slope(0, x => x.Prod(0)),
            1);
        yield return Gives("tinygrad#17404 a product with one zero", () => Slope([0, 2, 3], x => x.Prod()), 6, 0, 0);
        yield return Gives("tensorflow#3862 a running product that starts with zero", () => Slope(0, x => x.CumProd(0)),
            1);
        yield return Gives("burn#5141 a running product across a zero", () => Slope([2, 0, 3, 4], x => x.CumProd(0)), 1,
            2 + 6 + 24, 0, 0);
        yield return Gives("pytorch#31782 a running product of nothing",
            () =>
                Tensor.From((double)Slope(Tensor.Zeros([2, 0], DType.Float64).RequireGrad(), x => x.CumProd(-1))
                    .ElementCount), 0);
        yield return Gives("pytorch#196701 a running product across a zero, differentiated twice", () =>
        {
            Tensor weights = Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } });
            return Derivative(2, 1,
                t => Tensor.Stack([t, t + 1, 2 - t, t - 1, 2 * t + 1, t + 3]).Reshape(2, 3).CumProd(1) * weights);
        }, 144);
        yield return Gives("division where both are 1e-200", () => Slope(1e-200, b => Tensor.From(1e-200) / b), -1e200);
        yield return Near("rsqrt's gradient at 1e-150", 1e-14, () => Slope(1e-150, x => x.Rsqrt()), -0.5e225);
        yield return Gives("gradients of atan and of 1/x at 1e200 vanish",
            () => Tensor.Cat([Slope(1e200, x => x.Atan()), Slope(1e200, x => x.Reciprocal())]), 0, 0);
    }

    private static IEnumerable<TestCaseData> Activations()
    {
        yield return Gives("jax#764 tanh at 200", () => Slope(200, x => x.Tanh()), 0);
        yield return Near("tanh at 6 in float32: a small gradient keeps its digits", 1e-3,
            () => Slope(Tensor.From(6f).RequireGrad(), x => x.Tanh()),
            4 * Math.Exp(-12) / Math.Pow(1 + Math.Exp(-12), 2));
        yield return Near("jax#40387 softplus' curvature at 37.43", 1e-6,
            () => Derivative(2, 37.42994775023705, x => x.Softplus(1, 1000)), 5.551115123125775e-17);
        yield return Gives("jax#2107 softplus at 0", () => Slope(0, x => x.Softplus()), 0.5);
        yield return Gives("softplus at 1000 and -1000", () => Tensor.From(1000.0, -1000).Softplus(), 1000, 0);
        yield return Gives("log-sigmoid far out", () => Slope([-1000, 1000, -Inf], x => x.LogSigmoid()), 1, 0, 1);
        yield return Gives("abs and relu at 0 are flat",
            () => Tensor.Cat([Slope(0, x => x.Abs()), Slope(0, x => x.Relu())]), 0, 0);
        yield return Gives("the square root at 0 rises without bound", () => Slope(0, x => x.Sqrt()), Inf);
        yield return Gives("acos at 1 falls without bound", () => Slope(1, x => x.Acos()), -Inf);
        yield return Gives("GELU at -1000 and 1000", () => Slope([-1000, 1000], x => x.Gelu()), 0, 1);
        yield return Gives("SiLU at -infinity", () => Tensor.From(-Inf).Silu(), 0);
        yield return Gives("SiLU and Mish at -1000",
            () => Tensor.Cat([Slope(-1000, x => x.Silu()), Slope(-1000, x => x.Mish())]), 0, 0);
        yield return Gives("Mish at 1000", () => Slope(1000, x => x.Mish()), 1);
        yield return Gives("ELU and CELU far right",
            () => Tensor.Cat([Slope([1000, 2000], x => x.Elu()), Slope(1000, x => x.Celu())]), 1, 1, 1);
        yield return Gives("ELU's curvature at 800", () => Derivative(2, 800, x => x.Elu()), 0);
        yield return Near("SELU at 800", 1e-15, () => Slope(800, x => x.Selu()), 1.0507009873554805);
        yield return Near("ELU with a negative alpha", 1e-14, () => Slope(-2, x => x.Elu(-0.5)), -0.5 * Math.Exp(-2));
        yield return Gives("hardswish and hardsigmoid beyond 3",
            () =>
                Tensor.Cat([Slope([-3.0000001, 3.0000001], x => x.Hardswish()),
                    Slope([-3.0000001, 3.0000001], x => x.Hardsigmoid())]), 0, 1, 0, 0);
        yield return Gives("relu6 is flat outside 0 to 6", () => Slope([-1, 3, 7], x => x.Relu6()), 0, 1, 0);
        yield return Gives("PReLU's weights, one a channel",
            () => Slope([0.1, 0.2], w => Tensor.From(new double[,] { { -1, -2 } }).Prelu(w)), -1, -2);
        yield return Gives("GLU", () => Slope([1, 0], x => x.Glu(0)), 0.5, 0.25);
        yield return Gives("ReLU's curvature is 0, not missing", () => Derivative(2, 2, x => x.Relu().Square()), 2);
        yield return Near("third derivatives of exp, tanh and sigmoid at 0", 1e-14,
            () =>
                Tensor.Cat([Derivative(3, 0, x => x.Exp()), Derivative(3, 0, x => x.Tanh()),
                    Derivative(3, 0, x => x.Sigmoid()), Derivative(3, 1, x => x.Pow(3))]),
            1, -2, -0.125, 6);
    }

    private static IEnumerable<TestCaseData> Choices()
    {
        yield return Gives("the largest of ties: each gets its share",
            () => Tensor.Cat([Slope([3, 3, 1], x => x.Max()), Slope([3, 3, 1], x => x.Amax(0))]), 0.5, 0.5, 0, 0.5, 0.5,
            0);
        yield return Gives("the larger of two equal numbers gets half",
            () => Slope(1, x => x.Maximum(Tensor.From(1.0))), 0.5);
        yield return Gives("the largest of a matrix of ties",
            () => Slope(Tensor.Ones([2, 2], DType.Float64).RequireGrad(), x => x.Amax([0, 1])), 0.25, 0.25, 0.25, 0.25);
        yield return Gives("pytorch#89543 a squared error under a mask never sees the NaN",
            () =>
                Slope([1, 1],
                    x =>
                        Tensor.Where(Tensor.From(false, true), Tensor.ZerosLike(x), x - Tensor.From(0.0, NaN))
                            .Square()), 2, 0);
        yield return Gives("sums and means without the NaN",
            () => Tensor.Cat([Slope([1, NaN], x => x.NanSum()), Slope([1, NaN, 3], x => x.NanMean())]), 1, 0, 0.5, 0,
            0.5);
        yield return Gives("a scalar branch of Where is summed over where it was taken", () =>
        {
            Tensor s = Tensor.Scalar(1.0).RequireGrad();
            return Slope(s, v => Tensor.Where(Tensor.From(true, false, true), v, 0.0));
        }, 2);
        yield return Gives("a bound that clamps gets the gradient",
            () => Slope([2, 0], low => Tensor.From(1.0, 1).Clamp(low)), 1, 0);
        yield return Gives("fmod and remainder in the divisor",
            () => Tensor.Cat([Slope(2, b => Tensor.From(5.0).Fmod(b)), Slope(2, b => Tensor.From(5.0).Remainder(b))]),
            -2, -2);
        yield return Gives("steps are flat: the gradient is 0, not missing",
            () =>
                Tensor.Cat([Slope(1.5, x => x.Trunc()), Slope(1.5, x => x.Floor()), Slope(1.5, x => x.Sign()),
                    Slope(1.5, x => x.Frac())]), 0, 0, 0, 1);
        yield return Gives("lerp in its weight", () => Slope(0.5, w => Tensor.From(1.0).Lerp(Tensor.From(4.0), w)), 3);
        yield return Gives("rows of one number have deviation 0 beside others",
            () => Slope(Leaf(new[,] { { 2.0, 2 }, { 1, 3 } }), x => x.Std(1))[0], 0, 0);
        yield return Near("and the others their own", 1e-14,
            () => Slope(Leaf(new[,] { { 2.0, 2 }, { 1, 3 } }), x => x.Std(1))[1], -Math.Sqrt(0.5), Math.Sqrt(0.5));
    }

    [TestCaseSource(nameof(Distances))]
    public void Norms_and_distances(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Logarithms))]
    public void Sums_of_exponentials(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Products))]
    public void Powers_and_products(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Activations))]
    public void Activations_far_out(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [TestCaseSource(nameof(Choices))]
    public void Choices_and_steps(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);

    private static IEnumerable<TestCaseData> RoundedAndUntaken()
    {
        yield return Gives("pytorch#187297 NaN from the branch that Where does not take",
            () => Slope([-1, 4], x => Tensor.Where(x > 0, x.Sqrt(), x)), NaN, 0.25);
        yield return Gives("pytorch#16317 0/0 in the branch not taken", () =>
            Slope([0, 1], x => Tensor.Where(Tensor.From(true, false), Tensor.ZerosLike(x), x / Tensor.From(0.0, 2))),
                NaN, 0.5);
        yield return Gives("sin(x)/x patched by Where",
            () => Slope(0, x => Tensor.Where(x.Eq(0), Tensor.OnesLike(x), x.Sin() / x)), NaN);
        yield return Gives("pytorch#195527 tanh at 20 is 1 after rounding", () => Slope(20, x => x.Tanh()), 0);
        yield return Gives("pytorch#195527 sigmoid at 40 is 1 after rounding", () => Slope(40, x => x.Sigmoid()), 0);
        yield return Gives("sigmoid at 17 in float32 is 1 after rounding",
            () => Slope(Tensor.From(17f).RequireGrad(), x => x.Sigmoid()), 0);
        yield return Gives("expm1 at -17 in float32 is -1 after rounding",
            () => Slope(Tensor.From(-17f).RequireGrad(), x => x.Expm1()), 0);
    }

    /// <summary>
    /// Not what mathematics says, but what PyTorch gives and its users expect: a product with the untaken branch's
    /// infinite slope, and slopes that are computed from the rounded output. Where the input is changed first, both
    /// have the right answer.
    /// </summary>
    [TestCaseSource(nameof(RoundedAndUntaken))]
    public void As_in_PyTorch(Func<Tensor> call, double[] expected, double within) => Check(call, expected, within);

    [Test]
    public void Choosing_the_argument_first_keeps_the_untaken_branch_finite()
    {
        Tensor slope = Slope([-1, 4], x => Tensor.Where(x > 0, Tensor.Where(x > 0, x, 1).Sqrt(), x));
        Assert.That(slope.ToArray<double>(), Is.EqualTo(new[] { 1, 0.25 }));
    }
}
