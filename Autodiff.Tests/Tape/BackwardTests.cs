using Autodiff.Tests.Cuda;

namespace Autodiff.Tests.TapeTests;

[Parallelizable]
[TestFixture("cpu")]
[TestFixture("cuda")]
public class BackwardTests(string device) : DeviceFixture(device)
{
    [Test]
    public void A_square_has_slope_two_x()
    {
        Tensor x = Tensor.Scalar(3f).RequireGrad();
        (x * x).Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(6));
    }

    [Test]
    public void Gradients_add_up_until_they_are_reset()
    {
        Tensor x = Tensor.From(1f, 2f).RequireGrad();
        x.Square().Sum().Backward();
        x.Square().Sum().Backward();
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 4f, 8f }));
    }

    [Test]
    public void A_broadcast_operand_gets_its_gradient_summed_back()
    {
        Tensor x = Tensor.Ones([3, 2]).RequireGrad(), b = Tensor.From(1f, 2f).RequireGrad();
        Tensor w = Tensor.From(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } });
        ((x + b) * w).Sum().Backward();
        Assert.That(b.Grad!.ToArray<float>(), Is.EqualTo(new[] { 9f, 12f }));
        Assert.That(x.Grad!.ToArray<float>(), Is.EqualTo(new[] { 1f, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void A_matrix_product_sends_gradients_to_both_factors()
    {
        Tensor a = Tensor.From(new double[,] { { 1, 2, 3 }, { 4, 5, 6 } }).RequireGrad();
        Tensor b = Tensor.From(new double[,] { { 1, 0 }, { 2, 1 }, { 0, 3 } }).RequireGrad();
        a.MatMul(b).Backward(Tensor.From(new double[,] { { 1, 2 }, { 3, 4 } }));
        Assert.That(a.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 1, 4, 6, 3, 10, 12 }));
        Assert.That(b.Grad!.ToArray<double>(), Is.EqualTo(new double[] { 13, 18, 17, 24, 21, 30 }));
    }

    [Test]
    public void A_second_backward_says_what_to_do()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        Tensor loss = x * x;
        loss.Backward();
        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => loss.Backward())!;
        Assert.That(e.Message, Is.EqualTo(
            "Backward: the graph of 'loss' was already consumed by Backward() (at Mul); its saved tensors were freed. "
                + "Pass retainGraph: true the first time."));
    }

    [Test]
    public void A_value_changed_in_place_is_found_out()
    {
        Tensor x = Tensor.From(1f, 4f).RequireGrad();
        Tensor y = x.Map(default(Operations.Sqrt));
        using (Tensor.NoGrad())
        {
            y += 1;
        }

        InvalidOperationException e = Assert.Throws<InvalidOperationException>(() => y.Sum().Backward())!;
        Assert.That(e.Message,
            Does.StartWith(
                "Backward of Sqrt needs its output, but it was changed in place afterwards (version 1, saved at "
                    + "version 0)."));
    }

    [Test]
    public void Gradients_of_gradients_come_from_the_same_rules()
    {
        Tensor x = Tensor.Scalar(2.0).RequireGrad();
        (x * x * x).Backward(createGraph: true);
        Tensor first = x.Grad!;
        Assert.That(first.Item(), Is.EqualTo(12));
        x.Grad = null;
        first.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(12));
    }

    [Test]
    public void A_chain_of_two_million_nodes_does_not_overflow()
    {
        // About the tape; two million launches would be interpreted.
        using IDisposable processor = Device.Use(Device.Cpu);
        Tensor x = Tensor.Scalar(1.0).RequireGrad();
        Tensor y = x;
        for (int i = 0; i < 1_000_000; i++)
        {
            y = y + 1e-6;
            y = y * 1.0;
        }

        y.Backward();
        Assert.That(x.Grad!.Item(), Is.EqualTo(1));
    }

    [Test]
    public void Compound_assignment_changes_a_leaf_in_place_under_NoGrad_only()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        Tensor same = w;
        Assert.That(() => w += 1,
            Throws.InvalidOperationException.With.Message.Contains("is a leaf that requires grad"));
        using (Tensor.NoGrad())
        {
            w -= 1;
        }

        Assert.That(same.ToArray<float>(), Is.EqualTo(new[] { 0f, 1f }));
        Assert.That(w.RequiresGrad);
    }

    [Test]
    public void Training_a_line_by_hand_finds_it()
    {
        Tensor x = Tensor.From(new float[,] { { 0 }, { 1 }, { 2 }, { 3 } }), t = x * 2 + 1;
        Tensor w = Tensor.Zeros([1, 1]).RequireGrad(), b = Tensor.Zeros([1]).RequireGrad();
        for (int i = 0; i < 500; i++)
        {
            (x.Linear(w, b) - t).Square().Mean().Backward();
            using (Tensor.NoGrad())
            {
                w -= w.Grad! * 0.1;
                b -= b.Grad! * 0.1;
                w.Grad = b.Grad = null;
            }
        }

        Assert.That(w.Item(), Is.EqualTo(2).Within(1e-4));
        Assert.That(b.Item(), Is.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void Nodes_that_many_paths_lead_to_are_visited_once_and_complete([Values(1, 2, 3)] int seed)
    {
        var random = new Random(seed);
        int[][] from = [.. Enumerable.Range(0, 300)
            .Select(k => k < 5 ? [] : Enumerable.Range(0, random.Next(1, 6)).Select(_ => random.Next(k)).ToArray())];
        Tensor[] leaves = [.. Enumerable.Range(0, 5).Select(_ => Tensor.Scalar(1.0).RequireGrad())];
        List<Tensor> nodes = [.. leaves];
        int[] visits = new int[from.Length];
        for (int k = 5; k < from.Length; k++)
        {
            Tensor y = Tensor.Scalar(0.0);
            foreach (int i in from[k])
            {
                y = y + nodes[i] * 0.5;
            }

            int number = k;
            y.RegisterHook(_ =>
            {
                visits[number]++;
                return null;
            });
            nodes.Add(y);
        }

        nodes[^1].Backward();
        double[] expected = new double[from.Length];
        expected[^1] = 1;
        for (int k = from.Length - 1; k >= 0; k--)
        {
            foreach (int i in from[k])
            {
                expected[i] += expected[k] * 0.5;
            }
        }

        Assert.That(visits, Is.EqualTo(expected.Select((g, k) => k >= 5 && g != 0 ? 1 : 0)));
        Assert.That(leaves.Select(leaf => leaf.Grad?.Item() ?? 0), Is.EqualTo(expected.Take(5)).Within(1e-12).Percent);
    }

    [Test]
    public void A_backward_that_failed_leaves_the_graph_free_for_another()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), a = x * 2, b = x.Exp(), y = (a * b + b).Sum();
        using (a.RegisterHook(_ => throw new FormatException("not this time")))
        {
            Assert.That(() => y.Backward(retainGraph: true), Throws.TypeOf<FormatException>());
        }

        x.Grad = null;
        y.Backward();
        Assert.That(x.Grad!.ToArray<double>(),
            Is.EqualTo(new[] { Math.E * (2 + 2 + 1), Math.Exp(2) * (2 + 4 + 1) }).Within(1e-12));
    }

    [Test]
    public void A_backward_in_a_hook_over_what_is_being_walked_is_refused()
    {
        Tensor x = Tensor.From(1.0, 2.0).RequireGrad(), a = x * 2, y = a.Sum();
        a.RegisterHook(_ =>
        {
            y.Backward(retainGraph: true);
            return null;
        });
        Assert.That(() => y.Backward(retainGraph: true),
            Throws.InvalidOperationException.With.Message.Contains("another Backward() is walking right now"));
    }
}
