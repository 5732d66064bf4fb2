using Autodiff.Steps;

namespace Autodiff.Tests.Steps;

/// <summary>What shares memory or loops in a captured step gives the values of the eager one.</summary>
[NonParallelizable]
public class StepPlannerTests
{
    private const int Count = 70_000; // of several pieces and parts

    [Test]
    public void Links_of_a_chain_read_what_lies_elsewhere_in_memory_that_one_of_them_writes()
    {
        Tensor start = Tensor.Randn([Count]), eager = start.Clone(), u = start.Clone();
        using var step = new CompiledStep(() => Diffuse(u));
        for (int i = 0; i < 4; i++)
        {
            Diffuse(eager);
            step.Run();
            Assert.That(u.ToArray<float>(), Is.EqualTo(eager.ToArray<float>()), $"run {i}");
        }

        Assert.That(step.EagerReason, Is.Null);

        static Tensor Diffuse(Tensor u)
        {
            Tensor bend = u.Narrow(0, 2, Count - 2) - u.Narrow(0, 1, Count - 2) * 2 + u.Narrow(0, 0, Count - 2);
            u.Narrow(0, 1, Count - 2).AddInPlace(bend * 0.1);
            return u.Sum();
        }
    }

    [Test]
    public void Links_of_a_chain_read_a_shifted_view_of_what_one_has_changed()
    {
        Tensor eager = Tensor.Ones([Count]), y = Tensor.Ones([Count]);
        using var step = new CompiledStep(() => Shift(y));
        for (int i = 0; i < 4; i++)
        {
            Assert.That(step.Run().ToArray<float>(), Is.EqualTo(Shift(eager).ToArray<float>()), $"run {i}");
        }

        static Tensor Shift(Tensor y)
        {
            y.Narrow(0, 0, Count - 1).MulInPlace(2);
            return y.Narrow(0, 1, Count - 1) + 1;
        }
    }

    [Test]
    public void Gradients_of_shifted_views_have_the_eager_bits()
    {
        Tensor w = Tensor.Randn([Count]).RequireGrad(), v = w.Detach().Clone().RequireGrad();
        using var step = new CompiledStep(() => Bend(w));
        for (int i = 0; i < 4; i++)
        {
            Assert.That(step.Run().Item(), Is.EqualTo(Bend(v).Item()));
            Assert.That(w.Grad!.ToArray<float>(), Is.EqualTo(v.Grad!.ToArray<float>()), $"run {i}");
        }

        static Tensor Bend(Tensor w)
        {
            w.Grad = null;
            Tensor bend = w.Narrow(0, 2, Count - 2) - w.Narrow(0, 1, Count - 2) * 2 + w.Narrow(0, 0, Count - 2);
            Tensor loss = bend.Square().Sum();
            loss.Backward();
            return loss.Detach();
        }
    }

    [Test]
    public void Values_that_one_block_does_not_hold_lie_in_several()
    {
        long before = StepPlanner.BlockBytes;
        StepPlanner.BlockBytes = 64 * 150;
        try
        {
            using var step = new CompiledStep((Tensor x) =>
            {
                Tensor[] all = [.. Enumerable.Range(0, 7).Select(i => (x * i).Exp())];
                return all.Aggregate((a, b) => a + b).Sum();
            });
            Tensor x = Tensor.Full([1000], 0.5);
            double right = step.Run(x).Item();
            for (int i = 0; i < 3; i++)
            {
                Assert.That(step.Run(x).Item(), Is.EqualTo(right));
            }

            Assert.That(step.EagerReason, Is.Null);
        }
        finally
        {
            StepPlanner.BlockBytes = before;
        }
    }
}
