using Autodiff.Nn;

namespace Autodiff.Tests.Optimizers;

public class SchedulerTests
{
    internal static SGD Optimizer(double rate = 0.1) => new([Tensor.Zeros([1]).RequireGrad()], rate);

    private static double[] Rates(SGD optimizer, LRScheduler scheduler, int count)
    {
        double[] rates = new double[count];
        for (int i = 0; i < count; i++)
        {
            rates[i] = optimizer.LearningRate;
            scheduler.Step();
        }

        return rates;
    }

    [Test]
    public void A_lambda_scales_the_rate_of_the_start()
    {
        SGD optimizer = Optimizer();
        LambdaLR scheduler = new(optimizer, t => 1.0 / (1 + t));
        Assert.That(Rates(optimizer, scheduler, 4), Is.EqualTo(new[] { 0.1, 0.05, 0.1 / 3, 0.025 }).Within(1e-15));
    }

    [Test]
    public void A_multiplicative_lambda_scales_the_rate_in_force()
    {
        SGD optimizer = Optimizer();
        MultiplicativeLR scheduler = new(optimizer, t => t == 2 ? 0.5 : 0.9);
        Assert.That(Rates(optimizer, scheduler, 4), Is.EqualTo(new[] { 0.1, 0.09, 0.045, 0.0405 }).Within(1e-15));
    }

    [Test]
    public void Groups_have_functions_of_their_own()
    {
        SGD optimizer = Optimizer();
        optimizer.AddParameterGroup([Tensor.Zeros([1]).RequireGrad()], o => o.LearningRate = 1);
        LambdaLR scheduler = new(optimizer, [_ => 0.5, t => t]);
        scheduler.Step();
        Assert.That(scheduler.LastLearningRates, Is.EqualTo(new[] { 0.05, 1 }));
        Assert.That(() => new LambdaLR(optimizer, [_ => 1]), Throws.ArgumentException.With.Message.StartsWith(
            "LambdaLR: 1 values were given for 2 parameter groups."));
    }

    [Test]
    public void Chained_schedulers_multiply()
    {
        SGD optimizer = Optimizer(1);
        ChainedScheduler scheduler = new(new ConstantLR(optimizer, 0.1, 2), new ExponentialLR(optimizer, 0.9));
        Assert.That(Rates(optimizer, scheduler, 5), Is.EqualTo(new[] { 0.1, 0.09, 0.81, 0.729, 0.6561 }).Within(1e-12));
        Assert.That(scheduler.LastLearningRates[0], Is.EqualTo(0.59049).Within(1e-12));
    }

    [Test]
    public void A_sequence_may_hold_a_chain()
    {
        SGD optimizer = Optimizer(1);
        ChainedScheduler chain = new(new ConstantLR(optimizer, 0.1, 1), new ExponentialLR(optimizer, 0.5));
        SequentialLR scheduler = new(optimizer, [new ExponentialLR(optimizer, 0.9), chain], [2]);
        Assert.That(Rates(optimizer, scheduler, 4), Is.EqualTo(new[] { 1, 0.9, 0.1, 0.5 }).Within(1e-12));
    }

    [TestCase(new[] { 0 }, new[] { 0.5, 0.25, 0.125 })]
    [TestCase(new[] { 0, 0 }, new[] { 0.9, 0.81, 0.729 })]
    [TestCase(new[] { 0, 2 }, new[] { 0.5, 0.25, 0.9, 0.81 })]
    [TestCase(new[] { 1, 1 }, new[] { 0.1, 0.9, 0.81 })]
    public void Schedulers_whose_turn_never_comes_leave_no_trace(int[] milestones, double[] expected)
    {
        SGD optimizer = Optimizer(1);
        LRScheduler[] all = [new ConstantLR(optimizer, 0.1, 9), new LambdaLR(optimizer, t => Math.Pow(0.5, t + 1)),
            new LambdaLR(optimizer, t => Math.Pow(0.9, t + 1))];
        SequentialLR scheduler = new(optimizer, all[..(milestones.Length + 1)], milestones);
        Assert.That(scheduler.LastLearningRates[0], Is.EqualTo(expected[0]).Within(1e-12));
        Assert.That(Rates(optimizer, scheduler, expected.Length), Is.EqualTo(expected).Within(1e-12));
    }

    [Test]
    public void A_chainable_scheduler_may_govern_from_epoch_0()
    {
        SGD optimizer = Optimizer(1);
        SequentialLR scheduler = new(optimizer,
            [new LinearLR(optimizer, totalEpochs: 4), new ExponentialLR(optimizer, 0.5)], [0]);
        Assert.That(Rates(optimizer, scheduler, 3), Is.EqualTo(new[] { 1, 0.5, 0.25 }).Within(1e-12));
    }

    [Test]
    public void Schedules_of_no_epochs_are_over_at_once()
    {
        SGD optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new ConstantLR(optimizer, 0.1, 0), 3), Is.EqualTo(new double[] { 1, 1, 1 }));
        optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new LinearLR(optimizer, 0.1, 0.5, 0), 3), Is.EqualTo(new[] { 0.5, 0.5, 0.5 }));
        optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new MultiStepLR(optimizer, [0, 2]), 3),
            Is.EqualTo(new[] { 0.1, 0.1, 0.01 }).Within(1e-12));
        optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new MultiStepLR(optimizer, []), 2), Is.EqualTo(new double[] { 1, 1 }));
        optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new OneCycleLR(optimizer, 1, 1), 1),
            Is.EqualTo(new[] { 1 / 25.0 / 1e4 }).Within(1e-12), "one step is the last step");
        optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new SequentialLR(optimizer, [new StepLR(optimizer, 1)], []), 3),
            Is.EqualTo(new[] { 1, 0.1, 0.01 }).Within(1e-12));
    }

    [Test]
    public void A_query_of_schedulers_is_made_once()
    {
        SGD optimizer = Optimizer(1);
        ChainedScheduler scheduler = new(new[] { 0.5, 0.1 }.Select(factor => new ConstantLR(optimizer, factor, 2)));
        Assert.That(Rates(optimizer, scheduler, 3), Is.EqualTo(new[] { 0.05, 0.05, 1 }).Within(1e-12));
    }

    [Test]
    public void Fractions_of_epochs_move_warm_restarts()
    {
        SGD optimizer = Optimizer(1);
        CosineAnnealingWarmRestarts scheduler = new(optimizer, 4);
        scheduler.Step(1.5);
        Assert.That(optimizer.LearningRate, Is.EqualTo((1 + Math.Cos(Math.PI * 1.5 / 4)) / 2).Within(1e-15));
        scheduler.Step(4.5);
        Assert.That(optimizer.LearningRate, Is.EqualTo((1 + Math.Cos(Math.PI * 0.5 / 4)) / 2).Within(1e-15));
        Assert.That(scheduler.LastEpoch, Is.EqualTo(4));
    }

    [Test]
    public void One_cycle_moves_the_momentum_the_other_way_and_ends()
    {
        SGD optimizer = Optimizer();
        OneCycleLR scheduler = new(optimizer, 1, totalSteps: 10, strategy: AnnealStrategy.Linear);
        Assert.That(optimizer.ParameterGroups[0].Options.Momentum, Is.EqualTo(0.95));
        scheduler.Step();
        scheduler.Step();
        Assert.That(optimizer.ParameterGroups[0].Options.Momentum, Is.EqualTo(0.85).Within(1e-15));
        Assert.That(optimizer.LearningRate, Is.EqualTo(1).Within(1e-15));
        for (int i = 2; i < 10; i++)
        {
            scheduler.Step();
        }

        Assert.That(optimizer.LearningRate, Is.EqualTo(1 / 25.0 / 1e4).Within(1e-15));
        Assert.That(scheduler.Step,
            Throws.InvalidOperationException.With.Message.StartsWith("OneCycleLR: the cycle of 10 steps is over."));
    }

    [Test]
    public void A_cycle_moves_Adams_first_beta()
    {
        Adam optimizer = new([Tensor.Zeros([1]).RequireGrad()]);
        CyclicLR scheduler = new(optimizer, 0.01, 0.1, stepsUp: 2);
        Assert.That(optimizer.ParameterGroups[0].Options.Beta1, Is.EqualTo(0.9));
        scheduler.Step();
        Assert.That(optimizer.ParameterGroups[0].Options.Beta1, Is.EqualTo(0.85).Within(1e-15));
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.055).Within(1e-15));
        Assert.That(() => new CyclicLR(new Adagrad([Tensor.Zeros([1]).RequireGrad()]), 0.01, 0.1),
            Throws.ArgumentException.With.Message.StartsWith(
            "CyclicLR: Adagrad has no momentum to cycle; pass cycleMomentum: false."));
    }

    [Test]
    public void A_plateau_of_an_accuracy_is_one_that_no_longer_rises()
    {
        SGD optimizer = Optimizer(1);
        ReduceLROnPlateau scheduler = new(optimizer, PlateauMode.Max, factor: 0.5, patience: 1, threshold: 0.1,
            thresholdMode: ThresholdMode.Absolute, smallestRate: 0.4);
        double[] rates = [.. new[] { 0.5, 0.7, 0.75, 0.79, 0.7, 0.7, 0.7, 0.7 }.Select(metric =>
        {
            scheduler.Step(metric);
            return optimizer.LearningRate;
        })];
        Assert.That(rates, Is.EqualTo(new[] { 1, 1, 1, 0.5, 0.5, 0.4, 0.4, 0.4 }));
        Assert.That(scheduler.Best, Is.EqualTo(0.7));
    }

    [Test]
    public void A_metric_that_is_not_a_number_is_no_improvement()
    {
        SGD optimizer = Optimizer(1);
        ReduceLROnPlateau scheduler = new(optimizer, patience: 0);
        scheduler.Step(double.NaN);
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.1));
    }

    [Test]
    public void A_plateau_lowers_the_rates_of_groups_that_joined_later()
    {
        SGD optimizer = Optimizer(1);
        ReduceLROnPlateau scheduler = new(optimizer, factor: 0.5, patience: 0, smallestRate: 0.25);
        ReduceLROnPlateau each = new(optimizer, [0.25], patience: 0);
        optimizer.AddParameterGroup([Tensor.Zeros([1]).RequireGrad()], o => o.LearningRate = 4);
        foreach (double metric in (double[])[1, 1, 1, 1])
        {
            scheduler.Step(metric);
        }

        Assert.That(optimizer.ParameterGroups.Select(g => g.LearningRate), Is.EqualTo(new[] { 0.25, 0.5 }));
        Assert.That(scheduler.LastLearningRates, Is.EqualTo(new[] { 0.25, 0.5 }));
        Assert.That(() => each.Step(1), Throws.InvalidOperationException.With.Message.StartsWith(
            "ReduceLROnPlateau: there are 2 parameter groups now and smallest rates of 1."));
    }

    [Test]
    public void A_dictionary_of_another_schedule_changes_nothing()
    {
        SGD optimizer = Optimizer(1);
        CosineAnnealingWarmRestarts scheduler = new(optimizer, 4);
        SequentialLR sequence = new(optimizer, [new ConstantLR(optimizer), new ExponentialLR(optimizer, 0.5)], [4]);
        ReduceLROnPlateau plateau = new(optimizer);
        Dictionary<string, Tensor> other = new ExponentialLR(Optimizer(0.5), 0.9).StateDict(),
            bad = plateau.StateDict();
        other["last_epoch"] = bad["last_epoch"] = Tensor.Scalar(7L);
        bad.Remove("cooldown_counter");
        string[] before = [.. Texts(scheduler.StateDict()), .. Texts(sequence.StateDict()),
            .. Texts(plateau.StateDict())];
        Assert.That(() => scheduler.LoadStateDict(other),
            Throws.ArgumentException.With.Message.Contains("'epoch' is missing"));
        Assert.That(() => sequence.LoadStateDict(other),
            Throws.ArgumentException.With.Message.Contains("'schedulers.0.last_epoch' is missing"));
        Assert.That(() => plateau.LoadStateDict(bad),
            Throws.ArgumentException.With.Message.Contains("'cooldown_counter' is missing"));
        Assert.That((string[])[.. Texts(scheduler.StateDict()), .. Texts(sequence.StateDict()),
            .. Texts(plateau.StateDict())], Is.EqualTo(before));

        static IEnumerable<string> Texts(Dictionary<string, Tensor> state) =>
            state.Select(entry => $"{entry.Key} {entry.Value.Item()}");
    }

    [Test]
    public void A_schedule_that_is_refused_leaves_no_rate_to_begin_from()
    {
        SGD optimizer = Optimizer();
        Assert.That(() => new StepLR(optimizer, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        optimizer.LearningRate = 0.5;
        LambdaLR scheduler = new(optimizer, _ => 1);
        Assert.That(optimizer.LearningRate, Is.EqualTo(0.5));
        Assert.That(optimizer.ParameterGroups[0].InitialLearningRate, Is.EqualTo(0.5));
        Assert.That(scheduler.BaseRates, Is.EqualTo(new[] { 0.5 }));
    }

    [Test]
    public void A_schedule_of_ones_own_is_a_formula()
    {
        SGD optimizer = Optimizer(1);
        Assert.That(Rates(optimizer, new InverseRoot(optimizer), 4),
            Is.EqualTo(new[] { 1, Math.Sqrt(0.5), Math.Sqrt(1.0 / 3), 0.5 }).Within(1e-15));
    }

    [Test]
    public void Contradictions_are_refused()
    {
        SGD optimizer = Optimizer(), other = Optimizer();
        Assert.That(() => new StepLR(optimizer, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new ConstantLR(optimizer, 1.5), Throws.InstanceOf<ArgumentOutOfRangeException>());
        foreach (Func<object> mistake in new Func<object>[]
        {
            () => new ReduceLROnPlateau(optimizer, factor: 1), () => new ReduceLROnPlateau(optimizer, factor: -0.1),
            () => new ReduceLROnPlateau(optimizer, patience: -1),
            () => new ReduceLROnPlateau(optimizer, cooldown: -1), () => new ConstantLR(optimizer, totalEpochs: -1),
            () => new LinearLR(optimizer, totalEpochs: -1),
            () => new PolynomialLR(optimizer, 0), () => new MultiStepLR(optimizer, [-1]),
            () => new OneCycleLR(optimizer, 1, 0), () => new CosineAnnealingLR(optimizer, 0),
        })
        {
            Assert.That(mistake, Throws.InstanceOf<ArgumentOutOfRangeException>());
        }

        Assert.That(() => new ChainedScheduler(),
            Throws.ArgumentException.With.Message.StartsWith("ChainedScheduler: there is no scheduler."));
        Assert.That(() => new SequentialLR(optimizer, [], []), Throws.ArgumentException);
        Assert.That(() => new SequentialLR(optimizer, [new StepLR(optimizer, 1), null!], [1]),
            Throws.ArgumentException);
        Assert.That(() => new SequentialLR(optimizer, [new StepLR(optimizer, 1), new StepLR(optimizer, 1)], [-1]),
            Throws.ArgumentException.With.Message.StartsWith(
            "SequentialLR: there is no epoch -1"));
        Assert.That(() => new ChainedScheduler(new StepLR(optimizer, 1), new StepLR(other, 1)),
            Throws.ArgumentException);
        Assert.That(() => new SequentialLR(optimizer, [new StepLR(optimizer, 1), new StepLR(optimizer, 1)], [3, 5]),
            Throws.ArgumentException.With.Message.StartsWith(
            "SequentialLR: 2 schedulers need 1 ascending milestones, not [3, 5]."));
    }

    private sealed class InverseRoot : FormulaLRScheduler
    {
        public InverseRoot(Optimizer optimizer) : base(optimizer) => Begin();

        protected override double Rate(double rate, int group) => BaseRates[group] / Math.Sqrt(LastEpoch + 1);

        protected internal override void Begin() => base.Begin();
    }

    private static IEnumerable<TestCaseData> Chainable()
    {
        yield return new("StepLR", (Func<Optimizer, LRScheduler>)(o => new StepLR(o, 2)));
        yield return new("MultiStepLR", (Func<Optimizer, LRScheduler>)(o => new MultiStepLR(o, [1, 4])));
        yield return new("ExponentialLR", (Func<Optimizer, LRScheduler>)(o => new ExponentialLR(o, 0.5)));
        yield return new("ConstantLR", (Func<Optimizer, LRScheduler>)(o => new ConstantLR(o, 0.5, 4)));
        yield return new("LinearLR", (Func<Optimizer, LRScheduler>)(o => new LinearLR(o, 0.5, 1, 6)));
        yield return new("PolynomialLR", (Func<Optimizer, LRScheduler>)(o => new PolynomialLR(o, 8)));
        yield return new("CosineAnnealingLR", (Func<Optimizer, LRScheduler>)(o => new CosineAnnealingLR(o, 8)));
    }

    [TestCaseSource(nameof(Chainable))]
    public void A_group_that_joins_changes_with_the_others(string name, Func<Optimizer, LRScheduler> make)
    {
        SGD optimizer = Optimizer(1);
        LRScheduler scheduler = make(optimizer);
        scheduler.Step();
        double begin = optimizer.LearningRate;
        ParameterGroup joined = optimizer.AddParameterGroup(
            [Tensor.Zeros([1]).RequireGrad()], o => o.LearningRate = 10 * begin);
        for (int i = 0; i < 5; i++)
        {
            scheduler.Step();
            Assert.That(joined.LearningRate, Is.EqualTo(10 * optimizer.LearningRate).Within(1e-13), name);
            Assert.That(scheduler.LastLearningRates[1], Is.EqualTo(joined.LearningRate));
        }

        Assert.That(joined.LearningRate, Is.Not.EqualTo(10 * begin));
        SGD other = Optimizer(1);
        other.AddParameterGroup([Tensor.Zeros([1]).RequireGrad()]);
        make(other).LoadStateDict(scheduler.StateDict());
    }

    [Test]
    public void A_group_that_joins_keeps_its_rate_where_the_schedule_has_numbers_of_each()
    {
        SGD optimizer = Optimizer(1);
        LRScheduler[] schedulers =
        [
            new LambdaLR(optimizer, t => 1.0 / (1 + t)), new MultiplicativeLR(optimizer, _ => 0.5),
            new CosineAnnealingWarmRestarts(optimizer, 3), new CyclicLR(optimizer, 0.1, 1, cycleMomentum: false),
        ];
        OneCycleLR cycle = new(optimizer, 1, 10, cycleMomentum: false);
        optimizer.AddParameterGroup([Tensor.Zeros([1]).RequireGrad()], o => o.LearningRate = 7);
        Array.ForEach(schedulers, s => s.Step());
        Assert.That(optimizer.ParameterGroups[1].LearningRate, Is.EqualTo(7));
        Assert.That(cycle.Step, Throws.InvalidOperationException.With.Message.StartsWith(
            "OneCycleLR: there are 2 parameter groups now and maxima of 1."));
        Assert.That(cycle.LastEpoch, Is.Zero);
    }
}
