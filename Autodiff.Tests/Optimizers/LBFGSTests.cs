using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>LBFGS at its limits.</summary>
public class LBFGSTests
{
    private static Tensor Start => Tensor.From(-1.2, 1.0).RequireGrad();

    private static Func<Tensor> Closure(Tensor p, Func<Tensor, Tensor> objective) => () =>
    {
        p.Grad = null;
        Tensor loss = objective(p);
        loss.Backward();
        return loss;
    };

    private static Tensor Rosenbrock(Tensor p) => OptimizerFixture.Objective("rosenbrock", p);

    [Test]
    public void Any_number_of_iterations_is_a_limit()
    {
        Tensor p = Start;
        new LBFGS([p], maxIterations: 500_000_000, lineSearch: LineSearch.StrongWolfe).Step(Closure(p, Rosenbrock));
        Assert.That(p.ToArray<double>(), Is.All.EqualTo(1).Within(1e-4));
    }

    /// <summary>x² beyond the range of float32 is infinite, with a finite slope.</summary>
    [Test]
    public void A_search_that_meets_an_infinite_loss_comes_back()
    {
        Tensor p = Tensor.From(1e10f).RequireGrad();
        LBFGS optimizer = new([p], learningRate: 4e21, maxIterations: 30, lineSearch: LineSearch.StrongWolfe);
        optimizer.Step(Closure(p, x => x.Square().Sum()));
        Assert.That(p.Item(), Is.EqualTo(0).Within(1e6));
    }

    [Test]
    public void A_search_whose_closure_throws_leaves_the_parameters_where_they_were()
    {
        Tensor p = Start;
        LBFGS optimizer = new([p], maxIterations: 100, lineSearch: LineSearch.StrongWolfe);
        int calls = 0;
        Func<Tensor> closure = Closure(p, x => ++calls == 3 ? throw new TimeoutException() : Rosenbrock(x));
        List<double[]> seen = [];
        Assert.That(() => optimizer.Step(() =>
        {
            seen.Add(p.ToArray<double>());
            return closure();
        }), Throws.TypeOf<TimeoutException>());
        Assert.That(seen, Has.Count.EqualTo(3));
        Assert.That(p.ToArray<double>(), Is.EqualTo(seen[0]));
        optimizer.Step(closure);
        Assert.That(p.ToArray<double>(), Is.All.EqualTo(1).Within(1e-4));
    }

    [Test]
    public void A_parameter_without_elements_takes_no_part()
    {
        Tensor p = Start, none = Tensor.Zeros([0, 3], DType.Float64).RequireGrad();
        LBFGS optimizer = new([none, p], lineSearch: LineSearch.StrongWolfe, maxIterations: 100);
        optimizer.Step(Closure(p, Rosenbrock));
        Assert.That(p.ToArray<double>(), Is.All.EqualTo(1).Within(1e-4));
        LBFGS other = new([none, p]);
        other.LoadStateDict(optimizer.StateDict());
        Assert.That(other.StateDict().Keys, Is.EquivalentTo(optimizer.StateDict().Keys));
    }

    [Test]
    public void State_that_can_not_be_its_own_is_refused()
    {
        Tensor p = Start;
        LBFGS optimizer = new([p]);
        optimizer.Step(Closure(p, Rosenbrock));
        Dictionary<string, Tensor> saved = optimizer.StateDict();
        saved["state.0.prev_loss"] = Tensor.Scalar(1.0);
        Assert.That(() => optimizer.LoadStateDict(saved), Throws.ArgumentException.With.Message.StartsWith(
            "LBFGS.LoadStateDict: 'prev_loss' of shape [] can't be state"));
        saved = optimizer.StateDict();
        saved["param_groups.0.lr"] = Tensor.Scalar(7.0);
        saved["state.0.old_stps"] = saved["state.0.old_stps"].Narrow(0, 0, 1);
        Assert.That(() => optimizer.LoadStateDict(saved), Throws.ArgumentException.With.Message.StartsWith(
            "LBFGS.LoadStateDict: there are "));
        Assert.That(optimizer.LearningRate, Is.EqualTo(1), "nothing has changed");
    }
}
