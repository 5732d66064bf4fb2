using Autodiff.Algebra;
using Autodiff.Cpu;
using FsCheck;
using FsCheck.Fluent;

namespace Autodiff.Tests;

/// <summary>What must hold for any argument whatever.</summary>
[Parallelizable]
public class RealMathPropertyTests
{
    [TestCase("expm1", false)]
    [TestCase("sin", true)]
    [TestCase("tan", true)]
    [TestCase("atan", true)]
    [TestCase("asin", true)]
    [TestCase("sinh", true)]
    [TestCase("tanh", true)]
    [TestCase("asinh", true)]
    [TestCase("atanh", true)]
    [TestCase("erf", true)]
    public void Functions_through_the_origin_keep_tiny_arguments_and_odd_ones_mirror_to_the_bit(string name, bool odd)
    {
        RealFunction f = RealFunction.Named(name);
        Prop.ForAll<double>(x =>
        {
            double tiny = 1e-25 * Math.Tanh(x), scale = name == "erf" ? 2 / Math.Sqrt(Math.PI) : 1;
            float[] y = f.Map<V512<float>, float>([(float)x, (float)-x, (float)tiny]);
            double[] z = f.Map<V256<double>, double>([x, -x, tiny]);
            bool kept = !(Math.Abs(y[2] - scale * tiny) > 2e-7 * Math.Abs(tiny))
                && !(Math.Abs(z[2] - scale * tiny) > 4e-16 * Math.Abs(tiny));
            return kept && (!odd || Mirrors(y[0], y[1]) && Mirrors(z[0], z[1]));
        }).QuickCheckThrowOnFailure();

        static bool Mirrors(double u, double v) =>
            double.IsNaN(u) ? double.IsNaN(v) : (-u).Equals(v) && double.IsNegative(u) != double.IsNegative(v);
    }

    [TestCase("cos")]
    [TestCase("cosh")]
    public void Even_functions_mirror_to_the_bit(string name)
    {
        RealFunction f = RealFunction.Named(name);
        Prop.ForAll<double>(x => f.Map<V512<double>, double>([x])[0].Equals(f.Map<V512<double>, double>([-x])[0]))
            .QuickCheckThrowOnFailure();
    }

    [TestCase("exp")]
    [TestCase("expm1")]
    [TestCase("log")]
    [TestCase("log1p")]
    [TestCase("atan")]
    [TestCase("asin")]
    [TestCase("sinh")]
    [TestCase("tanh")]
    [TestCase("asinh")]
    [TestCase("erf")]
    [TestCase("exp2")]
    [TestCase("sigmoid")]
    [TestCase("softplus")]
    public void Rising_functions_rise(string name)
    {
        RealFunction f = RealFunction.Named(name);
        Prop.ForAll<double>(x =>
        {
            // A step of a few hundred units in the last place, so that an error of one cannot matter.
            float low = (float)x, high = low + MathF.Abs(low) * 1e-4f + 1e-30f;
            float[] y = f.Map<V256<float>, float>([low, high]);
            return !(y[0] > y[1]);
        }).QuickCheckThrowOnFailure();
    }

    [Test]
    public void Powers_of_two_and_of_ten_have_exact_logarithms()
    {
        float[] exponents = [.. Enumerable.Range(-149, 277).Select(k => (float)k)];
        float[] powers = [.. exponents.Select(k => (float)Math.ScaleB(1, (int)k))];
        Assert.That(RealFunction.Named("log2").Map<V512<float>, float>(powers), Is.EqualTo(exponents));
        Assert.That(RealFunction.Named("exp2").Map<V512<float>, float>(exponents), Is.EqualTo(powers));

        double[] many = [.. Enumerable.Range(-1074, 2098).Select(k => (double)k)];
        double[] huge = [.. many.Select(k => Math.ScaleB(1, (int)k))];
        Assert.That(RealFunction.Named("log2").Map<V512<double>, double>(huge), Is.EqualTo(many));
        Assert.That(RealFunction.Named("exp2").Map<V512<double>, double>(many), Is.EqualTo(huge));

        double[] tens = [.. Enumerable.Range(0, 23).Select(k => (double)k)];
        Assert.That(RealFunction.Named("log10").Map<V512<double>, double>([.. tens.Select(k => Math.Pow(10, k))]),
            Is.EqualTo(tens));
        float[] fewTens = [.. Enumerable.Range(0, 11).Select(k => (float)k)];
        Assert.That(RealFunction.Named("log10")
            .Map<V512<float>, float>([.. fewTens.Select(k => (float)Math.Pow(10, k))]), Is.EqualTo(fewTens));
    }

    [Test]
    public void Squares_and_reciprocals_are_powers()
    {
        RealFunction pow = RealFunction.Named("pow");
        Prop.ForAll<double>(x =>
        {
            double[] y = pow.Map<V512<double>, double>([x, x, x], [1, 2, -1]);
            return double.IsNaN(x) || Near(y[0], x) && Near(y[1], x * x) && Near(y[2], 1 / x);
        }).QuickCheckThrowOnFailure();

        static bool Near(double y, double truth) =>
            y.Equals(truth) || Math.Abs(y - truth) <= 3e-16 * Math.Abs(truth) + double.Epsilon;
    }

    [Test]
    public void Numbers_come_apart_into_significand_and_exponent_and_together_again()
    {
        float[] edge = [1e-45f, 1.1754942e-38f, 1.17549435e-38f, 1, 1.9999999f, 2, 3.4028235e38f, -6, 0.1f];
        float[] e = Parts<V512<float>>(edge, (x, _) => V512<float>.Exponent(x)),
            m = Parts<V256<float>>(edge, (x, _) => V256<float>.Mantissa(x));
        Assert.That(e, Is.EqualTo(edge.Select(x => (float)Math.ILogB(x))));
        Assert.That(m, Is.All.InRange(1, 1.9999999f));
        Assert.That(Parts<V512<float>>(edge,
            (x, _) => V512<float>.ScaleB(V512<float>.Mantissa(x), V512<float>.Exponent(x))),
            Is.EqualTo(edge.Select(MathF.Abs)));
        Assert.That(Parts<V256<float>>([0, -0f, float.PositiveInfinity, float.NegativeInfinity],
            (x, _) => V256<float>.Exponent(x)),
            Is.EqualTo(new[] { float.NegativeInfinity, float.NegativeInfinity, float.PositiveInfinity,
                float.PositiveInfinity }));
        Assert.That(Parts<V512<float>>([1.4f, 1.4f, 0.7f, 1.4f], (x, n) => V512<float>.ScaleB(x, n),
            [-149, -151, 128, 129]),
            Is.EqualTo(new[] { float.Epsilon, 0, (float)(0.7f * Math.ScaleB(1, 128)), float.PositiveInfinity }));

        static float[] Parts<V>(float[] x, Func<V, V, V> part, float[]? n = null) where V : struct, ILanes<V, float> =>
            new Part<V>(part).Map<V, float>(x, n);
    }

    private sealed class Part<W>(Func<W, W, W> part) : RealFunction("part", 2, 0, 0, []) where W : struct
    {
        public override S Apply<S>(S a, S b) => (S)(object)part((W)(object)a, (W)(object)b);
    }
}
