namespace Labs.Lab2;

// A bigger input space.
internal sealed partial class OptimizationLab
{
    private static readonly double[] s_fiveNumbers = [1, 2, 3, 4, 5];

    private static void SearchFiveNumbers(LabContext lab)
    {
        var (found, values) = RandomSearch(x => Math.Pow(x.Sum(), 2), s_fiveNumbers);
        lab.Check("bigger input space", "random search", [.. found, values[^1]]);
        var (x, losses) = DescendByOptimizer(F2, Tensor.From(s_fiveNumbers));
        lab.Check("bigger input space", "(x1+..+x5)^2", [.. x.ToArray<double>(), F2(x).Item()]);
        lab.Figure("five-numbers", new Plot("f₂ by random search and by gradient descent", "step", "f₂(x)")
            {
                LogY = true,
                YRange = (1e-32, 1e3),
            }
                .Line(values, "random search").Line(losses, "gradient descent"));
        CompareDimensions(lab);
    }

    private static void CompareDimensions(LabContext lab)
    {
        var plot = new Plot("Random search in a bowl of d dimensions", "step", "f(x)")
        {
            LogY = true,
            YRange = (1e-6, 10),
        };
        var rows = new List<object?[]>();
        foreach (int dimensions in new[] { 1, 2, 5, 20, 100 })
        {
            double[] start = [.. Enumerable.Repeat(2.0, dimensions)];
            double[] values = RandomSearch(x => x.Average(value => value * value), start).Values;
            plot.Line(values, $"d = {dimensions}");
            rows.Add([dimensions, values[^1], 4 * Math.Pow(1 - 0.02, 2 * Steps)]);
        }

        var descent = Series.Count0(Steps).Map(step => 4 * Math.Pow(1 - 0.02, 2 * step));
        plot.Line(descent, "gradient descent", Palette.Grey, "dash");
        lab.Table("dimensions", ["$d$", "random search", "gradient descent (each number times 0.98 a step)"], rows);
        lab.Figure("bowls", plot);
    }

    private static Tensor F2(Tensor x) => (x[0] + x[1] + x[2] + x[3] + x[4]).Pow(2);
}
