using Autodiff.Gpu.Driver;
using Autodiff.Nn;
using Autodiff.Steps;
using Autodiff.Tests.Emulator;

namespace Autodiff.Tests.Cuda;

/// <summary>Steps on a CUDA device: eager the first time, then captured, then a replay of graphs.</summary>
[Category("Memory")]
[TestFixture]
public sealed class CudaCaptureTests
{
    private static (float[][] Parameters, float[] Losses) Train(
        bool compiled, Device device, Func<Module> network, Func<IEnumerable<Tensor>, Optimizer> optimize,
        Func<Tensor, Tensor, Tensor> loss, bool classes,
        Action<CompiledStep>? look = null)
    {
        Tensor.ManualSeed(1);
        Module model = network().To(device);
        Optimizer optimizer = optimize(model.Parameters());
        var schedule = new StepLR(optimizer, 3, 0.5);
        (Tensor X, Tensor T)[] batches = [.. Enumerable.Range(0, 3).Select(_ =>
            (Tensor.Randn([9, 4], device: device),
                classes ? Tensor.RandInt(0, 3, [9], device: device) : Tensor.Randn([9, 3], device: device)))];
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
        for (int i = 0; i < 7; i++)
        {
            (Tensor x, Tensor t) = batches[i % 3];
            losses.Add((compiled ? replay.Run(x, t) : step(x, t)).Item<float>());
            schedule.Step();
        }

        look?.Invoke(replay);
        return ([.. model.Parameters().Select(p => p.ToArray<float>())], [.. losses]);
    }

    private static IEnumerable<TestCaseData> Recipes()
    {
        Func<IEnumerable<Tensor>, Optimizer> sgd = p => new SGD(p, 0.05, momentum: 0.9), adam = p => new Adam(p, 0.01);
        Func<Tensor, Tensor, Tensor> mse = (y, t) => new MSELoss().Forward(y, t),
            entropy = (y, t) => new CrossEntropyLoss().Forward(y, t);
        Func<Module, Func<Module>> mlp = middle => () => new Sequential(new Linear(4, 8), middle, new Linear(8, 3));
        yield return new TestCaseData(mlp(new ReLU()), adam, mse, false, 2)
            .SetName("relu, Adam, MSE: one graph and the optimizer");
        yield return new TestCaseData(mlp(new Tanh()), sgd, entropy, true, 6)
            .SetName("tanh, SGD, cross entropy: looks at the targets between graphs");
        yield return new TestCaseData(mlp(new Dropout(0.3)), sgd, mse, false, 4)
            .SetName("dropout drawn anew between two graphs");
    }

    [TestCaseSource(nameof(Recipes))]
    public void A_replay_has_the_bits_of_the_eager_step(
        Func<Module> network, Func<IEnumerable<Tensor>, Optimizer> optimizer, Func<Tensor, Tensor, Tensor> loss,
        bool classes, int commands)
    {
        Device device = CudaUnderTest.Device;
        var eager = Train(false, device, network, optimizer, loss, classes);
        var compiled = Train(true, device, network, optimizer, loss, classes, replay =>
        {
            Assert.That(replay.EagerReason, Is.Null);
            Assert.That((replay.Captures, replay.CommandCount), Is.EqualTo((1, commands)));
        });
        Assert.That(compiled.Losses, Is.EqualTo(eager.Losses));
        Assert.That(compiled.Parameters, Is.EqualTo(eager.Parameters));
    }

    [Test]
    public void A_step_without_inputs_is_captured_from_the_device_that_it_uses()
    {
        Tensor x = Tensor.Arange(6).To(DType.Float32).To(CudaUnderTest.Device),
            sum = Tensor.Zeros([6], device: CudaUnderTest.Device);
        using var step = new CompiledStep(() =>
        {
            sum += x;
            return sum * 2;
        });
        for (int i = 1; i <= 4; i++)
        {
            Assert.That(step.Run().ToArray<float>(), Is.EqualTo(new float[] { 0, 2 * i, 4 * i, 6 * i, 8 * i, 10 * i }));
        }

        Assert.That((step.EagerReason, step.CommandCount), Is.EqualTo(((string?)null, 1)));
        x.Fill(1);
        Assert.That(step.Run().ToArray<float>(), Is.EqualTo(new float[] { 2, 10, 18, 26, 34, 42 }),
            "changes of what is captured are seen");
    }

    [Test]
    public void Values_that_did_not_change_are_looked_at_once()
    {
        Device device = CudaUnderTest.Device;
        int looks = 0;
        using var step = new CompiledStep((Tensor x) => x * StepRecording.Look(x, values =>
        {
            looks++;
            return values.Sum().Item() > 0 ? 2 : 3;
        }));
        Tensor x = Tensor.Ones([3], device: device);
        for (int i = 0; i < 5; i++)
        {
            step.Run(x);
        }

        Assert.That(looks, Is.EqualTo(3), "once eagerly, once captured, once replayed");
        x += 1;
        Assert.That(step.Run(x).ToArray<float>(), Is.All.EqualTo(4));
        Assert.That(looks, Is.EqualTo(4));
        Assert.That(() => step.Run(-x), Throws.InvalidOperationException.With.Message.Contains("another branch"));
    }

    [Test]
    public void Other_shapes_are_captured_anew()
    {
        using var step = new CompiledStep((Tensor x) => (x * 3).Sum());
        Tensor small = Tensor.Ones([2], device: CudaUnderTest.Device),
            large = Tensor.Ones([5], device: CudaUnderTest.Device);
        Assert.That(Enumerable.Range(0, 4).Select(i => step.Run(i % 2 == 0 ? small : large).Item()),
            Is.EqualTo(new double[] { 6, 15, 6, 15 }));
        Assert.That((step.Captures, step.EagerReason), Is.EqualTo((2, (string?)null)));
    }

    private static IEnumerable<TestCaseData> Tabled()
    {
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => Functional.MaxPool2d(x, 2))).SetName("a max pool");
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => x.Pad([2, 1], PadMode.Reflect)))
            .SetName("a reflecting pad");
        yield return new TestCaseData((Func<Tensor, Tensor>)(x =>
            Functional.Interpolate(x, [9, 7], mode: InterpolationMode.Bilinear))).SetName("a resampling");
    }

    [TestCaseSource(nameof(Tabled))]
    public void Tables_that_another_shape_needs_are_made_outside_the_graph(Func<Tensor, Tensor> operation)
    {
        using EmulatedDriver driver = new();
        Device device = CudaUnderTest.Emulated(driver);
        using var step = new CompiledStep((Tensor x) => operation(x * 2).Exp().Sum());
        for (int i = 0; i < 8; i++)
        {
            int n = i % 2 == 0 ? 8 : 6;
            Tensor x = Tensor.Linspace(-1, 1 + i, n * n).Reshape(1, 1, n, n).To(device);
            Assert.That(step.Run(x).Item(), Is.EqualTo(operation(x * 2).Exp().Sum().Item()), $"run {i}");
        }

        Assert.That((step.Captures, step.EagerReason), Is.EqualTo((2, (string?)null)));
    }

    [Test]
    public void What_a_step_draws_into_memory_from_outside_counts_as_changed()
    {
        Tensor noise = Tensor.Zeros([4], device: CudaUnderTest.Device);
        using var draws = new CompiledStep(() =>
        {
            noise.NormalInPlace();
            return noise * 1;
        });
        using var reads = new CompiledStep((Tensor x) => x * 2);
        for (int i = 0; i < 5; i++)
        {
            float[] drawn = draws.Run().ToArray<float>();
            Assert.That(reads.Run(noise).ToArray<float>(), Is.EqualTo(drawn.Select(v => 2 * v)), $"run {i}");
        }

        Tensor w = Tensor.Ones([4], device: CudaUnderTest.Device).RequireGrad(), y = (w * noise).Sum();
        draws.Run();
        Assert.That(() => y.Backward(), Throws.InvalidOperationException.With.Message.Contains("changed"));
    }

    [Test]
    public void An_input_that_the_step_draws_into_is_copied_in_each_time()
    {
        Tensor x = Tensor.Ones([4], device: CudaUnderTest.Device);
        using var step = new CompiledStep((Tensor v) =>
        {
            Tensor y = v * 2;
            v.UniformInPlace();
            return y;
        });
        Assert.That(Enumerable.Range(0, 5).Select(_ => step.Run(x).Sum().Item()), Is.All.EqualTo(8));
    }

    [Test]
    public void Positions_that_the_step_changes_are_looked_at_in_each_replay()
    {
        using EmulatedDriver driver = new();
        Device device = CudaUnderTest.Emulated(driver);
        Tensor table = Tensor.Arange(3).To(DType.Float32).To(device), position = Tensor.From([0L], [1], device);
        using var step = new CompiledStep(() =>
        {
            Tensor y = table.IndexSelect(0, position);
            position += 1;
            return y + table.IndexSelect(0, position);
        });
        Assert.That(step.Run().Item(), Is.EqualTo(0 + 1));
        Assert.That(step.Run().Item(), Is.EqualTo(1 + 2));
        Assert.That(() => step.Run(), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(step.EagerReason, Is.Null);
    }

    private static IEnumerable<TestCaseData> Obstacles()
    {
        Device device = CudaUnderTest.Device;
        Tensor? kept = null;
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => x * (x.Sum().Item() + 1)),
            "reads a value on the host").SetName("Item");
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => x * 4 + Tensor.From([0f, 0f], [2], device)),
            "data of the host").SetName("From");
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => (x * 2).To(Device.Cpu).To(device) * 2), "moves")
            .SetName("To");
        yield return new TestCaseData((Func<Tensor, Tensor>)(x => (kept = x * 2) * 2), "keeps")
            .SetName("a tensor kept");
        Tensor here = Tensor.Ones([1]);
        yield return new TestCaseData((Func<Tensor, Tensor>)(x =>
        {
            Tensor four = x * 4;
            here.Fill(2);
            return four;
        }), "on cuda:0 and on cpu").SetName("work on the CPU");
    }

    [TestCaseSource(nameof(Obstacles))]
    public void What_cannot_be_repeated_is_named_and_the_step_runs_eagerly_every_time(Func<Tensor, Tensor> body,
        string reason)
    {
        Tensor counter = Tensor.Zeros([], device: CudaUnderTest.Device);
        using var step = new CompiledStep((Tensor x) =>
        {
            counter += 1;
            return body(x);
        });
        for (int i = 0; i < 4; i++)
        {
            Tensor x = Tensor.From([1f, 2f], [2], CudaUnderTest.Device);
            Assert.That(step.Run(x).ToArray<float>(), Is.EqualTo(new float[] { 4, 8 }));
        }

        Assert.That(step.EagerReason, Does.Contain(reason));
        Assert.That(counter.Item(), Is.EqualTo(4), "every run did all its work once");
    }

    [Test]
    public void A_step_that_throws_midway_has_done_what_it_did_before()
    {
        Tensor sum = Tensor.Zeros([], device: CudaUnderTest.Device);
        int runs = 0;
        using var step = new CompiledStep(() =>
        {
            sum += 1;
            return ++runs == 2 ? throw new InvalidOperationException("midway") : sum * 1;
        });
        step.Run();
        Assert.That(() => step.Run(), Throws.InvalidOperationException.With.Message.EqualTo("midway"));
        Assert.That(sum.Item(), Is.EqualTo(2));
        Assert.That(step.Run().Item(), Is.EqualTo(3));
        Assert.That(step.Run().Item(), Is.EqualTo(4));
    }

    [Test]
    public void The_memory_of_a_step_goes_with_it_and_its_result()
    {
        using EmulatedDriver driver = new();
        Device device = CudaUnderTest.Emulated(driver);
        CudaContext context = CudaUnderTest.Context(device);
        Tensor x = Tensor.Ones([1000], device: device);
        var step = new CompiledStep((Tensor a) => (a * 2 + 1).Exp());
        step.Run(x).Dispose();
        step.Run(x);
        Tensor result = step.Run(x);
        long captured = context.Live.Bytes;
        Assert.That(captured, Is.GreaterThan(8000));
        step.Dispose();
        Assert.That(result.ToArray<float>(), Is.All.EqualTo(MathF.Exp(3)).Within(1e-5), "the result is still there");
        result.Dispose();
        GC.Collect();
        context.Live.Sweep();
        context.Synchronize();
        Assert.That(context.Live.Bytes, Is.LessThan(captured));
    }

    [Test]
    public void Without_room_for_its_own_memory_a_step_runs_eagerly()
    {
        using EmulatedDriver driver = new(1 << 20);
        Device device = CudaUnderTest.Emulated(driver);
        using var step = new CompiledStep((Tensor a) => (a * 2).Sum());
        Tensor x = Tensor.Ones([1000], device: device);
        Assert.That(new[] { step.Run(x).Item(), step.Run(x).Item(), step.Run(x).Item() }, Is.All.EqualTo(2000));
        Assert.That(step.EagerReason, Does.Contain("no room"));
    }

    [Test]
    public void Another_threads_work_waits_and_does_not_get_into_the_graph()
    {
        Device device = CudaUnderTest.Device;
        Tensor theirs = Tensor.Zeros([4], device: device), ours = Tensor.Ones([4], device: device);
        List<Thread> others = [];
        using var step = new CompiledStep(() =>
        {
            Tensor y = ours * 2;
            Thread other = new(() => theirs.AddInPlace(1));
            other.Start();
            others.Add(other);
            return y + 1;
        });
        for (int i = 0; i < 5; i++)
        {
            Assert.That(step.Run().ToArray<float>(), Is.All.EqualTo(3));
        }

        others.ForEach(t => t.Join());
        Assert.That(others, Has.Count.EqualTo(2));
        Assert.That(theirs.ToArray<float>(), Is.All.EqualTo(2));
        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void A_step_that_waits_for_another_threads_work_runs_eagerly()
    {
        Device device = CudaUnderTest.Emulated(new EmulatedDriver());
        CudaUnderTest.Context(device).Patience = TimeSpan.FromMilliseconds(20);
        Tensor x = Tensor.Ones([4], device: device);
        using var step = new CompiledStep(() =>
        {
            Tensor y = x * 2, theirs = y;
            Thread other = new(() => theirs = y + 1);
            other.Start();
            other.Join();
            return theirs + y;
        });
        for (int i = 0; i < 4; i++)
        {
            Assert.That(step.Run().ToArray<float>(), Is.All.EqualTo(5));
        }

        Assert.That(step.EagerReason, Does.Contain("another thread"));
    }
}
