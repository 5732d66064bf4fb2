namespace Autodiff.Tests;

[TestFixture]
public class FdlibmTests
{
    // Values of log(1 + x) rounded from fifty digits.
    [TestCase(1e-300, 1e-300)]
    [TestCase(-1e-17, -1e-17)]
    [TestCase(3e-12, 2.9999999999955003e-12)]
    [TestCase(-2.5e-9, -2.500000003125e-09)]
    [TestCase(1e-5, 9.999950000333332e-06)]
    [TestCase(-1e-5, -1.0000050000333337e-05)]
    [TestCase(0.1, 0.09531017980432487)]
    [TestCase(-0.25, -0.2876820724517809)]
    [TestCase(-0.2929, -0.3465831803719419)]
    [TestCase(0.4142, 0.3465640001880034)]
    [TestCase(0.5, 0.4054651081081644)]
    [TestCase(-0.5, -0.6931471805599453)]
    [TestCase(-0.999999999, -20.723265865228342)]
    [TestCase(1.0, 0.6931471805599453)]
    [TestCase(3.0, 1.3862943611198906)]
    [TestCase(1e10, 23.025850930040455)]
    [TestCase(1e20, 46.051701859880914)]
    [TestCase(1.7e308, 709.7268368932282)]
    [TestCase(9.5367431640625e-07, 9.536738616591883e-07)]
    public void Log1P_is_right_to_an_ulp(double x, double expected) =>
        Assert.That(Fdlibm.Log1P(x), Is.EqualTo(expected).Within(1).Ulps);

    // Arguments on which glibc's fused log1p and the one without FMA part.
    [TestCase(-0.27403938693678254, -0.32025951760807214)]
    [TestCase(-0.31380610373210427, -0.37659504357272611)]
    [TestCase(-0.12917586810589521, -0.13831523767900752)]
    [TestCase(-0.35840961807540994, -0.44380521330810824)]
    public void Log1P_is_glibcs_to_the_last_bit(double x, double expected) =>
        Assert.That(Fdlibm.Log1P(x), Is.EqualTo(expected));

    [Test]
    public void Log1P_keeps_the_edges()
    {
        Assert.That(Fdlibm.Log1P(-1), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Fdlibm.Log1P(-1.5), Is.NaN);
        Assert.That(Fdlibm.Log1P(double.NaN), Is.NaN);
        Assert.That(Fdlibm.Log1P(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(double.IsNegative(Fdlibm.Log1P(-0.0)), Is.True);
    }

    [Test]
    public void Log1P_agrees_with_Log_where_the_sum_is_exact()
    {
        for (int k = 1; k < 4096; k++)
        {
            double x = -k / 4096.0;
            Assert.That(Fdlibm.Log1P(x), Is.EqualTo(Math.Log(1 + x)).Within(2).Ulps, $"x = {x}");
        }
    }
}
