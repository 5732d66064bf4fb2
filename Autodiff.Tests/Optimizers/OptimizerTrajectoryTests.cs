using Autodiff.Devices.Reference;
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
                Assert.That(actual[i], Is.EqualTo(expected).Within(tolerance * Math.Max(1, Math.Abs(expected))),
                    $"step {step}, parameter {i}");
            }
        }
    }

    /// <summary>
    /// The fused loops, vectors and tails and all, against the definition: one element at a time in double precision.
    /// </summary>
    [TestCaseSource(nameof(Settings))]
    public void Steps_are_those_of_the_reference_backend(OptimizerRun run)
    {
        const int Size = 37;
        System.Random random = new(7);
        double[] start = [.. Enumerable.Range(0, Size).Select(_ => random.NextDouble() * 4 - 2)];
        Tensor p = Tensor.From(start).RequireGrad(), q = Tensor.From(start).To(ReferenceBackend.Device).RequireGrad();
        Tensor single = Tensor.From(start).To(DType.Float32).RequireGrad();
        Tensor[] all = [p, q, single];
        Optimizer[] optimizers = [.. all.Select(t => OptimizerFixture.Make(run.Optimizer, run.Options, t))];
        for (int step = 0; step < 12; step++)
        {
            double[] gradient = [.. Enumerable.Range(0, Size).Select(_ => random.NextDouble() * 2 - 1)];
            for (int i = 0; i < all.Length; i++)
            {
                all[i].Grad = Tensor.From(gradient).To(all[i].DType).To(all[i].Device);
                optimizers[i].Step();
            }
        }

        Assert.That(p.ToArray<double>(), Is.EqualTo(q.ToArray<double>()).Within(1e-13));
        Assert.That(single.ToArray<double>(), Is.EqualTo(q.ToArray<double>()).Within(5e-5));
    }

    private static IEnumerable<OptimizerRun> Settings =>
        Runs.Where(r => r.Objective == "quadratic" && r.Optimizer != "LBFGS");
}
