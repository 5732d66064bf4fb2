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
        lab.Section("Weight decay");
        lab.Text(
            "Nobody reached Rastrigin's middle from the corner. Adam again, once without and once with a strong weight "
                + "decay:");
        #region decay
        var without = Walk.Minimize(Surfaces.Rastrigin, s_corner, p => new Adam(p, DecayRate));
        var with = Walk.Minimize(Surfaces.Rastrigin, s_corner, p => new Adam(p, DecayRate, weightDecay: Decay));
        #endregion
        lab.Source("decay");
        lab.Check("weight decay", "rastrigin", with.End);
        lab.Figure(Draw("Rastrigin with and without weight decay", Surfaces.Rastrigin, 3, ("weight decay 9.982", with),
            ("none", without)),
            "The decayed walk seems to climb. It doesn't: what it descends is another landscape.");
        lab.Text(
            """
            Weight decay $\lambda$ adds $\lambda \theta$ to the gradient, the slope of
            $\frac{\lambda}{2} \lVert \theta \rVert^2$. So let us put this penalty into the function itself, leave the
            optimizer's decay
            alone, and look at what was really descended:
            """);
        lab.Source(nameof(Regularized));
        #region regularized
        var half = Walk.Minimize((x, y) => Regularized(x, y, Decay / 2), s_corner, p => new Adam(p, DecayRate));
        var document = Walk.Minimize((x, y) => Regularized(x, y, 3.945), s_corner, p => new Adam(p, DecayRate));
        #endregion
        lab.Source("regularized");
        lab.Figure(new Variants("Regularized Rastrigin", "penalty")
            .Add(Draw("Rastrigin + 9.982/2 · (x² + y²)", (x, y) => Regularized(x, y, Decay / 2), 3, ("Adam", half)),
                "9.982 / 2, the same walk as by weight decay")
            .Add(Draw("Rastrigin + 3.945 · (x² + y²)", (x, y) => Regularized(x, y, 3.945), 3, ("Adam", document)),
                "3.945, the document's")
            .Add(Draw("Rastrigin alone", Surfaces.Rastrigin, 3, ("Adam", without)), "none"));
        lab.Output(
            $"weight decay 9.982                  ({with.X[^1]:F6}, {with.Y[^1]:F6})\nthe penalty 9.982/2 (x^2 + y^2)  "
                + $"   ({half.X[^1]:F6}, {half.Y[^1]:F6})");
        lab.Note(
            "The document says that weight decay adds $\\lambda \\lVert \\theta \\rVert^2$ to the loss. It adds half "
                + "of that: with the half the two walks agree, with the whole they would not.");
        lab.Text(
            "The large bowl drowns the dents, and the sum is nearly convex. In practice $\\lambda$ is tiny, $10^{-5}$ "
                + "for instance; here it is a million times that, to be seen.");
    }

    private static Tensor Regularized(Tensor x, Tensor y, double penalty) =>
        Surfaces.Rastrigin(x, y) + penalty * (x.Square() + y.Square());

    private static void ShiftMinimum(LabContext lab)
    {
        lab.Subsection("The pitfall");
        lab.Text(
            "It helped because the minimum was at $(0, 0)$, where weight decay pulls. Now a Rastrigin with its minimum "
                + "at $(5, 5)$, the black cross:");
        var variants = new Variants("A minimum elsewhere", "penalty");
        var rows = new List<object?[]>();
        foreach (double penalty in new[] { 0.77, 0, 0.1, 0.3, 1, 3 })
        {
            var axis = Axis(8, 97);
            var heights = Heights((x, y) => Surfaces.Rastrigin(x, y, shift: 5) + penalty * (x.Square() + y.Square()), 8,
                97);
            variants.Add(new Landscape($"Rastrigin around (5, 5) + {Text(penalty)} · (x² + y²)", axis, axis,
                heights) { Goal = (5, 5) }, Text(penalty));
            int best = Enumerable.Range(0, 97).MinBy(i => heights[i, i]);
            rows.Add([penalty, string.Create(CultureInfo.InvariantCulture, $"({axis[best]:F1}, {axis[best]:F1})"),
                5 / (1 + penalty)]);
        }

        lab.Figure(variants);
        lab.Table(["penalty", "lowest point of the landscape", "middle of its bowl, $5 / (1 + \\lambda)$"],
            rows.OrderBy(row => (double)row[0]!));
        lab.Text(
            "The bowls add up to one bowl around $5 / (1 + \\lambda)$, and the lowest dent moves with it. A strong "
                + "penalty makes the search easy, and its result wrong.");
    }

    private static void DecayLearningRate(LabContext lab)
    {
        lab.Section("Learning rate decay");
        lab.Text(
            """
            A large learning rate covers ground, a small one settles. A *scheduler* gives us first the one and then the
            other; its `Step` comes after the optimizer's. `ExponentialLR` multiplies the rate by $\gamma$ at each step.
            """);
        #region schedule
        var fixedRate = Walk.Minimize(Surfaces.Fancy, s_start, p => new SGD(p, learningRate: 2));
        var fading = Walk.Minimize(
            Surfaces.Fancy, s_start, p => new SGD(p, learningRate: 2),
            schedule: optimizer => new ExponentialLR(optimizer, gamma: 0.8));
        #endregion
        lab.Source("schedule");
        lab.Check("learning rate decay", "fancy from (-4,4), SGD lr 2, 10 steps", fixedRate.At(10));
        lab.Check("learning rate decay", "fancy from (-4,4), SGD lr 2, ExponentialLR", fading.End);
        lab.Figure(Draw("Descent at 2, fixed and fading", Surfaces.Fancy, 5, ("fixed", fixedRate), ("fading", fading)));
        var variants = new Variants("How fast may it fade?", "γ");
        foreach (double gamma in new[] { 0.8, 0.5, 0.9, 0.98, 1 })
        {
            var walk = Walk.Minimize(Surfaces.Fancy, s_start, p => new SGD(p, 2),
                schedule: optimizer => new ExponentialLR(optimizer, gamma));
            variants.Add(
                HeightsOf($"γ = {Text(gamma)}", ("f(x, y)", walk))
                    .Line(Series.Count0(Steps).Map(step => 2 * Math.Pow(gamma, step)), "learning rate", Palette.Grey,
                        "dash"),
                Text(gamma));
        }

        lab.Figure(variants);
        lab.Text(
            "With $\\gamma = 0.8$ it comes to rest close to the minimum but not in it, $(-0.12, -1.11)$: the rate has "
                + "faded to nothing before the walk was over. At 0.5 it is stuck long before; at 0.98 it is still "
                + "jumping.");
    }
}
