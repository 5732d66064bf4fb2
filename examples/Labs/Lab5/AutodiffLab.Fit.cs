using System.Globalization;

namespace Labs.Lab5;

// Part 3: a parabola through three points, with a gradient derived by hand and plain arrays.
internal sealed partial class AutodiffLab
{
    /// <summary>p(x) = 0.5 - 2x + 1.5x², the constant first.</summary>
    private static readonly double[] s_truth = [0.5, -2, 1.5];

    private static readonly double[] s_xs = [-1, 0.5, 2];

    private static readonly double[] s_ys = Array.ConvertAll(s_xs, x => Predict(s_truth, x));

    private static void FitCurve(LabContext lab)
    {
        var run = Fit(s_xs, s_ys, degree: 2, rate: 0.01, steps: 20000);
        lab.Check("fitting a parabola", "1.5x^2-2x+0.5", [.. run.Theta, run.Losses[^1]]);

        var shown = Series.LogSteps(20000);
        var line = Series.Linspace(-1.6, 2.6, 101);
        var curves = shown.Select(step => line.Map(x => Predict(run.Path[step], x)));
        lab.Figure("estimate", new Plot("The estimate bends towards the points", "x", "y") { YRange = (-3, 9) }
                .Line(line, line.Map(x => Predict(s_truth, x)), "p", Palette.Grey, "dash")
                .Points(s_xs, s_ys, "the three points", Palette.Vermilion, 11)
                .AnimatedLine(line, [.. curves], "estimate", Palette.Blue)
                .Frames("step", [.. shown.Select(step => $"{step}")]));
        lab.Figure("coefficients", new Plot("Three coefficients on their way", "step", "coefficient") { LogX = true }
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][0]), "c", Palette.Blue)
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][1]), "b", Palette.Vermilion)
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][2]), "a", Palette.Green)
                .HorizontalLine(0.5, "c₀").HorizontalLine(-2, "b₀").HorizontalLine(1.5, "a₀"));
        CompareRates(lab);
        LookAtLandscape(lab);
    }

    private static void CompareRates(LabContext lab)
    {
        var small = Fit(s_xs, s_ys, degree: 2, rate: 0.00001, steps: 1000);
        var large = Fit(s_xs, s_ys, degree: 2, rate: 0.1, steps: 1000);
        var tooLarge = Fit(s_xs, s_ys, degree: 2, rate: 1, steps: 50);
        lab.Check("learning rate", "same, lr 1e-05", [.. small.Theta, small.Losses[^1]]);
        lab.Check("learning rate", "same, lr 0.1", [.. large.Theta, large.Losses[^1]]);
        lab.Check("learning rate", "same, lr 1, 50 steps", tooLarge.Losses[^1]);

        var plot = Plot.LogLog("Loss by learning rate", "step", "mean squared error", (1e-32, 1e12));
        foreach (string name in new[] { "0.00001", "0.001", "0.01", "0.1", "0.13", "0.14", "1" })
        {
            var run = Fit(s_xs, s_ys, degree: 2, double.Parse(name, CultureInfo.InvariantCulture), steps: 20000);
            int[] steps = [.. Series.LogSteps(20000).Where(step => run.Losses[step] is < 1e12 and > 1e-32)];
            plot.Line(At(steps, step => step + 1), At(steps, step => run.Losses[step]), name);
        }

        // With targets of 0 the loss is θᵀHθ/2, so its gradient is Hθ.
        double steepest = LargestEigenvalue(v => LossGradient(v, s_xs, new double[3]), 3);
        lab.Figure("loss-by-rate", plot);
        lab.Value("curvature", $"{steepest:F2}");
        lab.Value("largest-rate", $"{2 / steepest:F4}");
    }

    private static void LookAtLandscape(LabContext lab)
    {
        double Height(double b, double a) => Loss([0.5, b, a], s_xs, s_ys);
        var valley = new Landscape("Loss over b and a, with c known", Height, (-4, 2), (-1, 3.5))
        {
            Axes = ("b", "a", "loss"),
            Ceiling = 40,
            Goal = (-2, 1.5),
        };
        foreach (var (rate, name) in new[] { (0.01, "λ = 0.01"), (0.05, "λ = 0.05"), (0.14, "λ = 0.14") })
        {
            List<double[]> path = [[0.5, 1.5, -0.5]];
            for (int step = 0; step < 80; step++)
            {
                double[] g = LossGradient(path[^1], s_xs, s_ys);
                path.Add([0.5, path[^1][1] - rate * g[1], path[^1][2] - rate * g[2]]);
            }

            valley.Path(path.ConvertAll(theta => theta[1]), path.ConvertAll(theta => theta[2]), name);
        }

        lab.Figure("valley", valley);
        lab.Figure("valley-from-above", valley.Contour("The same from above"));
    }

    /// <summary>θ₀ + θ₁x + θ₂x² + ..., by Horner's rule.</summary>
    private static double Predict(double[] theta, double x)
    {
        double y = 0;
        for (int k = theta.Length - 1; k >= 0; k--)
        {
            y = y * x + theta[k];
        }

        return y;
    }

    private static double Loss(double[] theta, double[] xs, double[] ys) =>
        xs.Zip(ys, (x, y) => Math.Pow(Predict(theta, x) - y, 2)).Average();

    private static double[] LossGradient(double[] theta, double[] xs, double[] ys)
    {
        double[] gradient = new double[theta.Length];
        for (int i = 0; i < xs.Length; i++)
        {
            double error = Predict(theta, xs[i]) - ys[i], power = 1;
            for (int k = 0; k < theta.Length; k++)
            {
                gradient[k] += 2.0 / xs.Length * error * power;
                power *= xs[i];
            }
        }

        return gradient;
    }

    private static (double[] Theta, List<double[]> Path, List<double> Losses) Fit(
        double[] xs, double[] ys, int degree, double rate, int steps)
    {
        double[] theta = new double[degree + 1];
        List<double[]> path = [[.. theta]];
        List<double> losses = [Loss(theta, xs, ys)];
        for (int step = 0; step < steps; step++)
        {
            double[] gradient = LossGradient(theta, xs, ys);
            for (int k = 0; k < theta.Length; k++)
            {
                theta[k] -= rate * gradient[k];
            }

            path.Add([.. theta]);
            losses.Add(Loss(theta, xs, ys));
        }

        return (theta, path, losses);
    }

    /// <summary>The largest eigenvalue of a matrix, by power iteration.</summary>
    private static double LargestEigenvalue(Func<double[], double[]> product, int count)
    {
        double[] v = [.. Enumerable.Repeat(1.0, count)];
        double length = 1;
        for (int step = 0; step < 200; step++)
        {
            double[] next = product(v);
            length = Math.Sqrt(next.Sum(x => x * x));
            v = Array.ConvertAll(next, x => x / length);
        }

        return length;
    }

    private static Series At(int[] steps, Func<int, double> value) => Array.ConvertAll(steps, step => value(step));
}
