using Autodiff.Nn;

namespace Labs.Lab3;

// Back to learning: a function with two parameters, its landscape and its loss's.
internal sealed partial class LogisticRegressionLab
{
    private static readonly (double A, double B) s_theta = (2, -2);

    private static void LearnFunction(LabContext lab)
    {
        lab.Section("Back to learning");
        lab.Text(
            """
            In learning two functions are at play: the model $f_\theta$, which takes data $x$, and the loss $\ell$,
            which for fixed data takes the parameters $\theta$. They are two landscapes over two different planes. Take
            """);
        lab.Formula(@"f_\theta(x, y) = \frac{\sin(\theta_1 \theta_2) \, \cos^2(x^2)}{1 + (\theta_2 \, y)^2}");
        lab.Source(nameof(Learnable));
        lab.Text(
            "and a data set of a single pair: at $p = (0, 0)$ the value should be $-1$. We start at $\\theta = (2, "
                + "-2)$. This is the model there:");
        lab.Figure(Over(
            new Landscape("f at θ = (2, -2)", Axis(3), Axis(3),
                Heights((x, y) => Learnable(x, y, s_theta.A, s_theta.B), 3)) { Axes = ("x", "y", "f(x, y)") },
            3, ("f(p)", Still(0, 0, Learnable(0, 0, s_theta.A, s_theta.B)))));
        lab.Text("And this is the loss $\\ell = (f_\\theta(p) + 1)^2$ for every $\\theta$, with Adam's way down:");
        #region learning
        Tensor Loss(Tensor a, Tensor b) => (Learnable(0, 0, a, b) + 1).Square();
        var walk = Walk.Minimize(Loss, s_theta, p => new Adam(p, learningRate: 0.025));
        #endregion
        lab.Source("learning");
        lab.Check("back to learning", "(f_theta(0,0)+1)^2", walk.End);
        var landscape = Over(
            new Landscape("The loss's landscape", Axis(5, 121), Axis(5, 121),
                Heights(Loss, 5, 121)) { Axes = ("θ₁", "θ₂", "loss") }, 5, ("Adam", walk));
        lab.Figure(
            new Variants("The loss's landscape", "view").Add(landscape.Contour(), "from above")
                .Add(landscape, "in space"),
            "The plane is that of the parameters. Here training is a point that moves. Every valley is a perfect "
                + "solution: all θ with sin(θ₁θ₂) = -1.");
        lab.Figure(new MovingLandscape(
            "The model's landscape", Axis(3, 41), Axis(3, 41),
            [.. walk.X.Zip(walk.Y, (a, b) => Heights((x, y) => Learnable(x, y, a, b), 3, 41))])
        {
            Points = [("f(p) at first", 0, 0, Learnable(0, 0, s_theta.A, s_theta.B).Item(), Palette.Green),
                ("what f(p) should be", 0, 0, -1, Palette.Vermilion)],
        },
            "The plane is that of the data. Here training is a landscape that moves: it sinks until it touches the red "
                + "point. Nobody told it what to do elsewhere.");
        lab.Note(
            """
            The loss knows $\theta$ only through $f_\theta$, so by the chain rule its gradient is
            $\frac{d\ell}{df} \nabla_\theta f$: the direction is the model's alone, and the loss says how far and which
            way along it. So much of the gradient is decided before the loss is known that
            [one can guess it](https://arxiv.org/abs/2312.04709).
            """);
    }

    private static Tensor Learnable(Tensor x, Tensor y, Tensor a, Tensor b) =>
        (a * b).Sin() * x.Square().Cos().Square() / (1 + (b * y).Square());

    private static void LearnFromMorePoints(LabContext lab)
    {
        lab.Section("More points, other losses, other models");
        lab.Exercise(
            "Optimize with the mean squared error over several points; then change the loss; then change $f_\\theta$. "
                + "What shapes the loss's landscape?");
        lab.Text(
            "We let a hidden $\\theta$ make the data, so that we know what should be found (the black cross): 1, 4 or "
                + "40 random points.");
        lab.Source(nameof(LossOver));
        lab.Source(nameof(Wave));
        var variants = new Variants("The loss's landscape", "points", "loss", "model", "view");
        Tensor.ManualSeed(1);
        var points = Tensor.Rand([2, 40]) * 4 - 2;
        foreach (int count in new[] { 4, 1, 40 })
        {
            var (x, y) = (points[0, ..count], points[1, ..count]);
            foreach (var (lossName, loss) in new (string, Func<Tensor, Tensor>)[] { ("squared", r => r.Square()),
                ("absolute", r => r.Abs()) })
            {
                foreach (var (modelName, model, hidden) in new (string, Model, (double A, double B))[]
                {
                    ("the document's", Learnable, (1.2, -1.4)), ("a wave", Wave, (1.2, -1.4)),
                })
                {
                    var over = LossOver(model, loss, x, y, model(x, y, hidden.A, hidden.B));
                    var walk = Walk.Minimize(over, s_theta, p => new Adam(p, learningRate: 0.025), steps: 100);
                    var landscape = Over(
                        new Landscape($"{count} points, {lossName} residuals, {modelName} model", Axis(4), Axis(4),
                            Heights(over, 4)) { Axes = ("θ₁", "θ₂", "loss"), Goal = hidden },
                        4, ("Adam", walk));
                    variants.Add(landscape.Contour(), $"{count}", lossName, modelName, "from above");
                    variants.Add(landscape, $"{count}", lossName, modelName, "in space");
                }
            }
        }

        lab.Figure(variants);
        lab.Question("Which elements influence the shape?",
            """
            All three. **The data**: one point leaves whole curves of solutions; each more cuts them down, until few
            valleys are left, or one. **The loss**: absolute residuals have the same minima as squared ones where a
            perfect fit exists, but creases instead of rounded floors, where Adam jitters; and far away they are less
            steep. **The model** matters most: it decides which parameters are exchangeable
            (here $\theta$ and $-\theta$ give the same function, so every valley has a twin), and how often the
            landscape goes up and down.
            """);
    }

    /// <summary>f(x, y) with parameters a and b.</summary>
    private delegate Tensor Model(Tensor x, Tensor y, Tensor a, Tensor b);

    /// <summary>The mean loss of the residuals at all points, for one pair of parameters or a grid of them.</summary>
    private static Func<Tensor, Tensor, Tensor> LossOver(
        Model model, Func<Tensor, Tensor> loss, Tensor x, Tensor y, Tensor target) =>
        (a, b) => loss(model(x, y, a.Unsqueeze(-1), b.Unsqueeze(-1)) - target).Mean(-1);

    /// <summary>Another model: a wave with crests across (a, b).</summary>
    private static Tensor Wave(Tensor x, Tensor y, Tensor a, Tensor b) => (a * x + b * y).Cos();

    private static Walk Still(double x, double y, Tensor height)
    {
        var walk = new Walk();
        walk.Add(x, y, height);
        return walk;
    }
}
