using System.Globalization;

namespace Labs.Lab1;

// Part 1: gradient descent on a parabola, with the derivative known.
internal sealed partial class GradientDescentLab
{
    private static void TakeOneStep(LabContext lab)
    {
        lab.Section("One step down a parabola");
        lab.Text(
            """
            We look for the $\theta$ at which $f(\theta) = (3\theta - 7)^2$ is smallest. A square can't be negative,
            so it is where $3\theta = 7$: at $7/3$. But pretend that we can't solve for it, and only know how steep
            $f$ is where we stand:

            $$\nabla f(\theta) = 2 (3\theta - 7) \cdot 3 = 6 (3\theta - 7)$$

            Gradient descent takes a step against the slope. The *learning rate* $\eta$ says how long it is:

            $$\theta_{\text{new}} = \theta_{\text{old}} - \eta \, \nabla f(\theta_{\text{old}})$$
            """);
        lab.Source(nameof(F));
        lab.Source(nameof(GradientOfF));
        const double Theta = 0, Rate = 0.05;
        double gradient = GradientOfF(Theta), next = Theta - Rate * gradient;
        lab.Output(string.Create(CultureInfo.InvariantCulture,
            $"""
            θ = {Theta}, f(θ) = {F(Theta)}, gradient = {gradient}
            θ_new = {Theta} - {Rate} × {gradient} = {next}
            """));
        lab.Check("one step", "gradient at theta=0", gradient, next);
        lab.Figure(
            new Plot("One step of learning rate 0.05 from θ = 0", "θ", "f(θ)") { YRange = (-20, 180) }
                .Function(F, -2, 5, "f")
                .Function(t => F(Theta) + gradient * (t - Theta), -1.5, 1.6, "tangent at 0", dash: "dash")
                .Path([Theta, next], [F(Theta), F(next)], "the step", Palette.Green, 10)
                .VerticalLine(7.0 / 3, "7/3"),
            "The slope of -42 is negative, so the step goes to the right.");
    }

    private static void TakeManySteps(LabContext lab)
    {
        lab.Section("Many steps");
        lab.Source(nameof(Descend));
        double[] path = Descend(GradientOfF, start: 0, rate: 0.05, steps: 20);
        lab.Output($"from {path[0]:F4} to {path[^1]:F4}; the minimum is at {7.0 / 3:F4}");
        lab.Figure(DrawDescent("20 steps of learning rate 0.05", F, path, (-2, 5)),
            "Press play: each step is a tenth of the one before.");
        lab.Text(
            """
            Must we know the derivative? No: here is the same slope from the engine, which has only seen $f$ being
            computed.
            """);
        lab.Source(nameof(GradientByAutodiff));
        lab.Table(["$\\theta$", "by the formula", "by the engine"],
            new[] { -2.0, 0, 7.0 / 3, 5 }
                .Select(theta => (object?[])[theta, GradientOfF(theta), GradientByAutodiff(theta)]));
    }

    private static void TryLearningRates(LabContext lab)
    {
        lab.Section("Exercise 1: learning rates");
        lab.Exercise(
            """
            Try a small learning rate (0.01), a medium one (0.05), a large one (0.15) and a very large one (0.35).
            """);
        double[] rates = [0.01, 0.05, 0.15, 0.35];
        var byRate = new Variants("20 steps from 0", "learning rate");
        var distance = new Plot("Distance from the minimum", "step", "|θ − 7/3|") { LogY = true };
        foreach (double rate in rates)
        {
            string name = rate.ToString(CultureInfo.InvariantCulture);
            double[] path = Descend(GradientOfF, start: 0, rate, steps: 20);
            lab.Check("exercise 1", $"(3t-7)^2 from 0, lr {name}:", path[^1]);

            // Three steps of a walk that diverges fill the picture.
            double[] shown = Math.Abs(path[^1]) < 10 ? path : path[..(rate < 0.2 ? 8 : 5)];
            var range = (Math.Min(-2, shown.Min() * 1.1), Math.Max(5, shown.Max() * 1.1));
            byRate.Add(DrawDescent($"Learning rate {name}", F, shown, range), name);
            distance.Line([.. path.Select(theta => Math.Abs(theta - 7.0 / 3))], name);
        }

        lab.Figure(byRate);
        lab.Figure(distance,
            """
            Straight lines on a logarithmic scale: each step multiplies the distance by the same number. 0.05 ends where
            a double has no more digits.
            """);
        lab.Question("What does a very small learning rate do? A very large one? Which is good?",
            """
            With 0.01 it arrives, but 20 steps are not enough. With 0.15 and 0.35 every step jumps over the valley
            and lands higher than it began: it *diverges*.

            Put $\theta - 7/3 = e$. A step gives $e_{\text{new}} = e - \eta \cdot 18e = (1 - 18\eta) e$: the distance
            is multiplied by 0.82, 0.1, $-1.7$ and $-5.3$ in the four cases. It shrinks only if $|1 - 18\eta| < 1$,
            that is for $\eta < 1/9 \approx 0.111$. The best is $\eta = 1/18 \approx 0.056$, which arrives in a
            single step.
            """);
    }

    private static void TryAnotherFunction(LabContext lab)
    {
        lab.Section("Exercise 2: another function");
        lab.Exercise("Minimize $f(\\theta) = \\theta^2 + 5\\theta + 6$, whose gradient is $2\\theta + 5$.");
        lab.Source(nameof(G));
        lab.Source(nameof(GradientOfG));
        double[] path = Descend(GradientOfG, start: 5, rate: 0.1, steps: 30);
        lab.Check("exercise 2", "t^2+5t+6 from 5", path[^1]);
        lab.Figure(DrawDescent("30 steps of learning rate 0.1 from θ = 5", G, path, (-8, 6)),
            """
            The minimum is where 2θ + 5 = 0, at −2.5. The distance shrinks by a fifth a step, since the second
            derivative is 2 and 1 − 0.1 · 2 = 0.8.
            """);
    }

    private static double F(double theta) => Math.Pow(3 * theta - 7, 2);

    private static double GradientOfF(double theta) => 6 * (3 * theta - 7);

    private static double G(double theta) => theta * theta + 5 * theta + 6;

    private static double GradientOfG(double theta) => 2 * theta + 5;

    private static double GradientByAutodiff(double at)
    {
        var theta = Tensor.Scalar(at).RequireGrad();
        var y = (3 * theta - 7).Pow(2);
        y.Backward();
        return theta.Grad!.Item();
    }

    private static double[] Descend(Func<double, double> gradient, double start, double rate, int steps)
    {
        double theta = start;
        List<double> path = [theta];
        for (int step = 0; step < steps; step++)
        {
            theta -= rate * gradient(theta);
            path.Add(theta);
        }

        return [.. path];
    }

    private static Plot DrawDescent(
        string title, Func<double, double> f, double[] path, (double From, double To) range) =>
        new Plot(title, "θ", "f(θ)")
            .Function(f, range.From, range.To, "f")
            .AnimatedPath(path, ((Series)path).Map(f), "path", Palette.Vermilion);
}
