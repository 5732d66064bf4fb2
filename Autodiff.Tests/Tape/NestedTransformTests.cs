using Autodiff.Nn;
using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

/// <summary>
/// Transforms inside transforms, and around what requires grad outside: closed forms and finite differences.
/// </summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class NestedTransformTests(string device) : DeviceFixture(device)
{
    private static Tensor C(params double[] values) => Tensor.From(values);

    private static Tensor D(params double[] values) => Tensor.From(values).RequireGrad();

    /// <summary>
    /// Every transform as a function from f and a point to one number's derivative of f there: of order 1, or 2 where
    /// it says so.
    /// </summary>
    private static readonly (string Name, int Order,
        Func<Func<Tensor, Tensor>, Tensor, Tensor> Derivative)[] s_transforms =
    [
        ("Grad", 1, (f, x) => Autograd.Grad(z => f(z).Sum(), x)),
        ("ValueAndGrad", 1, (f, x) => Autograd.ValueAndGrad(z => f(z[0]).Sum(), [x]).Gradients[0]),
        ("Vjp", 1, (f, x) => Autograd.Vjp(f, x, Tensor.OnesLike(x)).Product),
        ("Jvp", 1, (f, x) => Autograd.Jvp(f, x, Tensor.OnesLike(x)).Product),
        ("Jacobian", 1, (f, x) => Autograd.Jacobian(f, x).Reshape(x.Shape)),
        ("Hessian", 2, (f, x) => Autograd.Hessian(z => f(z).Sum(), x).Reshape(x.Shape)),
        ("Hvp", 2, (f, x) => Autograd.Hvp(z => f(z).Sum(), x, Tensor.OnesLike(x)).Product),
    ];

    private static IEnumerable<TestCaseData> Pairs() =>
        from outer in s_transforms
        from inner in s_transforms
        select new TestCaseData(outer.Name, inner.Name).SetName($"{{m}}({outer.Name} of {inner.Name})");

    private static (int Order, Func<Func<Tensor, Tensor>, Tensor, Tensor> Derivative) Find(string name)
    {
        (_, int order, Func<Func<Tensor, Tensor>, Tensor, Tensor> derivative) = s_transforms.First(t => t.Name == name);
        return (order, derivative);
    }

    /// <summary>The k-th derivative of x^n.</summary>
    private static double Power(double x, int n, int k) =>
        k == 0 ? Math.Pow(x, n) : n == 0 ? 0 : n * Power(x, n - 1, k - 1);

    [TestCaseSource(nameof(Pairs))]
    public void What_the_inner_one_captures_is_a_variable_of_the_outer(string outerName, string innerName)
    {
        (int outerOrder, Func<Func<Tensor, Tensor>, Tensor, Tensor> outer) = Find(outerName);
        (int innerOrder, Func<Func<Tensor, Tensor>, Tensor, Tensor> inner) = Find(innerName);

        // g(x) = x^2 d^i/dy^i (x^3 y^4) at y = 1.5, so g = c x^5.
        Tensor G(Tensor x) => x * x * inner(y => x * x * x * y.Pow(4), C(1.5));
        double c = Power(1.5, 4, innerOrder), expected = c * Power(1.3, 5, outerOrder);
        Tensor result = outer(G, C(1.3));
        Assert.That(result.Item(), Is.EqualTo(expected).Within(1e-9));
        Assert.That(result.RequiresGrad, Is.False, "nothing outside requires grad");

        // The same with the point itself handed down: h(x) = d^i/dy^i (x^3 y^4) at y = x is c' x^(7-i).
        Tensor H(Tensor x) => inner(y => x * x * x * y.Pow(4), x);
        double c2 = Power(1, 4, innerOrder);
        Assert.That(outer(H, C(1.3)).Item(), Is.EqualTo(c2 * Power(1.3, 7 - innerOrder, outerOrder)).Within(1e-9));
    }

    [TestCaseSource(nameof(Pairs))]
    public void A_captured_parameter_gets_its_gradient_through_both(string outerName, string innerName)
    {
        (int outerOrder, Func<Func<Tensor, Tensor>, Tensor, Tensor> outer) = Find(outerName);
        (int innerOrder, Func<Func<Tensor, Tensor>, Tensor, Tensor> inner) = Find(innerName);
        Tensor w = D(0.7);
        Tensor Loss() => outer(x => inner(y => (w * x * y).Sin(), x), C(1.3)).Square().Sum();
        Loss().Backward();
        double step = 1e-4, numeric = (At(w.Item() + step) - At(w.Item() - step)) / (2 * step);
        Assert.That(w.Grad!.Item(), Is.EqualTo(numeric).Within(1e-5 * Math.Max(1, Math.Abs(numeric))));
        Assert.That(outerOrder + innerOrder, Is.InRange(2, 4));

        double At(double value)
        {
            using (Tensor.NoGrad())
            {
                w.Fill(value);
                double loss = Loss().Item();
                w.Fill(0.7);
                return loss;
            }
        }
    }

    [TestCase("Grad")]
    [TestCase("ValueAndGrad")]
    [TestCase("Vjp")]
    [TestCase("Jvp")]
    [TestCase("Jacobian")]
    [TestCase("Hessian")]
    [TestCase("Hvp")]
    public void A_result_has_a_history_only_where_something_outside_requires_grad(string name)
    {
        Func<Func<Tensor, Tensor>, Tensor, Tensor> derivative = Find(name).Derivative;
        Tensor w = D(2.0), constant = C(2.0);
        Assert.Multiple(() =>
        {
            Assert.That(derivative(x => constant * x.Exp(), C(1.0)).RequiresGrad, Is.False);
            Assert.That(derivative(x => w * x.Exp(), C(1.0)).RequiresGrad);
            Assert.That(derivative(x => w + x.Exp(), C(1.0)).RequiresGrad, Is.False, "only the value depends on w");
            Assert.That(derivative(x => w.Detach() * x.Exp(), C(1.0)).RequiresGrad, Is.False);
            Assert.That(derivative(x => x.Exp(), D(1.0)).RequiresGrad);
        });
        using (Tensor.NoGrad())
        {
            Tensor under = derivative(x => w * x.Exp(), D(1.0));
            Assert.That(under.RequiresGrad, Is.False);
            Assert.That(under.Item(), Is.EqualTo(2 * Math.E).Within(1e-12));
        }

        Assert.That(w.Grad, Is.Null);
    }

    [Test]
    public void Directions_and_upstream_gradients_are_variables_of_what_is_around()
    {
        // v -> v x^2's derivative along v, squared: d/dv (2 x v)^2 = 8 x^2 v.
        Assert.That(Autograd.Grad(v => Autograd.Jvp(x => x * x, C(3), v).Product.Square().Sum(), C(0.5)).Item(),
            Is.EqualTo(36).Within(1e-12));
        Assert.That(Autograd.Grad(v => Autograd.Vjp(x => x * x, C(3), v).Product.Square().Sum(), C(0.5)).Item(),
            Is.EqualTo(36).Within(1e-12));
        Assert.That(Autograd.Grad(v => Autograd.Hvp(x => x.Pow(3).Sum(), C(3), v).Product.Square().Sum(), C(0.5))
            .Item(), Is.EqualTo(324).Within(1e-10));
    }

    [Test]
    public void Values_depend_on_what_is_around_too()
    {
        // d/dw of the value w x^2 at x = 3.
        Func<Tensor, Tensor>[] values =
        [
            w => Autograd.ValueAndGrad(x => (w * x * x).Sum(), C(3)).Value,
            w => Autograd.Vjp(x => w * x * x, C(3), C(1)).Value,
            w => Autograd.Jvp(x => w * x * x, C(3), C(1)).Value,
            w => Autograd.Hvp(x => (w * x * x).Sum(), C(3), C(1)).Value,
        ];
        foreach (Func<Tensor, Tensor> value in values)
        {
            Assert.That(Autograd.Grad(w => value(w).Sum(), C(2)).Item(), Is.EqualTo(9));
            Assert.That(value(C(2)).RequiresGrad, Is.False);
        }

        Assert.That(Autograd.Grad(x => Autograd.Hvp(z => z.Pow(3).Sum(), x, C(1)).Value.Sum(), C(2)).Item(),
            Is.EqualTo(12));
    }

    // https://github.com/ekmett/ad/issues, Siskind and Pearlmutter 2005, Manzyuk et al. 2012.
    [Test]
    public void Perturbations_are_not_confused()
    {
        Assert.That(Autograd.Grad(x => (x * Autograd.Grad(y => (x * y).Sum(), C(1))).Sum(), C(3)).Item(),
            Is.EqualTo(6));
        Assert.That(Autograd.Grad(x => (x * Autograd.Grad(y => (x + y).Sum(), C(1))).Sum(), C(1)).Item(),
            Is.EqualTo(1));
        Assert.That(Autograd.Grad(x => (x * Autograd.Grad(y => (y * y).Sum() + (x * x).Sum(), x)).Sum(), C(3)).Item(),
            Is.EqualTo(12));

        // "Confusion of tagged perturbations" (2012): the derivative of u -> (x -> f(x + u)) at 0 is f's own; twice it
        // is f''.
        static Func<Tensor, Tensor> Slide(Func<Tensor, Tensor> f) =>
            x => Autograd.Jvp(u => f(x + u), C(0), C(1)).Product;
        static Tensor D1(Func<Tensor, Tensor> f, Tensor at) => Autograd.Grad(z => f(z).Sum(), at);
        Func<Tensor, Tensor> twice = Slide(Slide(z => z.Exp()));
        Assert.That(twice(C(1)).Item(), Is.EqualTo(Math.E).Within(1e-12));
        Assert.That(D1(twice, C(1)).Item(), Is.EqualTo(Math.E).Within(1e-12));

        // d/dx of d/dy (y x y) at y = x, which is 2 x^2.
        Assert.That(D1(x => D1(y => y * D1(z => x * y * z, C(1)), x), C(2)).Item(), Is.EqualTo(8).Within(1e-12));
    }

    [Test]
    public void Third_order_agrees_with_closed_forms()
    {
        static Tensor F(Tensor x) => (x.Sin() * x.Exp()).Sum();
        Tensor x = C(0.3, -0.8);
        Tensor D1(Func<Tensor, Tensor> f, Tensor at) => Autograd.Grad(f, at);
        Tensor third = D1(a => D1(b => D1(F, b).Sum(), a).Sum(), x);
        double[] expected = [.. x.ToArray<double>().Select(v => 2 * Math.Exp(v) * (Math.Cos(v) - Math.Sin(v)))];
        Assert.That(third.ToArray<double>(), Is.EqualTo(expected).Within(1e-12));
        Tensor along = Autograd.Jvp(a => Autograd.Vjp(b => D1(F, b), a, C(1, 1)).Product, x, C(1, 1)).Product;
        Assert.That(along.ToArray<double>(), Is.EqualTo(expected).Within(1e-12));
        Tensor tensor = Autograd.Jacobian(a => Autograd.Hessian(F, a), x);
        Assert.That(tensor.ToArray<double>(),
            Is.EqualTo(new[] { expected[0], 0, 0, 0, 0, 0, 0, expected[1] }).Within(1e-12));
        Assert.That(D1(a => D1(b => D1(c => c.Square().Sum(), b).Sum(), a).Sum(), x).ToArray<double>(), Is.All.Zero,
            "x^2 has no third derivative");
    }

    [Test]
    public void What_a_function_does_not_depend_on_has_derivative_zero()
    {
        Tensor w = D(2.0);
        Assert.Multiple(() =>
        {
            Assert.That(Autograd.Grad(_ => C(5), C(1.0)).Item(), Is.Zero);
            Assert.That(Autograd.Grad(_ => w.Square(), C(1.0)).Item(), Is.Zero);
            Assert.That(Autograd.Jacobian(_ => w * C(1, 2), C(1.0, 2.0, 3.0)).ToArray<double>(),
                Is.EqualTo(new double[6]));
            Assert.That(Autograd.Jvp(_ => w * 2, C(1.0), C(1.0)).Product.Item(), Is.Zero);
            Assert.That(Autograd.Vjp(_ => w * 2, C(1.0), C(1.0)).Product.Item(), Is.Zero);
            Assert.That(Autograd.Hessian(_ => w * 2, C(1.0)).Item(), Is.Zero);
            Assert.That(Autograd.Hvp(_ => w * 2, C(1.0), C(1.0)).Product.Item(), Is.Zero);
            Assert.That(Autograd.ValueAndGrad(x => x[0].Sum(), [C(1.0), C(2.0)]).Gradients[1].Item(), Is.Zero);
        });
        Assert.That(Autograd.Grad(x => Autograd.Grad(_ => (x * x).Sum(), C(1)).Sum(), C(3)).Item(), Is.Zero);
    }

    [Test]
    public void A_physics_informed_network_gets_the_gradients_of_finite_differences()
    {
        Tensor.ManualSeed(1);
        Sequential net = new(new Linear(1, 6), new Tanh(), new Linear(6, 1));
        net.To(DType.Float64);
        Tensor points = Tensor.Linspace(-1, 1, 5, DType.Float64).Reshape(5, 1);

        // u'' + u = 0: the second derivative by nested transforms, every point on its own.
        Tensor Loss()
        {
            Tensor second = Autograd.Vjp(x => Autograd.Vjp(net.Forward, x, Tensor.OnesLike(x)).Product, points,
                Tensor.OnesLike(points)).Product;
            return (second + net.Forward(points)).Square().Mean();
        }

        Loss().Backward();
        foreach (Tensor p in net.Parameters())
        {
            double[] gradient = p.Grad!.ToArray<double>();
            for (int i = 0; i < gradient.Length; i++)
            {
                Assert.That(gradient[i], Is.EqualTo((At(p, i, 1e-5) - At(p, i, -1e-5)) / 2e-5).Within(1e-7));
            }
        }

        double At(Tensor p, int i, double step)
        {
            double[] values = p.ToArray<double>();
            double[] shifted = [.. values];
            shifted[i] += step;
            using (Tensor.NoGrad())
            {
                p.CopyFrom(Tensor.From(shifted).Reshape(p.Shape));
                double loss = Loss().Item();
                p.CopyFrom(Tensor.From(values).Reshape(p.Shape));
                return loss;
            }
        }
    }

    [Test]
    public void A_gradient_penalty_trains()
    {
        Tensor.ManualSeed(2);
        Sequential critic = new(new Linear(2, 8), new Tanh(), new Linear(8, 1));
        Adam optimizer = new(critic.Parameters(), 0.02);
        Tensor x = Tensor.Randn([16, 2]);
        double first = 0, last = 0;
        for (int i = 0; i < 120; i++)
        {
            optimizer.ZeroGrad();
            Tensor slopes = Autograd.Grad(z => critic.Forward(z).Sum(), x);
            Tensor penalty = (slopes.Square().Sum(1).Sqrt() - 1).Square().Mean();
            penalty.Backward();
            optimizer.Step();
            last = penalty.Item();
            first = i == 0 ? last : first;
        }

        Assert.That(first, Is.GreaterThan(0.2));
        Assert.That(last, Is.LessThan(0.05 * first));
        Assert.That(x.Grad, Is.Null);
    }

    [Test]
    public void A_compiled_step_replays_transforms_bit_for_bit()
    {
        Sequential Net()
        {
            Tensor.ManualSeed(3);
            return new(new Linear(1, 8), new Tanh(), new Linear(8, 1));
        }

        Func<Tensor, Tensor> StepOf(Sequential net)
        {
            SGD optimizer = new(net.Parameters(), 0.05);
            return x =>
            {
                optimizer.ZeroGrad();
                Tensor slope = Autograd.Grad(z => net.Forward(z).Sum(), x);
                Tensor curvature = Autograd.Hvp(z => net.Forward(z).Sum(), x, Tensor.OnesLike(x)).Product;
                Tensor loss = (slope - 1).Square().Mean() + curvature.Square().Mean();
                loss.Backward();
                optimizer.Step();
                return loss.Detach();
            };
        }

        Sequential eager = Net(), compiled = Net();
        Func<Tensor, Tensor> step = StepOf(eager);
        CompiledStep replayed = new(StepOf(compiled));
        for (int i = 0; i < 6; i++)
        {
            Tensor x = Tensor.Rand([12, 1]);
            float expected = step(x).Item<float>();
            Assert.That(replayed.Run(x).Item<float>(), Is.EqualTo(expected), $"step {i}");
        }

        Assert.That(replayed.EagerReason, Is.Null);
        foreach ((Tensor a, Tensor b) in eager.Parameters().Zip(compiled.Parameters()))
        {
            Assert.That(b.ToArray<float>(), Is.EqualTo(a.ToArray<float>()));
        }
    }

    [Test]
    public void Transforms_work_inside_custom_functions_and_hooks()
    {
        // y = f'(x) for f = x^4, found by a transform in the forward function, with a rule by a transform too.
        static Tensor F(Tensor x) => x.Pow(4).Sum();
        static Tensor Slope(Tensor x) => Autograd.Function(
            "Slope", [x], i => Autograd.Grad(F, i[0]), (g, i, _) => [Autograd.Hvp(F, i[0], g).Product]);
        Tensor x = D(1.5, -2);
        Slope(x).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 27.0, 48.0 }).Within(1e-12));
        Assert.That(Autograd.GradientCheck(Slope, C(1.5, -2), new(Order: 2)).Passed);
        Tensor third = Autograd.Grad(z => Autograd.Grad(a => Slope(a).Sum(), z).Sum(), C(1.5, -2));
        Assert.That(third.ToArray<double>(), Is.EqualTo(new[] { 36.0, -48.0 }).Within(1e-12));

        // A hook that differentiates through the graph which is being walked.
        Tensor w = D(2.0), y = w * 3, z = y * y;
        y.RegisterHook(_ => Autograd.Grad(a => (a * y * w).Sum(), C(1.0)).Detach());
        z.Sum().Backward();
        Assert.That(w.Grad!.Item(), Is.EqualTo(3 * 12));
    }

    [Test]
    public void Functions_keep_what_they_make_constant_and_leave_graphs_around_them_alone()
    {
        Tensor w = D(2.0), seen = w * 1, early = (w * w).Exp();
        int hooks = 0;
        w.RegisterHook(_ =>
        {
            hooks++;
            return null;
        });
        seen.RegisterHook(_ =>
        {
            hooks++;
            return null;
        });
        Assert.That(Autograd.Grad(x => (x * seen * early).Sum(), C(3)).Item(),
            Is.EqualTo(2 * Math.Exp(4)).Within(1e-12));
        using (Tensor.NoGrad())
        {
            _ = Autograd.Grad(x => (x * seen * early).Sum(), C(3));
        }

        Assert.That(hooks, Is.Zero, "no gradient came to w");
        early.Backward(); // its saved values are still there
        Assert.That(w.Grad!.Item(), Is.EqualTo(4 * Math.Exp(4)).Within(1e-10));
        Assert.That(hooks, Is.EqualTo(1));

        Tensor Stopped(Tensor x)
        {
            using (Tensor.NoGrad())
            {
                return x * Autograd.Grad(y => (x * y).Sum(), C(1));
            }
        }

        Assert.That(Autograd.Grad(x => (x * Stopped(x)).Sum(), C(3)).Item(), Is.EqualTo(9));
    }

    [Test]
    public void An_argument_changed_in_place_was_what_it_was()
    {
        static Tensor Doubled(Tensor z) => z.MulInPlace(2).Sum();

        // The outer variable is a leaf: changing it would be lost. What was computed from one is changed, and so is its
        // gradient.
        Assert.That(() => Autograd.Grad(Doubled, D(1, 2)),
            Throws.InvalidOperationException.With.Message.Contains("leaf"));
        Assert.That(() => Autograd.Grad(Doubled, C(1, 2)),
            Throws.InvalidOperationException.With.Message.Contains("leaf"));
        Tensor w = D(1, 2), x = w * 1;
        Assert.That(Autograd.Grad(Doubled, x).ToArray<double>(), Is.EqualTo(new double[] { 2, 2 }));
        x.Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 2, 2 }));
    }

    [Test]
    public void Nothing_outside_requires_grad_so_no_graph_is_kept()
    {
        WeakReference<Tensor> inner = null!;
        Tensor Run() => Autograd.Grad(
            x =>
            {
                Tensor step = x * x;
                inner = new(step);
                return step.Exp().Sum();
            },
            C(0.5));
        Tensor gradient = Run();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(inner.TryGetTarget(out _), Is.False);
        Assert.That(gradient.Item(), Is.EqualTo(Math.Exp(0.25)).Within(1e-12));
    }

    [Test]
    public void Results_share_no_memory_with_the_upstream_gradient_or_each_other()
    {
        Tensor v = C(1, 1), x = D(1, 2), z = D(1, 2);
        Tensor?[] g = Autograd.Grad([x + z], [x, z, x], [v]);
        g[0]!.Fill(7);
        Assert.That(v.ToArray<double>(), Is.All.EqualTo(1));
        Assert.That(g[1]!.ToArray<double>(), Is.All.EqualTo(1));
        Assert.That(g[2]!.ToArray<double>(), Is.All.EqualTo(1));
        Tensor product = Autograd.Vjp(a => a + 1, C(1, 2), v).Product;
        product.Fill(7);
        Assert.That(v.ToArray<double>(), Is.All.EqualTo(1));
        Tensor twice = x * 1;
        g = Autograd.Grad([twice + z], [twice, z], [v], createGraph: true);
        using (Tensor.NoGrad())
        {
            g[0]!.Fill(7);
        }

        Assert.That(g[1]!.ToArray<double>(), Is.All.EqualTo(1));
    }
}
