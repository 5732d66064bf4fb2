using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.Elementwise;

/// <summary>Arguments beyond the operands: bounds, dimensions, channels, and what is said of wrong ones.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class SelectionAndActivationTests(string device) : DeviceFixture(device)
{
    [Test]
    public void Where_needs_a_bool_condition() => Assert.That(
        () => Tensor.Where(Tensor.From(1f, 0f), 1, 2),
        Throws.ArgumentException.With.Message.StartsWith(
            "Where: the condition [2] is float32; a bool tensor is needed, for example condition.Ne(0)."));

    [Test]
    public void Where_sends_the_gradient_to_the_chosen_side_only()
    {
        Tensor a = Tensor.From(0.0, 4.0).RequireGrad(), b = Tensor.From(7.0, 8.0).RequireGrad();
        Tensor.Where(a > 0, a.Sqrt(), b).Backward(Tensor.From(3.0, 5.0));
        Assert.That(b.Grad!.ToArray<double>(), Is.EqualTo(new[] { 3.0, 0 }));
        Assert.That(a.Grad!.ToArray<double>()[1], Is.EqualTo(1.25));
    }

    [Test]
    public void Where_takes_a_condition_of_another_shape()
    {
        Tensor y = Tensor.Where(Tensor.From(true, false).Unsqueeze(1), Tensor.From(1f, 2f, 3f), 0);
        Assert.That(y.ToArray<float>(), Is.EqualTo(new[] { 1f, 2, 3, 0, 0, 0 }));
    }

    [Test]
    public void Clamp_takes_either_bound_or_both()
    {
        Tensor x = Tensor.From(-2.0, 0.5, 3);
        Assert.That(x.Clamp(min: 0).ToArray<double>(), Is.EqualTo(new[] { 0, 0.5, 3 }));
        Assert.That(x.Clamp(max: 1).ToArray<double>(), Is.EqualTo(new[] { -2, 0.5, 1 }));
        Assert.That(x.Clamp(0, Tensor.From(0.1, 0.2, 0.3)).ToArray<double>(), Is.EqualTo(new[] { 0, 0.2, 0.3 }));
        Assert.That(x.Clamp(2, 1).ToArray<double>(), Is.EqualTo(new[] { 1.0, 1, 1 }));
        Assert.That(() => x.Clamp(), Throws.ArgumentException.With.Message.Contains("give min, max or both"));
        Assert.That(x.ClampInPlace(-1, 1).ToArray<double>(), Is.EqualTo(new[] { -1, 0.5, 1 }));
    }

    [Test]
    public void Shapes_that_do_not_broadcast_are_named_with_the_operation() => Assert.That(
        () => Tensor.Zeros([32, 10]).Maximum(Tensor.Zeros([32])),
        Throws.ArgumentException.With.Message.EqualTo(
            "Maximum: shapes [32, 10] and [32] do not broadcast (dim 1: 10 against 32). Did you mean b.Unsqueeze(1)?"));

    [Test]
    public void Prelu_has_a_weight_for_each_channel()
    {
        Tensor x = Tensor.Full([2, 3, 2], -1, DType.Float64), w = Tensor.From(0.1, 0.2, 0.3).RequireGrad();
        x.Prelu(w).Backward(Tensor.Full([2, 3, 2], 0.5, DType.Float64));
        Assert.That(x.Prelu(w).Select(0, 1).ToArray<double>(),
            Is.EqualTo(new[] { -0.1, -0.1, -0.2, -0.2, -0.3, -0.3 }));
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new[] { -2.0, -2, -2 }));
        Assert.That(x.Prelu(Tensor.From(0.25)).ToArray<double>(), Has.All.EqualTo(-0.25));
        Assert.That(() => x.Prelu(Tensor.From(1.0, 2)),
            Throws.ArgumentException.With.Message.Contains("a vector of one for each of the 3 channels"));
    }

    [Test]
    public void Glu_gates_one_half_by_the_other()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2, 0, 0 }, { 3, 4, 0, 0 } });
        Assert.That(x.Glu().ToArray<double>(), Is.EqualTo(new[] { 0.5, 1, 1.5, 2 }));
        Assert.That(x.Glu(0).Shape.ToArray(), Is.EqualTo(new[] { 1, 4 }));
        Assert.That(() => Tensor.Zeros([2, 3]).Glu(),
            Throws.ArgumentException.With.Message.Contains("has the odd size 3"));
    }

    [Test]
    public void Logit_holds_its_argument_between_eps_and_the_rest()
    {
        Tensor x = Tensor.From(0.0, 0.25, 1.0).RequireGrad();
        Tensor y = x.Logit(0.1);
        Assert.That(y.ToArray<double>(),
            Is.EqualTo(new[] { Math.Log(1 / 9.0), Math.Log(1 / 3.0), Math.Log(9) }).Within(1e-15));
        y.Backward(Tensor.From(2.0, 2.0, 2.0));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 0, 2 / (0.25 * 0.75), 0 }).Within(1e-14));
    }

    [Test]
    public void NanToNum_takes_the_largest_numbers_of_the_type()
    {
        Tensor x = Tensor.From(float.NaN, float.PositiveInfinity, float.NegativeInfinity);
        Assert.That(x.NanToNum().ToArray<float>(), Is.EqualTo(new[] { 0, float.MaxValue, float.MinValue }));
        Assert.That(x.To(DType.Float64).NanToNum().ToArray<double>(),
            Is.EqualTo(new[] { 0, double.MaxValue, double.MinValue }));
    }

    [Test]
    public void Softshrink_refuses_a_negative_lambda() =>
        Assert.That(() => Tensor.Zeros([2]).Softshrink(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(1.0)]
    [TestCase(2.0)]
    [TestCase(3.0)]
    [TestCase(0.5)]
    [TestCase(-0.5)]
    [TestCase(-1.0)]
    [TestCase(2.5)]
    public void Short_forms_of_powers_agree_with_the_power(double exponent)
    {
        Tensor x = Tensor.From(0.3, 1.7, 9).RequireGrad(), g = Tensor.From(0.5, -2, 3);
        Tensor y = x.Pow(exponent),
            same = Tensor.Map(default(Operations.Pow), x, Tensor.Full([3], exponent, DType.Float64));
        Assert.That(y.ToArray<double>(), Is.EqualTo(same.ToArray<double>()).Within(2).Ulps);
        Assert.That(Autograd.Grad([y], [x], [g])[0]!.AllClose(Autograd.Grad([same], [x], [g])[0]!, 1e-14, 0));
    }

    [Test]
    public void A_tensor_times_itself_in_place_has_the_slope_of_the_square()
    {
        Tensor x = Tensor.From(3.0, -2.0).RequireGrad();
        Tensor y = x * 1;
        y.MulInPlace(y);
        y.Backward(Tensor.From(1.0, 0.5));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 6.0, -2 }));
    }

    [Test]
    public void An_expanded_tensor_is_not_changed_in_place() => Assert.That(
        () => Tensor.Zeros([1, 2]).Expand(3, 2).AddInPlace(1),
        Throws.InvalidOperationException.With.Message.Contains("several elements share one place in memory"));
}
