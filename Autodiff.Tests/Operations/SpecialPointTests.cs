namespace Autodiff.Tests;

/// <summary>
/// Values and slopes at zeros and infinities, and where squares leave the range, as mathematics has them.
/// </summary>
public class SpecialPointTests
{
    private const double Inf = double.PositiveInfinity;

    private static IEnumerable<TestCaseData> Slopes => [
        Slope("hypot at the origin", x => x.Hypot(Tensor.From(0.0)), 0, 0),
        Slope("hypot far out", x => x.Hypot(Tensor.From(1e300)), 1e300, Math.Sqrt(0.5)),
        Slope("atan2 far out", x => x.Atan2(Tensor.From(1e200)), 1e200, 0.5e-200),
        Slope("atan2 near the origin", x => x.Atan2(Tensor.From(3e-200)), 4e-200, 3.0 / 25 * 1e200),
        Slope("atan2's second argument far out", x => Tensor.From(1e200).Atan2(x), 1e200, -0.5e-200),
        Slope("log-sum-exp of nothing", x => x.LogSumExp(0), -Inf, 0),
        Slope("logaddexp of nothing", x => x.LogAddExp(Tensor.From(-Inf)), -Inf, 0.5),
        Slope("logaddexp with nothing", x => x.LogAddExp(Tensor.From(-Inf)), 1, 1),
        Slope("x log y at 0, 0 along x", x => x.XLogY(Tensor.From(0.0)), 0, 0),
        Slope("x log y at 0, 0 along y", y => Tensor.From(0.0).XLogY(y), 0, 0),
        Slope("x log y at 2, 0 along y", y => Tensor.From(2.0).XLogY(y), 0, Inf),
        Slope("0^y at 0", y => Tensor.Pow(Tensor.From(0.0), y), 0, 0),
        Slope("0^y at 2", y => Tensor.Pow(Tensor.From(0.0), y), 2, 0),
        Slope("inf^y at -1", y => Tensor.Pow(Tensor.From(Inf), y), -1, 0),
        Slope("x^0 at a subnormal x", x => Tensor.Pow(x, Tensor.From(0.0)), 5e-324, 0),
        Slope("x^inf below 1", x => Tensor.Pow(x, Tensor.From(Inf)), 0.5, 0),
        Slope("x^-inf above 1", x => Tensor.Pow(x, Tensor.From(-Inf)), 2, 0),
        Slope("atan2 of an infinity along the other", y => y.Atan2(Tensor.From(Inf)), 2, 0),
        Slope("atan2 of an infinity along it", y => y.Atan2(Tensor.From(2.0)), Inf, 0),
        Slope("x^0 at 0", x => Tensor.Pow(x, Tensor.From(0.0)), 0, 0),
        Slope("2^x where it overflows", x => x.Exp2(), 1024, Math.ScaleB(Math.Log(2), 1024)),
        Slope("2^x beyond", x => x.Exp2(), 1026, Inf),
        Slope("x^(1/2) at -infinity", x => x.Pow(0.5), -Inf, 0),
        Slope("silu at -infinity", x => x.Silu(), -Inf, 0),
        Slope("silu at infinity", x => x.Silu(), Inf, 1),
        Slope("gelu at -infinity", x => x.Gelu(), -Inf, 0),
        Slope("gelu at infinity", x => x.Gelu(), Inf, 1),
        Slope("gelu by tanh at -infinity", x => x.Gelu(GeluApproximation.Tanh), -Inf, 0),
        Slope("gelu by tanh far out", x => x.Gelu(GeluApproximation.Tanh), 1e200, 1),
        Slope("mish at -infinity", x => x.Mish(), -Inf, 0),
        Slope("mish at infinity", x => x.Mish(), Inf, 1),
        Slope("asinh far out", x => x.Asinh(), -1e200, 1e-200),
        Slope("acosh far out", x => x.Acosh(), 1e200, 1e-200),
    ];

    [TestCaseSource(nameof(Slopes))]
    public void Slopes_are_the_limits(Func<Tensor, Tensor> f, double at, double slope)
    {
        Tensor x = Tensor.From(at).RequireGrad();
        Tensor recorded = Autograd.Grad([f(x).Sum()], [x], createGraph: true)[0]!;
        f(x).Sum().Backward();
        Assert.Multiple(() =>
        {
            Assert.That(x.Grad!.Item(), Is.EqualTo(slope).Within(1e-12).Percent);
            Assert.That(recorded.Item(), Is.EqualTo(slope).Within(1e-12).Percent, "recorded");
        });
    }

    private static IEnumerable<TestCaseData> Values => [
        Value("silu", x => x.Silu(), -Inf, 0),
        Value("gelu", x => x.Gelu(), -Inf, 0),
        Value("gelu by tanh", x => x.Gelu(GeluApproximation.Tanh), -Inf, 0),
        Value("mish", x => x.Mish(), -Inf, 0),
        Value("hardswish", x => x.Hardswish(), -Inf, 0),
        Value("silu", x => x.Silu(), Inf, Inf),
        Value("softsign", x => x.Softsign(), -Inf, -1),
        Value("softsign", x => x.Softsign(), Inf, 1),
        Value("logit", x => x.Logit(), 0, -Inf),
        Value("logit", x => x.Logit(), 1, Inf),
        Value("(-inf)^(1/2)", x => x.Pow(0.5), -Inf, Inf),
        Value("(-inf)^(-1/2)", x => x.Pow(-0.5), -Inf, 0),
        Value("1 / (-0)^(1/2)", x => 1 / x.Pow(0.5), -0.0, Inf),
        Value("(-0)^(-1/2)", x => x.Pow(-0.5), -0.0, Inf),
        Value("(-4)^(1/2)", x => x.Pow(0.5), -4, double.NaN),
    ];

    [TestCaseSource(nameof(Values))]
    public void Values_are_the_limits(Func<Tensor, Tensor> f, double at, double value)
    {
        Assert.That(f(Tensor.From(at)).Item(), Is.EqualTo(value));
        Assert.That(f(Tensor.From((float)at)).Item(), Is.EqualTo(value), "float32");
        Assert.That(f(Tensor.From(at).To(Device.Reference)).To(Device.Cpu).Item(), Is.EqualTo(value), "reference");
    }

    [Test]
    public void The_logit_of_a_subnormal_number_is_finite()
    {
        Assert.That(Tensor.From(1e-310).Logit().Item(), Is.EqualTo(Math.Log(1e-310)).Within(1e-12));
        Assert.That(Tensor.From(1e-40f).Logit().Item(), Is.EqualTo(Math.Log(1e-40f)).Within(1e-4));
    }

    // Where no slope is infinite, the derivative of the derivative is a number, too: nothing comes back from a branch
    // not taken.
    [Test]
    public void Second_derivatives_at_special_points_are_numbers()
    {
        Assert.Multiple(() =>
        {
            Check(x => x.LogSumExp(0), [-Inf, -Inf], [0, 0]);
            Check(x => Tensor.Pow(x, Tensor.From(0.0, 1, 2, 3)), [0, 0, 0, 0], [0, 0, 2, 0]);
            Check(y => Tensor.Pow(Tensor.From(0.0, 0), y), [1, 2], [0, 0]);
            Check(y => Tensor.From(0.0, 0).XLogY(y), [0, 2], [0, 0]);
            Check(x => x.Exp2(), [1, -1100], [2 * Math.Log(2) * Math.Log(2), 0]);
            Check(x => x.Silu() + x.Gelu() + x.Mish(), [-Inf, Inf], [0, 0]);
            Check(x => x.Atan2(Tensor.From(1e-100, 1e100)), [1e-100, 1e100], [-0.5e200, -0.5e-200]);
        });

        static void Check(Func<Tensor, Tensor> f, double[] at, double[] expected)
        {
            Tensor x = Tensor.From(at).RequireGrad(), slope = Autograd.Grad([f(x).Sum()], [x], createGraph: true)[0]!;
            double[] second = Autograd.Grad([slope.Sum()], [x])[0]!.ToArray<double>();
            for (int i = 0; i < at.Length; i++)
            {
                Assert.That(second[i], Is.EqualTo(expected[i]).Within(1e-10 * Math.Abs(expected[i])), $"at {at[i]}");
            }
        }
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Derivatives_of_derivatives_far_out_are_numbers(DType type)
    {
        double[] far = [30, 44, 50, 90, 340, 1e5, 1e20, Inf, -50, -1e20];
        Assert.Multiple(() =>
        {
            Check(x => x.Tanhshrink(), far, 3, 0);
            Check(x => x.Softsign(), [1e20, -1e30, Inf, -Inf], 3, 0);
            Check(x => x.Cosh(), [1000, 1e6], 2, Inf);
            Check(x => x.Sinh(), [1000, 1e6], 3, Inf);
            Check(x => x.Cosh(), [1000, 1e6], 4, Inf);
        });

        void Check(Func<Tensor, Tensor> f, double[] at, int order, double expected)
        {
            Tensor x = Tensor.From(at).To(type).RequireGrad(), y = f(x);
            for (int i = 0; i < order; i++)
            {
                y = Autograd.Grad([y.Sum()], [x], createGraph: true)[0]!;
            }

            Assert.That(y.ToArray<double>(), Is.All.EqualTo(expected).Within(1e-15));
        }
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void A_slope_is_the_same_where_it_is_recorded(DType type)
    {
        double[] bases = [0, 1e-20, 1e-5, 0.5, 1, 2, 1e20, Inf], powers = [Inf, -Inf, 0, 1e30, -1e30, 2.5];
        Tensor x = Tensor.From(bases).Unsqueeze(1).To(type).RequireGrad(), p = Tensor.From(powers).To(type);
        Func<Tensor>[] functions = [() => x.Pow(p), () => x.Hypot(p), () => x.Atan2(p), () => x.XLogY(p)];
        foreach (Func<Tensor> function in functions)
        {
            Tensor plain = Autograd.Grad([function().Sum()], [x])[0]!;
            Tensor recorded = Autograd.Grad([function().Sum()], [x], createGraph: true)[0]!;
            Assert.That(recorded.ToArray<double>(), Is.EqualTo(plain.ToArray<double>()).Within(1e-4).Percent);
        }
    }

    [Test]
    public void The_second_derivative_of_a_determinant_holds_where_float32_rounds_the_matrix_to_a_singular_one()
    {
        Tensor a = Tensor.From(new float[,] { { 1f / 3, 2f / 3 }, { 0.1f, 0.2f } }).RequireGrad();
        Tensor slope = Autograd.Grad([a.Det()], [a], createGraph: true)[0]!;
        Tensor second = Autograd.Grad([(slope * Tensor.From(new float[,] { { 1, 2 }, { 3, 4 } })).Sum()], [a])[0]!;
        Assert.That(second.Flatten().ToArray<float>(), Is.EqualTo(new[] { 4f, -3, -2, 1 }).Within(1e-5));
    }

    private static TestCaseData Slope(string name, Func<Tensor, Tensor> f, double at, double slope) =>
        new TestCaseData(f, at, slope).SetName(name);

    private static TestCaseData Value(string name, Func<Tensor, Tensor> f, double at, double value) =>
        new TestCaseData(f, at, value).SetName($"value of {name} at {at}");
}
