using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// What was learned: the weights as an image, the misclassified digits.
internal sealed partial class LogisticRegressionLab
{
    private const int MostMistakes = 50;

    private static void ShowWeights(LabContext lab, Trained trained)
    {
        #region weights
        var theta = trained.ByBatchSize[500].Thetas[^1];
        var image = theta[..^1].Reshape(28, 28);
        #endregion

        lab.Figure("batches-500", new Image("Batches of 500", Pixels(image))
            {
                Signed = true, FrameWord = "epoch",
                Earlier = [.. trained.ByBatchSize[500].Thetas.SkipLast(1).Select(earlier => Pixels(earlier[..^1]))],
            });
        lab.Figure("full-batch",
            new Image("Full batch", Pixels(trained.ByBatchSize[13007].Thetas[^1][..^1])) { Signed = true });
    }

    private static void ShowMisclassified(LabContext lab, Digits digits, Trained trained)
    {
        var (x, t) = digits.Test.First();
        var fullBatch = Misclassified(trained.ByBatchSize[13007].Thetas[^1], x, t);
        var (mistakes, predictions) = (fullBatch.Indices, fullBatch.Predictions);
        lab.Check("misclassified samples", "first five",
            [.. mistakes.Take(5).SelectMany(i => new[] { i, Math.Round(predictions[i], 2), t[i].Item() })]);
        lab.Output("worst", string.Join('\n', mistakes.Take(5).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"sample {i}\tprediction {predictions[i]:F2}\tlabel {t[i].Item():F0}, a "
                + $"{(t[i].Item() == 1 ? "one" : "seven")}"))));

        var small = Misclassified(trained.ByBatchSize[500].Thetas[^1], x, t);
        lab.Figure("misclassified", new LiveFigure("Misclassified test images", "digits",
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
        lab.Value("mistakes", $"{mistakes.Count}");
        lab.Value("mistaken-sevens", $"{mistakes.Count(i => t[i].Item() == 0)}");
        lab.Value("fewer", $"{small.Indices.Count}");
        lab.Value("fewer-sevens", $"{small.Indices.Count(i => t[i].Item() == 0)}");
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
