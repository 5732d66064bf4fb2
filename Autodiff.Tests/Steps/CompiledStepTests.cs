using Autodiff.Nn;
using Autodiff.Tests.Memory;

namespace Autodiff.Tests.Steps;

/// <summary>
/// A replayed step gives the eager step's bits, allocates nothing, and says why where it can't be replayed.
/// </summary>
[Category("Memory")]
public class CompiledStepTests
{
    private sealed record Trained(float[][] Parameters, float[] Losses);

    /// <summary>Trains the same network eagerly or compiled, and keeps everything that came out.</summary>
    private static Trained Train(
        bool compiled, Func<Module> network, Func<IEnumerable<Tensor>, Optimizer> optimize,
        Func<Tensor, Tensor, Tensor> loss, int outputs, bool classes = false)
    {
        Tensor.ManualSeed(1);
        Module model = network();
        Optimizer optimizer = optimize(model.Parameters());
        Tensor[] batches = [.. Enumerable.Range(0, 6).Select(_ => Tensor.Randn([33, 7]))];
        Tensor[] targets = [.. Enumerable.Range(0, 6)
            .Select(_ => classes ? Tensor.RandInt(0, outputs, [33]) : Tensor.Randn([33, outputs]))];
        Func<Tensor, Tensor, Tensor> step = (x, t) =>
        {
            optimizer.ZeroGrad();
            Tensor error = loss(model.Forward(x), t);
            error.Backward();
            optimizer.Step();
            return error;
        };
        using var replay = new CompiledStep(step);
        List<float> losses = [];
        for (int i = 0; i < 12; i++)
        {
            losses.Add((compiled ? replay.Run(batches[i % 6], targets[i % 6]) : step(batches[i % 6], targets[i % 6]))
                .Item<float>());
        }

        if (compiled)
        {
            Assert.That(replay.EagerReason, Is.Null);
            Assert.That(replay.Captures, Is.EqualTo(1));
        }

        return new([.. model.Parameters().Select(p => p.ToArray<float>())], [.. losses]);
    }

    private static Sequential Mlp(Module activation, int outputs) =>
        new(new Linear(7, 40), activation, new Linear(40, 40), new ReLU(), new Linear(40, outputs));

    private static IEnumerable<TestCaseData> Recipes()
    {
        Func<IEnumerable<Tensor>, Optimizer> sgd = p => new SGD(p, 0.05, momentum: 0.9), adam = p => new Adam(p, 0.01);
        yield return new TestCaseData(() => (Module)Mlp(new ReLU(), 3), sgd,
            (Func<Tensor, Tensor, Tensor>)((y, t) => new MSELoss().Forward(y, t)), false).SetName("relu, SGD, MSE");
        yield return new TestCaseData(() => (Module)Mlp(new Tanh(), 3), adam,
            (Func<Tensor, Tensor, Tensor>)((y, t) => new SmoothL1Loss().Forward(y, t)), false)
                .SetName("tanh, Adam, smooth L1");
        yield return new TestCaseData(() => (Module)Mlp(new Sigmoid(), 4), adam,
            (Func<Tensor, Tensor, Tensor>)((y, t) => new CrossEntropyLoss().Forward(y, t)), true)
                .SetName("sigmoid, Adam, cross entropy");
        yield return new TestCaseData(() => (Module)Mlp(new Dropout(0.3), 3), sgd,
            (Func<Tensor, Tensor, Tensor>)((y, t) => new MSELoss().Forward(y, t)), false).SetName("dropout drawn anew");
    }

    [Test]
    public void Copies_of_strided_tensors_are_made_again()
    {
        (string Name, Func<Tensor, Tensor> Step)[] steps =
        [
            ("a transpose", x => x.T.Contiguous() * 2), ("a repeated row", x => x[0].Expand(3, 3).Contiguous() * 2),
            ("a column into a row", x => { Tensor y = x * 1; y[0] = x[TensorIndex.Ellipsis, 1]; return y; }),
            ("a flip", x => x.Flip(1) + 1), ("a diagonal", x => x.Diagonal().Clone() + 1),
            ("bool", x => (x > 4).T.Contiguous().To(DType.Float32) + 0),
        ];
        foreach ((string name, Func<Tensor, Tensor> step) in steps)
        {
            using CompiledStep compiled = new(step);
            for (int i = 0; i < 4; i++)
            {
                Tensor x = Tensor.Arange(9).Reshape(3, 3).To(DType.Float32) + i;
                Assert.That(compiled.Run(x).ToArray<float>(), Is.EqualTo(step(x).ToArray<float>()), name);
            }

            Assert.That(compiled.EagerReason, Is.Null, name);
        }
    }

    [TestCaseSource(nameof(Recipes))]
    public void A_replay_has_the_bits_of_the_eager_step(
        Func<Module> network, Func<IEnumerable<Tensor>, Optimizer> optimizer, Func<Tensor, Tensor, Tensor> loss,
        bool classes)
    {
        int outputs = classes ? 4 : 3;
        Trained eager = Train(false, network, optimizer, loss, outputs, classes),
            compiled = Train(true, network, optimizer, loss, outputs, classes);
        Assert.That(compiled.Losses, Is.EqualTo(eager.Losses));
        Assert.That(compiled.Parameters, Is.EqualTo(eager.Parameters));
    }

    [Test]
    public void A_replay_allocates_nothing()
    {
        Tensor x = Tensor.Randn([100, 1]), t = x * 2 + 1;
        var model = new Linear(1, 1);
        var optimizer = new SGD(model.Parameters(), 0.01);
        var loss = new MSELoss();
        using var step = new CompiledStep((a, b) =>
        {
            optimizer.ZeroGrad();
            Tensor error = loss.Forward(model.Forward(a), b);
            error.Backward();
            optimizer.Step();
            return error;
        });
        Allocation.RequireNoneOfReplays(step, x, t);
    }

    [Test]
    public void A_step_by_hand_is_replayed_too()
    {
        Tensor x = Tensor.Scalar(2f).RequireGrad(), y = Tensor.Scalar(2f).RequireGrad();
        Tensor Step(Tensor v)
        {
            v.Grad = null;
            Tensor square = v * v;
            square.Backward();
            using (Tensor.NoGrad())
            {
                v -= v.Grad! * 0.01;
            }

            return square;
        }

        using var step = new CompiledStep(() => Step(x));
        for (int i = 0; i < 100; i++)
        {
            Assert.That(step.Run().Item(), Is.EqualTo(Step(y).Item()));
        }

        Assert.That(step.EagerReason, Is.Null);
        Assert.That(x.Item(), Is.EqualTo(y.Item()));
    }

    [Test]
    public void Other_shapes_are_captured_anew()
    {
        Tensor w = Tensor.Ones([3, 2]);
        using var step = new CompiledStep(x => x.MatMul(w).Relu().Sum());
        for (int round = 0; round < 3; round++)
        {
            Assert.That(step.Run(Tensor.Ones([4, 3])).Item(), Is.EqualTo(24));
            Assert.That(step.Run(Tensor.Full([2, 3], 2)).Item(), Is.EqualTo(24));
        }

        Assert.That(step.Captures, Is.EqualTo(2));
        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void Fresh_data_in_the_same_tensor_is_seen()
    {
        Tensor x = Tensor.Ones([5]);
        using var step = new CompiledStep(v => (v * 2).Sum());
        Assert.That(step.Run(x).Item(), Is.EqualTo(10));
        Assert.That(step.Run(x).Item(), Is.EqualTo(10));
        x += 1;
        Assert.That(step.Run(x).Item(), Is.EqualTo(20));
    }

    [Test]
    public void What_can_not_be_replayed_runs_eagerly_and_says_why()
    {
        using var reads = new CompiledStep(v => v * v.Sum().Item());
        using var makes = new CompiledStep(v => v * Tensor.From(1f, 2f));
        Tensor running = Tensor.Zeros([2]);
        using var keeps = new CompiledStep(v => running = running * 0.5 + v);
        for (int i = 1; i <= 3; i++)
        {
            Assert.That(reads.Run(Tensor.From(1f, i)).ToArray<float>(), Is.EqualTo(new float[] { 1 + i, i * (1 + i) }));
            Assert.That(makes.Run(Tensor.From(1f, i)).ToArray<float>(), Is.EqualTo(new float[] { 1, 2 * i }));
            keeps.Run(Tensor.From(1f, 1f));
        }

        List<Tensor> kept = [];
        using var hoards = new CompiledStep(v =>
        {
            kept.Add(v * 2);
            return v.Sum();
        });
        hoards.Run(Tensor.From(1f, 2f));
        hoards.Run(Tensor.From(3f, 4f));
        Assert.That(kept[1].ToArray<float>(), Is.EqualTo(new[] { 6f, 8f }));
        Assert.That(hoards.EagerReason, Does.StartWith("the step keeps a tensor of 8 bytes that it made"));
        Assert.That(running.ToArray<float>(), Is.EqualTo(new[] { 1.75f, 1.75f }));
        Assert.That(reads.EagerReason, Does.StartWith("the step reads a value on the host"));
        Assert.That(makes.EagerReason, Does.StartWith("the step makes a tensor from data of the host"));
        Assert.That(keeps.EagerReason, Does.StartWith("the step keeps the tensor [2] that it made"));
    }

    [Test]
    public void A_gradient_of_which_a_part_is_set_to_zero_still_adds_up()
    {
        Tensor w = Tensor.Ones([2]).RequireGrad();
        w.Grad = Tensor.Zeros([2]);
        using var step = new CompiledStep(x =>
        {
            w.Grad!.Narrow(0, 0, 1).Zero();
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        for (int i = 0; i < 4; i++)
        {
            step.Run(Tensor.From(1f, 2f));
        }

        Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 1f, 8f }));
    }

    [Test]
    public void Gradients_that_add_up_over_steps_stay_right()
    {
        Tensor w = Tensor.Ones([2]).RequireGrad();
        using var adds = new CompiledStep(x =>
        {
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        for (int i = 0; i < 3; i++)
        {
            adds.Run(Tensor.From(1f, 2f));
        }

        Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 3f, 6f }));
        Assert.That(adds.EagerReason, Does.StartWith("the step adds to the gradient of [2] without resetting it"));
        using var zeroes = new CompiledStep(x =>
        {
            w.Grad?.Zero();
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        for (int i = 1; i <= 3; i++)
        {
            zeroes.Run(Tensor.From(1f, i));
        }

        Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 1f, 3f }));
        Assert.That(zeroes.EagerReason, Is.Null);
    }

    [Test]
    public void A_step_that_throws_leaves_nothing_behind()
    {
        using var broken = new CompiledStep(x => x.MatMul(x));
        Assert.That(() => broken.Run(Tensor.Ones([2, 3])), Throws.ArgumentException);
        Assert.That(Tensor.Scalar(2.0).Item(), Is.EqualTo(2), "nothing is being captured");
        Assert.That(broken.Run(Tensor.Ones([2, 2])).Sum().Item(), Is.EqualTo(8));
    }

    [Test]
    public void A_wrong_index_is_found_in_a_replay_too()
    {
        Tensor table = Tensor.Randn([4, 2]);
        using var step = new CompiledStep(index => table.IndexSelect(0, index).Sum());
        step.Run(Tensor.From(0L, 3L));
        step.Run(Tensor.From(1L, 2L));
        Assert.That(step.EagerReason, Is.Null);
        Assert.That(() => step.Run(Tensor.From(0L, 4L)),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.Contains("index 4 is out of range"));
    }

    [Test]
    public void Gradients_cleared_at_the_end_of_a_step_stay_cleared()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        w.Grad = Tensor.Ones([2]);
        using var step = new CompiledStep(x =>
        {
            Tensor loss = (w * x).Sum();
            loss.Backward();
            Tensor size = w.Grad!.Sum();
            w.Grad = null;
            return size;
        });
        for (int i = 1; i <= 4; i++)
        {
            Assert.That(step.Run(Tensor.Full([2], i)).Item(), Is.EqualTo(i == 1 ? 4 : 2 * i));
            Assert.That(w.Grad, Is.Null);
        }
    }

    [Test]
    public void What_one_program_only_reads_another_that_changes_it_does_not_move()
    {
        Tensor w = Tensor.From(1f, 2f, 3f).RequireGrad(), ones = Tensor.Ones([3]);
        using var evaluate = new CompiledStep(x => (w.Detach() * x).Sum());
        for (int i = 0; i < 3; i++)
        {
            Assert.That(evaluate.Run(ones).Item(), Is.EqualTo(6));
        }

        using var train = new CompiledStep(x =>
        {
            w.Grad = null;
            Tensor loss = (w * x).Sum();
            loss.Backward();
            using (Tensor.NoGrad())
            {
                w.AddInPlace(w.Grad!);
            }

            return loss.Detach();
        });
        for (int i = 1; i <= 4; i++)
        {
            train.Run(ones);
            Assert.That(evaluate.Run(ones).Item(), Is.EqualTo(6 + 3 * i), $"after {i} steps");
        }

        Assert.That((evaluate.EagerReason, train.EagerReason), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public void A_replay_of_several_optimizer_steps_allocates_nothing()
    {
        Tensor w = Tensor.From(1f, -2).RequireGrad(), unused = Tensor.From(1f, 1).RequireGrad();
        Tensor x = Tensor.From(1f, 0.5f);
        SGD optimizer = new([w, unused], 0.001);
        using CompiledStep step = new(x =>
        {
            optimizer.ZeroGrad();
            (w * w * x).Sum().Backward();
            optimizer.Step();
            optimizer.ZeroGrad();
            Tensor loss = (w * x).Square().Sum();
            loss.Backward();
            optimizer.Step();
            return loss;
        });
        Allocation.RequireNoneOfReplays(step, x);
    }
}
