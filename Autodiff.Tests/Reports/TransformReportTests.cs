using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>Gradients of gradients, transforms inside transforms, and steps that are replayed.</summary>
[TestFixture("cpu")]
[TestFixture("cuda")]
public class TransformReportTests(string device) : DeviceFixture(device)
{
    private static IEnumerable<TestCaseData> Nested()
    {
        yield return Gives("a gradient penalty through createGraph", () =>
        {
            Tensor w = Leaf(2), x = Leaf(3), slope = Autograd.Grad([(w * x * x).Sum()], [x], createGraph: true)[0]!;
            return Slope(w, _ => (slope / 2).Square());
        }, 36);
        yield return Gives("pytorch#33999 the mixed derivative of (t x)^2", () =>
        {
            Tensor t = Leaf(3), x = Leaf(2), slope = Autograd.Grad([(t * x).Square()], [x], createGraph: true)[0]!;
            return Autograd.Grad([slope], [t])[0]!;
        }, 24);
        yield return Gives("ekmett/ad#12 the gradient of a squared gradient",
            () =>
                Autograd.Grad(x => Autograd.Grad([(x * x).Sum()], [x], createGraph: true)[0]!.Square().Sum(),
                    Tensor.From(1.0)), 8);
        yield return Gives("ekmett/ad#12 inner and outer perturbations are kept apart",
            () => Autograd.Grad(x => x * Autograd.Grad(y => x + y, Tensor.From(1.0)), Tensor.From(1.0)), 1);
        yield return Gives("ekmett/ad#12 an inner gradient depends on the outer variable", () =>
            Autograd.Grad(x => (x * Autograd.Grad(y => (x * y).Sum(), Tensor.From(1.0))).Sum(), Tensor.From(3.0)), 6);
        yield return Gives("a weight of a network whose slope the loss compares (discuss.pytorch.org/t/177249)", () =>
            Slope(2, w => (Autograd.Grad(x => (w * x * x).Sum(), Tensor.From(3.0)) - 1).Square()), 2 * (12 - 1) * 6);
        yield return Gives("pytorch#32576 a weight captured by Vjp",
            () => Slope(2, w => Autograd.Vjp(x => w * w * x, Tensor.From(3.0), Tensor.From(1.0)).Product), 4);
        yield return Gives("pytorch#32576 a weight captured by Hessian",
            () => Slope(2, w => Autograd.Hessian(x => (w * x * x).Sum(), Tensor.From(3.0))), 2);
        yield return Gives("pytorch#76185 a function of one's own, differentiated twice", () => Derivative(2, 2, x =>
            Autograd.Function("cube", [x], i => i[0] * i[0] * i[0], (g, i, y) => [g * 3 * i[0] * i[0]])), 12);
    }

    [TestCaseSource(nameof(Nested))]
    public void Gradients_of_gradients(Func<Tensor> call, double[] expected, double within) =>
        Check(call, expected, within);

    [Test]
    public void A_compiled_step_takes_the_rate_in_force()
    {
        Tensor w = Leaf(1);
        SGD optimizer = new([w], 0.1);
        CompiledStep step = new(() => Train(optimizer, () => w.Sum()));
        step.Run();
        optimizer.LearningRate = 0.01;
        step.Run();
        Assert.That(w.Item(), Is.EqualTo(1 - 0.1 - 0.01).Within(1e-15));
    }

    [Test]
    public void A_compiled_step_drops_others_each_time()
    {
        Tensor.ManualSeed(0);
        CompiledStep step = new(x => Functional.Dropout(x, 0.5));
        Tensor ones = Tensor.Ones([1000]);
        float[][] runs = [.. Enumerable.Range(0, 3).Select(_ => step.Run(ones).ToArray<float>())];
        Assert.That(runs[1], Is.Not.EqualTo(runs[0]));
        Assert.That(runs[2], Is.Not.EqualTo(runs[1]));
    }

    /// <summary>pytorch#105653.</summary>
    [Test]
    public void A_compiled_step_notices_that_its_module_goes_over_to_evaluation()
    {
        Tensor.ManualSeed(0);
        Dropout dropout = new(0.5);
        CompiledStep step = new(dropout.Forward);
        Tensor ones = Tensor.Ones([1000]);
        step.Run(ones);
        step.Run(ones);
        dropout.Eval();
        Assert.That(step.Run(ones).ToArray<float>(), Is.All.EqualTo(1));
    }

    /// <summary>TorchSharp#941: the scope ends on another thread than it began on.</summary>
    [Test]
    public void A_scope_without_gradients_ends_on_its_own_thread_across_an_await()
    {
        bool recording = false;
        Thread thread = new(() =>
        {
            Evaluate().GetAwaiter().GetResult();
            recording = GradMode.IsEnabled;
        });
        thread.Start();
        thread.Join();
        Assert.That(recording);

        static async Task Evaluate()
        {
            using (Tensor.NoGrad())
            {
                await Task.Delay(5).ConfigureAwait(false);
            }
        }
    }

    [Test]
    public void A_compiled_step_takes_another_batch_size()
    {
        CompiledStep step = new(x => x.Sum());
        Assert.That(new[] { 2, 3, 2 }.Select(n => step.Run(Tensor.Ones([n])).Item()), Is.EqualTo(new[] { 2.0, 3, 2 }));
    }

    [Test]
    public void A_compiled_step_does_not_freeze_a_branch_on_a_value()
    {
        CompiledStep step = new(x => x.Item() > 0 ? x * 2 : x * 5);
        Assert.That(new[] { 1f, -1, 1 }.Select(v => step.Run(Tensor.From(v)).Item()), Is.EqualTo(new[] { 2.0, -5, 2 }));
    }

    [Test]
    public void A_compiled_step_counts_batches_and_moves_running_statistics()
    {
        BatchNorm1d compiled = new(1), eager = new(1);
        CompiledStep step = new(compiled.Forward);
        Tensor batch = Tensor.From(new[,] { { 1f }, { 3 } });
        for (int i = 0; i < 4; i++)
        {
            step.Run(batch);
            eager.Forward(batch);
        }

        Assert.That(compiled.RunningMean!.ToArray<float>(),
            Is.EqualTo(eager.RunningMean!.ToArray<float>()).Within(1e-7));
        Assert.That(compiled.RunningVar!.ToArray<float>(), Is.EqualTo(eager.RunningVar!.ToArray<float>()).Within(1e-7));
        Assert.That(compiled.NumBatchesTracked!.Item(), Is.EqualTo(4));
    }

    [Test]
    public void A_compiled_step_follows_Adams_corrections_and_a_schedule([Values("Adam", "a schedule")] string what)
    {
        Assert.That(Weight(compiled: true), Is.EqualTo(Weight(compiled: false)).Within(1e-15));

        double Weight(bool compiled)
        {
            Tensor w = Leaf(1);
            Optimizer optimizer = what == "Adam" ? new Adam([w], 0.1) : new SGD([w], 0.1, 0.9);
            LRScheduler? schedule = what == "Adam" ? null : new ExponentialLR(optimizer, 0.5);
            Tensor Loss() => w.Square().Sum();
            CompiledStep step = new(() => Train(optimizer, Loss));
            for (int i = 0; i < 10; i++)
            {
                _ = compiled ? step.Run() : Train(optimizer, Loss);
                schedule?.Step();
            }

            return w.Item();
        }
    }

    private static Tensor Train(Optimizer optimizer, Func<Tensor> loss)
    {
        optimizer.ZeroGrad();
        Tensor value = loss();
        value.Backward();
        optimizer.Step();
        return value;
    }
}
