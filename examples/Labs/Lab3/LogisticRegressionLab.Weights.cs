using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// What was learned: the weights as an image, the misclassified digits.
internal sealed partial class LogisticRegressionLab
{
    private const int MostMistakes = 50;

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
        lab.Figure(new LiveFigure("Misclassified test images", "digits",
            new DigitGrid("Misclassified after training with the full batch",
                [.. mistakes.Take(16).Select(i => Pixels(x[i]))], Captions(mistakes.Take(16), predictions, t)))
        {
            Height = 320,
            Scripts = [EmbeddedText.Read("Lab3/digits.js")],
            Controls = [new Choice("set", "trained with", ["the full batch", "batches of 500"], "the full batch"),
                new Slider("count", "images", 1, MostMistakes, 16)],
            Data = new()
            {
                ["said"] = "The first {shown} of {all}.",
                ["sets"] = new Dictionary<string, object?>
                {
                    ["the full batch"] = Gallery(x, t, fullBatch), ["batches of 500"] = Gallery(x, t, small),
                },
            },
        });
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

    private static Dictionary<string, object?> Gallery(
        Tensor x, Tensor t, (List<int> Indices, double[] Predictions) found)
    {
        int[] shown = [.. found.Indices.Take(MostMistakes)];
        return new()
        {
            ["pixels"] = Greys(x, shown),
            ["captions"] = Captions(shown, found.Predictions, t),
            ["all"] = found.Indices.Count,
        };
    }

    private static string[] Captions(IEnumerable<int> indices, double[] predictions, Tensor t) =>
        [.. indices.Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{(t[i].Item() == 1 ? 1 : 7)}, p = {predictions[i]:F2}"))];
}
