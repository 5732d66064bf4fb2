using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>Every optimizer, setting and objective of the fixture, step by step.</summary>
public class OptimizerTrajectoryTests
{
    private static IEnumerable<OptimizerRun> Runs => OptimizerFixture.Runs;

    [TestCaseSource(nameof(Runs))]
    public void Parameters_follow_PyTorchs(OptimizerRun run)
    {
        Tensor p = Tensor.From(run.Start).RequireGrad();
        Optimizer optimizer = OptimizerFixture.Make(run.Optimizer, run.Options, p);
        // PyTorch 1.13 keeps NAdam's product of momenta and ASGD's rate in float32, here they are double.
        double tolerance = run.Optimizer is "NAdam" or "ASGD" ? 1e-9 : 1e-10;
        for (int step = 0; step < run.Trajectory.Length; step++)
        {
            optimizer.Step(() =>
            {
                optimizer.ZeroGrad();
                Tensor loss = OptimizerFixture.Objective(run.Objective, p);
                loss.Backward();
                return loss;
            });
            double[] actual = p.ToArray<double>();
            for (int i = 0; i < actual.Length; i++)
            {
                double expected = run.Trajectory[step][i];
                Assert.That(actual[i], Is.EqualTo(expected).Within(tolerance * Math.Max(1, Math.Abs(expected))), $"step {step}, parameter {i}");
            }
        }
    }
}
