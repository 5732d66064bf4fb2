using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

[TestFixture("cpu")]
[TestFixture("cuda")]
public class InPlaceTests(string device) : DeviceFixture(device)
{
    [Test]
    public void A_recorded_change_in_place_is_part_of_the_graph()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3;
        y.MulInPlace(Tensor.From(2.0, 4.0));
        y += x;
        y.Backward(Tensor.From(1.0, 10.0));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 7.0, 130.0 }));
    }

    [Test]
    public void A_change_to_a_view_is_a_change_to_what_it_views()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).RequireGrad();
        Tensor y = x * 3;
        y.T[1].MulInPlace(10);
        y[0] += 1;
        y[.., ..1].Select(0, 1).Fill(0);
        Assert.That(y.ToArray<double>(), Is.EqualTo(new double[] { 4, 61, 0, 120 }));
        y.Backward(Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 3, 60, 0, 120 }));
    }

    [Test]
    public void A_change_to_a_view_is_differentiable_twice()
    {
        Shapes.Numeric.CheckGradients(
            x =>
            {
                Tensor y = x[0].Clone();
                y[1].SquareInPlace();
                y.T[0].MulInPlace(x[1]);
                y.Reshape(-1)[1..3].ExpInPlace();
                return y * y;
            },
            Shapes.Numeric.Values(2, 2), Shapes.Numeric.Values(3, [2]));
    }

    [Test]
    public void A_view_taken_before_a_recorded_change_sees_it()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad();
        Tensor y = x * 3, before = y.Unsqueeze(0), part = before[0, 1];
        y.MulInPlace(2);
        (before * Tensor.From(1.0, 10.0)).Sum().Backward(retainGraph: true);
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 6.0, 60.0 }));
        part += y[0];
        x.Grad = null;
        before.Sum().Backward();
        Assert.That(before.ToArray<double>(), Is.EqualTo(new[] { 6.0, 18.0 }));
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new[] { 12.0, 6.0 }));
    }

    [Test]
    public void A_part_of_a_plain_tensor_may_become_part_of_the_graph()
    {
        Tensor w = Tensor.From(5.0).RequireGrad(), x = Tensor.Zeros([2, 2], DType.Float64), row = x[1];
        row[..1].CopyFrom(w);
        row[1..] += w;
        Assert.That(x.RequiresGrad && row.RequiresGrad);
        Assert.That(x.GradFn!.Name, Is.EqualTo("CopySlices"));
        (x * x).Sum().Backward();
        Assert.That(w.Grad!.Item(), Is.EqualTo(20));
    }

    [Test]
    public void A_view_of_a_leaf_that_requires_grad_is_not_changed()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad();
        w.Name = "w";
        Assert.That(() => w[0].AddInPlace(1),
            Throws.InvalidOperationException.With.Message.Contains("[] is a view of w, a leaf that requires grad"));
        Assert.That(() => w[0] += 1, Throws.InvalidOperationException);
        Assert.That(() => w.Unsqueeze(0)[0].Fill(0), Throws.InvalidOperationException);
        Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { 1.0, 2.0 }));
        using (Tensor.NoGrad())
        {
            w[0] += 1;
        }

        Assert.That(w.ToArray<double>(), Is.EqualTo(new[] { 2.0, 2.0 }));
    }

    [Test]
    public void Where_elements_share_a_place_nothing_is_changed()
    {
        Tensor x = Tensor.From(1.0, 2.0, 3.0) * 1;
        foreach (Tensor shared in (Tensor[])[x.Unfold(0, 2, 1), x.Unfold(0, 2, 1)[0], x.Expand(2, 3),
            x.Expand(2, 3)[0]])
        {
            Assert.That(() => shared.MulInPlace(2),
                Throws.InvalidOperationException.With.Message.Contains("share one place in memory"));
        }

        foreach (Tensor own in (Tensor[])[x.Unfold(0, 1, 2), x.Unsqueeze(0).T, x.Reshape(1, 3).Expand(1, 3),
            x.Repeat(2)[..3], x.DiagEmbed().Diagonal()])
        {
            Assert.That(() => own.MulInPlace(2), Throws.Nothing);
        }
    }

    [Test]
    public void A_view_of_a_parameter_survives_the_optimizer()
    {
        Tensor w = Tensor.From(new double[,] { { 1, 2 } }).RequireGrad();
        Tensor transposed = w.T;
        using (Tensor.NoGrad())
        {
            w += 1;
        }

        transposed.Sum().Backward();
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new[] { 1.0, 1.0 }));
    }

    [Test]
    public void An_operand_that_overlaps_is_read_before_it_is_written()
    {
        Tensor x = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } });
        x += x.T;
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { 2, 5, 5, 8 }));
    }

    [Test]
    public void Integers_do_not_take_fractions_in_place()
    {
        Tensor n = Tensor.From(1L, 2L);
        Assert.That(() => n += 0.5, Throws.InvalidOperationException.With.Message.Contains("int64 can't hold"));
    }

    [Test]
    public void A_disposed_tensor_says_so_and_never_shows_other_data()
    {
        Tensor x = Tensor.Ones([100, 100]);
        x.Name = "activations";
        Tensor view = x.T;
        x.Dispose();
        Tensor other = Tensor.Zeros([100, 100]);
        Assert.That(() => x + 1,
            Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("activations [100, 100]"));
        Assert.That(() => view.Sum(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(other.Sum().Item(), Is.Zero);
    }

    [Test]
    [Category("Memory")]
    public void A_span_keeps_its_memory_out_of_the_pool()
    {
        using IDisposable processor = Device.Use(Device.Cpu); // only the processor's memory has spans
        Span<float> span = Tensor.Full([100, 100], 7).AsSpan<float>();
        for (int i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            _ = Tensor.Zeros([100, 100]);
        }

        Assert.That(span[5000], Is.EqualTo(7f));
    }

    [Test]
    public void A_gradient_is_not_lost_through_a_part_of_a_plain_tensor()
    {
        Tensor w = Tensor.From(2f, 3f).RequireGrad(), buffer = Tensor.Zeros([3, 2]);
        buffer[0].CopyFrom(w);
        buffer[1].AddInPlace(w * 2);
        buffer[2][1] = w[0];
        (buffer * buffer).Sum().Backward();
        Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new float[] { 24, 30 }));
    }

    [Test]
    public void An_expanded_tensor_without_elements_can_be_changed()
    {
        Tensor nothing = Tensor.Ones([0, 1]).Expand(0, 2);
        nothing += 1;
        Assert.That(nothing.ElementCount, Is.Zero);
    }

    [Test]
    public void An_operation_on_a_view_that_a_change_left_behind_is_recorded_after_the_view()
    {
        Tensor a = Tensor.Ones([2, 2], DType.Float64).RequireGrad(), w = a.Detach().RequireGrad(),
            bias = a.Detach()[0].Clone().RequireGrad();
        foreach (Func<Tensor, Tensor> use in (Func<Tensor, Tensor>[])[v => w.MatMul(v), v => w.Linear(v),
            v => w.Linear(w, v[0]), v => w.Reshape(1, 2, 2).MatMul(v), v => bias.Linear(v, bias),
            v => w + v, v => Tensor.Where(w.Gt(0), w, v), v => w.Clone().AddInPlace(v), v => Tensor.Cat([w, v]),
            v => Autograd.Function("Sum", [w, v], i => i[0] + i[1], (g, _, _) => [g, g])])
        {
            Tensor x = a * 2, v = x.T, u = (a * 6).T;
            x.MulInPlace(3);
            Tensor expected = Autograd.Grad([use(u).Sum()], [u])[0]!;
            Tensor y = use(v), z = v * 5;
            Assert.That(Autograd.Grad([y.Sum()], [v], retainGraph: true)[0]!.ToArray<double>(),
                Is.EqualTo(expected.ToArray<double>()));
            Assert.That(Autograd.Grad([y.Sum() + z.Sum()], [v])[0]!.ToArray<double>(),
                Is.EqualTo((expected + 5).ToArray<double>()));
        }
    }

    [Test]
    public void A_random_fill_under_NoGrad_leaves_the_graph_alone()
    {
        foreach (Action<Tensor> fill in (Action<Tensor>[])[y => y.NormalInPlace(), y => y.T.UniformInPlace(),
            y => y.RandomInPlace(0, 5), y => y.BernoulliInPlace(), y => y.Fill(3), y => y.ExpInPlace()])
        {
            Tensor x = Tensor.Ones([2, 3]).RequireGrad(), y = x * 2;
            using (Tensor.NoGrad())
            {
                fill(y);
            }

            y.Sum().Backward();
            Assert.That(x.Grad!.ToArray<float>(), Is.All.EqualTo(2));
            y = x * 2;
            y.NormalInPlace();
            Assert.That(y.RequiresGrad, Is.False, "recorded, it is a constant");
        }
    }

    [Test]
    public void A_view_taken_under_NoGrad_is_not_changed_where_the_change_would_be_recorded()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad(), x = w * 2, free = Tensor.Zeros([2], DType.Float64), view, own;
        using (Tensor.NoGrad())
        {
            view = x[..1];
            own = free[..1];
        }

        foreach (Action change in (Action[])[() => view.AddInPlace(w[1]), () => view[0] = w[1],
            () => view.CopyFrom(w[1]), () => view.Unsqueeze(0).AddCMulInPlace(view, w[1]), () => view.MulInPlace(3),
            () => view.Fill(3), () => view.UniformInPlace(), () => own.CopyFrom(w[1]), () => own[..].MulInPlace(w[1])])
        {
            Assert.That(() => change(),
                Throws.InvalidOperationException.With.Message.Contains("a view, taken under Tensor.NoGrad()"));
        }

        own.AddInPlace(1);
        using (Tensor.NoGrad())
        {
            view.AddInPlace(1);
        }

        (x + free).Sum().Backward();
        Assert.That(x.ToArray<double>(), Is.EqualTo(new double[] { 3, 4 }));
        Assert.That(free.ToArray<double>(), Is.EqualTo(new double[] { 1, 0 }));
        Assert.That(w.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 2, 2 }));
    }

    [Test]
    public void A_view_taken_under_NoGrad_is_not_computed_with_after_a_recorded_change_of_what_it_views()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad(), x = Tensor.Zeros([2], DType.Float64), view, inner;
        using (Tensor.NoGrad())
        {
            view = x[..1];
        }

        inner = view.Unsqueeze(0);
        Assert.That((view * 2).RequiresGrad, Is.False);
        x.AddInPlace(w);
        foreach (Action use in (Action[])[() => _ = view * 2, () => view.Sum(), () => view.Clone(), () => _ = view[0],
            () => inner.MatMul(inner), () => w.Clone().AddInPlace(view), () => view.AddInPlace(1)])
        {
            Assert.That(() => use(),
                Throws.InvalidOperationException.With.Message.Contains("a view, taken under Tensor.NoGrad()"));
        }

        Assert.That(view.RequiresGrad || inner.RequiresGrad, Is.False);
        Assert.That($"{view} {inner}", Does.Contain("1."));
        Assert.That((view.Detach() * 2).Item(), Is.EqualTo(2));
        using (Tensor.NoGrad())
        {
            Assert.That((view * 2).Item(), Is.EqualTo(2));
        }
    }

    [Test]
    public void What_a_function_of_a_users_gives_back_of_its_operands_is_not_changed_in_place()
    {
        Tensor w = Tensor.From(1.0, 2.0).RequireGrad();
        foreach (Func<Tensor, Tensor> forward in (Func<Tensor, Tensor>[])[x => x, x => x.Unsqueeze(0), x => x[..1]])
        {
            Tensor y = Autograd.Function("Same", [w], x => forward(x[0]), (g, x, _) => [g.Sum() * x[0]]);
            foreach (Action change in (Action[])[() => y.MulInPlace(3), () => y.Fill(3), () => y[..].AddInPlace(w[1])])
            {
                Assert.That(() => change(),
                    Throws.InvalidOperationException.With.Message.Contains("Autograd.Function"));
            }
        }

        Tensor own = Autograd.Function("Twice", [w], x => x[0] * 2, (g, _, _) => [g * 2]);
        Assert.That(own.MulInPlace(3).ToArray<double>(), Is.EqualTo(new double[] { 6, 12 }));
        Assert.That(w.ToArray<double>(), Is.EqualTo(new double[] { 1, 2 }));
    }
}
