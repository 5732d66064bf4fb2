using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// What was learned: other batch sizes, the weights as an image, the misclassified digits.
internal sealed partial class LogisticRegressionLab
{
    private static void PlayWithBatchSizes(LabContext lab, Trained trained)
    {
        lab.Section("Which batch size?");
        lab.Exercise("Play with the batch size. When is the training loss noisy? What does the test loss say?");
        var variants = new Variants("Batch sizes", "batch size", "learning rate");
        foreach (int size in new[] { 50, 10, 100, 1000, 6500, 13007 })
        {
            foreach (double rate in new[] { 0.01, 0.1 })
            {
                variants.Add(FollowLosses(lab, trained, size, rate), $"{size}",
                    string.Create(CultureInfo.InvariantCulture, $"{rate}"));
            }
        }

        lab.Figure(variants);
        lab.Text(
            """
            Small batches are the faster way down here, since each step costs so much less. Nobody knows the best size
            in general. On a GPU a batch of 500 takes hardly longer than a batch of 50, which speaks for large ones.
            Against them speaks that a little noise does good: a network with more parameters than it needs overfits
            where its loss is lowest, and a noisy walk tends to end in broad valleys, where new data are served well,
            rather than in sharp ones ([Keskar et al.](https://arxiv.org/abs/1609.04836)). Others show how far large
            batches can be taken ([Goyal et al.](https://arxiv.org/abs/1706.02677)), or raise the batch size where one
            would lower the learning rate ([Smith et al.](https://arxiv.org/abs/1711.00489)).
            """);
    }

    /// <summary>Trains for three epochs, and looks at both losses a hundred times on the way.</summary>
    private static Plot FollowLosses(LabContext lab, Trained trained, int batchSize, double rate)
    {
        const int epochs = 3, looks = 100;
        int steps = trained.X.Size(0) / batchSize, total = steps * epochs, every = Math.Max(1, total / looks);
        var theta = trained.Start;
        List<double> at = [], trainLosses = [], testLosses = [];
        foreach (int step in lab.Steps($"Batch size {batchSize}, learning rate {rate}", total))
        {
            int first = step % steps * batchSize;
            var (loss, gradient, _) = LossAndGradient(theta, trained.X[first..(first + batchSize)],
                trained.T[first..(first + batchSize)]);
            if (step % every == 0)
            {
                at.Add(step / (double)steps);
                trainLosses.Add(loss.Item());
                testLosses.Add(LossAndGradient(theta, trained.TestX, trained.TestT).Loss.Item());
            }

            theta = theta - rate * gradient;
        }

        return new Plot($"{total} steps in {epochs} epochs", "epoch", "cross entropy")
        {
            LogY = true, YRange = (0.005, 2)
        }
            .Line(at, trainLosses, "training").Line(at, testLosses, "test");
    }

    private static void ShowWeights(LabContext lab, Trained trained)
    {
        lab.Section("Reading the weights");
        lab.Text(
            "There is a weight for each pixel, so the weights are an image too. Orange speaks for a one, blue for a "
                + "seven.");
        #region weights
        var theta = trained.ByBatchSize[500].Thetas[^1];
        var image = theta[..^1].Reshape(28, 28);
        #endregion
        lab.Source("weights");
        lab.SideBySide(
            new Image("Batches of 500", Pixels(image))
            {
                Signed = true, FrameWord = "epoch",
                Earlier = [.. trained.ByBatchSize[500].Thetas.SkipLast(1).Select(earlier => Pixels(earlier[..^1]))],
            },
            new Image("Full batch", Pixels(trained.ByBatchSize[13007].Thetas[^1][..^1])) { Signed = true });
        lab.Question("Can you read it?",
            """
            An upright stroke in the middle speaks for a one. Ink to its left and right speaks for a seven: there a
            seven's bar begins, and there it bends down. The speckle at the rim, which no digit touches, is left over
            from the random start, and after nine full-batch steps nearly all of the image is.
            """);
    }

    private static void ShowMisclassified(LabContext lab, Digits digits, Trained trained)
    {
        lab.Section("Where it fails");
        lab.Text(
            "A good habit: look at what the model gets badly wrong, here with a loss above 1. This is the model "
                + "trained with the full batch, on a new pass of the test images.");
        lab.Source(nameof(Misclassified));
        var (x, t) = digits.Test.First();
        var fullBatch = Misclassified(trained.ByBatchSize[13007].Thetas[^1], x, t);
        var (mistakes, predictions) = (fullBatch.Indices, fullBatch.Predictions);
        lab.Check("misclassified samples", "first five",
            [.. mistakes.Take(5).SelectMany(i => new[] { i, Math.Round(predictions[i], 2), t[i].Item() })]);
        lab.Output(string.Join('\n', mistakes.Take(5).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"sample {i}\tprediction {predictions[i]:F2}\tlabel {t[i].Item():F0}, a "
                + $"{(t[i].Item() == 1 ? "one" : "seven")}"))));

        var small = Misclassified(trained.ByBatchSize[500].Thetas[^1], x, t);
        lab.Figure(new Variants("Misclassified test images", "trained with")
            .Add(Gallery("the full batch", x, t, fullBatch), "full batch")
            .Add(Gallery("batches of 500", x, t, small), "batches of 500"));
        lab.Question("Do you spot a trend?",
            string.Create(CultureInfo.InvariantCulture,
                $"""
                Of the {mistakes.Count} worst mistakes of the full batch, {mistakes.Count(i => t[i].Item() == 0)} are
                sevens taken for ones, many with a bar through the stem, and quite ordinary ones among them: after nine
                steps the model still leans towards ones. The better trained model has {small.Indices.Count} such
                mistakes, {small.Indices.Count(i => t[i].Item() == 0)} of
                them sevens, and some of these we would have missed too.
                """));
    }

    /// <summary>The samples whose own loss is above 1, and the predictions of all.</summary>
    private static (List<int> Indices, double[] Predictions) Misclassified(Tensor theta, Tensor x, Tensor t)
    {
        var p = WithOnes(x).MatMul(theta).Sigmoid();
        var losses = -Tensor.Where(t.Eq(1), p, 1 - p).Log();
        List<int> indices = [.. (losses > 1).NonZero().ToArray<int>()];
        return (indices, p.ToArray<double>());
    }

    private static DigitGrid Gallery(string title, Tensor x, Tensor t, (List<int> Indices, double[] Predictions) found)
    {
        int[] shown = [.. found.Indices.Take(32)];
        return new DigitGrid(
            $"Trained with {title}: the first {shown.Length} of {found.Indices.Count}",
            [.. shown.Select(i => Pixels(x[i]))],
            [.. shown.Select(i =>
                string.Create(CultureInfo.InvariantCulture,
                    $"{(t[i].Item() == 1 ? 1 : 7)}, p = {found.Predictions[i]:F2}"))]);
    }
}
