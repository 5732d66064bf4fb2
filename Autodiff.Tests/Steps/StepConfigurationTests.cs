using Autodiff.Nn;

namespace Autodiff.Tests.Steps;

/// <summary>A captured step notices what a replay could not repeat, and captures again.</summary>
public class StepConfigurationTests
{
    private sealed class Training
    {
        private readonly CompiledStep? _compiled;

        public Training(Func<Module> model, bool compiled, Func<IEnumerable<Tensor>, Optimizer>? optimizer = null)
        {
            Tensor.ManualSeed(3);
            Model = model();
            Optimizer = optimizer?.Invoke(Model.Parameters()) ?? new SGD(Model.Parameters(), 0.1);
            _compiled = compiled ? new(Step) : null;
        }

        public Module Model { get; }

        public Optimizer Optimizer { get; }

        public CompiledStep Compiled => _compiled!;

        public Tensor Run(Tensor x) => _compiled?.Run(x) ?? Step(x);

        private Tensor Step(Tensor x)
        {
            Optimizer.ZeroGrad();
            Tensor loss = Model.Forward(x).Square().Mean();
            loss.Backward();
            Optimizer.Step();
            return loss;
        }
    }

    private static void AgreeAfter(Func<Module> model, params Action<Training>[] changes)
    {
        List<float[]>[] seen = [[], []];
        foreach (bool compiled in (bool[])[false, true])
        {
            Training training = new(model, compiled);
            Tensor x = Tensor.Linspace(-1, 1, 32).Reshape(8, 4);
            Tensor.ManualSeed(5);
            foreach (Action<Training> change in (Action<Training>[])[_ => { }, .. changes])
            {
                change(training);
                for (int i = 0; i < 4; i++)
                {
                    seen[compiled ? 1 : 0]
                        .Add([training.Run(x).Item<float>(),
                            .. training.Model.Parameters().Concat(training.Model.Buffers())
                                .SelectMany(p => p.ToArray<float>())]);
                    seen[compiled ? 1 : 0]
                        .Add([.. training.Model.Parameters()
                            .Select(p => p.Grad is { } g ? g.Sum().Item<float>() : float.NaN)]);
                }

                if (compiled)
                {
                    Assert.That(training.Compiled.EagerReason, Is.Null);
                }
            }
        }

        Assert.That(seen[1], Is.EqualTo(seen[0]));
    }

    [Test]
    public void Train_and_Eval_are_seen() => AgreeAfter(
        () => new Sequential(new Linear(4, 6), new BatchNorm1d(6), new Dropout(0.4), new Linear(6, 2)),
        t => t.Model.Eval(), t => t.Model.Train(), t => t.Model.Eval());

    [Test]
    public void A_configuration_that_comes_back_needs_no_other_capture()
    {
        Training training = new(() => new Sequential(new Linear(4, 6), new Dropout(0.4)), compiled: true);
        Tensor x = Tensor.Ones([8, 4]);
        for (int i = 0; i < 12; i++)
        {
            training.Model.Train(i % 2 == 0);
            training.Run(x);
            training.Run(x);
        }

        Assert.That((training.Compiled.Captures, training.Compiled.EagerReason), Is.EqualTo((2, (string?)null)));
        using IDisposable anomaly = AnomalyMode.Enable();
        training.Model.Forward(x / 0).Sum();
        Assert.That(() => training.Run(Tensor.Full([8, 4], double.NaN)), Throws.TypeOf<AnomalyException>(),
            "gradients are looked at while they are watched");
    }

    [Test]
    public void Frozen_and_unfrozen_parameters_are_seen() => AgreeAfter(
        () => new Sequential(new Linear(4, 6), new Tanh(), new Linear(6, 2)),
        t => ((Sequential)t.Model)[0].RequireGrad(false), t => ((Sequential)t.Model)[0].RequireGrad(),
        t => ((Sequential)t.Model)[2].RequireGrad(false));

    [Test]
    public void A_group_that_an_optimizer_gets_is_seen()
    {
        Module Model() => new Sequential(new Linear(4, 6), new Tanh(), new Linear(6, 2));
        float[][] ends = [.. ((bool[])[false, true]).Select(compiled =>
        {
            Training training = new(Model, compiled, p => new Adam(p.Take(2), 0.1));
            Module last = ((Sequential)training.Model)[2];
            last.RequireGrad(false);
            Tensor x = Tensor.Ones([8, 4]);
            for (int i = 0; i < 12; i++)
            {
                if (i == 4)
                {
                    last.RequireGrad();
                    ((Adam)training.Optimizer)
                        .AddParameterGroup(last.Parameters(), options => options.LearningRate = 0.01);
                }

                if (i == 8)
                {
                    training.Optimizer.LearningRate = 0.5;
                    ((Adam)training.Optimizer).ParameterGroups[1].Options.WeightDecay = 0.1;
                }

                training.Run(x);
            }

            Assert.That(compiled ? training.Compiled.EagerReason : null, Is.Null);
            return training.Model.Parameters().SelectMany(p => p.ToArray<float>()).ToArray();
        })];
        Assert.That(ends[1], Is.EqualTo(ends[0]));
    }

    [Test]
    public void A_module_that_was_converted_or_got_another_part_is_seen()
    {
        Sequential model = new(new Linear(3, 3));
        using var step = new CompiledStep((Tensor x) => model.Forward(x).Sum());
        Tensor x = Tensor.Ones([2, 3]);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(model.Forward(x).Sum().Item()));
        }

        model.Add(new Linear(3, 5));
        for (int i = 0; i < 3; i++)
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(model.Forward(x).Sum().Item()));
        }

        model.To(DType.Float64);
        using (Tensor.NoGrad())
        {
            model.Parameters().First().Fill(0.25);
        }

        x = x.To(DType.Float64);
        for (int i = 0; i < 3; i++)
        {
            Assert.That(step.Run(x).Item(), Is.EqualTo(model.Forward(x).Sum().Item()));
        }

        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void A_part_is_seen_also_where_the_step_sets_the_training_mode()
    {
        Sequential model = new(new Linear(3, 3));
        using var step = new CompiledStep((Tensor x) =>
        {
            model.Train();
            return model.Forward(x);
        });
        Tensor x = Tensor.Ones([2, 3]);
        for (int i = 0; i < 8; i++)
        {
            if (i == 4)
            {
                model.Add(new Linear(3, 5));
            }

            Assert.That(step.Run(x).ToArray<float>(), Is.EqualTo(model.Forward(x).ToArray<float>()), $"run {i}");
        }
    }

    [Test]
    public void A_hook_is_called_also_where_the_step_asks_for_gradients()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        using var step = new CompiledStep((Tensor x) =>
        {
            w.RequiresGrad = true;
            w.Grad = null;
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        Tensor x = Tensor.From(3f, 4f);
        for (int i = 0; i < 3; i++)
        {
            step.Run(x);
        }

        using (w.RegisterHook(g => g * 2))
        {
            step.Run(x);
            Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 6f, 8f }));
        }
    }

    [Test]
    public void A_hook_that_comes_later_is_called()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        using var step = new CompiledStep((Tensor x) =>
        {
            w.Grad = null;
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        Tensor x = Tensor.From(3f, 4f);
        step.Run(x);
        step.Run(x);
        step.Run(x);
        using (w.RegisterHook(g => g * 2))
        {
            for (int i = 0; i < 3; i++)
            {
                step.Run(x);
                Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 6f, 8f }));
            }
        }

        step.Run(x);
        Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 3f, 4f }));
    }

    private static IEnumerable<TestCaseData> Numbers()
    {
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => x * k), "Mul").SetName("a factor");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => Tensor.Full([2], k) + x), "Fill")
            .SetName("a fill");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => k == 2 ? x.Exp() : x.Sin()), "Exp")
            .SetName("a branch");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => k == 2 ? x * 3 : (x * 3).Sin()), "Sin")
            .SetName("a call more");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => x.Narrow(0, (int)k - 2, 1)),
            "the result").SetName("a place");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => Tensor.Where(x.Gt(0), x, k)), "Where")
            .SetName("a choice");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) =>
            Functional.Dropout(x, (k - 2) / 2 + 0.25, generator: s_generator)), "DropoutMask").SetName("a probability");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => x + s_tensors[(int)k]), "Add")
            .SetName("another tensor");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => x.Clamp(0, k)), "call 1")
            .SetName("a bound");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) => x.Std(correction: (int)k - 2)),
            "RootOfQuotient").SetName("a correction");
        yield return new TestCaseData((Func<Tensor, double, Tensor>)((x, k) =>
            x.CumSum(0, k == 2 ? DType.Float32 : DType.Float64).To(DType.Float32)), "call 1").SetName("a type");
    }

    private static readonly TorchGenerator s_generator = new(1);

    private static readonly Dictionary<int, Tensor> s_tensors = new()
    {
        [2] = Tensor.From(1f, 2f), [3] = Tensor.From(3f, 4f)
    };

    [TestCaseSource(nameof(Numbers))]
    public void A_number_that_has_changed_is_found_by_the_second_recording(Func<Tensor, double, Tensor> body,
        string call)
    {
        double number = 2;
        using var step = new CompiledStep((Tensor x) => body(x, number));
        Tensor x = Tensor.From(0.5f, -1.5f);
        for (int i = 0; i < 4; i++)
        {
            number = i == 0 ? 2 : 3;
            s_generator.ManualSeed(i);
            float[] result = step.Run(x).ToArray<float>();
            s_generator.ManualSeed(i);
            Assert.That(result, Is.EqualTo(body(x, number).ToArray<float>()));
        }

        Assert.That(step.EagerReason, Does.StartWith("two recordings of the step differ").And.Contain(call));
    }

    [Test]
    public void A_number_that_changes_later_is_seen_after_Invalidate()
    {
        double number = 2;
        using var step = new CompiledStep((Tensor x) => x * number);
        Tensor x = Tensor.Ones([2]);
        for (int i = 0; i < 3; i++)
        {
            step.Run(x);
        }

        Tensor result = step.Run(x);
        number = 5;
        step.Invalidate();
        Assert.That(result.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(Enumerable.Range(0, 3).Select(_ => step.Run(x).Sum().Item()), Is.All.EqualTo(10));
        Assert.That(step.EagerReason, Is.Null);
    }

    /// <summary>Divides by a number of the host in training.</summary>
    private sealed class HostScaled : Module
    {
        public override Tensor Forward(Tensor x) => IsTraining ? x / x.Abs().Sum().Item() : x * 2;
    }

    [Test]
    public void What_stood_against_a_capture_may_go_away()
    {
        Sequential model = new(new HostScaled());
        using var step = new CompiledStep((Tensor x) => model.Forward(x));
        Tensor x = Tensor.Randn([4, 3]);
        step.Run(x);
        Assert.That(step.EagerReason, Does.StartWith("the step reads a value on the host"));
        model.Eval();
        for (int i = 0; i < 3; i++)
        {
            Assert.That(step.Run(x).ToArray<float>(), Is.EqualTo(model.Forward(x).ToArray<float>()));
        }

        Assert.That((step.EagerReason, step.Captures), Is.EqualTo(((string?)null, 1)));
    }

    [Test]
    public void Results_and_gradients_stay_in_the_same_tensors()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        using var step = new CompiledStep((Tensor x) =>
        {
            w.Grad = null;
            Tensor y = (w * x).Sum();
            y.Backward();
            return y;
        });
        Tensor first = step.Run(Tensor.From(1f, 1f)), gradient = w.Grad!;
        for (int i = 2; i < 5; i++)
        {
            Assert.That(step.Run(Tensor.From(1f, i)), Is.SameAs(first));
            Assert.That(w.Grad, Is.SameAs(gradient));
            Assert.That((first.Item(), gradient.Sum().Item()), Is.EqualTo((1.0 + 2 * i, 1.0 + i)));
        }
    }

    [Test]
    public void Threads_capture_at_the_same_time([Values(2, 4)] int count)
    {
        using Barrier together = new(count);
        string?[] reasons = new string?[count];
        Exception?[] faults = new Exception?[count];
        Thread[] threads = [.. Enumerable.Range(0, count).Select(k => new Thread(() =>
        {
            try
            {
                for (int round = 0; round < 10; round++)
                {
                    together.SignalAndWait();
                    Linear model = new(5, 3);
                    SGD optimizer = new(model.Parameters(), 0.1);
                    using var step = new CompiledStep((Tensor x) =>
                    {
                        optimizer.ZeroGrad();
                        Tensor loss = model.Forward(x).Square().Sum();
                        loss.Backward();
                        optimizer.Step();
                        return loss;
                    });
                    Tensor x = Tensor.Ones([4, 5]);
                    for (int i = 0; i < 4; i++)
                    {
                        step.Run(x);
                    }

                    reasons[k] ??= step.EagerReason;
                }
            }
            catch (Exception e)
            {
                faults[k] = e;
                together.RemoveParticipant();
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.That(faults, Is.All.Null);
        Assert.That(reasons, Is.All.Null);
    }
}
