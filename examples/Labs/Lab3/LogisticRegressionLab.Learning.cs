using Autodiff.Nn;

namespace Labs.Lab3;

// Back to learning: a function with two parameters, its landscape and its loss's.
internal sealed partial class LogisticRegressionLab
{
    private static readonly (double A, double B) s_theta = (2, -2);

    private static void LearnFunction(LabContext lab)
    {
        lab.Figure("model-at-first", Over(
            new Landscape("f at θ = (2, -2)", Axis(3), Axis(3),
                Heights((x, y) => Surfaces.Learnable(x, y, s_theta.A, s_theta.B), 3)) { Axes = ("x", "y", "f(x, y)") },
            3, ("f(p)", Still(0, 0, Surfaces.Learnable(0, 0, s_theta.A, s_theta.B)))));

        #region learning
        Tensor Loss(Tensor a, Tensor b) => (Surfaces.Learnable(0, 0, a, b) + 1).Square();
        var walk = Walk.Minimize(Loss, s_theta, p => new Adam(p, learningRate: 0.025));
        #endregion

        lab.Check("back to learning", "(f_theta(0,0)+1)^2", walk.End);
        var landscape = Over(
            new Landscape("The loss's landscape", Axis(5, 121), Axis(5, 121),
                Heights(Loss, 5, 121)) { Axes = ("θ₁", "θ₂", "loss") }, 5, ("Adam", walk));
        lab.Figure("loss", new Variants("The loss's landscape", "view").Add(landscape.Contour(), "from above")
                .Add(landscape, "in space"));
        var (a, b) = (walk.X[^1], walk.Y[^1]);
        lab.Figure("model", LiveLandscapes.Model(Over(
            new Landscape("The model's landscape after 50 steps", Axis(3), Axis(3),
                Heights((x, y) => Surfaces.Learnable(x, y, a, b), 3)),
            3, ("f(p)", Still(0, 0, Surfaces.Learnable(0, 0, a, b)))), s_theta, (0, 0, -1)));
    }

    private static void LearnFromMorePoints(LabContext lab)
    {
        Tensor.ManualSeed(1);
        var points = Tensor.Rand([2, 40]) * 4 - 2;
        var hidden = (A: 1.2, B: -1.4);
        var (x, y) = (points[0, ..4], points[1, ..4]);
        var over = LossOver(Surfaces.Learnable, r => r.Square(), x, y, Surfaces.Learnable(x, y, hidden.A, hidden.B));
        var walk = Walk.Minimize(over, s_theta, p => new Adam(p, learningRate: 0.025), steps: 100);
        lab.Figure("losses", LiveLandscapes.Losses(Over(
            new Landscape("4 points, squared residuals", Axis(4), Axis(4), Heights(over, 4))
            {
                Axes = ("θ₁", "θ₂", "loss"), Goal = hidden,
            }, 4, ("Adam", walk)).Contour(), points[0].ToArray<float>(), points[1].ToArray<float>(), hidden, s_theta));
    }

    /// <summary>f(x, y) with parameters a and b.</summary>
    private delegate Tensor Model(Tensor x, Tensor y, Tensor a, Tensor b);

    /// <summary>The mean loss of the residuals at all points, for one pair of parameters or a grid of them.</summary>
    private static Func<Tensor, Tensor, Tensor> LossOver(
        Model model, Func<Tensor, Tensor> loss, Tensor x, Tensor y, Tensor target) =>
        (a, b) => loss(model(x, y, a.Unsqueeze(-1), b.Unsqueeze(-1)) - target).Mean(-1);

    private static Walk Still(double x, double y, Tensor height)
    {
        var walk = new Walk();
        walk.Add(x, y, height);
        return walk;
    }
}
