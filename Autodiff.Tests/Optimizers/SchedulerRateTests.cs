using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>Rates in force before each step, as PyTorch's schedulers set them (Fixtures/schedulers.json).</summary>
public class SchedulerRateTests
{
    public sealed record Run(string Scheduler, double BaseRate, JsonElement Options, double[] Rates, double[]? Metrics)
    {
        public override string ToString() => $"{Scheduler} {Options.GetRawText()}";
    }

    private sealed record Root(Run[] Runs);

    private static IEnumerable<Run> Runs => JsonSerializer.Deserialize<Root>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "schedulers.json")), JsonSerializerOptions.Web)!
        .Runs.Where(r => r.Scheduler is "StepLR" or "ExponentialLR");

    [TestCaseSource(nameof(Runs))]
    public void Rates_are_PyTorchs(Run run)
    {
        SGD optimizer = new([Tensor.Zeros([1]).RequireGrad()], run.BaseRate);
        LRScheduler scheduler = Make(run, optimizer);
        foreach (double expected in run.Rates)
        {
            Assert.That(optimizer.LearningRate, Is.EqualTo(expected).Within(1e-14), $"epoch {scheduler.LastEpoch}");
            Assert.That(scheduler.LastLearningRates[0], Is.EqualTo(optimizer.LearningRate));
            optimizer.Step();
            scheduler.Step();
        }
    }

    private static LRScheduler Make(Run run, SGD optimizer)
    {
        double Number(string name) => run.Options.GetProperty(name).GetDouble();
        return run.Scheduler switch
        {
            "StepLR" => new StepLR(optimizer, (int)Number("step_size"), Number("gamma")),
            "ExponentialLR" => new ExponentialLR(optimizer, Number("gamma")),
            _ => throw new ArgumentException(run.Scheduler),
        };
    }
}
