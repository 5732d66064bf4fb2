using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>The functions of the algebra against the truth, on every carrier.</summary>
[Parallelizable]
public class RealMathTests
{
    private static IEnumerable<string> Names => RealFunction.All.Select(f => f.Name);

    [TestCaseSource(nameof(Names))]
    public void Single_precision_stays_within_its_error_bound(string name)
    {
        RealFunction f = RealFunction.Named(name);
        (float[] a, float[] b) = Samples(f);
        float[] y = f.Map<V512<float>, float>(a, b);
        double worst = 0;
        int at = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double error = UlpsSingle(y[i], f.Apply<Scalar>(a[i], b[i]).Value);
            (worst, at) = error > worst ? (error, i) : (worst, at);
        }

        Assert.That(worst, Is.LessThanOrEqualTo(f.UlpsSingle), $"{name}({a[at]:R}, {b[at]:R}) = {y[at]:R}");
    }

    [TestCaseSource(nameof(Names))]
    public void Double_precision_stays_within_its_error_bound(string name)
    {
        RealFunction f = RealFunction.Named(name);
        RealFixture[] rows = RealFixture.Of(f);
        double[] y = f.Map<V512<double>, double>([.. rows.Select(r => r.A)], [.. rows.Select(r => r.B)]);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < rows.Length; i++)
            {
                Assert.That(UlpsDouble(y[i], rows[i]), Is.LessThanOrEqualTo(f.UlpsDouble),
                    $"{name}({rows[i].A:R}, {rows[i].B:R}) = {y[i]:R}, not {rows[i].Value:R}");
            }
        });
    }

    [TestCaseSource(nameof(Names))]
    public void The_scalar_carrier_stays_within_its_error_bound(string name)
    {
        RealFunction f = RealFunction.Named(name);
        Assert.Multiple(() =>
        {
            foreach (RealFixture row in RealFixture.Of(f))
            {
                double y = f.Apply<Scalar>(row.A, row.B).Value;
                Assert.That(UlpsDouble(y, row), Is.LessThanOrEqualTo(f.UlpsDouble),
                    $"{name}({row.A:R}, {row.B:R}) = {y:R}, not {row.Value:R}");
            }
        });
    }

    [TestCaseSource(nameof(Names))]
    public void Every_width_gives_the_same_bits(string name)
    {
        RealFunction f = RealFunction.Named(name);
        (float[] a, float[] b) = Samples(f, 1000);
        float[] special = [0, -0f, 1, -1, float.PositiveInfinity, float.NegativeInfinity, float.Epsilon, -1e-40f,
            float.MaxValue, 1e-38f];
        a = [.. a, .. special, .. special.Reverse()];
        b = [.. b, .. special, .. special];
        float[] wide = f.Map<V512<float>, float>(a, b), narrow = f.Map<V256<float>, float>(a, b);
        float[] lanes = [.. a.Zip(b, (u, v) => f.Apply<Lane<float>>(new(u), new(v)).Value)];
        double[] c = [.. a.Select(v => v * 1.000000123)], d = [.. b.Select(v => v * 0.99999987654)];
        double[] wideDouble = f.Map<V512<double>, double>(c, d), narrowDouble = f.Map<V256<double>, double>(c, d);
        double[] lanesDouble = [.. c.Zip(d, (u, v) => f.Apply<Lane<double>>(new(u), new(v)).Value)];
        Assert.Multiple(() =>
        {
            Assert.That(Bits(narrow), Is.EqualTo(Bits(wide)));
            Assert.That(Bits(lanes), Is.EqualTo(Bits(wide)));
            Assert.That(Bits(narrowDouble), Is.EqualTo(Bits(wideDouble)));
            Assert.That(Bits(lanesDouble), Is.EqualTo(Bits(wideDouble)));
        });
    }

    [TestCaseSource(nameof(Names))]
    public void The_derivative_by_dual_numbers_is_the_derivative(string name)
    {
        RealFunction f = RealFunction.Named(name);
        // cosh' = (e^x - e^-x) / 2 cancels to the precision of cosh at zero.
        double cancelled = name == "cosh" ? 1e-15 : 0;
        Assert.Multiple(() =>
        {
            foreach (RealFixture row in RealFixture.Of(f))
            {
                Dual<Scalar> a = new(row.A, 1), b = new(row.B, 0);
                Check(row, f.Apply(a, b).Tangent.Value, row.SlopeA);
                if (f.Arity == 2 && (name != "pow" || row.A > 0))
                {
                    Check(row, f.Apply(new Dual<Scalar>(row.A, 0), new Dual<Scalar>(row.B, 1)).Tangent.Value,
                        row.SlopeB);
                }
            }
        });

        void Check(RealFixture row, double slope, double expected)
        {
            // Slopes of subnormal size carry few digits, and infinite ones belong to the special values below.
            if (double.IsFinite(expected) && Math.Abs(expected) < 1e300)
            {
                Assert.That(slope, Is.EqualTo(expected).Within(1e-305 + cancelled + 1e-12 * Math.Abs(expected)),
                    $"{name}'({row.A:R}, {row.B:R})");
            }
        }
    }

    /// <summary>
    /// Random arguments of f, half of them evenly spread over its ranges, half over the bit patterns in them.
    /// </summary>
    private static (float[] A, float[] B) Samples(RealFunction f, int count = 20000)
    {
        Random random = new(7);
        float[] a = new float[count], b = new float[count];
        for (int i = 0; i < count; i++)
        {
            (double low, double high) = f.Ranges[i / 2 % f.Ranges.Length];
            a[i] = Draw(low, high, i % 2 == 0);
            b[i] = Draw(low, high, i % 4 < 2);
        }

        return (a, b);

        float Draw(double low, double high, bool even)
        {
            if (even)
            {
                return (float)(low + (high - low) * random.NextDouble());
            }

            for (; ; )
            {
                float x = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
                if (x >= low && x <= high)
                {
                    return x;
                }
            }
        }
    }

    private static double UlpsSingle(float y, double truth)
    {
        float rounded = (float)truth;
        if (!float.IsFinite(rounded) || !float.IsFinite(y))
        {
            // A result next to overflow may round either way.
            return y.Equals(rounded) || Math.Abs(truth) > float.MaxValue * 0.9999999 && Math.Sign(truth) == Math.Sign(y)
                ? 0
                : double.PositiveInfinity;
        }

        return Math.Abs(y - truth) / Math.Max(Math.ScaleB(1, Math.ILogB(truth) - 23), float.Epsilon);
    }

    private static double UlpsDouble(double y, RealFixture row) => !double.IsFinite(y)
        ? double.PositiveInfinity
        : Math.Abs(y - row.Value - row.Rest) / Math.Max(Math.ScaleB(1, Math.ILogB(row.Value) - 52), double.Epsilon);

    // One NaN is as good as another.
    private static int[] Bits(float[] values) =>
        [.. values.Select(v => BitConverter.SingleToInt32Bits(float.IsNaN(v) ? float.NaN : v))];

    private static long[] Bits(double[] values) =>
        [.. values.Select(v => BitConverter.DoubleToInt64Bits(double.IsNaN(v) ? double.NaN : v))];
}
