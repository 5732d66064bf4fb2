using NUnit.Framework;

namespace Autodiff.Tests.TapeTests;

[Category("Memory")]
public class GradientMemoryTests
{
    private const int Large = 64 * 1024;

    [Test]
    public void A_gradient_that_nobody_looked_at_gives_its_memory_to_the_next()
    {
        Tensor w = Tensor.Ones([Large]).RequireGrad();
        Step(w);
        long live = MemoryStatistics.Current.LiveTensors;
        for (int i = 0; i < 20; i++)
        {
            w.Grad = null;
            Step(w);
            Assert.That(MemoryStatistics.Current.LiveTensors, Is.LessThanOrEqualTo(live));
        }

        Assert.That(w.Grad!.ToArray<float>(), Is.All.EqualTo(3));
    }

    [Test]
    public void A_gradient_that_was_looked_at_stays()
    {
        Tensor w = Tensor.Ones([Large]).RequireGrad();
        Step(w);
        Tensor first = w.Grad!;
        w.Grad = null;
        Step(w);
        w.Grad!.Fill(7);
        Assert.That(first.ToArray<float>(), Is.All.EqualTo(3));
    }

    [Test]
    public void A_gradient_set_by_the_user_stays()
    {
        Tensor w = Tensor.Ones([Large]).RequireGrad(), mine = Tensor.Full([Large], 5);
        Step(w);
        w.Grad = mine;
        w.Grad = null;
        Assert.That(mine.ToArray<float>(), Is.All.EqualTo(5));
    }

    [Test]
    public void A_gradient_that_a_hook_kept_stays()
    {
        Tensor w = Tensor.Ones([Large]).RequireGrad();
        Tensor? kept = null;
        w.RegisterHook(g => kept = g);
        Step(w);
        w.Grad = null;
        Assert.That(kept!.ToArray<float>(), Is.All.EqualTo(3));
    }

    [Test]
    public void A_gradient_with_a_graph_stays()
    {
        Tensor w = Tensor.Ones([Large]).RequireGrad();
        Tensor loss = (w * w * w).Sum();
        loss.Backward(createGraph: true);
        w.Grad = null;
        loss = (w * w * w).Sum();
        loss.Backward(createGraph: true);
        Tensor second = w.Grad!.Sum();
        w.Grad = null;
        second.Backward();
        Assert.That(w.Grad!.ToArray<float>(), Is.All.EqualTo(6));
    }

    private static void Step(Tensor w)
    {
        Tensor triple = w * 3, loss = triple.Sum();
        loss.Backward();
        triple.Dispose();
    }
}
