using Autodiff.Nn;
using Autodiff.Steps;

namespace Autodiff.Tests.Optimizers;

/// <summary>Gradients limited before a step. The figures are PyTorch's.</summary>
public class ClippingTests
{
    private static Tensor[] Parameters()
    {
        Tensor a = Tensor.Zeros([2]).RequireGrad(), b = Tensor.Zeros([2, 2]).RequireGrad();
        a.Grad = Tensor.From(3f, 4f);
        b.Grad = Tensor.From(new[,] { { 0.5f, -2f }, { 1f, 0f } });
        return [a, Tensor.Zeros([3]).RequireGrad(), b];
    }

    private static object[] Norms =>
    [
        new object[] { 2.0, 5.5, new[] { 0.8181817531585693, 1.0909090042114258, 0.13636362552642822,
            -0.5454545021057129, 0.27272725105285645, 0 } },
        new object[] { 1.0, 10.5, new[] { 0.4285714030265808, 0.5714285373687744, 0.0714285671710968,
            -0.2857142686843872, 0.1428571343421936, 0 } },
        new object[] { 3.0, 4.643522262573242, new[] { 0.9690917730331421, 1.2921223640441895, 0.16151529550552368,
            -0.6460611820220947, 0.32303059101104736, 0 } },
        new object[] { double.PositiveInfinity, 4.0, new[] { 1.124999761581421, 1.4999996423721313,
            0.18749995529651642, -0.7499998211860657, 0.37499991059303284, 0 } },
    ];

    [TestCaseSource(nameof(Norms))]
    public void Gradients_are_scaled_to_a_norm(double p, double norm, double[] expected)
    {
        Tensor[] parameters = Parameters();
        Assert.That(parameters.GradNorm(p).Item(), Is.EqualTo(norm).Within(1e-6));
        Assert.That(parameters.ClipGradNorm(1.5, p).Item(), Is.EqualTo(norm).Within(1e-6), "the norm before");
        Assert.That(parameters[1].Grad, Is.Null);
        Assert.That(Gradients(parameters), Is.EqualTo(expected).Within(2e-7));
        Assert.That(parameters.GradNorm(p).Item(), Is.EqualTo(1.5).Within(1e-5));
    }

    [Test]
    public void What_is_short_enough_stays_as_it_is()
    {
        Tensor[] parameters = Parameters();
        double[] before = Gradients(parameters);
        parameters.ClipGradNorm(5.6);
        Assert.That(Gradients(parameters), Is.EqualTo(before));
        Assert.That(new[] { Tensor.Zeros([2]).RequireGrad() }.ClipGradNorm(1).Item(), Is.Zero);
    }

    [Test]
    public void Elements_are_clamped()
    {
        Tensor[] parameters = Parameters();
        parameters.ClipGradValue(0.75);
        Assert.That(Gradients(parameters), Is.EqualTo(new[] { 0.75, 0.75, 0.5, -0.75, 0.75, 0 }));
    }

    [Test]
    public void A_parameter_that_is_given_twice_is_scaled_once()
    {
        Tensor[] parameters = Parameters();
        Assert.That(parameters.Concat(parameters).ClipGradNorm(1.5).Item(), Is.EqualTo(5.5).Within(1e-6));
        Assert.That(Gradients(parameters)[0], Is.EqualTo(0.8181817531585693).Within(2e-7));
    }

    [TestCase(double.NaN)]
    [TestCase(double.PositiveInfinity)]
    public void A_norm_that_is_not_finite_is_an_error_where_it_is_asked_for(double value)
    {
        Tensor[] parameters = Parameters();
        parameters[0].Grad!.Fill(value);
        Assert.That(() => parameters.ClipGradNorm(1, throwIfNotFinite: true),
            Throws.InvalidOperationException.With.Message.Contains("2 gradients"));
        Assert.That(parameters[2].Grad!.ToArray<float>(), Is.EqualTo(new[] { 0.5f, -2, 1, 0 }), "nothing is changed");
    }

    [Test]
    public void A_compiled_step_that_looks_at_the_norm_stays_eager()
    {
        Tensor w = Tensor.Ones([3]).RequireGrad();
        using CompiledStep step = new(x =>
        {
            w.Grad = null;
            Tensor loss = (w * x).Sum();
            loss.Backward();
            new[] { w }.ClipGradNorm(1, throwIfNotFinite: true);
            return loss;
        });
        for (int i = 0; i < 4; i++)
        {
            step.Run(Tensor.Ones([3]));
        }

        Assert.That(step.EagerReason, Is.Not.Null);
        Assert.That(() => step.Run(Tensor.Full([3], double.PositiveInfinity)), Throws.InvalidOperationException);
    }

    [Test]
    public void Limits_are_at_least_zero()
    {
        Assert.That(() => Parameters().ClipGradNorm(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Parameters().ClipGradNorm(double.NaN), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Parameters().ClipGradValue(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => Parameters().ClipGradNorm(1, double.NaN),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_compiled_step_clips_with_the_same_bits()
    {
        float[] eager = Trained(isCompiled: false), compiled = Trained(isCompiled: true);
        Assert.That(compiled, Is.EqualTo(eager));
    }

    private static float[] Trained(bool isCompiled)
    {
        TorchGenerator.Default.ManualSeed(3);
        Sequential network = [new Linear(4, 8), new Tanh(), new Linear(8, 1)];
        SGD optimizer = new(network.Parameters(), 0.5);
        Func<Tensor, Tensor> work = x =>
        {
            optimizer.ZeroGrad();
            Tensor loss = (network.Forward(x) - 3).Square().Mean();
            loss.Backward();
            network.Parameters().ClipGradNorm(0.1);
            optimizer.Step();
            return loss;
        };
        using CompiledStep step = new(work);
        for (int i = 0; i < 6; i++)
        {
            Tensor x = Tensor.Randn([5, 4]);
            _ = isCompiled ? step.Run(x) : work(x);
        }

        Assert.That(step.EagerReason, Is.Null);
        return [.. network.Parameters().SelectMany(p => p.ToArray<float>())];
    }

    private static double[] Gradients(Tensor[] parameters) =>
        [.. parameters.Where(p => p.Grad is not null).SelectMany(p => p.Grad!.To(DType.Float64).ToArray<double>())];
}
