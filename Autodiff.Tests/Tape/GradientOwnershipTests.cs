using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

/// <summary>
/// A gradient that a user's code sees is its own: what is changed there in place is no other tensor's gradient.
/// </summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class GradientOwnershipTests(string device) : DeviceFixture(device)
{
    private static Tensor D(params double[] values) => Tensor.From(values).RequireGrad();

    [Test]
    public void A_hook_that_changes_its_gradient_changes_that_alone([Values] bool createGraph)
    {
        Tensor x = D(1, 2), z = D(1, 2), y = x * 1;
        y.RegisterHook(g =>
        {
            Change(g, h => h.MulInPlace(2));
            return null;
        });
        (y + z).Sum().Backward(createGraph: createGraph);
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(2));
        Assert.That(z.Grad!.ToArray<double>(), Is.All.EqualTo(1));
    }

    [Test]
    public void Each_hook_sees_a_gradient_of_its_own_and_may_keep_it()
    {
        Tensor x = D(1, 2), z = D(1, 2), y = x * 1, sum = y + z;
        List<Tensor> kept = [];
        sum.RegisterHook(g =>
        {
            kept.Add(g);
            return null;
        });
        y.RegisterHook(g =>
        {
            kept.Add(g);
            kept[0].Fill(9); // no longer what travels
            return g * 3;
        });
        y.RegisterHook(g =>
        {
            kept[1].Fill(9);
            return null;
        });
        z.RegisterHook(g =>
        {
            kept.Add(g);
            return null;
        });
        sum.Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(3));
        Assert.That(z.Grad!.ToArray<double>(), Is.All.EqualTo(1));
        kept[2].Fill(9);
        Assert.That(z.Grad!.ToArray<double>(), Is.All.EqualTo(1));
    }

    [Test]
    public void One_buffer_may_serve_several_hooks_and_rules()
    {
        Tensor x = D(1), z = D(1), buffer = Tensor.From(0.0);
        Tensor Times(Tensor t, double factor) => Autograd.Function("Times", [t], i => i[0] * factor, (g, _, _) =>
        {
            buffer.CopyFrom(g * factor);
            return [buffer];
        });
        (Times(x * 1, 2) + Times(z * 1, 5)).Sum().Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(2));
        Assert.That(z.Grad!.Item(), Is.EqualTo(5));

        Tensor a = D(1), b = D(1);
        a.RegisterHook(g => buffer.CopyFrom(g * 2));
        b.RegisterHook(g => buffer.CopyFrom(g * 5));
        (a + b).Sum().Backward();
        Assert.That(a.Grad!.Item(), Is.EqualTo(2));
        Assert.That(b.Grad!.Item(), Is.EqualTo(5));
        buffer.Fill(9);
        Assert.That(a.Grad!.Item(), Is.EqualTo(2));
    }

    [Test]
    public void A_rule_may_change_its_gradient_and_return_it_for_several_operands()
    {
        Tensor x = D(1, 2), y = D(1, 2), z = D(1, 2);
        Tensor own = Autograd.Function("Sum", [x * 1, y * 1], i => i[0] + i[1], (g, _, _) =>
        {
            g.MulInPlace(3);
            return [g, g];
        });
        (own + z).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.All.EqualTo(3));
        Assert.That(y.Grad!.ToArray<double>(), Is.All.EqualTo(3));
        Assert.That(z.Grad!.ToArray<double>(), Is.All.EqualTo(1));
        x.Grad!.Fill(7);
        Assert.That(y.Grad!.ToArray<double>(), Is.All.EqualTo(3));
    }

    [Test]
    public void Gradients_of_two_leaves_and_retained_ones_are_apart([Values] bool createGraph)
    {
        Tensor x = D(1, 2), z = D(1, 2), y = x + z, upstream = Tensor.From(1.0, 1.0);
        y.RetainGrad();
        y.Backward(upstream, createGraph: createGraph);
        Tensor[] all = [x.Grad!, z.Grad!, y.Grad!, upstream];
        for (int i = 0; i < all.Length; i++)
        {
            Change(all[i], g => g.Fill(10 + i));
        }

        for (int i = 0; i < all.Length; i++)
        {
            Assert.That(all[i].ToArray<double>(), Is.All.EqualTo(10 + i));
        }
    }

    [Test]
    public void A_retained_gradient_is_part_of_the_graph_that_createGraph_makes()
    {
        Tensor x = D(2), y = x * x;
        y.RetainGrad();
        y.Pow(3).Sum().Backward(createGraph: true); // dy = 3 y^2, and d/dx of that is 6 y 2 x
        Tensor retained = y.Grad!;
        Assert.That(Autograd.Grad([retained], [x])[0]!.Item(), Is.EqualTo(96).Within(1e-12));
        Tensor plain = x * x;
        plain.RetainGrad();
        plain.Sum().Backward();
        Assert.That(plain.Grad!.RequiresGrad, Is.False);
    }

    [Test]
    public void A_function_may_return_a_tensor_that_others_hold()
    {
        Tensor cached = Tensor.From(3.0), x = D(1);
        Tensor y = Autograd.Function("Cached", [x], _ => cached, (g, _, _) => [g * 4]);
        Assert.That(cached.RequiresGrad, Is.False);
        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(4));
    }

    private static void Change(Tensor x, Action<Tensor> change)
    {
        using (Tensor.NoGrad())
        {
            change(x);
        }
    }

    [TestCase(DType.Float32)]
    [TestCase(DType.Float64)]
    public void Each_Backward_of_a_number_begins_with_one(DType type)
    {
        Tensor x = Tensor.Full([], 3, type).RequireGrad(), kept = x;
        for (int i = 0; i < 3; i++)
        {
            x.Grad = null;
            Tensor y = Autograd.Function("Greedy", [x], v => v[0] * 2, (g, _, _) =>
            {
                kept = g;
                g.MulInPlace(5);
                return [g * 2];
            });
            y.Backward();
            Assert.That(x.Grad!.Item(), Is.EqualTo(10), "what a rule does to its upstream gradient ends with it");
            kept.Dispose();
            x.Grad.MulInPlace(7);
            (x * 1).Backward();
            Assert.That(x.Grad.Item(), Is.EqualTo(71));
        }
    }

    [Test]
    public void A_gradient_whose_elements_share_places_is_added_to_all_the_same()
    {
        Tensor x = D(1, 2, 3), one = Tensor.Scalar(1.0);
        x.Grad = one.Expand(3);
        (x * Tensor.From(10.0, 20.0, 30.0)).Sum().Backward();
        Assert.That(x.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 11, 21, 31 }));
        Assert.That(one.Item(), Is.EqualTo(1));

        Tensor m = Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }).RequireGrad(), seed = m.Detach() * 10;
        m.Grad = seed;
        m.T.Backward(seed);
        Assert.That(m.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 20, 50, 50, 80 }));
    }
}
