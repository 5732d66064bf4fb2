using System.Globalization;

namespace Labs.Lab1;

// Part 1: gradient descent on a parabola, with the derivative known.
internal sealed partial class GradientDescentLab
{
    private static void TakeOneStep(LabContext lab)
    {
        const double Theta = 0, Rate = 0.05;
        double gradient = GradientOfF(Theta), next = Theta - Rate * gradient;
        lab.Output("one-step", string.Create(CultureInfo.InvariantCulture,
            $"""
            θ = {Theta}, f(θ) = {F(Theta)}, gradient = {gradient}
            θ_new = {Theta} - {Rate} × {gradient} = {next}
            """));
        lab.Check("one step", "gradient at theta=0", gradient, next);
        lab.Figure("one-step",
            new Plot("One step of learning rate 0.05 from θ = 0", "θ", "f(θ)") { YRange = (-20, 180) }
                .Function(F, -2, 5, "f")
                .Function(t => F(Theta) + gradient * (t - Theta), -1.5, 1.6, "tangent at 0", dash: "dash")
                .Path([Theta, next], [F(Theta), F(next)], "the step", Palette.Green, 10)
                .VerticalLine(7.0 / 3, "7/3"));
    }

    private static void TakeManySteps(LabContext lab)
    {
        double[] path = Descend(GradientOfF, start: 0, rate: 0.05, steps: 20);
        lab.Output("many-steps", $"from {path[0]:F4} to {path[^1]:F4}; the minimum is at {7.0 / 3:F4}");
        lab.Figure("20-steps", DrawDescent("20 steps of learning rate 0.05", F, path, (-2, 5)));
        lab.Figure("20-values", DrawValues("f at each of them", F, path));
        lab.Table("slopes", ["$\\theta$", "by the formula", "by the engine"],
            new[] { -2.0, 0, 7.0 / 3, 5 }
                .Select(theta => (object?[])[theta, GradientOfF(theta), GradientByAutodiff(theta)]));
    }

    private static void TryLearningRates(LabContext lab)
    {
        double[] rates = [0.01, 0.05, 0.15, 0.35];
        var byRate = new Variants("20 steps from 0", "learning rate");
        var values = new Variants("f at each of them", "learning rate");
        var distance = new Plot("Distance from the minimum", "step", "|θ − 7/3|") { LogY = true };
        foreach (double rate in rates)
        {
            string name = rate.ToString(CultureInfo.InvariantCulture);
            double[] path = Descend(GradientOfF, start: 0, rate, steps: 20);
            lab.Check("exercise 1", $"(3t-7)^2 from 0, lr {name}:", path[^1]);

            // Three steps of a walk that diverges fill the figure.
            double[] shown = Math.Abs(path[^1]) < 10 ? path : path[..(rate < 0.2 ? 8 : 5)];
            var range = (Math.Min(-2, shown.Min() * 1.1), Math.Max(5, shown.Max() * 1.1));
            byRate.Add(DrawDescent($"Learning rate {name}", F, shown, range), name);
            values.Add(DrawValues($"f at each step, learning rate {name}", F, shown), name);
            distance.Line([.. path.Select(theta => Math.Abs(theta - 7.0 / 3))], name);
        }

        lab.Figure("by-rate", byRate);
        lab.Figure("values-by-rate", values);
        lab.Figure("distance", distance);
    }

    private static void TryAnotherFunction(LabContext lab)
    {
        double[] path = Descend(GradientOfG, start: 5, rate: 0.1, steps: 30);
        lab.Check("exercise 2", "t^2+5t+6 from 5", path[^1]);
        lab.Figure("30-steps", DrawDescent("30 steps of learning rate 0.1 from θ = 5", G, path, (-8, 6)));
        lab.Figure("30-values", DrawValues("f at each of them", G, path));
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

    /// <summary>The walk on its curve.</summary>
    private static Plot DrawDescent(
        string title, Func<double, double> f, double[] path, (double From, double To) range) =>
        new Plot(title, "θ", "f(θ)")
            .Function(f, range.From, range.To, "f")
            .Points([path[0]], [f(path[0])], "start", Palette.Green, 11)
            .Points([path[^1]], [f(path[^1])], "end", Palette.Purple, 11)
            .AnimatedPath(path, ((Series)path).Map(f), "path", Palette.Vermilion);

    /// <summary>The function's values over the iterations of the same walk.</summary>
    private static Plot DrawValues(string title, Func<double, double> f, double[] path) =>
        new Plot(title, "iteration", "f(θ)")
            .Path(Series.Count0(path.Length), ((Series)path).Map(f), "f(θ)", Palette.Vermilion)
            .Points([0], [f(path[0])], "start", Palette.Green, 11)
            .Points([path.Length - 1], [f(path[^1])], "end", Palette.Purple, 11);
}
