using System.Globalization;
using Autodiff.Nn;

namespace Labs.Lab3;

// Weight decay, its pitfall, and learning rate decay.
internal sealed partial class LogisticRegressionLab
{
    private const double DecayRate = 0.19322, Decay = 9.982;

    private static readonly (double X, double Y) s_corner = (-2.45, -2.45);

    private static void DecayWeights(LabContext lab)
    {
        #region decay
        var without = Walk.Minimize(Surfaces.Rastrigin, s_corner, p => new Adam(p, DecayRate));
        var with = Walk.Minimize(Surfaces.Rastrigin, s_corner, p => new Adam(p, DecayRate, weightDecay: Decay));
        #endregion

        lab.Check("weight decay", "rastrigin", with.End);
        lab.Figure("decay-and-none",
            Draw("Rastrigin with and without weight decay", Surfaces.Rastrigin, 3, ("weight decay 9.982", with),
            ("none", without)));

        #region regularized
        var half = Walk.Minimize((x, y) => Regularized(x, y, Decay / 2), s_corner, p => new Adam(p, DecayRate));
        #endregion

        lab.Figure("decay", LiveLandscapes.Decay(Draw("Adam with a weight decay of 9.982", Surfaces.Rastrigin, 3,
            ("Adam", with))));
        lab.Output("same-walk",
            $"weight decay 9.982                  ({with.X[^1]:F6}, {with.Y[^1]:F6})\nthe penalty 9.982/2 (x^2 + y^2)  "
                + $"   ({half.X[^1]:F6}, {half.Y[^1]:F6})");
    }

    private static Tensor Regularized(Tensor x, Tensor y, double penalty) =>
        Surfaces.Rastrigin(x, y) + penalty * (x.Square() + y.Square());

    private static void ShiftMinimum(LabContext lab)
    {
        var rows = new List<object?[]>();
        Landscape? shown = null;
        var axis = Axis(8, 97);
        foreach (double penalty in new[] { 0, 0.1, 0.3, 0.77, 1, 3 })
        {
            var heights = Heights((x, y) => Surfaces.Rastrigin(x, y, shift: 5) + penalty * (x.Square() + y.Square()), 8,
                97);
            int best = Enumerable.Range(0, 97).MinBy(i => heights[i, i]);
            rows.Add([penalty, string.Create(CultureInfo.InvariantCulture, $"({axis[best]:F1}, {axis[best]:F1})"),
                5 / (1 + penalty)]);
            shown = penalty == 0.77 ? new Landscape("Rastrigin around (5, 5) + 0.77 · (x² + y²)", axis, axis, heights)
                .Path([5], [5], "(5, 5)") : shown;
        }

        lab.Figure("pitfall", LiveLandscapes.Pitfall(shown!));
        lab.Table("pitfall", ["penalty", "lowest point of the landscape", "middle of its bowl, $5 / (1 + \\lambda)$"],
            rows);
    }

    private static void DecayLearningRate(LabContext lab)
    {
        #region schedule
        var fixedRate = Walk.Minimize(Surfaces.Fancy, s_start, p => new SGD(p, learningRate: 2));
        var fading = Walk.Minimize(
            Surfaces.Fancy, s_start, p => new SGD(p, learningRate: 2),
            schedule: optimizer => new ExponentialLR(optimizer, gamma: 0.8));
        #endregion

        lab.Check("learning rate decay", "fancy from (-4,4), SGD lr 2, 10 steps", fixedRate.At(10));
        lab.Check("learning rate decay", "fancy from (-4,4), SGD lr 2, ExponentialLR", fading.End);
        lab.Figure("fixed-and-fading",
            Draw("Descent at 2, fixed and fading", Surfaces.Fancy, 5, ("fixed", fixedRate), ("fading", fading)));
        lab.Figure("fading",
            LiveLandscapes.Fading(Draw("Descent at 2, fading by 0.8", Surfaces.Fancy, 5, ("fading", fading))));
    }
}
