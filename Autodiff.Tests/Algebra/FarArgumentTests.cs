using System.Numerics;
using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>
/// Sine, cosine and tangent of arguments of any size, against integer arithmetic with hundreds of digits.
/// </summary>
[Parallelizable]
public class FarArgumentTests
{
    private static readonly float[] s_singles =
    [
        1048577f, 1e7f, 16777216f, 4194305f, 1e10f, 1e20f, 1e30f, 1e38f, float.MaxValue, MathF.ScaleB(16367173, 72),
        MathF.ScaleB(1, 127),
        .. Spread(4000, 20, 128).Select(v => (float)v),
    ];

    private static readonly double[] s_doubles =
    [
        281474976710657, 1e15, 1e16, 1e22, 1e100, 1e300, double.MaxValue, 6381956970095103 * Math.ScaleB(1, 797),
        Math.ScaleB(1, 1023),
        .. Spread(4000, 48, 1024),
    ];

    [Test]
    public void Single_precision_keeps_its_error_bounds_up_to_the_largest_number()
    {
        float[] sin = Map<V512<float>, float>(s_singles, default(Sine)),
            cos = Map<V512<float>, float>(s_singles, default(Cosine)),
            tan = Map<V512<float>, float>(s_singles, default(Tangent));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < s_singles.Length; i++)
            {
                (double s, double c) = BigAngle.SinCos(s_singles[i]);
                Check(sin[i], s, 1, "sin", s_singles[i]);
                Check(cos[i], c, 1, "cos", s_singles[i]);
                Check(tan[i], s / c, 2.5, "tan", s_singles[i]);
            }
        });

        static void Check(float y, double expected, double ulps, string name, float x) =>
            Assert.That(Math.Abs(y - expected)
                / (MathF.BitIncrement(MathF.Abs((float)expected)) - MathF.Abs((float)expected)),
                Is.LessThanOrEqualTo(ulps), $"{name} {x:R} = {y:R}, not {expected:R}");
    }

    [Test]
    public void Double_precision_keeps_its_error_bounds_up_to_the_largest_number()
    {
        double[] sin = Map<V512<double>, double>(s_doubles, default(Sine)),
            cos = Map<V512<double>, double>(s_doubles, default(Cosine)),
            tan = Map<V512<double>, double>(s_doubles, default(Tangent));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < s_doubles.Length; i++)
            {
                // The expected values are rounded to double, which costs half a unit, a quotient of them two more.
                (double s, double c) = BigAngle.SinCos(s_doubles[i]);
                Check(sin[i], s, 1.5, "sin", s_doubles[i]);
                Check(cos[i], c, 1.5, "cos", s_doubles[i]);
                Check(tan[i], s / c, 4.5, "tan", s_doubles[i]);
            }
        });

        static void Check(double y, double expected, double ulps, string name, double x) =>
            Assert.That(Math.Abs(y - expected) / (Math.BitIncrement(Math.Abs(expected)) - Math.Abs(expected)),
                Is.LessThanOrEqualTo(ulps), $"{name} {x:R} = {y:R}, not {expected:R}");
    }

    [Test]
    public void Every_carrier_gives_the_same_bits()
    {
        float[] x = [.. s_singles, -1e7f, -1e30f, 1f, -0f, 1048576f];
        double[] d = [.. s_doubles, -1e16, -1e300, 1, -0.0, 281474976710656];
        Assert.Multiple(() =>
        {
            Assert.That(Map<V256<float>, float>(x, default(Sine)),
                Is.EqualTo(Map<V512<float>, float>(x, default(Sine))));
            Assert.That(Map<V256<double>, double>(d, default(Cosine)),
                Is.EqualTo(Map<V512<double>, double>(d, default(Cosine))));
            Assert.That(x.Select(v => default(Tangent).F(new Lane<float>(v)).Value),
                Is.EqualTo(Map<V512<float>, float>(x, default(Tangent))));
            Assert.That(d.Select(v => default(Tangent).F(new Lane<double>(v)).Value),
                Is.EqualTo(Map<V512<double>, double>(d, default(Tangent))));
        });
    }

    [Test]
    public void Infinities_and_NaN_give_NaN_and_leave_their_neighbours_alone()
    {
        float[] x = [float.PositiveInfinity, 1e10f, 1f, float.NegativeInfinity, float.NaN, -0f, 2e5f, 0.5f];
        float[] y = Map<V256<float>, float>(x, default(Sine));
        Assert.Multiple(() =>
        {
            Assert.That(new[] { y[0], y[3], y[4] }, Has.All.NaN);
            foreach (int i in new[] { 1, 2, 6, 7 })
            {
                Assert.That(y[i], Is.EqualTo(BigAngle.SinCos(x[i]).Sin).Within(6e-8));
            }

            Assert.That(float.IsNegative(y[5]) && y[5] == 0);
        });
    }

    [TestCase(DType.Float32, 3e9)]
    [TestCase(DType.Float64, 1e200)]
    public void Gradients_of_every_order_hold_far_out(DType type, double at)
    {
        Tensor x = Tensor.Full([3], at, type).RequireGrad();
        double exact = x.To(DType.Float64).ToArray<double>()[0];
        (double s, double c) = BigAngle.SinCos(exact);
        double tolerance = type == DType.Float32 ? 1e-6 : 1e-14;
        Tensor first = Autograd.Grad([x.Sin().Sum()], [x], createGraph: true)[0]!,
            second = Autograd.Grad([first.Sum()], [x])[0]!;
        Tensor tangent = Autograd.Grad([x.Tan().Sum()], [x])[0]!, cosine = Autograd.Grad([x.Cos().Sum()], [x])[0]!;
        Assert.Multiple(() =>
        {
            Assert.That(first.To(DType.Float64).ToArray<double>()[1], Is.EqualTo(c).Within(tolerance));
            Assert.That(second.To(DType.Float64).ToArray<double>()[1], Is.EqualTo(-s).Within(tolerance));
            Assert.That(cosine.To(DType.Float64).ToArray<double>()[1], Is.EqualTo(-s).Within(tolerance));
            Assert.That(tangent.To(DType.Float64).ToArray<double>()[1],
                Is.EqualTo(1 / (c * c)).Within(4 * tolerance / (c * c)));
        });
    }

    [Test]
    public void The_text_of_a_formula_shows_the_function_and_not_how_it_is_reduced() =>
        Assert.That(Formula.Of(default(Operations.Sin)), Is.EqualTo("sin(x)"));

    private static IEnumerable<double> Spread(int count, int from, int to)
    {
        Random random = new(11);
        for (int i = 0; i < count; i++)
        {
            double x = Math.ScaleB(1 + random.NextDouble(), random.Next(from, to));
            yield return i % 2 == 0 ? x : -x;
        }
    }

    private static unsafe T[] Map<V, T>(T[] x, IUnaryFormula f) where V : struct, ILanes<V, T> where T : unmanaged
    {
        T[] padded = [.. x, .. new T[V.Width]], y = new T[padded.Length];
        fixed (T* from = padded, to = y)
        {
            for (int i = 0; i < x.Length; i += V.Width)
            {
                f.F(V.Load(from + i)).Store(to + i);
            }
        }

        return y[..x.Length];
    }

    private readonly struct Sine : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => S.Sin(x);
    }

    private readonly struct Cosine : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => S.Cos(x);
    }

    private readonly struct Tangent : IUnaryFormula
    {
        public S F<S>(S x) where S : IReal<S> => S.Tan(x);
    }

    /// <summary>Angles as integers that count units of 2^-Bits.</summary>
    private static class BigAngle
    {
        private const int Bits = 1400, Kept = 400;

        private static readonly BigInteger s_pi = 4 * (4 * ArcTangentOfInverse(5) - ArcTangentOfInverse(239)); // Machin

        /// <summary>Sine and cosine of x, exact but for the rounding to double.</summary>
        public static (double Sin, double Cos) SinCos(double x)
        {
            int e = x == 0 ? 0 : Math.ILogB(x) - 52;
            BigInteger number = (BigInteger)Math.ScaleB(x, -e), turn = s_pi / 2;
            BigInteger angle = e >= 0 ? number << (e + Bits) : (number << Bits) >> -e;
            BigInteger quarters = BigInteger.DivRem(2 * angle + turn, 2 * turn, out BigInteger left);
            quarters = left < 0 ? quarters - 1 : quarters;
            BigInteger r = (angle - quarters * turn) >> (Bits - Kept), one = BigInteger.One << Kept;
            BigInteger sin = 0, cos = 0, term = one;
            for (int k = 0; !term.IsZero; k++)
            {
                (sin, cos) = (k % 4) switch { 0 => (sin, cos + term), 1 => (sin + term, cos), 2 => (sin, cos - term),
                    _ => (sin - term, cos) };
                term = term * r / one / (k + 1);
            }

            (sin, cos) = (int)(((quarters % 4) + 4) % 4) switch { 0 => (sin, cos), 1 => (cos, -sin), 2 => (-sin, -cos),
                _ => (-cos, sin) };
            return (ToDouble(sin), ToDouble(cos));
        }

        private static double ToDouble(BigInteger value)
        {
            int shift = Math.Max(0, (int)value.GetBitLength() - 64);
            return Math.ScaleB((double)(value >> shift), shift - Kept);
        }

        private static BigInteger ArcTangentOfInverse(int n)
        {
            BigInteger term = (BigInteger.One << Bits) / n, sum = 0;
            for (int k = 1; !term.IsZero; k += 2)
            {
                sum += k % 4 == 1 ? term / k : -(term / k);
                term /= n * n;
            }

            return sum;
        }
    }
}
