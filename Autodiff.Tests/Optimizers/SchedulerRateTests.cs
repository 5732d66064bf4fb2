using System.Text.Json;
using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

/// <summary>Rates in force before each step, as PyTorch's schedulers set them (Fixtures/schedulers.json).</summary>
public class SchedulerRateTests
{
    private const double Tolerance = 1e-13;

    public sealed record Run(string Scheduler, double BaseRate, JsonElement Options, double[] Rates, double[]? Metrics)
    {
        public override string ToString() => $"{Scheduler} {Options.GetRawText()}";

        public double Number(string name, double absent = double.NaN) =>
            Options.TryGetProperty(name, out JsonElement value) ? value.GetDouble() : absent;

        public int Count(string name) => Options.GetProperty(name).GetInt32();

        public int[] Counts(string name) => [.. Options.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];

        public string? Text(string name) =>
            Options.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
    }

    private sealed record Root(Run[] Runs);

    private static readonly Run[] All = JsonSerializer.Deserialize<Root>(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Fixtures", "schedulers.json")),
        JsonSerializerOptions.Web)!.Runs;

    private static IEnumerable<Run> ByEpoch => All.Where(r => r.Metrics is null);

    private static IEnumerable<Run> ByMetric => All.Where(r => r.Metrics is not null);

    [TestCaseSource(nameof(ByEpoch))]
    public void Rates_are_PyTorchs(Run run)
    {
        SGD optimizer = SchedulerTests.Optimizer(run.BaseRate);
        LRScheduler scheduler = Make(run, optimizer);
        foreach (double expected in run.Rates)
        {
            Assert.That(optimizer.LearningRate, Is.EqualTo(expected).Within(Tolerance), $"epoch {scheduler.LastEpoch}");
            Assert.That(scheduler.LastLearningRates, Is.EqualTo(new[] { optimizer.LearningRate }));
            optimizer.Step();
            scheduler.Step();
        }
    }

    /// <summary>A scheduler made anew, with the state of the one before, goes on as if nothing had happened.</summary>
    [TestCaseSource(nameof(ByEpoch))]
    public void Rates_go_on_after_a_state_dictionary(Run run)
    {
        SGD optimizer = SchedulerTests.Optimizer(run.BaseRate);
        LRScheduler scheduler = Make(run, optimizer);
        for (int i = 0; i < run.Rates.Length; i++)
        {
            Assert.That(optimizer.LearningRate, Is.EqualTo(run.Rates[i]).Within(Tolerance), $"epoch {i}");
            scheduler.Step();
            if (i % 3 == 0)
            {
                Dictionary<string, Tensor> rates = optimizer.StateDict(), schedule = scheduler.StateDict();
                optimizer = SchedulerTests.Optimizer(run.BaseRate);
                scheduler = Make(run, optimizer);
                optimizer.LoadStateDict(rates);
                scheduler.LoadStateDict(schedule);
            }
        }
    }

    [TestCaseSource(nameof(ByMetric))]
    public void Rates_follow_the_metric_as_PyTorchs(Run run)
    {
        SGD optimizer = SchedulerTests.Optimizer(run.BaseRate);
        ReduceLROnPlateau Make() => new(optimizer, factor: run.Number("factor"), patience: run.Count("patience"),
            threshold: run.Number("threshold"), cooldown: run.Count("cooldown"));
        ReduceLROnPlateau scheduler = Make();
        for (int i = 0; i < run.Rates.Length; i++)
        {
            Assert.That(optimizer.LearningRate, Is.EqualTo(run.Rates[i]).Within(Tolerance), $"epoch {i}");
            scheduler.Step(Tensor.Scalar(run.Metrics![i]));
            Assert.That(scheduler.LastLearningRates, Is.EqualTo(new[] { optimizer.LearningRate }));
            Dictionary<string, Tensor> state = scheduler.StateDict();
            scheduler = Make();
            scheduler.LoadStateDict(state);
        }
    }

    private static LRScheduler Make(Run run, SGD optimizer) => run.Scheduler switch
    {
        "StepLR" => new StepLR(optimizer, run.Count("step_size"), run.Number("gamma")),
        "MultiStepLR" => new MultiStepLR(optimizer, run.Counts("milestones"), run.Number("gamma")),
        "ExponentialLR" => new ExponentialLR(optimizer, run.Number("gamma")),
        "CosineAnnealingLR" => new CosineAnnealingLR(optimizer, run.Count("T_max"), run.Number("eta_min")),
        "ConstantLR" => new ConstantLR(optimizer, run.Number("factor"), run.Count("total_iters")),
        "LinearLR" =>
            new LinearLR(optimizer, run.Number("start_factor"), run.Number("end_factor"), run.Count("total_iters")),
        "PolynomialLR" => new PolynomialLR(optimizer, run.Count("total_iters"), run.Number("power")),
        "CosineAnnealingWarmRestarts" =>
            new CosineAnnealingWarmRestarts(optimizer, run.Count("T_0"), run.Count("T_mult"), run.Number("eta_min")),
        "OneCycleLR" =>
            new OneCycleLR(optimizer, run.Number("max_lr"), run.Count("total_steps"), run.Number("pct_start", 0.3),
            run.Text("anneal_strategy") == "linear" ? AnnealStrategy.Linear : AnnealStrategy.Cosine,
            threePhase: run.Options.TryGetProperty("three_phase", out JsonElement three) && three.GetBoolean()),
        "CyclicLR" => new CyclicLR(optimizer, run.Number("base_lr"), run.Number("max_lr"), run.Count("step_size_up"),
            run.Options.TryGetProperty("step_size_down", out JsonElement down) ? down.GetInt32() : null,
            run.Text("mode") == "triangular2" ? CyclicMode.Triangular2 : CyclicMode.ExponentialRange,
            run.Number("gamma", 1), cycleMomentum: false),
        "SequentialLR" =>
            new SequentialLR(optimizer,
                [new LinearLR(optimizer, 0.1, totalEpochs: 5), new ExponentialLR(optimizer, 0.9)],
                run.Counts("milestones")),
        _ => throw new ArgumentException(run.Scheduler),
    };
}
