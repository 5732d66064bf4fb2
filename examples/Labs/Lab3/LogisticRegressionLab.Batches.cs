using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// Every batch size of the document's list, for as many epochs as its slider goes.
internal sealed partial class LogisticRegressionLab
{
    private const int MostEpochs = 20, LooksPerEpoch = 6;

    private static readonly int[] s_batchSizes = [1, 2, 3, 5, 10, 50, 100, 500, 1000, 6500, 13007];

    private static void PlayWithBatchSizes(LabContext lab, Trained trained)
    {
        var runs = new Dictionary<string, object?>();
        using (var bar = lab.Progress("Every batch size", s_batchSizes.Length * MostEpochs))
        {
            foreach (int size in s_batchSizes)
            {
                runs[$"{size}"] = Follow(trained, size, bar);
            }
        }

        string[] sizes = [.. s_batchSizes.Select(size => size.ToString(CultureInfo.InvariantCulture))];
        lab.Figure("batch-sizes", new LiveFigure("Losses by batch size", "batches",
            LossesOf(new Plot("Losses with two batch sizes", "epoch", "cross entropy") { LogY = true },
                trained.ByBatchSize))
        {
            Scripts = [EmbeddedText.Read("Lab3/batches.js")],
            Controls = [new Choice("first", "batch size 1", sizes, "500"),
                new Choice("second", "batch size 2", sizes, "13007"),
                new Slider("epochs", "epochs", 1, MostEpochs, Epochs),
                new Toggle("logX", "log epochs"), new Toggle("logY", "log loss", true)],
            Data = new() { ["runs"] = runs },
        });
    }

    /// <summary>
    /// The same training as <see cref="Train"/>, but with a look at the losses at some steps only: of a batch before
    /// its step, of the test images after it.
    /// </summary>
    private static Dictionary<string, object?> Follow(Trained trained, int batchSize, ProgressBar bar)
    {
        var (x, t) = (WithOnes(trained.X), trained.T.To(DType.Float32));
        var (testX, testT) = (WithOnes(trained.TestX), trained.TestT.To(DType.Float32));
        int steps = x.Size(0) / batchSize, looks = Math.Min(steps, LooksPerEpoch);
        int[] lookedAt = [.. Enumerable.Range(1, looks).Select(i => i * steps / looks - 1)];
        List<double> train = [], test = [], score = [], right = [];
        var theta = trained.Start.Clone();
        for (int epoch = 0; epoch < MostEpochs; epoch++)
        {
            var prediction = testT;
            for (int step = 0; step < steps; step++)
            {
                var (batch, target) = (x[(step * batchSize)..((step + 1) * batchSize)],
                    t[(step * batchSize)..((step + 1) * batchSize)]);
                var p = batch.MatMul(theta).Sigmoid();
                theta.AddInPlace(batch.T.MatMul(p - target), -0.01 / batchSize);
                if (lookedAt.Contains(step))
                {
                    prediction = testX.MatMul(theta).Sigmoid();
                    train.Add(CrossEntropy(p, target));
                    test.Add(CrossEntropy(prediction, testT));
                }
            }

            score.Add(Math.Round(100 - (prediction - testT).Abs().Mean().Item() * 100, 2));
            right.Add(Math.Round((prediction > 0.5).Eq(testT).To(DType.Float64).Mean().Item() * 100, 2));
            bar.Advance();
        }

        return new()
        {
            ["at"] = ((Series)lookedAt).Map(step => Rounded((step + 1) / (double)steps)),
            ["train"] = (Series)train,
            ["test"] = (Series)test,
            ["score"] = (Series)score,
            ["right"] = (Series)right,
        };
    }

    private static double CrossEntropy(Tensor p, Tensor t) => Rounded(new BCELoss().Forward(p, t).Item());

    /// <summary>To three digits, which is what a pixel shows.</summary>
    private static double Rounded(double value) =>
        double.Parse(value.ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
