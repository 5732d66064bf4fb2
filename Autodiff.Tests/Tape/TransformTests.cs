using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class TransformTests(string device) : DeviceFixture(device)
{
    private static Tensor X => Tensor.From(0.5, -1.5, 2.0);

    private static Tensor Cubes(Tensor x) => (x * x * x).Sum();

    private static Tensor Mixed(Tensor x) => Tensor.Stack([x[0] * x[1], x[1].Sin(), x[2] * x[2] * x[0], x.Sum()]);

    [Test]
    public void Grad_is_the_gradient_and_leaves_x_alone()
    {
        Tensor x = X.Clone().RequireGrad();
        Assert.That(Autodiff.Autograd.Grad(Cubes, X).ToArray<double>(), Is.EqualTo(new[] { 0.75, 6.75, 12.0 }));
        (Tensor value, Tensor gradient) = Autodiff.Autograd.ValueAndGrad(Cubes, x);
        Assert.That(value.Item(), Is.EqualTo(0.125 - 3.375 + 8));
        Assert.That(gradient.ToArray<double>(), Is.EqualTo(new[] { 0.75, 6.75, 12.0 }));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void Transforms_nest()
    {
        Tensor second = Autodiff.Autograd.Grad(x => Autodiff.Autograd.Grad(Cubes, x).Sum(), X);
        Assert.That(second.ToArray<double>(), Is.EqualTo(new[] { 3.0, -9.0, 12.0 }));
        Tensor third = Autodiff.Autograd.Grad(y =>
            Autodiff.Autograd.Grad(x => Autodiff.Autograd.Grad(Cubes, x).Sum(), y).Sum(), X);
        Assert.That(third.ToArray<double>(), Is.EqualTo(new[] { 6.0, 6.0, 6.0 }));
    }

    [Test]
    public void Vjp_and_Jvp_are_rows_and_columns_of_the_Jacobian()
    {
        Tensor v = Tensor.From(1.0, -2.0, 0.5), u = Tensor.From(0.3, -1.0, 2.0, 0.7);
        Tensor jacobian = Autodiff.Autograd.Jacobian(Mixed, X);
        Assert.That(jacobian.Shape.ToArray(), Is.EqualTo(new[] { 4, 3 }));
        Assert.That(jacobian.ToArray<double>(), Is.EqualTo(new[]
        {
            -1.5, 0.5, 0, 0, Math.Cos(1.5), 0, 4, 0, 2, 1, 1, 1,
        }).Within(1e-14));
        (Tensor value, Tensor jvp) = Autodiff.Autograd.Jvp(Mixed, X, v);
        Assert.That(jvp.ToArray<double>(), Is.EqualTo(jacobian.MatMul(v).ToArray<double>()).Within(1e-14));
        Assert.That(value.ToArray<double>(), Is.EqualTo(Mixed(X).ToArray<double>()));
        Assert.That(Autodiff.Autograd.Vjp(Mixed, X, u).Product.ToArray<double>(),
            Is.EqualTo(u.MatMul(jacobian).ToArray<double>()).Within(1e-14));
    }

    [Test]
    public void Hessian_and_its_product_agree()
    {
        static Tensor F(Tensor x) => x[0] * x[1] * x[1] + (x[2] * x[0]).Exp();
        Tensor v = Tensor.From(1.0, -2.0, 0.5);
        double e = Math.Exp(1.0);
        Tensor hessian = Autodiff.Autograd.Hessian(F, X);
        Assert.That(hessian.ToArray<double>(), Is.EqualTo(new[]
        {
            4 * e, -3, e + 2 * 0.5 * e, -3, 1, 0, e + 2 * 0.5 * e, 0, 0.25 * e,
        }).Within(1e-13));
        Assert.That(Autodiff.Autograd.Hvp(F, X, v).Product.ToArray<double>(),
            Is.EqualTo(hessian.MatMul(v).ToArray<double>()).Within(1e-13));
    }

    [Test]
    public void Derivatives_of_constants_and_lines_are_zero_where_they_should_be()
    {
        Assert.That(Autodiff.Autograd.Jacobian(x => Tensor.Ones([2], DType.Float64), X).ToArray<double>(), Is.All.Zero);
        Assert.That(Autodiff.Autograd.Jvp(x => x * 2, X, Tensor.From(1.0, 2.0, 3.0)).Product.ToArray<double>(),
            Is.EqualTo(new[] { 2.0, 4.0, 6.0 }));
        Assert.That(Autodiff.Autograd.Hessian(x => x.Sum(), X).ToArray<double>(), Is.All.Zero);
    }

    [Test]
    public void A_gradient_check_passes_right_rules_and_finds_wrong_ones()
    {
        static Tensor Wrong(Tensor x) =>
            Autodiff.Autograd.Function("Wrong", [x], static inputs => inputs[0].Square(),
                static (g, inputs, y) => [g * inputs[0]]);
        Assert.That(Autodiff.Autograd.GradientCheck(Mixed, X, new(Order: 2)).Passed);
        GradientCheckResult result = Autodiff.Autograd.GradientCheck(Wrong, X);
        Assert.That(result.Passed, Is.False);
        Assert.That(result.Message, Does.StartWith("Input 0 [3], element 2: the tape gives"));
        Assert.That(result.Warning, Is.Null);
    }

    [Test]
    public void A_gradient_check_in_single_precision_warns()
    {
        GradientCheckResult result = Autodiff.Autograd.GradientCheck(x => x.Square(), Tensor.From(1f, 2f),
            new(Step: 1e-2, AbsoluteTolerance: 1e-2));
        Assert.That(result.Passed);
        Assert.That(result.Warning, Does.Contain("Use float64"));
    }

    [Test]
    public void Gradients_need_a_single_number()
    {
        Assert.That(() => Autodiff.Autograd.Grad(x => x * 2, X),
            Throws.InvalidOperationException.With.Message.Contains("has shape [3]; a gradient needs a single number"));
        Assert.That(() => Autodiff.Autograd.Jvp(Mixed, X, Tensor.Ones([2])),
            Throws.ArgumentException.With.Message.Contains("the direction has shape [2], x has [3]"));
    }

    [Test]
    public void A_variable_that_outlives_its_transform_may_become_a_leaf_anew()
    {
        Tensor? kept = null;
        _ = Autodiff.Autograd.Grad(x => ((kept = x) * 2).Sum(), X);
        kept!.RequiresGrad = false;
        kept.RequiresGrad = true;
        (kept * 3).Sum().Backward();
        Assert.That(kept.Grad!.ToArray<double>(), Is.All.EqualTo(3));
    }
}
