using Autodiff.IO;
using Autodiff.Nn;
using static Autodiff.Tests.Reports.Row;

namespace Autodiff.Tests.Reports;

/// <summary>
/// Rates that schedules set: sequences, plateaus, and schedules that are saved and resumed in any order.
/// </summary>
public class SchedulerReportTests
{
    private static SGD Start(double rate) => new([Leaf(1)], rate, momentum: 0.9);

    private static double[] Rates(Optimizer optimizer, int count, Action step) =>
        [.. Enumerable.Range(0, count).Select(_ =>
    {
        double rate = optimizer.LearningRate;
        step();
        return rate;
    })];

    [Test]
    public void A_sequence_starts_with_its_first_schedule()
    {
        // pytorch#72874
        SGD optimizer = Start(0.1);
        _ = new SequentialLR(optimizer, [new ConstantLR(optimizer, 1, 5), new ConstantLR(optimizer, 0.1, 5)], [10]);
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.1));
    }

    [Test]
    public void A_warm_up_goes_over_into_a_decay()
    {
        // pytorch#67586
        SGD optimizer = Start(0.1);
        SequentialLR schedule = new(optimizer,
            [new LinearLR(optimizer, totalEpochs: 2), new ExponentialLR(optimizer, 0.9)], [2]);
        Assert.That(Rates(optimizer, 5, schedule.Step),
            Is.EqualTo(new[] { 0.1 / 3, 0.2 / 3, 0.1, 0.09, 0.081 }).Within(1e-15));
    }

    [Test]
    public void A_linear_schedule_reaches_its_end_and_stays()
    {
        // TorchSharp#1241
        SGD optimizer = Start(0.1);
        LinearLR schedule = new(optimizer, totalEpochs: 4);
        Assert.That(Rates(optimizer, 6, schedule.Step),
            Is.EqualTo(new[] { 0.2 / 6, 0.3 / 6, 0.4 / 6, 0.5 / 6, 0.1, 0.1 }).Within(1e-15));
    }

    [Test]
    public void A_cosine_turns_up_again_after_its_half_period()
    {
        SGD optimizer = Start(1);
        CosineAnnealingLR schedule = new(optimizer, 2);
        Assert.That(Rates(optimizer, 5, schedule.Step), Is.EqualTo(new[] { 1, 0.5, 0, 0.5, 1 }).Within(1e-12));
    }

    [Test]
    public void Two_schedules_of_one_optimizer_multiply()
    {
        SGD optimizer = Start(0.1);
        LRScheduler[] both = [new ConstantLR(optimizer, 0.1, 2), new ExponentialLR(optimizer, 0.9)];
        Assert.That(Rates(optimizer, 3, () => Array.ForEach(both, s => s.Step())),
            Is.EqualTo(new[] { 0.01, 0.009, 0.081 }).Within(1e-15));
    }

    [Test]
    public void A_group_added_before_the_schedule_is_scheduled_too()
    {
        SGD optimizer = Start(1);
        ParameterGroup group = optimizer.AddParameterGroup([Leaf(2)], g => g.LearningRate = 0.4);
        new LambdaLR(optimizer, epoch => Math.Pow(0.5, epoch)).Step();
        Assert.That((optimizer.LearningRate, group.LearningRate), Is.EqualTo((0.5, 0.2)));
    }

    [TestCase(1, new[] { 1.0, double.NaN, double.NaN }, 0.01, Description = "NaN is no improvement")]
    [TestCase(0, new[] { -1.0, -1.1, -1.2 }, 0.1, Description = "a relative threshold of a negative metric")]
    public void A_plateau_ends_at(int patience, double[] metrics, double expected)
    {
        SGD optimizer = Start(0.1);
        ReduceLROnPlateau schedule = new(optimizer, patience: patience);
        Array.ForEach(metrics, schedule.Step);
        Assert.That(optimizer.LearningRate, Is.EqualTo(expected).Within(1e-15));
    }

    [Test]
    public void A_plateau_without_a_metric_yet_is_saved_and_loaded()
    {
        SGD optimizer = Start(1);
        ReduceLROnPlateau schedule = new(optimizer);
        using MemoryStream file = new();
        SafeTensors.Save(file, schedule.StateDict()); // the best metric is infinite
        file.Position = 0;
        schedule.LoadStateDict(SafeTensors.Load(file));
        schedule.Step(1);
        Assert.That(optimizer.LearningRate, Is.EqualTo(1));
    }

    [Test]
    public void A_plateau_goes_on_where_it_was_saved()
    {
        Assert.That(Run(stop: true), Is.EqualTo(Run(stop: false)));

        static double[] Run(bool stop)
        {
            Optimizer optimizer = Start(1);
            ReduceLROnPlateau schedule = new(optimizer, patience: 1, cooldown: 1);
            double[] metrics = [5, 4, 4, 4, 4, 4, 3, 3, 3, 3, 3], rates = new double[metrics.Length];
            for (int i = 0; i < metrics.Length; i++)
            {
                if (stop && i == 4)
                {
                    Dictionary<string, Tensor> weights = optimizer.StateDict(), state = schedule.StateDict();
                    optimizer = Start(1);
                    schedule = new ReduceLROnPlateau(optimizer, patience: 1, cooldown: 1);
                    optimizer.LoadStateDict(weights);
                    schedule.LoadStateDict(state);
                }

                schedule.Step(metrics[i]);
                rates[i] = optimizer.LearningRate;
            }

            return rates;
        }
    }

    private static readonly Dictionary<string, Func<Optimizer, LRScheduler>> Schedules = new()
    {
        ["step"] = o => new StepLR(o, 4),
        ["milestones"] = o => new MultiStepLR(o, [3, 7, 8]),
        ["exponential"] = o => new ExponentialLR(o, 0.9),
        ["cosine"] = o => new CosineAnnealingLR(o, 5, 0.01),
        ["warm restarts"] = o => new CosineAnnealingWarmRestarts(o, 3, 2),
        ["one cycle"] = o => new OneCycleLR(o, 1, 12),
        ["cyclic"] = o => new CyclicLR(o, 0.1, 1, 3),
        ["polynomial"] = o => new PolynomialLR(o, 8, 2),
        ["lambda"] = o => new LambdaLR(o, e => 1.0 / (1 + e)),
        ["multiplicative"] = o => new MultiplicativeLR(o, e => 0.9),
        ["chained"] = o => new ChainedScheduler(new ConstantLR(o, 0.1, 3), new ExponentialLR(o, 0.9)),
        ["linear"] = o => new LinearLR(o),
        ["sequence"] = o => new SequentialLR(o, [new ConstantLR(o, 0.1, 20), new CosineAnnealingLR(o, 7)], [3]),
    };

    private static IEnumerable<string> Names => Schedules.Keys;

    /// <summary>
    /// pytorch-lightning#15462, pytorch#162591: resumed in the middle, whichever of the two is loaded first, the rates
    /// go on.
    /// </summary>
    [TestCaseSource(nameof(Names))]
    public void A_schedule_goes_on_whichever_state_is_loaded_first(string name)
    {
        double[] whole = Run(null);
        Assert.That(Run("optimizer"), Is.EqualTo(whole));
        Assert.That(Run("schedule"), Is.EqualTo(whole));

        double[] Run(string? first)
        {
            Optimizer optimizer = Start(0.5);
            LRScheduler schedule = Schedules[name](optimizer);
            List<double> rates = [];
            for (int i = 0; i < 12; i++)
            {
                if (first is not null && i == 6)
                {
                    Dictionary<string, Tensor> weights = optimizer.StateDict(), state = schedule.StateDict();
                    optimizer = Start(0.5);
                    schedule = Schedules[name](optimizer);
                    Action[] loads = [() => optimizer.LoadStateDict(weights), () => schedule.LoadStateDict(state)];
                    Array.ForEach(first == "optimizer" ? loads : [loads[1], loads[0]], load => load());
                }

                rates.Add(optimizer.LearningRate);
                if (i < 11)
                {
                    schedule.Step();
                }
            }

            return [.. rates];
        }
    }

    [Test]
    public void A_cycle_that_is_over_says_so() => CheckRefused(
        () =>
        {
            OneCycleLR schedule = new(Start(0.1), 1, 2);
            for (int i = 0; i < 5; i++)
            {
                schedule.Step();
            }
        },
        ["2"]);
}
