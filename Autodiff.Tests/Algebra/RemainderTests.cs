using Autodiff.Algebra;
using Autodiff.Cpu;

namespace Autodiff.Tests;

/// <summary>Remainders are exact whatever the quotient: C#'s own operator is the definition.</summary>
[Parallelizable]
public unsafe class RemainderTests
{
    [Test]
    public void Remainders_in_single_precision_are_exact() => Check<V512<float>, float>(127, 149, (a, b) => a % b);

    [Test]
    public void Remainders_in_double_precision_are_exact() => Check<V256<double>, double>(1023, 1074, (a, b) => a % b);

    [Test]
    public void A_quotient_beyond_the_range_is_infinite_and_leaves_its_remainder()
    {
        Tensor a = Tensor.From(1e300, -1e300, 3e38, 1e300), b = Tensor.From(1e-300, 1e-300, -1e-45, 7e-310);
        Assert.Multiple(() =>
        {
            Assert.That(a.FloorDivide(b).ToArray<double>(),
                Is.EqualTo(new[] { double.PositiveInfinity, double.NegativeInfinity, 3e38 / -1e-45,
                    double.PositiveInfinity }));
            Assert.That(a.Fmod(b).ToArray<double>(),
                Is.EqualTo(new[] { 1e300 % 1e-300, -1e300 % 1e-300, 3e38 % 1e-45, 1e300 % 7e-310 }));
            Assert.That(a.Remainder(b).ToArray<double>()[1], Is.InRange(0, 1e-300));
            Assert.That(a.To(Device.Reference).Fmod(b.To(Device.Reference)).To(Device.Cpu).ToArray<double>(),
                Is.EqualTo(a.Fmod(b).ToArray<double>()));
        });
    }

    private static void Check<V, T>(int most, int least, Func<T, T, T> remainder)
        where V : struct, ILanes<V, T> where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Random random = new(5);
        T[] special = [T.Zero, T.NegativeZero, T.Epsilon, T.One, T.PositiveInfinity, T.NaN, T.ScaleB(T.One, most),
            T.CreateTruncating(3)];
        T Draw() => random.Next(12) == 0 ? special[random.Next(special.Length)]
            : T.ScaleB(T.CreateTruncating(1 + random.NextDouble()) * (random.Next(2) == 0 ? T.One : -T.One),
                random.Next(-least, most + 1));
        const int count = 1 << 15;
        T[] a = new T[count], b = new T[count], y = new T[count];
        for (int i = 0; i < count; i++)
        {
            (a[i], b[i]) = (Draw(), Draw());
        }

        fixed (T* p = a, q = b, r = y)
        {
            for (int i = 0; i < count; i += V.Width)
            {
                RealMath.Fmod(V.Load(p + i), V.Load(q + i)).Store(r + i);
            }
        }

        for (int i = 0; i < count; i++)
        {
            if (!y[i].Equals(remainder(a[i], b[i])))
            {
                Assert.Fail($"{a[i]} % {b[i]} = {y[i]}, not {remainder(a[i], b[i])}");
            }
        }
    }
}
