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
        #region start
        var start = Tensor.Randn([Weights + 1]) / 100;
        var (x, t) = digits.Train.First();
        var (testX, testT) = digits.Test.First();
        #endregion

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

        lab.Table("two-batch-sizes",
            ["batch size", "steps", "score as published", "share of right answers", "wrong of 2163"],
            runs.Select(pair => new object?[]
        {
            pair.Key, pair.Value.TrainLosses.Count, Percent(pair.Value.SoftAccuracy), Percent(pair.Value.Accuracy),
            (int)Math.Round((100 - pair.Value.Accuracy) / 100 * testX.Size(0)),
        }));
        lab.Figure("two-batch-sizes",
            LossesOf(new Plot("Losses with two batch sizes", "epoch", "cross entropy") { LogY = true }, runs));

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
