using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Steps;

/// <summary>Whatever a step does with gradients, a replay leaves what the eager step leaves.</summary>
[Category("Memory")]
[TestFixture("cpu")]
[TestFixture("cuda")]
public sealed class StepGradientTests(string name)
{
    /// <summary>Makes of a step what is to be run: the step itself, or its compiled form.</summary>
    private delegate Func<Tensor, Tensor> Form(Func<Tensor, Tensor> step);

    private readonly Device _device = name == "cpu" ? Device.Cpu : CudaUnderTest.Emulated(new EmulatedDriver());

    /// <summary>
    /// Runs eagerly and compiled; all parameters, gradients and results are the same after each round.
    /// </summary>
    /// <param name="prepare">Makes the parameters, and what is done with them in a round.</param>
    /// <param name="captures">How many programs a compiled step may take.</param>
    private void Agree(Func<Form, (Tensor[] Parameters, Func<Tensor, Tensor> Round)> prepare, int captures = 1)
    {
        List<CompiledStep> steps = [];
        (Tensor[] eager, Func<Tensor, Tensor> runEagerly) = prepare(step => step);
        (Tensor[] compiled, Func<Tensor, Tensor> runCompiled) = prepare(step =>
        {
            steps.Add(new(step));
            return steps[^1] is { } made ? x => made.Run(x) : step;
        });
        for (int round = 0; round < 8; round++)
        {
            Tensor x = Tensor.From(1f + round % 3, 0.5f).To(_device);
            float[] wanted = runEagerly(x).ToArray<float>();
            Assert.That(runCompiled(x).ToArray<float>(), Is.EqualTo(wanted), $"the result of round {round}");
            for (int i = 0; i < eager.Length; i++)
            {
                Assert.That(compiled[i].ToArray<float>(), Is.EqualTo(eager[i].ToArray<float>()),
                    $"parameter {i} after round {round}");
                Assert.That(compiled[i].Grad?.ToArray<float>(), Is.EqualTo(eager[i].Grad?.ToArray<float>()),
                    $"the gradient of parameter {i} after round {round}");
            }
        }

        foreach (CompiledStep step in steps)
        {
            Assert.That(step.EagerReason, Is.Null);
            Assert.That(step.Captures, Is.InRange(1, captures));
            step.Dispose();
        }
    }

    private Tensor Leaf(float a, float b) => Tensor.From(a, b).To(_device).RequireGrad();

    [Test]
    public void Each_optimizer_step_of_a_loop_uses_its_own_gradient([Values] bool clips) => Agree(form =>
    {
        Tensor w = Leaf(1, -2);
        SGD optimizer = new([w], 0.1, momentum: 0.5);
        return ([w], form(x =>
        {
            Tensor loss = null!;
            for (int k = 0; k < 3; k++)
            {
                optimizer.ZeroGrad();
                loss = (w * w * x).Sum();
                loss.Backward();
                if (clips)
                {
                    new[] { w }.ClipGradNorm(0.5);
                }

                optimizer.Step();
            }

            return loss;
        }));
    });

    [Test]
    public void Two_steps_in_one_compiled_step_are_two_steps()
    {
        Tensor w = Tensor.From(1f).To(_device).RequireGrad();
        SGD optimizer = new([w], 0.1);
        using CompiledStep step = new(() =>
        {
            Tensor loss = null!;
            for (int k = 0; k < 2; k++)
            {
                optimizer.ZeroGrad();
                loss = (w * w).Sum();
                loss.Backward();
                optimizer.Step();
            }

            return loss;
        });
        for (int run = 1; run <= 5; run++)
        {
            step.Run();
            Assert.That(w.Item(), Is.EqualTo(Math.Pow(0.64, run)).Within(1e-6), $"after run {run}");
        }

        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void A_gradient_put_in_anothers_place_is_the_one_that_is_used([Values] bool clears) => Agree(form =>
    {
        Tensor w = Leaf(1, -2);
        SGD optimizer = new([w], 0.1);
        return ([w], form(x =>
        {
            optimizer.ZeroGrad();
            Tensor loss = (w * w * x).Sum();
            loss.Backward();
            w.Grad = w.Grad! * 0.5;
            optimizer.Step();
            if (clears)
            {
                optimizer.ZeroGrad();
            }

            return loss;
        }));
    });

    [Test]
    public void A_gradient_that_decays_keeps_its_place() => Agree(form =>
    {
        Tensor w = Leaf(1, -2);
        SGD optimizer = new([w], 0.1);
        return ([w], form(x =>
        {
            Tensor loss = (w * w * x).Sum();
            loss.Backward();
            w.Grad = w.Grad! * 0.5;
            optimizer.Step();
            return loss;
        }));
    }, captures: 3);

    /// <summary>How the discriminator's gradients are cleared, and in which order the two take their steps.</summary>
    public enum Adversaries
    {
        ClearedBeforeEach,
        ClearedBetween,
        GeneratorFirst,
        GeneratorFirstAndDiscriminatorClearedLate,
        ThreeCritics,
    }

    [Test]
    public void Adversaries_train_as_they_do_eagerly([Values] Adversaries order) => Agree(form =>
    {
        Tensor d = Leaf(0.5f, -1), g = Leaf(1, 0.25f);
        Adam optimizeD = new([d], 0.05), optimizeG = new([g], 0.02);
        Tensor Discriminate(Tensor x, bool clear = true)
        {
            if (clear)
            {
                optimizeD.ZeroGrad();
            }

            Tensor loss = ((d * x - 1).Square() + (d * (g * x).Detach()).Square()).Sum();
            loss.Backward();
            optimizeD.Step();
            return loss;
        }

        Tensor Generate(Tensor x)
        {
            optimizeG.ZeroGrad();
            Tensor loss = (d * (g * x) - 1).Square().Sum();
            loss.Backward();
            optimizeG.Step();
            return loss;
        }

        return ([d, g], form(x =>
        {
            switch (order)
            {
                case Adversaries.ClearedBeforeEach:
                    Tensor first = Discriminate(x);
                    return first + Generate(x);
                case Adversaries.ClearedBetween:
                    Tensor before = Discriminate(x);
                    optimizeD.ZeroGrad();
                    return before + Generate(x);
                case Adversaries.ThreeCritics:
                    Discriminate(x);
                    Discriminate(x * 2);
                    Tensor last = Discriminate(x * 3);
                    optimizeD.ZeroGrad();
                    return last + Generate(x);
                case Adversaries.GeneratorFirst:
                    optimizeD.ZeroGrad();
                    Tensor sum = Generate(x);
                    return sum + Discriminate(x);
                default:
                    Tensor generated = Generate(x); // adds to what D's last step left
                    return generated + Discriminate(x);
            }
        }));
    }, captures: order == Adversaries.GeneratorFirstAndDiscriminatorClearedLate ? 3 : 1);

    [Test]
    public void What_gets_no_gradient_here_and_was_cleared_takes_no_step([Values] bool setToNull) => Agree(form =>
    {
        Tensor trunk = Leaf(1, -1), a = Leaf(0.5f, 2), b = Leaf(-1, 0.25f);
        SGD optimizer = new([trunk, a, b], 0.1, momentum: 0.9);
        Func<Tensor, Tensor> Of(Tensor head) => form(x =>
        {
            optimizer.ZeroGrad(setToNull);
            Tensor loss = (trunk * head * x).Square().Sum();
            loss.Backward();
            optimizer.Step();
            return loss;
        });
        foreach (Tensor parameter in (Tensor[])[trunk, a, b])
        {
            parameter.Grad = Tensor.ZerosLike(parameter);
        }

        Func<Tensor, Tensor> runA = Of(a), runB = Of(b);
        return ([trunk, a, b], x => runA(x) + runB(x));
    });

    [Test]
    public void An_eager_backward_in_between_is_forgotten_where_the_step_clears([Values] bool setToNull) =>
        Agree(form =>
        {
            Tensor trunk = Leaf(1, -1), a = Leaf(0.5f, 2), b = Leaf(-1, 0.25f);
            SGD optimizer = new([trunk, a, b], 0.1);
            Func<Tensor, Tensor> run = form(x =>
            {
                optimizer.ZeroGrad(setToNull);
                Tensor loss = (trunk * a * x).Square().Sum();
                loss.Backward();
                optimizer.Step();
                return loss;
            });
            return ([trunk, a, b], x =>
            {
                (trunk * b * x).Sum().Backward();
                return run(x);
            });
        }, captures: 3);

    [Test]
    public void Gradients_from_outside_are_used_where_they_are([Values] bool clips) => Agree(form =>
    {
        Tensor w = Leaf(1, -2);
        SGD optimizer = new([w], 0.1);
        Func<Tensor, Tensor> apply = form(x =>
        {
            if (clips)
            {
                new[] { w }.ClipGradValue(0.5);
            }

            optimizer.Step();
            return w * x;
        });
        w.Grad = Tensor.ZerosLike(w);
        return ([w], x =>
        {
            w.Grad!.Zero();
            (w * w * x).Sum().Backward();
            return apply(x);
        });
    });

    [Test]
    public void A_gradient_from_outside_that_is_another_one_each_time_is_read_all_the_same()
    {
        Tensor w = Leaf(1, 1);
        using CompiledStep step = new(x => w.Grad!.Sum() * x);
        Tensor two = Tensor.From(2f).To(_device);
        for (int i = 0; i < 12; i++)
        {
            w.Grad = Tensor.Full([2], i, device: _device);
            Assert.That(step.Run(two).Item(), Is.EqualTo(4 * i), $"run {i}");
        }

        Assert.That(step.EagerReason, Does.Contain("8 programs"));
    }

    [Test]
    public void A_step_that_no_program_fits_says_so_until_one_does()
    {
        using CompiledStep step = new(x => x.Sum());
        for (int n = 1; n <= 10; n++)
        {
            for (int i = 0; i < 3; i++)
            {
                Assert.That(step.Run(Tensor.Ones([n], device: _device)).Item(), Is.EqualTo(n));
                Assert.That(step.EagerReason is null, Is.EqualTo(step.Captures < 8 || n == 8));
            }
        }

        Assert.That(step.EagerReason, Does.Contain("8 programs"));
        step.Run(Tensor.Ones([3], device: _device));
        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void Leaves_that_the_step_makes_itself_keep_nothing_alive() => Agree(form =>
    {
        Tensor w = Leaf(1, -2);
        SGD optimizer = new([w], 0.1);
        return ([w], form(x =>
        {
            Tensor inner = (w.Detach() * 1).RequireGrad(); // MAML's first order: steps on a copy
            (inner * inner * x).Sum().Backward();
            optimizer.ZeroGrad();
            Tensor loss = ((w - inner.Grad! * 0.1) * x).Square().Sum();
            loss.Backward();
            optimizer.Step();
            return loss;
        }));
    });
}
