using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class HookAndTapeTests(string device) : DeviceFixture(device)
{
    [Test]
    public void A_hook_sees_the_gradient_and_may_replace_it()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3;
        double[]? seen = null;
        using (y.RegisterHook(g =>
        {
            seen = g.ToArray<double>();
            return g * 10;
        }))
        {
            y.Backward(Tensor.From(1.0, 2.0), retainGraph: true);
        }

        Assert.That(seen, Is.EqualTo(new[] { 1.0, 2.0 }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 30.0, 60.0 }));
        x.Grad = null;
        y.Backward(Tensor.From(1.0, 2.0));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 3.0, 6.0 }), "a disposed hook is gone");
    }

    [Test]
    public void A_leafs_hook_sees_each_pass_alone()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        List<double> seen = [];
        x.RegisterHook(g =>
        {
            seen.Add(g.Item());
            return null;
        });
        (x * 3).Backward();
        (x * 5).Backward();
        Assert.That(seen, Is.EqualTo(new[] { 3.0, 5.0 }));
        Assert.That(x.Grad!.Item(), Is.EqualTo(8));
    }

    [Test]
    public void RetainGrad_keeps_the_gradient_of_a_computed_tensor()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3;
        y.RetainGrad();
        (y * y).Sum().Backward();
        Assert.That(y.Grad!.ToArray<double>(), Is.EqualTo(new[] { 6.0, 12.0 }));
    }

    [Test]
    public void The_tape_lists_operations_in_the_order_of_recording()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad();
        w.Name = "w";
        Tensor loss = (w * w - 1).Sum();
        Tape tape = Tape.Of(loss);
        Assert.That(tape.Select(node => node.Name), Is.EqualTo(new[] { "Leaf", "Mul", "Sub", "Sum" }));
        Assert.That(tape[1].Formula, Is.EqualTo("a * b"));
        Assert.That(tape.ToString(), Does.Contain("%1 = Mul(w, w)  [2]  y = a * b  ā = g * b, b̄ = g * a"));
    }

    [Test]
    public void Anomaly_mode_names_the_operation_and_its_caller()
    {
        Tensor x = Tensor.From(0.0, 1.0).RequireGrad();
        using (AnomalyMode.Enable())
        {
            Tensor y = x.Map(default(Operations.Sqrt));
            AnomalyException e = Assert.Throws<AnomalyException>(() => (y * 0).Sum().Backward())!;
            Assert.That(e.Operation, Is.EqualTo("Sqrt"));
            Assert.That(e.Message, Does.Contain("the gradient that Sqrt sends to its input 0 holds NaN or infinity"));
            Assert.That(e.CallSite, Does.Contain(nameof(Anomaly_mode_names_the_operation_and_its_caller)));
        }

        Assert.That(AnomalyMode.IsEnabled, Is.False);
    }

    [Test]
    public void A_function_of_ones_own_is_recorded_and_checked_like_any_other()
    {
        static Tensor Cube(Tensor x) => Autodiff.Autograd.Function(
            "Cube", [x], static inputs => inputs[0] * inputs[0] * inputs[0],
            static (g, inputs, y) => [g * inputs[0] * inputs[0] * 3]);

        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = Cube(x);
        Assert.That(Tape.Of(y)[^1].Name, Is.EqualTo("Cube"));
        y.Backward(Tensor.From(1.0, 10.0), createGraph: true);
        Tensor first = x.Grad!;
        Assert.That(first.ToArray<double>(), Is.EqualTo(new[] { 3.0, 120.0 }));
        x.Grad = null;
        first.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 6.0, 120.0 }));
    }

    [Test]
    public void Grad_returns_gradients_without_touching_leaves()
    {
        Tensor a = Tensor.Scalar(2.0).RequireGrad(), b = Tensor.Scalar(3.0).RequireGrad(),
            unused = Tensor.Scalar(1.0).RequireGrad();
        Tensor product = a * b;
        Tensor?[] g = Autodiff.Autograd.Grad([product * a], [a, product, unused], allowUnused: true);
        Assert.That(g[0]!.Item(), Is.EqualTo(12));
        Assert.That(g[1]!.Item(), Is.EqualTo(2));
        Assert.That(g[2], Is.Null);
        Assert.That(a.Grad, Is.Null);
    }

    [Test]
    public void Backward_explains_what_is_missing()
    {
        Tensor x = Tensor.Ones([2, 2]).RequireGrad(), plain = Tensor.Ones([1]);
        Assert.That(() => (x * 2).Backward(), Throws.InvalidOperationException.With.Message.EqualTo(
            "Backward: root has shape [2, 2]; pass an upstream gradient of that shape or reduce with Sum() or "
                + "Mean()."));
        Assert.That(() => plain.Backward(),
            Throws.InvalidOperationException.With.Message.Contains("'plain' does not require grad"));
        Assert.That(() => (x * 2).Backward(Tensor.Ones([2])),
            Throws.ArgumentException.With.Message.Contains("the upstream gradient has shape [2], the root [2, 2]"));
    }

    [Test]
    public void A_hook_may_remove_itself_or_register_another()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        IDisposable? once = null;
        once = x.RegisterHook(g =>
        {
            once!.Dispose();
            x.RegisterHook(h => h * 10);
            return g * 2;
        });
        Tensor y = (x * 3).Sum();
        y.Backward(retainGraph: true);
        Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(6));
        x.Grad = null;
        y.Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(30));
    }

    [Test]
    public void A_gradient_of_another_shape_is_refused()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        using (x.RegisterHook(_ => Tensor.Ones([3])))
        {
            Assert.That(() => (x * 3).Sum().Backward(),
                Throws.InvalidOperationException.With.Message.Contains("shape [3]"));
        }

        Tensor y = Autograd.Function("Twice", [x], i => i[0] * 2, (_, _, _) => [Tensor.Ones([3])]);
        Assert.That(() => y.Sum().Backward(),
            Throws.InvalidOperationException.With.Message.Contains("Twice: the rule gave a gradient of shape [3]"));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void RetainGrad_twice_keeps_the_gradient_once()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad(), y = x * 2;
        y.RetainGrad();
        y.RetainGrad();
        y.Square().Sum().Backward();
        Assert.That(y.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 4, 8 }));
    }

    [Test]
    public void A_leafs_hooks_outlast_freezing()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad();
        IDisposable other = w.RegisterHook(g => g * 1000);
        w.RegisterHook(g => g * 0.1);
        Tensor before = w * 1;
        w.RequiresGrad = false;
        other.Dispose();
        w.RequiresGrad = true;
        using (w.RegisterHook(g => g * 3))
        {
            (before + w * 1).Sum().Backward(retainGraph: true);
        }

        Assert.That(w.Grad!.ToArray<double>(), Is.All.EqualTo(0.6).Within(1e-15));
        w.Grad = null;
        before.Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is.All.EqualTo(0.1));
    }

    [Test]
    public void RetainGrad_keeps_the_gradient_of_the_elements_as_they_are_now()
    {
        Tensor leaf = Tensor.From(1.0, 2.0).RequireGrad(), x = leaf * 1, part = x[..1], whole = x.Unsqueeze(0);
        x.RetainGrad();
        whole.RetainGrad();
        x.MulInPlace(3);
        x.RetainGrad();
        part.MulInPlace(5);
        (x.Sum() + whole.Sum()).Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(2));
        Assert.That(whole.Grad!.ToArray<double>(), Is.All.EqualTo(1));
        Assert.That(leaf.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 30, 6 }));
        x.Grad = null;
        x.Zero();
        x.AddInPlace(leaf);
        (x * 7).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(7));
    }

    [Test]
    public void RetainGrad_keeps_what_all_hooks_leave()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), y = x * 1;
        y.RegisterHook(g => g * 5);
        y.RetainGrad();
        y.RegisterHook(g => g * 2);
        y.Sum().Backward();
        Assert.That(y.Grad!.ToArray<double>(), Is.All.EqualTo(10));
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(10));
    }

    [Test]
    public void A_function_with_an_integer_result_is_not_recorded()
    {
        Tensor x = Tensor.From(1.5, 2.5).RequireGrad();
        Tensor y = Autograd.Function("Floor", [x], i => i[0].Floor().To(DType.Int64), (g, _, _) => [g]);
        Assert.That(y.RequiresGrad, Is.False);
        Assert.That(y.ToArray<long>(), Is.EqualTo(new long[] { 1, 2 }));
    }
}
