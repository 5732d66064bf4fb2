namespace Autodiff.Tests.Elementwise;

/// <summary>
/// What the documentation of a few functions says of their gradients' limits, and that its remedies work.
/// </summary>
public class DocumentedLimitTests
{
    private static double Slope(Func<Tensor, Tensor> f, double x, DType type)
    {
        Tensor leaf = Tensor.Full([1], x, type).RequireGrad();
        f(leaf).Sum().Backward();
        return leaf.Grad!.Item();
    }

    private static IEnumerable<TestCaseData> Rounded()
    {
        yield return Case("Sigmoid", x => x.Sigmoid(), x => 1 - (-x).Sigmoid(), 18, 40, x => Math.Exp(-x));
        yield return Case("Tanh", x => x.Tanh(), x => 1 - 2 * (-2 * x).Sigmoid(), 10, 20, x => 4 * Math.Exp(-2 * x));
        yield return Case("Tanh, left", x => x.Tanh(), x => 2 * (2 * x).Sigmoid() - 1, -10, -20,
            x => 4 * Math.Exp(2 * x));
        yield return Case("Expm1", x => x.Expm1(), x => x.Exp() - 1, -18, -40, Math.Exp);
        yield return Case("Elu", x => x.Elu(0.5), x => Tensor.Where(x > 0, x, 0.5 * (x.ClampMax(0).Exp() - 1)), -18,
            -40, x => 0.5 * Math.Exp(x));

        static TestCaseData Case(string name, Func<Tensor, Tensor> f, Func<Tensor, Tensor> remedy, double far32,
            double far64, Func<double, double> slope) =>
            new TestCaseData(f, remedy, far32, far64, slope).SetName($"{{m}}({name})");
    }

    [TestCaseSource(nameof(Rounded))]
    public void A_slope_from_a_rounded_result_vanishes_and_the_remedy_keeps_it(
        Func<Tensor, Tensor> f, Func<Tensor, Tensor> remedy, double far32, double far64, Func<double, double> slope)
    {
        foreach ((DType type, double far) in new[] { (DType.Float32, far32), (DType.Float64, far64) })
        {
            Assert.That(Slope(f, far, type), Is.Zero);
            Assert.That(Slope(remedy, far, type), Is.EqualTo(slope(far)).Within(1e-3).Percent);
        }
    }

    [Test]
    public void Where_multiplies_the_side_that_is_not_taken_by_zero()
    {
        Assert.That(Slope(x => Tensor.Where(x.Eq(0), 1, x.Sin() / x), 0, DType.Float64), Is.NaN);
        Assert.That(Slope(Harmless, 0, DType.Float64), Is.Zero);
        Assert.That(Slope(Harmless, 0.5, DType.Float64),
            Is.EqualTo((0.5 * Math.Cos(0.5) - Math.Sin(0.5)) / 0.25).Within(1e-14));

        static Tensor Harmless(Tensor x)
        {
            Tensor v = Tensor.Where(x.Eq(0), 1, x);
            return Tensor.Where(x.Eq(0), 1, v.Sin() / v);
        }
    }
}
