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
        lab.Section("Fitting a curve");
        lab.Text(
            """
            Somebody knows a parabola $p(x) = a_0 x^2 + b_0 x + c_0$ and shows us three of its points. We look for
            $a$, $b$ and $c$. Here the secret is $p(x) = 1.5x^2 - 2x + 0.5$, seen at $x = -1$, $0.5$ and $2$.
            """);
        lab.Exercise(
            """
            Find a function of $(a, b, c)$ that is smallest at the secret coefficients and nowhere else, and its
            gradient.
            """);
        lab.Question("Solution",
            """
            The mean of the squared errors, written with $\theta = (c, b, a)$, so that $\theta_k$ goes with $x^k$:

            $$\mathcal{L}(\theta) = \frac{1}{n} \sum_{i=1}^{n} \left( \hat{y}_i - y_i \right)^2
            \quad \text{with} \quad \hat{y}_i = \sum_k \theta_k x_i^k$$

            It is never negative, and zero only if the parabola goes through all three points. Two parabolas through
            the same three points differ by a polynomial of degree 2 with three roots, which is zero: the minimum is
            unique.

            Each $\theta_k$ enters $\hat{y}_i$ with the factor $x_i^k$, so the chain rule gives

            $$\frac{\partial \mathcal{L}}{\partial \theta_k}
            = \frac{2}{n} \sum_{i=1}^{n} \left( \hat{y}_i - y_i \right) x_i^k$$
            """);
        lab.Text("With plain arrays and no library at all:");
        lab.Source(nameof(Predict));
        lab.Source(nameof(Loss));
        lab.Source(nameof(LossGradient));
        lab.Source(nameof(Fit));

        var run = Fit(s_xs, s_ys, degree: 2, rate: 0.01, steps: 20000);
        lab.Check("fitting a parabola", "1.5x^2-2x+0.5", [.. run.Theta, run.Losses[^1]]);

        var shown = Series.LogSteps(20000);
        var line = Series.Linspace(-1.6, 2.6, 101);
        var curves = shown.Select(step => line.Map(x => Predict(run.Path[step], x)));
        lab.Figure(
            new Plot("The estimate bends towards the points", "x", "y") { YRange = (-3, 9) }
                .Line(line, line.Map(x => Predict(s_truth, x)), "p", Palette.Grey, "dash")
                .Points(s_xs, s_ys, "the three points", Palette.Vermilion, 11)
                .AnimatedLine(line, [.. curves], "estimate", Palette.Blue)
                .Frames("step", [.. shown.Select(step => $"{step}")]),
            "Steps are shown at ever larger distances: most of the way is done in the first hundred.");
        lab.Figure(
            new Plot("Three coefficients on their way", "step", "coefficient") { LogX = true }
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][0]), "c", Palette.Blue)
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][1]), "b", Palette.Vermilion)
                .Line(At(shown, step => step + 1), At(shown, step => run.Path[step][2]), "a", Palette.Green)
                .HorizontalLine(0.5, "c₀").HorizontalLine(-2, "b₀").HorizontalLine(1.5, "a₀"));
        CompareRates(lab);
        LookAtLandscape(lab);
    }

    private static void CompareRates(LabContext lab)
    {
        lab.Subsection("The learning rate");
        lab.Text("Much smaller, larger, much larger: the same fit with other learning rates.");
        var small = Fit(s_xs, s_ys, degree: 2, rate: 0.00001, steps: 1000);
        var large = Fit(s_xs, s_ys, degree: 2, rate: 0.1, steps: 1000);
        var tooLarge = Fit(s_xs, s_ys, degree: 2, rate: 1, steps: 50);
        lab.Check("learning rate", "same, lr 1e-05", [.. small.Theta, small.Losses[^1]]);
        lab.Check("learning rate", "same, lr 0.1", [.. large.Theta, large.Losses[^1]]);
        lab.Check("learning rate", "same, lr 1, 50 steps", tooLarge.Losses[^1]);

        var plot = new Plot("Loss by learning rate", "step", "mean squared error")
        {
            LogX = true,
            LogY = true,
            YRange = (1e-32, 1e12),
        };
        foreach (string name in new[] { "0.00001", "0.001", "0.01", "0.1", "0.13", "0.14", "1" })
        {
            var run = Fit(s_xs, s_ys, degree: 2, double.Parse(name, CultureInfo.InvariantCulture), steps: 20000);
            int[] steps = [.. Series.LogSteps(20000).Where(step => run.Losses[step] is < 1e12 and > 1e-32)];
            plot.Line(At(steps, step => step + 1), At(steps, step => run.Losses[step]), name);
        }

        double steepest = LargestCurvature(s_xs, degree: 2);
        lab.Figure(plot, "Both axes are logarithmic. The floor near 1e-30 is where the digits of a double end.");
        lab.Question("What do you observe, and why does it tip over so suddenly?",
            string.Create(CultureInfo.InvariantCulture,
            $$"""
            With $10^{-5}$ nothing seems to happen: 1000 steps remove a small part of the error. With 0.1 the loss
            falls to the last digit. With 1 each step overshoots by more than the one before, and the loss grows
            without end.

            The loss is a parabola in every direction, so along each of the valley's main axes a step multiplies the
            error by $1 - \lambda h$, where $h$ is the curvature along it. The steepest axis here has
            $h = {{steepest:F2}}$, and the error grows as soon as $|1 - \lambda h| > 1$: beyond
            $\lambda = 2 / h = {{2 / steepest:F4}}$. That is why 0.13 still converges and 0.14 does not.
            """));
    }

    private static void LookAtLandscape(LabContext lab)
    {
        lab.Subsection("The landscape");
        lab.Text(
            """
            Three coefficients are one too many for a picture. Give away the constant, $c = 0.5$, and the loss
            becomes a landscape over $b$ and $a$: a long valley, steep across and nearly flat along. A step that is
            safe across the valley is short along it, which is where all the later steps go.
            """);
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

        lab.Figure(valley);
        lab.Figure(valley.Contour("The same from above"), "The largest rate jumps from wall to wall.");
    }

    private static void NameTheParts(LabContext lab)
    {
        lab.Section("Names for the parts");
        lab.Text("Papers use the same words again and again; here is where each of them stands in the code above.");
        lab.Table(["term", "what it is", "here"],
        [
            ["input", "what goes into the model", "`xs`"],
            ["target", "the right answer for each input", "`ys`"],
            ["model", "the kind of function, with knobs to turn", "`Predict`: a polynomial"],
            ["parameters", "where the knobs stand", "`theta`"],
            ["output, prediction", "what the model says for an input", "`Predict(theta, x)`"],
            ["loss, objective", "how far predictions are from targets", "`Loss`: mean squared error"],
            ["learning rate", "how far a step goes", "`rate`"],
            ["number of iterations", "how many steps", "`steps`"],
        ]);
        lab.Text("Because `Fit` takes the degree and any number of points, the next part needs no new code.");
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

    /// <summary>The largest eigenvalue of the loss's Hessian: power iteration on θ ↦ ∇L(θ) - ∇L(0).</summary>
    private static double LargestCurvature(double[] xs, int degree)
    {
        double[] zeros = new double[xs.Length], v = [.. Enumerable.Repeat(1.0, degree + 1)];
        double length = 1;
        for (int step = 0; step < 200; step++)
        {
            double[] next = LossGradient(v, xs, zeros);
            length = Math.Sqrt(next.Sum(x => x * x));
            v = Array.ConvertAll(next, x => x / length);
        }

        return length;
    }

    private static Series At(int[] steps, Func<int, double> value) => Array.ConvertAll(steps, step => value(step));
}
