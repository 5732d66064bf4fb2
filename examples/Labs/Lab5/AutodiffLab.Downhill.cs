namespace Labs.Lab5;

// Parts 1 and 2: where a function is lowest, and how to get there in fog.
internal sealed partial class AutodiffLab
{
    private static void FindMinima(LabContext lab)
    {
        (string Name, Func<Tensor, Tensor> F, double Minimum)[] functions =
        [
            ("$x^2$", x => x * x, 0),
            ("$x^2 - 4x + 4$", x => x * x - 4 * x + 4, 2),
            ("$2x^2 + 3x - 1$", x => 2 * x * x + 3 * x - 1, -3.0 / 4),
        ];
        lab.Table("parabolas",
            ["$f(x)$", "lowest at", "$f$ there", "slope 1 to its left", "slope there", "slope 1 to its right"],
            functions.Select(f => (object?[])
            [
                f.Name, f.Minimum, Value(f.F, f.Minimum),
                .. new[] { -1, 0, 1 }.Select(step => Slope(f.F, f.Minimum + step)),
            ]));
        var plot = new Plot("Three parabolas and their lowest points", "x", "f(x)") { YRange = (-4, 12) };
        string[] names = ["x²", "x² − 4x + 4", "2x² + 3x − 1"];
        for (int i = 0; i < functions.Length; i++)
        {
            var (_, f, minimum) = functions[i];
            string colour = Palette.Cycle(i);
            plot.Function(x => Value(f, x), -4, 5, names[i], colour)
                .Points([minimum], [Value(f, minimum)], "", colour, 11);
        }

        lab.Figure("parabolas", plot);
    }

    private static void WalkDownhill(LabContext lab)
    {
        double slope = Slope(x => x * x, 2);
        Series rates = [0.1, 0.25, 0.5, 0.9, 1.1], landings = rates.Map(rate => 2 - rate * slope);
        lab.Table("promises", ["$\\lambda$", "new $x$", "promised decrease $\\lambda f'(x)^2$", "real decrease"],
            new[] { 0.01, 0.1, 0.25, 0.5, 0.9, 1.0, 1.1 }.Select(rate =>
            {
                double next = 2 - rate * slope;
                return new object?[] { rate, next, rate * slope * slope, 4 - next * next };
            }));
        lab.Figure("tangent",
            new Plot("The tangent keeps its promise only near the point", "x", "f(x)") { YRange = (-5, 10) }
                .Function(x => x * x, -3, 3.2, "x²")
                .Function(x => 4 + slope * (x - 2), -0.3, 3.2, "tangent at 2", dash: "dash")
                .Points(landings, landings.Map(x => x * x), "where a step of λ lands", size: 9)
                .Annotate(1.6, 2.56, "λ = 0.1").Annotate(1, 1, "0.25").Annotate(0, 0, "0.5")
                .Annotate(-1.6, 2.56, "0.9").Annotate(-2.4, 5.76, "1.1"));

        double[] left = Descend(TwoValleys, 0.1, rate: 0.05, steps: 100);
        double[] right = Descend(TwoValleys, 0.3, rate: 0.05, steps: 100);
        lab.Figure("two-valleys", new Plot("Where you start decides where you end", "x", "f(x)")
                .Function(x => Value(TwoValleys, x), -2.2, 2.1, "f")
                .AnimatedPath(left, ((Series)left).Map(x => Value(TwoValleys, x)), "from 0.1: global minimum")
                .AnimatedPath(right, ((Series)right).Map(x => Value(TwoValleys, x)), "from 0.3: local minimum"));
        lab.Value("left-end", $"{left[^1]:F3}");
        lab.Value("right-end", $"{right[^1]:F3}");

        double Height(double x, double y) => Mountains(Tensor.Scalar(x), Tensor.Scalar(y)).Item();
        var mountains = new Landscape("Two walkers in fog", Height, (-2.1, 2.1), (-1.6, 1.6), resolution: 61)
        {
            Axes = ("x", "y", "f(x, y)"),
            Ceiling = 3,
        };
        foreach (var (x0, y0, name) in new[] { (0.1, 1.4, "from (0.1, 1.4)"), (0.3, -1.4, "from (0.3, −1.4)") })
        {
            var (xs, ys) = Descend(Mountains, x0, y0, rate: 0.05, steps: 100);
            mountains.Path(xs, ys, name);
        }

        lab.Figure("mountains", mountains);
        lab.Figure("mountains-from-above", mountains.Contour("The same from above"));
    }

    /// <summary>The slope of f at one point, by automatic differentiation.</summary>
    private static double Slope(Func<Tensor, Tensor> f, double at)
    {
        var x = Tensor.Scalar(at).RequireGrad();
        f(x).Backward();
        return x.Grad!.Item();
    }

    private static double Value(Func<Tensor, Tensor> f, double at) => f(Tensor.Scalar(at)).Item();

    private static double[] Descend(Func<Tensor, Tensor> f, double x, double rate, int steps)
    {
        var path = new List<double> { x };
        for (int step = 0; step < steps; step++)
        {
            x -= rate * Slope(f, x);
            path.Add(x);
        }

        return [.. path];
    }

    private static Tensor TwoValleys(Tensor x) => x * x * x * x / 4 - x * x + 0.3 * x;

    private static Tensor Mountains(Tensor x, Tensor y)
    {
        var valley = y - 0.4 * x;
        return TwoValleys(x) + 0.6 * valley * valley;
    }

    private static (double[] X, double[] Y) Descend(
        Func<Tensor, Tensor, Tensor> f, double x, double y, double rate, int steps)
    {
        List<double> xs = [x], ys = [y];
        for (int step = 0; step < steps; step++)
        {
            Tensor at = Tensor.Scalar(xs[^1]).RequireGrad(), and = Tensor.Scalar(ys[^1]).RequireGrad();
            f(at, and).Backward();
            xs.Add(xs[^1] - rate * at.Grad!.Item());
            ys.Add(ys[^1] - rate * and.Grad!.Item());
        }

        return ([.. xs], [.. ys]);
    }
}
