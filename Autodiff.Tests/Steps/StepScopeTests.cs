namespace Autodiff.Tests.Steps;

/// <summary>What a scope around its run means for a compiled step.</summary>
[TestFixture]
public class StepScopeTests
{
    [Test]
    public void A_scope_without_gradients_around_the_run_is_noticed()
    {
        Tensor weight = Tensor.From(2f, 3).RequireGrad();
        using CompiledStep step = new(x =>
        {
            weight.Grad = null;
            Tensor loss = (x * weight).Sum();
            if (loss.RequiresGrad)
            {
                loss.Backward();
            }

            return loss;
        });
        for (int i = 0; i < 12; i++)
        {
            bool isRecorded = i % 8 < 4;
            weight.Grad = Tensor.Zeros([2]);
            using (isRecorded ? Tensor.EnableGrad() : Tensor.NoGrad())
            {
                Assert.That(step.Run(Tensor.From(1f, i)).Item(), Is.EqualTo(2 + 3 * i));
            }

            Assert.That(weight.Grad?.ToArray<float>(), isRecorded ? Is.EqualTo(new float[] { 1, i }) : Is.Null, $"{i}");
        }

        Assert.That(step.EagerReason, Is.Null);
        Assert.That(step.Captures, Is.EqualTo(2));
    }
}
