using Autodiff.Nn;
using Autodiff.Tests.Cuda;
using Autodiff.Tests.Memory;

namespace Autodiff.Tests.Steps;

/// <summary>
/// What a replay reads: its inputs, where they lie; memory that was disposed, handed out or changed by another thread
/// meanwhile.
/// </summary>
[Category("Memory")]
public class CompiledStepInputTests
{
    [Test]
    public void An_input_that_the_step_changes_is_copied_in_each_time()
    {
        Tensor x = Tensor.Ones([2]);
        using var step = new CompiledStep(v =>
        {
            v += 1;
            return v.Sum();
        });
        Assert.That(Enumerable.Range(0, 4).Select(_ => step.Run(x).Item()), Is.All.EqualTo(4));
        Assert.That(x.ToArray<float>(), Is.All.EqualTo(1));
    }

    [Test]
    public void A_replay_inside_another_capture_is_refused()
    {
        using var inner = new CompiledStep(x => (x * 2).Sum());
        inner.Run(Tensor.Ones([3]));
        using var outer = new CompiledStep(x => inner.Run(x) + 1);
        Assert.That(() => outer.Run(Tensor.Ones([3])),
            Throws.InvalidOperationException.With.Message.Contains("inside another"));
        Assert.That(inner.Run(Tensor.Full([3], 5)).Item(), Is.EqualTo(30));
    }

    [Test]
    public void Disposed_constants_and_missing_inputs_are_named()
    {
        Tensor w = Tensor.Ones([3]);
        using var step = new CompiledStep(x => (x * w).Sum());
        step.Run(Tensor.Ones([3]));
        Assert.That(() => step.Run(), Throws.ArgumentException.With.Message.Contains("takes 1 inputs; 0 were given"));
        w.Dispose();
        Assert.That(() => step.Run(Tensor.Ones([3])),
            Throws.TypeOf<ObjectDisposedException>().With.Message.Contains("captured step"));
    }

    [Test]
    public void Large_inputs_are_read_where_they_lie()
    {
        Tensor data = Tensor.Randn([4000, 9]), w = Tensor.Randn([9, 1]).RequireGrad();
        Tensor Step(Tensor x)
        {
            w.Grad = null;
            Tensor y = x.MatMul(w).Sin().Mean() + x.Select(1, 3).Sum() * 1e-3 + (x * x).Sum() * 1e-4;
            y.Backward();
            return y;
        }

        using var step = new CompiledStep(Step);
        Tensor[] batches = [.. Enumerable.Range(0, 4).Select(i => data.Narrow(0, 1000 * i, 1000)),
            Tensor.Randn([9, 1000]).T, Tensor.Randn([1000, 9])];
        for (int round = 0; round < 3; round++)
        {
            foreach (Tensor batch in batches)
            {
                float compiled = step.Run(batch).Item<float>();
                float[] gradient = w.Grad!.ToArray<float>();
                Assert.That(compiled, Is.EqualTo(Step(batch.Contiguous()).Item<float>()));
                Assert.That(gradient, Is.EqualTo(w.Grad!.ToArray<float>()));
                batch.AddInPlace(0.1);
            }
        }

        Assert.That((step.EagerReason, step.Captures), Is.EqualTo(((string?)null, 1)));
        Assert.That(Allocation.OfEachRound(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                step.Run(batches[i % 6]);
            }
        }), Is.Zero);
        batches[5].Dispose();
        Assert.That(() => step.Run(batches[5]), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(step.Run(batches[1]).Item<float>(), Is.EqualTo(Step(batches[1]).Item<float>()));
    }

    [Test]
    public void Probabilities_of_a_draw_are_those_of_this_run(
        [Values(DType.Float32, DType.Float64)] DType type, [Values(6, 6000)] int n, [Values] bool areComputed)
    {
        using var step = new CompiledStep(p => Tensor.Bernoulli(areComputed ? (1 - p).T : p));
        for (int i = 0; i < 5; i++)
        {
            Tensor ones = Tensor.Full([n, 2], i % 2, type);
            Assert.That(step.Run(ones).Sum().Item(), Is.EqualTo((areComputed ? 1 - i % 2 : i % 2) * 2 * n), $"run {i}");
        }

        Assert.That((step.EagerReason, step.Captures), Is.EqualTo(((string?)null, 1)));
        Assert.That(() => step.Run(Tensor.Full([n, 2], double.NaN, type)),
            Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void A_span_handed_out_before_still_shows_the_tensor()
    {
        Tensor w = Tensor.From(1f, 2f, 3f);
        Span<float> seen = w.AsSpan<float>();
        using var step = new CompiledStep(x =>
        {
            w += x;
            return w.Sum();
        });
        step.Run(Tensor.Ones([3]));
        step.Run(Tensor.Ones([3]));
        Assert.That(seen.ToArray(), Is.EqualTo(new[] { 3f, 4f, 5f }));
        seen[0] = 10;
        Assert.That(step.Run(Tensor.Ones([3])).Item(), Is.EqualTo(11 + 5 + 6));
    }

    [Test]
    public void Values_whose_places_are_used_again_keep_their_bits([Values(1, 5, 100, 3000)] int n)
    {
        Tensor x = Tensor.Randn([n]), other = Tensor.Randn([n + 3]).Narrow(0, 3, n);
        static Tensor Step(Tensor x, Tensor o)
        {
            Tensor a = x.Exp(), b = a * o, c = b + 1, d = c.Tanh() * a, e = d - x;
            return (e / (c * c + 2)).Sum() + e.Max() * 0.5 + (Tensor.Ones([3]) * 2).Sum()
                + Tensor.Full([2, 1], 3).Expand(2, 4).Mul(2).Sum();
        }

        using var step = new CompiledStep(Step);
        for (int i = 0; i < 4; i++)
        {
            Assert.That(step.Run(x, other).Item<float>(), Is.EqualTo(Step(x, other).Item<float>()));
            x.MulInPlace(0.9);
        }

        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void Work_of_another_thread_is_noticed()
    {
        Tensor w = Tensor.From(1f, 2f).RequireGrad();
        static T Elsewhere<T>(Func<T> work)
        {
            T result = default!;
            var thread = new Thread(() => result = work());
            thread.Start();
            thread.Join();
            return result;
        }

        using var computes = new CompiledStep(x => Elsewhere(() => x * 2).Sum());
        using var changes = new CompiledStep(x =>
        {
            Tensor y = x + 1;
            Elsewhere(() => y.MulInPlace(3));
            return y.Sum();
        });
        using var goesBack = new CompiledStep(x =>
        {
            w.Grad = null;
            Tensor y = (w * x).Sum();
            Elsewhere(() =>
            {
                y.Backward();
                return 0;
            });
            return y;
        });
        using var alone = new CompiledStep(x =>
        {
            Elsewhere(() => Tensor.Ones([3]) * 2);
            return x.Sum();
        });
        for (int i = 1; i <= 3; i++)
        {
            Tensor x = Tensor.From(1f, i);
            Assert.That(computes.Run(x).Item(), Is.EqualTo(2 + 2 * i));
            Assert.That(changes.Run(x).Item(), Is.EqualTo(3 * (2 + 1 + i)));
            goesBack.Run(x);
            Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(new[] { 1f, i }));
            Assert.That(alone.Run(x).Item(), Is.EqualTo(1 + i));
        }

        Assert.That(new[] { computes, changes, goesBack }.Select(step => step.EagerReason),
            Is.All.StartsWith("the step works with what another thread"));
        Assert.That(alone.EagerReason, Is.Null);
    }

    [Test]
    public void A_result_may_be_the_next_input([Values(4, 80)] int n)
    {
        Tensor w = Tensor.Randn([n, n]) * 0.1, expected = Tensor.Eye(n), x = Tensor.Eye(n);
        Tensor Step(Tensor v) => v.MatMul(w) + v.Sum();
        using var step = new CompiledStep(Step);
        for (int i = 0; i < 4; i++)
        {
            x = step.Run(x);
            expected = Step(expected);
            Assert.That(x.ToArray<float>(), Is.EqualTo(expected.ToArray<float>()));
        }

        Assert.That(step.EagerReason, Is.Null);
    }

    [Test]
    public void The_result_and_the_gradients_of_a_step_may_be_inputs_of_another(
        [Values("cpu", "cuda")] string device, [Values(2, 6000)] int n)
    {
        Device on = device == "cpu" ? Device.Cpu : CudaUnderTest.Device;
        Tensor w = Tensor.Ones([n], device: on).RequireGrad();
        using var first = new CompiledStep(x =>
        {
            w.Grad = null;
            Tensor y = w * x * 2;
            y.Sum().Backward();
            return y.Detach();
        });
        using var second = new CompiledStep((y, slope) => y + slope);
        for (int i = 0; i < 6; i++)
        {
            Tensor y = first.Run(Tensor.Full([n], i, device: on)), sum = second.Run(y, w.Grad!);
            Assert.That(sum.ToArray<float>(), Is.All.EqualTo(4 * i), $"run {i}");
        }

        Assert.That((first.EagerReason, second.EagerReason), Is.EqualTo(((string?)null, (string?)null)));
    }

    [Test]
    public void A_graph_that_saved_a_result_refuses_Backward_after_the_next_replay()
    {
        Tensor w = Tensor.From(3f).RequireGrad();
        using var step = new CompiledStep(x => x * 2);
        step.Run(Tensor.Ones([1]));
        step.Run(Tensor.Ones([1]));
        Tensor product = (w * step.Run(Tensor.Ones([1]))).Sum();
        step.Run(Tensor.Zeros([1]));
        Assert.That(() => product.Backward(), Throws.InvalidOperationException.With.Message.Contains("in place"));
    }

    [Test]
    public void A_replay_that_ends_early_has_counted_what_it_changed()
    {
        Tensor total = Tensor.Zeros([1]), table = Tensor.Ones([3]);
        using var step = new CompiledStep(index =>
        {
            total.AddInPlace(1);
            return table.IndexSelect(0, index);
        });
        Tensor one = Tensor.From(1L);
        for (int i = 0; i < 3; i++)
        {
            step.Run(one);
        }

        int version = total.Storage.Version;
        Assert.That(() => step.Run(Tensor.From(7L)), Throws.InstanceOf<ArgumentException>());
        Assert.That(total.Item(), Is.EqualTo(4));
        Assert.That(total.Storage.Version, Is.GreaterThan(version));
    }
}
