using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// Descent with batches of different sizes.
internal sealed partial class LogisticRegressionLab
{
    private const int Epochs = 9;

    /// <summary>What training used and gave.</summary>
    private sealed record Trained(
        Tensor Start, Tensor X, Tensor T, Tensor TestX, Tensor TestT, IReadOnlyDictionary<int, History> ByBatchSize);

    /// <summary>
    /// The losses of each step, theta after each epoch, and how good the last predictions on the test images are.
    /// </summary>
    private sealed record History(
        List<double> TrainLosses, List<double> TestLosses, List<Tensor> Thetas, double SoftAccuracy, double Accuracy);

    private static Trained CompareBatchSizes(LabContext lab, Digits digits)
    {
        lab.Section("Full batch against batches of 500");
        lab.Text(
            """
            Downhill by steps against the gradient, $\theta \gets \theta - \alpha \nabla E(\theta)$ with
            $\alpha = 0.01$. If the gradient is taken from all 13007 images, an epoch is one step. If it is taken from
            500 at a time, an epoch is 26 steps, each a little wrong and a 26th of the work.
            """);
        lab.Source(nameof(Train));
        #region start
        var start = Tensor.Randn([Weights + 1]) / 100;
        var (x, t) = digits.Train.First();
        var (testX, testT) = digits.Test.First();
        #endregion
        lab.Source("start");

        var runs = new Dictionary<int, History>();
        foreach (int batchSize in new[] { 500, x.Size(0) })
        {
            var run = runs[batchSize] = Train(lab, start, x, t, testX, testT, batchSize);
            int steps = run.TrainLosses.Count / Epochs;
            int[] last = [.. new[] { 0, 2, 4, 6, 8 }.Select(epoch => (epoch + 1) * steps - 1)];
            lab.Check($"batch size {batchSize}", "train and test loss",
                [.. last.SelectMany(i => new[] { run.TrainLosses[i], run.TestLosses[i] })]);
            lab.Check($"batch size {batchSize}", "final test accuracy", run.SoftAccuracy);
        }

        lab.Note(
            """
            The document's "test accuracy" is $100 - 100 \cdot \text{mean} |p - t|$: how much probability went to the
            right answer on average. That is not what accuracy means, the share of right answers. A model that says 0.6
            whenever it is right scores 60, however often it is.
            """);
        lab.Table(["batch size", "steps", "score as published", "share of right answers", "wrong of 2163"],
            runs.Select(pair => new object?[]
        {
            pair.Key, pair.Value.TrainLosses.Count, Percent(pair.Value.SoftAccuracy), Percent(pair.Value.Accuracy),
            (int)Math.Round((100 - pair.Value.Accuracy) / 100 * testX.Size(0)),
        }));
        lab.Figure(LossesOf(new Plot("Losses with two batch sizes", "epoch", "cross entropy") { LogY = true }, runs));
        lab.Question("Why is the loss of small batches so jagged?",
            """
            Each batch has its own loss. The training curve shows the loss of the 500 images that were just in use,
            before the step that they caused; some batches are easier than others. The test curve always takes the same
            2163 images, so it is smooth: the steps are not half as erratic as the numbers by which we follow them.
            """);
        return new Trained(start, x, t, testX, testT, runs);
    }

    private static History Train(
        LabContext lab, Tensor start, Tensor x, Tensor t, Tensor testX, Tensor testT, int batchSize)
    {
        int steps = x.Size(0) / batchSize;
        var theta = start;
        var prediction = testT;
        List<double> trainLosses = [], testLosses = [];
        List<Tensor> thetas = [start];
        foreach (int epoch in lab.Steps($"Batch size {batchSize}", Epochs))
        {
            for (int step = 0; step < steps; step++)
            {
                var batch = (step * batchSize)..((step + 1) * batchSize);
                var (loss, gradient, _) = LossAndGradient(theta, x[batch], t[batch]);
                theta = theta - 0.01 * gradient;        // -= would change the start itself
                trainLosses.Add(loss.Item());

                (loss, _, prediction) = LossAndGradient(theta, testX, testT);
                testLosses.Add(loss.Item());
            }

            thetas.Add(theta);
        }

        double soft = 100 - (prediction - testT).Abs().Mean().Item() * 100;
        double right = (prediction > 0.5).Eq(testT).To(DType.Float64).Mean().Item() * 100;
        return new History(trainLosses, testLosses, thetas, soft, right);
    }

    private static Plot LossesOf(Plot plot, IReadOnlyDictionary<int, History> runs)
    {
        foreach (var (batchSize, run) in runs)
        {
            double steps = run.TrainLosses.Count / (double)Epochs;
            var epochs = Series.Count0(run.TrainLosses.Count, 1).Map(step => step / steps);
            plot.Line(epochs, run.TrainLosses, $"training, {batchSize}")
                .Line(epochs, run.TestLosses, $"test, {batchSize}", dash: "dash");
        }

        return plot;
    }

    private static string Percent(double value) => string.Create(CultureInfo.InvariantCulture, $"{value:F2} %");
}
