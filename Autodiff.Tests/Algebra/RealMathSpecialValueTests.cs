using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>Zeros of both signs, infinities, NaN, subnormal numbers, the edges of the domains.</summary>
[Parallelizable]
public class RealMathSpecialValueTests
{
    private const double Inf = double.PositiveInfinity, NaN = double.NaN, HalfPi = Math.PI / 2;

    // Values that both precisions hold or round to.
    [TestCase("exp", Inf, Inf)]
    [TestCase("exp", -Inf, 0.0)]
    [TestCase("exp", 0.0, 1.0)]
    [TestCase("exp", -0.0, 1.0)]
    [TestCase("exp", 1e4, Inf)]
    [TestCase("exp", -1e4, 0.0)]
    [TestCase("expm1", Inf, Inf)]
    [TestCase("expm1", -Inf, -1.0)]
    [TestCase("expm1", 0.0, 0.0)]
    [TestCase("expm1", -0.0, -0.0)]
    [TestCase("expm1", 1e4, Inf)]
    [TestCase("expm1", -1e4, -1.0)]
    [TestCase("log", 0.0, -Inf)]
    [TestCase("log", -0.0, -Inf)]
    [TestCase("log", 1.0, 0.0)]
    [TestCase("log", Inf, Inf)]
    [TestCase("log", -1.0, NaN)]
    [TestCase("log", -1e-40, NaN)]
    [TestCase("log", -Inf, NaN)]
    [TestCase("log1p", 0.0, 0.0)]
    [TestCase("log1p", -0.0, -0.0)]
    [TestCase("log1p", -1.0, -Inf)]
    [TestCase("log1p", -2.0, NaN)]
    [TestCase("log1p", Inf, Inf)]
    [TestCase("log1p", -Inf, NaN)]
    [TestCase("log1p", 1e-40, 1e-40)]
    [TestCase("sin", 0.0, 0.0)]
    [TestCase("sin", -0.0, -0.0)]
    [TestCase("sin", Inf, NaN)]
    [TestCase("sin", -Inf, NaN)]
    [TestCase("cos", 0.0, 1.0)]
    [TestCase("cos", Inf, NaN)]
    [TestCase("cos", -Inf, NaN)]
    [TestCase("tan", 0.0, 0.0)]
    [TestCase("tan", -0.0, -0.0)]
    [TestCase("tan", Inf, NaN)]
    [TestCase("atan", 0.0, 0.0)]
    [TestCase("atan", -0.0, -0.0)]
    [TestCase("atan", Inf, HalfPi)]
    [TestCase("atan", -Inf, -HalfPi)]
    [TestCase("asin", 0.0, 0.0)]
    [TestCase("asin", -0.0, -0.0)]
    [TestCase("asin", 1.0, HalfPi)]
    [TestCase("asin", -1.0, -HalfPi)]
    [TestCase("asin", 1.5, NaN)]
    [TestCase("asin", -Inf, NaN)]
    [TestCase("acos", 1.0, 0.0)]
    [TestCase("acos", -1.0, Math.PI)]
    [TestCase("acos", 1.5, NaN)]
    [TestCase("acos", -1.5, NaN)]
    [TestCase("acos", Inf, NaN)]
    [TestCase("sinh", 0.0, 0.0)]
    [TestCase("sinh", -0.0, -0.0)]
    [TestCase("sinh", Inf, Inf)]
    [TestCase("sinh", -Inf, -Inf)]
    [TestCase("cosh", 0.0, 1.0)]
    [TestCase("cosh", Inf, Inf)]
    [TestCase("cosh", -Inf, Inf)]
    [TestCase("tanh", 0.0, 0.0)]
    [TestCase("tanh", -0.0, -0.0)]
    [TestCase("tanh", Inf, 1.0)]
    [TestCase("tanh", -Inf, -1.0)]
    [TestCase("tanh", 1e-40, 1e-40)]
    [TestCase("asinh", 0.0, 0.0)]
    [TestCase("asinh", -0.0, -0.0)]
    [TestCase("asinh", Inf, Inf)]
    [TestCase("asinh", -Inf, -Inf)]
    [TestCase("acosh", 1.0, 0.0)]
    [TestCase("acosh", Inf, Inf)]
    [TestCase("acosh", 0.5, NaN)]
    [TestCase("acosh", -1e30, NaN)]
    [TestCase("acosh", -Inf, NaN)]
    [TestCase("atanh", 0.0, 0.0)]
    [TestCase("atanh", -0.0, -0.0)]
    [TestCase("atanh", 1.0, Inf)]
    [TestCase("atanh", -1.0, -Inf)]
    [TestCase("atanh", 1.5, NaN)]
    [TestCase("atanh", Inf, NaN)]
    [TestCase("erf", 0.0, 0.0)]
    [TestCase("erf", -0.0, -0.0)]
    [TestCase("erf", Inf, 1.0)]
    [TestCase("erf", -Inf, -1.0)]
    [TestCase("erfc", 0.0, 1.0)]
    [TestCase("erfc", Inf, 0.0)]
    [TestCase("erfc", -Inf, 2.0)]
    [TestCase("exp2", Inf, Inf)]
    [TestCase("exp2", -Inf, 0.0)]
    [TestCase("exp2", 1e9, Inf)]
    [TestCase("exp2", -1e9, 0.0)]
    [TestCase("exp2", 10.0, 1024.0)]
    [TestCase("log2", 0.0, -Inf)]
    [TestCase("log2", -0.0, -Inf)]
    [TestCase("log2", 1.0, 0.0)]
    [TestCase("log2", Inf, Inf)]
    [TestCase("log2", -1.0, NaN)]
    [TestCase("log10", 0.0, -Inf)]
    [TestCase("log10", Inf, Inf)]
    [TestCase("log10", -1.0, NaN)]
    [TestCase("sigmoid", Inf, 1.0)]
    [TestCase("sigmoid", -Inf, 0.0)]
    [TestCase("softplus", Inf, Inf)]
    [TestCase("softplus", -Inf, 0.0)]
    public void Special_values_are_exact(string name, double x, double expected)
    {
        RealFunction f = RealFunction.Named(name);
        double[] y =
        [
            f.Map<V512<float>, float>([(float)x])[0], f.Map<V256<float>, float>([(float)x])[0],
            f.Map<V512<double>, double>([x])[0], f.Map<V256<double>, double>([x])[0], f.Apply<Scalar>(x, 0).Value,
        ];
        double[] truth = [(float)expected, (float)expected, expected, expected, expected];

        // A multiple of pi is not a number of either precision, so its last digit is the function's error, not a
        // special value.
        double tolerance = Math.Abs(expected) is HalfPi or Math.PI ? 1 : 0;
        Assert.That(y[..2], Is.EqualTo(truth[..2]).Within(tolerance * 1.2e-7));
        Assert.That(y[2..], Is.EqualTo(truth[2..]).Within(tolerance * 2.3e-16));
        Assert.That(y.Select(v => !double.IsNaN(v) && double.IsNegative(v)),
            Is.EqualTo(truth.Select(v => !double.IsNaN(v) && double.IsNegative(v))));
    }

    [Test]
    public void Every_function_passes_NaN_on()
    {
        Assert.Multiple(() =>
        {
            foreach (RealFunction f in RealFunction.All)
            {
                Assert.That(f.Map<V512<float>, float>([float.NaN])[0], Is.NaN, f.Name);
                Assert.That(f.Map<V256<double>, double>([NaN])[0], Is.NaN, f.Name);
                Assert.That(f.Map<V512<double>, double>([NaN], [2])[0], Is.NaN, f.Name);
                Assert.That(f.Arity == 1 ? NaN : f.Map<V512<float>, float>([2], [float.NaN])[0], Is.NaN, f.Name);
            }
        });
    }

    [TestCase("pow")]
    [TestCase("atan2")]
    public void Two_arguments_meet_as_IEEE_754_says(string name)
    {
        RealFunction f = RealFunction.Named(name);
        double[] edge =
        [
            0.0, 1, 0.5, 2, 3, 2.5, 4097, 16777216, 16777217, 9007199254740991, 9007199254740992, 1e-40, 5e-324, 1e300,
            Inf, NaN,
        ];
        edge = [.. edge, .. edge.Select(v => -v)];
        double[] a = [.. edge.SelectMany(v => edge.Select(_ => v))], b = [.. edge.SelectMany(_ => edge)];
        float[] fa = [.. a.Select(v => (float)v)], fb = [.. b.Select(v => (float)v)];
        double[] wide = f.Map<V512<double>, double>(a, b);
        float[] single = f.Map<V256<float>, float>(fa, fb);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < a.Length; i++)
            {
                double truth = name == "pow" ? Math.Pow(a[i], b[i]) : Math.Atan2(a[i], b[i]);
                float truthSingle = (float)(name == "pow" ? Math.Pow(fa[i], fb[i]) : Math.Atan2(fa[i], fb[i]));
                Assert.That(Same(wide[i], truth, 1e-15), $"{name}({a[i]:R}, {b[i]:R}) = {wide[i]:R}, not {truth:R}");
                Assert.That(Same(single[i], truthSingle, 2.5e-7),
                    $"{name}({fa[i]:R}, {fb[i]:R}) = {single[i]:R}, not {truthSingle:R}");
            }
        });

        static bool Same(double y, double truth, double tolerance) =>
            double.IsNegative(y) == double.IsNegative(truth)
                && Math.Abs(y - truth) <= tolerance * Math.Abs(truth) + 1e-45
            || Text(y) == Text(truth);
    }

    [TestCase(5.5, 2.0)]
    [TestCase(-5.5, 2.0)]
    [TestCase(5.5, -2.0)]
    [TestCase(-5.5, -2.0)]
    [TestCase(6.0, 3.0)]
    [TestCase(-6.0, 3.0)]
    [TestCase(0.0, 3.0)]
    [TestCase(-0.0, 3.0)]
    [TestCase(1.0, 0.1)]
    [TestCase(0.3, 0.1)]
    [TestCase(1e10, 0.3)]
    [TestCase(5.0, Inf)]
    [TestCase(-5.0, Inf)]
    [TestCase(Inf, 3.0)]
    [TestCase(Inf, Inf)]
    [TestCase(3.0, 0.0)]
    [TestCase(0.0, 0.0)]
    [TestCase(NaN, 1.0)]
    [TestCase(1.0, NaN)]
    public void Fmod_is_the_exact_remainder_and_remainder_takes_the_sign_of_the_divisor(double a, double b)
    {
        double expected = a % b;
        Assert.That(Text(RealMath.Fmod<Scalar>(a, b).Value), Is.EqualTo(Text(expected)));
        Assert.That(Text(RealMath.Fmod(new Lane<float>((float)a), new((float)b)).Value),
            Is.EqualTo(Text((float)a % (float)b)));

        double floored = expected != 0 && expected < 0 != b < 0 ? expected + b : expected;
        Assert.That(Text(RealMath.Remainder<Scalar>(a, b).Value), Is.EqualTo(Text(floored)));
    }

    [TestCase(3, -0.0, -3)]
    [TestCase(-3, 0.0, 3)]
    [TestCase(-3, -7, -3)]
    [TestCase(-3, Inf, 3)]
    [TestCase(Inf, -Inf, -Inf)]
    [TestCase(0.0, -1, -0.0)]
    public void CopySign_sees_the_sign_of_a_zero_on_every_carrier(double x, double sign, double expected)
    {
        double[] values =
        [
            CopySign<Scalar>(x, sign).Value, CopySign(new Dual<Scalar>(x, 1), new Dual<Scalar>(sign, 1)).Value.Value,
            CopySign(new Lane<float>((float)x), new((float)sign)).Value,
            CopySign(V512<float>.Const(x), V512<float>.Const(sign))[3],
            CopySign(V256<double>.Const(x), V256<double>.Const(sign))[1],
        ];
        Assert.That(values.Select(Text), Is.All.EqualTo(Text(expected)));
    }

    [Test]
    public void Hypot_and_logaddexp_accept_infinities()
    {
        Assert.That(RealMath.Hypot<Scalar>(-Inf, NaN).Value, Is.EqualTo(Inf));
        Assert.That(RealMath.Hypot<Scalar>(NaN, Inf).Value, Is.EqualTo(Inf));
        Assert.That(RealMath.Hypot<Scalar>(0, 0).Value, Is.Zero);
        Assert.That(RealMath.LogAddExp<Scalar>(Inf, -Inf).Value, Is.EqualTo(Inf));
        Assert.That(RealMath.LogAddExp<Scalar>(-Inf, -Inf).Value, Is.EqualTo(-Inf));
        Assert.That(RealMath.LogAddExp<Scalar>(-Inf, 3).Value, Is.EqualTo(3));
        Assert.That(RealMath.LogAddExp<Scalar>(Inf, NaN).Value, Is.NaN);
    }

    [Test]
    public void RoundDecimals_rounds_halves_to_even_on_either_side_of_the_point()
    {
        Assert.That(RealMath.RoundDecimals<Scalar>(2.125, 2).Value, Is.EqualTo(2.12));
        Assert.That(RealMath.RoundDecimals<Scalar>(-1.5, 0).Value, Is.EqualTo(-2));
        Assert.That(RealMath.RoundDecimals<Scalar>(1250, -2).Value, Is.EqualTo(1200));
    }

    // 0 or infinite results of the branch not taken must not leak into the derivative as 0 times infinity.
    [TestCase("sigmoid", -800, 0)]
    [TestCase("sigmoid", 800, 0)]
    [TestCase("sigmoid", 0, 0.25)]
    [TestCase("softplus", 0, 0.5)]
    [TestCase("softplus", -0.0, 0.5)]
    [TestCase("softplus", 800, 1)]
    [TestCase("softplus", -800, 0)]
    [TestCase("tanh", 0, 1)]
    [TestCase("tanh", -0.0, 1)]
    [TestCase("tanh", 800, 0)]
    [TestCase("tanh", -800, 0)]
    [TestCase("sinh", 0, 1)]
    [TestCase("cosh", 0, 0)]
    [TestCase("asinh", 0, 1)]
    [TestCase("asinh", 1e200, 1e-200)]
    [TestCase("acosh", 1e200, 1e-200)]
    [TestCase("atanh", 0, 1)]
    [TestCase("asin", 0, 1)]
    [TestCase("asin", 1, Inf)]
    [TestCase("acos", 0, -1)]
    [TestCase("erf", 30, 0)]
    [TestCase("exp2", 1, 2 * 0.6931471805599453)]
    [TestCase("exp2", -2000, 0)]
    [TestCase("log2", 4, 0.25 * 1.4426950408889634)]
    public void Derivatives_are_finite_where_mathematics_says_so(string name, double x, double expected) =>
        Assert.That(
            RealFunction.Named(name).Apply<Dual<Scalar>>(new(x, 1), new(0, 0)).Tangent.Value,
            Is.EqualTo(expected).Within(1e-14 * Math.Abs(double.IsFinite(expected) ? expected : 0)));

    [Test]
    public void Derivatives_of_two_arguments_survive_the_axes_and_ties()
    {
        Assert.Multiple(() =>
        {
            Slopes("atan2", 1, 0, 0, -1);
            Slopes("atan2", 0, 2, 0.5, 0);
            Slopes("atan2", -0.0, -2, -0.5, 0);
            Slopes("logaddexp", 3, 3, 0.5, 0.5);
            Slopes("logaddexp", 900, -900, 1, 0);
            Slopes("hypot", 3e200, 4e200, 0.6, 0.8);
            Slopes("hypot", 0, 4, 0, 1);
            Slopes("pow", 0, 0.5, Inf, 0);
            Slopes("pow", 0, 0, 0, 0);
            Slopes("pow", 2, 0, 0, 0.6931471805599453);
        });

        static void Slopes(string name, double a, double b, double slopeA, double slopeB)
        {
            RealFunction f = RealFunction.Named(name);
            Assert.That(f.Apply<Dual<Scalar>>(new(a, 1), new(b, 0)).Tangent.Value, Is.EqualTo(slopeA).Within(1e-15),
                $"{name}({a}, {b}) by a");
            Assert.That(f.Apply<Dual<Scalar>>(new(a, 0), new(b, 1)).Tangent.Value, Is.EqualTo(slopeB).Within(1e-15),
                $"{name}({a}, {b}) by b");
        }
    }

    [Test]
    public void A_constant_exponent_takes_nothing_from_the_derivative_of_a_negative_base()
    {
        Dual<Scalar> x = Dual<Scalar>.Variable(-3);
        Assert.That(Dual<Scalar>.Pow(x, Dual<Scalar>.Const(2)).Tangent.Value, Is.EqualTo(-6).Within(1e-15));
        Assert.That(Dual<Scalar>.Pow(Dual<Scalar>.Const(-3), Dual<Scalar>.Variable(2)).Tangent.Value, Is.NaN);
    }

    private static S CopySign<S>(S x, S sign) where S : IReal<S> => S.CopySign(x, sign);

    private static string Text(double v) =>
        double.IsNaN(v) ? "NaN" : v.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
