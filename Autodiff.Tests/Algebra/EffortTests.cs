using Autodiff.Algebra;
using Autodiff.Operations;

namespace Autodiff.Tests;

/// <summary>What a formula takes, counted by running it.</summary>
[TestFixture]
public class EffortTests
{
    [Test]
    public void A_formula_takes_what_it_is_made_of()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Effort.Of(new Op2<Add>(default)), Is.EqualTo(1));
            Assert.That(Effort.Of(new Op2<Div>(default)), Is.EqualTo(8));
            Assert.That(Effort.Of(new Op1<Relu>(default)), Is.EqualTo(2));
            Assert.That(Effort.Of(new Op1<Exp>(default)), Is.InRange(16, 32));
            Assert.That(Effort.Of(new Op1<Sigmoid>(default)), Is.InRange(24, 48));
            Assert.That(Effort.Of(new Op1<Tanh>(default)), Is.InRange(24, 64));
            Assert.That(Effort.Of(new Op1<Sin>(default)), Is.LessThan(64), "far arguments are rare");
        }
    }
}
