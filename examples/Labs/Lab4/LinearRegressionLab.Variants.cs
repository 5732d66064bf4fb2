using System.Globalization;

namespace Labs.Lab4;

// Momentum, Nesterov, Adam and weight decay: exercise 5.
internal sealed partial class LinearRegressionLab
{
    private static void CompareVariants(LabContext lab)
    {
        lab.Section("Better than plain descent");
        lab.Exercise(
            "**Exercise 5.** Implement momentum and Nesterov's acceleration; if there is time, Adam and weight decay. "
                + "What do they do for the loss, and what does an epoch cost?");
        lab.Text("One class holds what all share; plain descent is its `Update`.");
        lab.Source(nameof(PlainDescent));
        lab.Text(
            """
            **Momentum**: the weights are a heavy ball. It keeps a part $\gamma$ of its velocity and gains what the
            slope adds. In a valley the pushes from wall to wall cancel out, and those along the floor add up, to
            $\frac{1}{1 - \gamma}$ times the step.

            $$v \gets \gamma v + \eta \nabla f(x), \qquad x \gets x - v$$
            """);
        lab.Source(nameof(MomentumDescent));
        lab.Text(
            """
            **Nesterov**: the ball will roll on by $\gamma v$ anyway, so it asks for the slope there, and can brake
            before it is too late.

            $$v \gets \gamma v + \eta \nabla f(x - \gamma v), \qquad x \gets x - v$$
            """);
        lab.Source(nameof(NesterovDescent));
        lab.Text(
            "**Adam**: every number has a learning rate of its own, from the running means of its gradients and of "
                + "their squares.");
        lab.Source(nameof(AdamDescent));

        double start = 0;
        var rows = new List<object?[]>();
        var plot = new Plot("Batch size 1, with γ = 0.1", "epoch", "mean squared error") { LogY = true };
        foreach (var (name, row, method) in new (string, string?, Func<Tensor, Tensor, PlainDescent>)[]
        {
            ("SGD", null, (w, b) => new PlainDescent(w, b)),
            ("momentum", "momentum 0.1", (w, b) => new MomentumDescent(w, b, gamma: 0.1)),
            ("Nesterov", "Nesterov 0.1", (w, b) => new NesterovDescent(w, b, gamma: 0.1)),
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
            plot.Line(losses, name);
            rows.Add([name, losses[^1],
                string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds * 10:F0} µs")]);
        }

        lab.Table(["", string.Create(CultureInfo.InvariantCulture, $"loss after 100 epochs, from {start:F0}"),
            "an epoch of 15 steps"], rows);
        lab.Figure(plot);
        lab.Text(
            "A momentum of 0.1 lengthens steps by a ninth only. What the ball is worth shows when it may be heavier:");
        lab.Figure(CompareMomenta());
        lab.Question("What do they cost?",
            """
            Memory: one more number for each weight with momentum and Nesterov, two with Adam. Time: some additions
            and multiplications for each weight and step, which here, with eight weights, are a good part of the work,
            and in a real network next to nothing beside the forward and the backward pass.
            """);
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
        lab.Section("Regions never seen");
        lab.Text(
            """
            A low loss on the training data is not the aim; good predictions for new regions are. The 15 rows are five
            regions, each measured three times with small differences, so a random third held out would prove nothing.
            We hold out a whole *region* at a time, train on the other twelve rows, with and without weight decay, and
            predict the three that were never seen:
            """);
        lab.Source(nameof(TrainWithout));
        var rows = new List<object?[]>();
        for (int region = 0; region < 5; region++)
        {
            var (train, test) = TrainWithout(region, weightDecay: 0);
            var (trainDecay, testDecay) = TrainWithout(region, weightDecay: 10);
            rows.Add([region + 1, train, test, trainDecay, testDecay]);
        }

        lab.Table(["region held out", "training loss", "its own loss", "training loss, λ = 10", "its own loss, λ = 10"],
            rows);
        lab.Text(
            """
            Most regions are foretold about as well as the data allow. The third, by far the wettest, is not: it lies
            outside of what the other four have shown, and only there does a pull towards small weights help much.
            """);
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
