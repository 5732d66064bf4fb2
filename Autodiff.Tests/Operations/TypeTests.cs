using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Elementwise;

/// <summary>Element types: what stays integral, what becomes floating, what is refused.</summary>
[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class TypeTests(string device) : DeviceFixture(device)
{
    private static readonly int[] Dividends = [-7, -6, -1, 0, 1, 6, 7, int.MaxValue, int.MinValue + 1];

    [Test]
    public void Integers_stay_integers_where_the_answer_is_one()
    {
        foreach (Tensor n in new[] { Tensor.From(-3, 0, 5), Tensor.From(-3L, 0L, 5L) })
        {
            (Tensor Actual, long[] Expected)[] all =
            [
                (n.Floor(), [-3, 0, 5]), (n.Ceil(), [-3, 0, 5]), (n.Round(), [-3, 0, 5]), (n.Round(-1), [-3, 0, 5]),
                (n.Trunc(), [-3, 0, 5]), (n.Abs(), [3, 0, 5]),
                (n.Sign(), [-1, 0, 1]), (n.Neg(), [3, 0, -5]), (n.Square(), [9, 0, 25]), (n.Pow(3), [-27, 0, 125]),
                (n.Pow(4), [81, 0, 625]), (n.Relu(), [0, 0, 5]),
                (n.Clamp(-1, 2), [-1, 0, 2]), (n.ClampMin(1), [1, 1, 5]), (n.Maximum(1), [1, 1, 5]),
                (n.Minimum(n.Neg()), [-3, 0, -5]), (n % 4, [1, 0, 1]),
                (n.Fmod(4), [-3, 0, 1]), (n.FloorDivide(2), [-2, 0, 2]), (n.Div(2, RoundingMode.Trunc), [-1, 0, 2]),
                (n.Add(n, 2), [-9, 0, 15]),
                (n.AddCMul(n, n, 3), [24, 0, 80]), (n.NanToNum(), [-3, 0, 5]), (Tensor.Where(n > 0, n, 9), [9, 9, 5]),
                (n.Threshold(0, 20), [20, 20, 5]),
            ];
            for (int i = 0; i < all.Length; i++)
            {
                Assert.That(all[i].Actual.DType, Is.EqualTo(n.DType), $"number {i}");
                Assert.That(all[i].Actual.ToArray<long>(), Is.EqualTo(all[i].Expected), $"number {i}");
            }
        }
    }

    [Test]
    public void Integers_become_float32_where_the_answer_is_not_integral()
    {
        Tensor n = Tensor.From(1L, 4L);
        foreach (Tensor y in new[] { n.Exp(), n.Sqrt(), n / 2, n.Sigmoid(), n.Silu(), n.Atan2(n), n + 0.5,
            n.Clamp(0.5, 2), n.Pow(0.5), n.Lerp(n, 0.5), n.AddCDiv(n, n), n.Logit(), n.LeakyRelu() })
        {
            Assert.That(y.DType, Is.EqualTo(DType.Float32));
        }

        Assert.That(n.Sqrt().ToArray<float>(), Is.EqualTo(new[] { 1f, 2f }));
        Assert.That(n.FloatPower(0.5).DType, Is.EqualTo(DType.Float64));
        Assert.That(Tensor.From(2f).FloatPower(Tensor.From(0.5f)).Item<double>(),
            Is.EqualTo(Math.Sqrt(2)).Within(1e-15));
    }

    [Test]
    public void A_plain_number_does_not_change_the_precision()
    {
        Assert.That((Tensor.From(1f) * 0.1).DType, Is.EqualTo(DType.Float32));
        Assert.That((Tensor.From(1.0) * 0.1).Item<double>(), Is.EqualTo(0.1));
        Assert.That((Tensor.From(1, 2) * 3).DType, Is.EqualTo(DType.Int32));
        Assert.That(Tensor.Where(Tensor.From(true), 1, 2).DType, Is.EqualTo(DType.Int64));
        Assert.That(Tensor.Where(Tensor.From(true), 1.5, 2).DType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void Plain_numbers_among_themselves_keep_their_digits()
    {
        Tensor third = (Tensor)1 / 3, tenth = 0.1;
        Assert.That((Tensor.From(0.0) + third * tenth).Item<double>(), Is.EqualTo(1 / 3.0 * 0.1));
        Assert.That((Tensor.From(0f) + third).DType, Is.EqualTo(DType.Float32));
    }

    [Test]
    public void Operands_on_two_devices_are_refused()
    {
        Tensor here = Tensor.From(1f, 2f), there = here.To(Device.Reference);
        foreach (Action call in new Action[] { () => _ = here + there, () => _ = here > there,
            () => Tensor.Where(here > 0, there, there), () => here.Lerp(here, there) })
        {
            Assert.That(call, Throws.InvalidOperationException.With.Message.Contains(": operands are on "));
        }

        Assert.That(Tensor.Where((Tensor)2 > 1, there, 0).ToArray<float>(), Is.EqualTo(new[] { 1f, 2f }));
    }

    [Test]
    public void Positions_masks_and_operands_in_place_on_another_device_are_refused()
    {
        Tensor x = Tensor.From(new[,] { { 1f, 2 }, { 3, 4 } }), there = x.To(Device.Reference),
            at = Tensor.From(new long[,] { { 0, 1 } }).To(Device.Reference), row = at[0],
            mask = (x > 2).To(Device.Reference), one = Tensor.Scalar(1f).To(Device.Reference),
            wide = Tensor.Ones([3, 100]), far = wide[0].To(Device.Reference);
        foreach (Action call in new Action[] { () => x.Gather(0, at), () => x.IndexSelect(0, row), () => x.Take(row),
            () => x.TakeAlongDim(at, 0), () => Tensor.Embedding(row, x), () => _ = x[row], () => _ = x[mask],
            () => x.Scatter(0, at, 1), () => x.ScatterAdd(0, at, x[..1]), () => x.IndexAdd(0, row, x),
            () => x.IndexCopy(0, row, x), () => x.IndexFill(0, row, 1), () => x.MaskedSelect(mask),
            () => x.MaskedScatter(mask, x), () => x.MaskedFill(mask, 1), () => x.MaskedFill(x > 2, one),
            () => x.Clone().MaskedFillInPlace(x > 2, one), () => x.Clone().AddInPlace(there),
            () => x.Clone().AddCMulInPlace(x, there), () => x.Clone().AddCMulInPlace(there, x),
            () => x.Clone().AddCMulInPlace(there, 2), () => Tensor.Normal(x, there),
            () => Tensor.From(0L, 1).Bincount(there[0]), () => Tensor.SearchSorted(x[0], there),
            () => x.Linear(x, there[0]), () => Functional.LayerNorm(wide, [100], far),
            () => Functional.LayerNorm(wide, [100], wide[0], far), () => Functional.RMSNorm(wide, [100], far) })
        {
            Assert.That(call, Throws.InvalidOperationException.With.Message.Contains(": operands are on ")
                .And.Message.Contains(x.Device.ToString()).And.Message.Contains(Device.Reference.ToString()));
        }

        Assert.That(there.Clone().AddInPlace(1).MaskedFillInPlace(there > 2, 0).ToArray<float>(),
            Is.EqualTo(new float[] { 2, 3, 0, 0 }));
    }

    [Test]
    public void An_integer_is_raised_to_a_negative_integer_in_place_no_more_than_elsewhere()
    {
        Tensor x = Tensor.From(2, 3);
        foreach (Action call in new Action[] { () => x.Pow(-1), () => x.PowInPlace(-1) })
        {
            Assert.That(call, Throws.ArgumentException.With.Message.Contains("an integer to the power -1"));
        }

        Assert.That(Tensor.From(2, 3).PowInPlace(3).ToArray<int>(), Is.EqualTo(new[] { 8, 27 }));
    }

    [Test]
    public void Integer_quotients_and_remainders_follow_Python_and_C()
    {
        foreach (int divisor in new[] { -4, -1, 1, 3 })
        {
            Tensor a = Tensor.From(Dividends);
            Assert.That(a.FloorDivide(divisor).ToArray<int>(),
                Is.EqualTo(Dividends.Select(d => (int)Math.Floor((double)d / divisor))));
            Assert.That(a.Div(divisor, RoundingMode.Trunc).ToArray<int>(),
                Is.EqualTo(Dividends.Select(d => d / divisor)));
            Assert.That(a.Fmod(divisor).ToArray<int>(), Is.EqualTo(Dividends.Select(d => d % divisor)));
            Assert.That((a % divisor).ToArray<int>(),
                Is.EqualTo(Dividends.Select(d => (d % divisor + divisor) % divisor)));
        }
    }

    [Test]
    public void Dividing_integers_by_zero_says_where()
    {
        Tensor a = Tensor.From(1, 2), b = Tensor.From(3, 0);
        b.Name = "b";
        foreach (Action call in new Action[] { () => a.FloorDivide(b), () => _ = a % b, () => a.Fmod(b),
            () => a.Div(b, RoundingMode.Trunc) })
        {
            Assert.That(call,
                Throws.InstanceOf<DivideByZeroException>()
                    .With.Message.Contains("the int32 divisor b [2] holds a zero"));
        }

        Assert.That(() => a.FloorDivide(0), Throws.InstanceOf<DivideByZeroException>());
        Assert.That((a / b).ToArray<float>(), Is.EqualTo(new[] { 1 / 3f, float.PositiveInfinity }));
    }

    [Test]
    public void Bits_of_integers_and_truth_values()
    {
        int[] a = [0, 1, -1, 12, -12, int.MaxValue, int.MinValue], b = [5, 3, 7, -10, -7, -1, 6];
        Tensor x = Tensor.From(a), y = Tensor.From(b);
        Assert.That((x & y).ToArray<int>(), Is.EqualTo(a.Zip(b, (p, q) => p & q)));
        Assert.That((x | y).ToArray<int>(), Is.EqualTo(a.Zip(b, (p, q) => p | q)));
        Assert.That((x ^ y).ToArray<int>(), Is.EqualTo(a.Zip(b, (p, q) => p ^ q)));
        Assert.That((~x).ToArray<int>(), Is.EqualTo(a.Select(p => ~p)));
        Assert.That((x & 1).DType, Is.EqualTo(DType.Int32));

        Tensor p = Tensor.From(true, true, false, false), q = Tensor.From(true, false, true, false);
        Assert.That((p & q).ToArray<bool>(), Is.EqualTo(new[] { true, false, false, false }));
        Assert.That((p | q).ToArray<bool>(), Is.EqualTo(new[] { true, true, true, false }));
        Assert.That((p ^ q).ToArray<bool>(), Is.EqualTo(new[] { false, true, true, false }));
        Assert.That((!p).ToArray<bool>(), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That((~p).ToArray<bool>(), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That(() => Tensor.From(1f) & p,
            Throws.InstanceOf<NotSupportedException>()
                .With.Message.StartsWith("BitwiseAnd: bits are defined on integers and bool"));
    }

    [Test]
    public void Comparisons_are_bool_and_carry_no_gradient()
    {
        Tensor x = Tensor.From(1.0, 2, 3).RequireGrad();
        Tensor greater = x > 1.5;
        Assert.That(greater.DType, Is.EqualTo(DType.Bool));
        Assert.That(greater.RequiresGrad, Is.False);
        Assert.That(greater.ToArray<bool>(), Is.EqualTo(new[] { false, true, true }));
        Assert.That((Tensor.From(1, 2) >= Tensor.From(1.5f)).ToArray<bool>(), Is.EqualTo(new[] { false, true }));
    }

    [Test]
    public void Equal_and_close_tensors()
    {
        Tensor a = Tensor.From(1.0, double.NaN), b = Tensor.From(1.0 + 1e-7, double.NaN);
        Assert.That(Tensor.Equal(Tensor.From(1, 2), Tensor.From(1, 2)));
        Assert.That(Tensor.Equal(Tensor.From(1, 2), Tensor.From(1, 2).Unsqueeze(0)), Is.False);
        Assert.That(Tensor.Equal(a, a), Is.False, "NaN equals nothing");
        Assert.That(a.AllClose(b), Is.False);
        Assert.That(a.AllClose(b, equalNan: true));
        Assert.That(a.AllClose(b, rtol: 0, equalNan: true), Is.False);
        Assert.That(Tensor.From(1, 2).AllClose(Tensor.From(1, 3)), Is.False);
        Assert.That(Tensor.Zeros([0]).AllClose(Tensor.Zeros([0])));
    }

    [Test]
    public void In_place_refuses_what_the_type_can_not_hold()
    {
        Tensor n = Tensor.From(4, 9);
        foreach (Action call in new Action[]
        {
            () => n.SqrtInPlace(), () => n.DivInPlace(2), () => n.AddInPlace(0.5), () => n.LerpInPlace(n, 0.5),
            () => n.AddCDivInPlace(n, n), () => n.EluInPlace(),
        })
        {
            Assert.That(call,
                Throws.InvalidOperationException.With.Message.Contains(
                    "in place: the result is float32, which int32 can't hold"));
        }

        Assert.That(() => Tensor.From(true).AddInPlace(1),
            Throws.InvalidOperationException.With.Message.Contains("which bool can't hold"));
        Assert.That(n.ToArray<int>(), Is.EqualTo(new[] { 4, 9 }));
        Assert.That(n.AddInPlace(n, 2).ToArray<int>(), Is.EqualTo(new[] { 12, 27 }));
    }

    [Test]
    public void Factors_are_not_rounded_away()
    {
        Tensor n = Tensor.From(4, 9);
        Assert.That(() => n.Add(n, 0.5),
            Throws.ArgumentException.With.Message.Contains("the factor 0.5 is not integral, but the result is int32"));
        Assert.That(() => n.AddCMul(n, n, 0.5), Throws.ArgumentException.With.Message.StartsWith("AddCMul"));
        Assert.That(() => n.Pow(-1),
            Throws.ArgumentException.With.Message.Contains("an integer to the power -1 is no integer"));
    }
}
