using System.Globalization;

namespace Labs.Lab4;

// Momentum, Nesterov, Adam and weight decay: exercise 5.
internal sealed partial class LinearRegressionLab
{
    private static void CompareVariants(LabContext lab)
    {
        double start = 0;
        var ends = new List<double>();
        var rows = new List<object?[]>();
        var plot = new Plot("Batch size 1, with γ = 0.1", "epoch", "mean squared error") { LogY = true };
        foreach (var (name, row, method) in new (string, string?, Func<Tensor, Tensor, PlainDescent>)[]
        {
            ("SGD", null, (w, b) => new PlainDescent(w, b)),
            ("momentum", "momentum 0.1, batch 1", (w, b) => new MomentumDescent(w, b, gamma: 0.1)),
            ("Nesterov", "Nesterov 0.1, batch 1", (w, b) => new NesterovDescent(w, b, gamma: 0.1)),
            ("Adam, η = 0.1", null, (w, b) => new AdamDescent(w, b) { LearningRate = 0.1 }),
            ("SGD with weight decay, λ = 10", null, (w, b) => new PlainDescent(w, b) { WeightDecay = 10 }),
        })
        {
            List<double> losses = [];
            var time = LabContext.Time(() => losses = Train(Begin(method), batchSize: 1));
            if (row is not null)
            {
                lab.Check("exercise 5", row, losses[0], losses[^1]);
            }

            start = losses[0];
            ends.Add(losses[^1]);
            plot.Line(losses, name);
            rows.Add([name, losses[^1],
                string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds * 10:F0} µs")]);
        }

        lab.Table("variants",
            ["", string.Create(CultureInfo.InvariantCulture, $"loss after 100 epochs, from {start:F0}"),
            "an epoch of 15 steps"], rows);
        lab.Figure("variants", plot);

        lab.Figure("momenta", CompareMomenta());

        BeginElsewhere(lab, ends, start);
    }

    private static Variants CompareMomenta()
    {
        var variants = new Variants("Heavier balls", "γ", "batch size");
        foreach (int size in new[] { 1, 5, 15 })
        {
            var plain = Train(Begin((w, b) => new PlainDescent(w, b)), size);
            foreach (double gamma in new[] { 0.9, 0.5, 0.1 })
            {
                variants.Add(
                    new Plot("Loss after each epoch", "epoch", "mean squared error")
                    {
                        LogY = true, YRange = (0.3, 1e5)
                    }
                        .Line(plain, "plain")
                        .Line(Train(Begin((w, b) => new MomentumDescent(w, b, gamma)), size), "momentum")
                        .Line(Train(Begin((w, b) => new NesterovDescent(w, b, gamma)), size), "Nesterov"),
                    string.Create(CultureInfo.InvariantCulture, $"{gamma}"), $"{size}");
            }
        }

        return variants;
    }

    private static void HoldOut(LabContext lab)
    {
        var rows = new List<object?[]>();
        for (int region = 0; region < 5; region++)
        {
            var (train, test) = TrainWithout(region, weightDecay: 0);
            var (trainDecay, testDecay) = TrainWithout(region, weightDecay: 10);
            rows.Add([region + 1, train, test, trainDecay, testDecay]);
        }

        lab.Table("held-out",
            ["region held out", "training loss", "its own loss", "training loss, λ = 10", "its own loss, λ = 10"],
            rows);
    }

    private static (double Train, double Test) TrainWithout(int region, double weightDecay)
    {
        int[] test = [region, region + 5, region + 10];
        int[] train = [.. Enumerable.Range(0, 15).Except(test)];
        var optimizer = Begin((w, b) => new MomentumDescent(w, b, gamma: 0.9) { WeightDecay = weightDecay });
        for (int epoch = 0; epoch < 100; epoch++)
        {
            foreach (int i in Tensor.RandPerm(train.Length).ToArray<int>())
            {
                optimizer.Step(s_moreInputs[train[i]], s_moreTargets[train[i]]);
            }
        }

        return (LossOn(train), LossOn(test));

        double LossOn(int[] rows) => optimizer.Loss(s_moreInputs[rows], s_moreTargets[rows]).Item();
    }
}
